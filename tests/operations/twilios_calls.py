"""What Twilio remembers of calls while we may have forgotten them, and a past in which they happened."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import update

from models import Call, Change, Number
from operations.changes import Changes
from operations.reconcile_calls import Reconciled, reconcile_calls
from operations.twilio_account import TwilioAccount
from simulator.rest import CallLedger
from simulator.story import CallOutcome, SimulatedCall
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN
from tests.operations.conftest import NUMBER

CALLER = "+14155550199"
CALL_SIDS = (f"CA{number:032x}" for number in count(0xCA11))
HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


def now() -> datetime:
    """Return this moment in whole seconds, as Twilio tells moments."""
    return datetime.now(UTC).replace(microsecond=0)


def at_twilio(
    folder: Path,
    at: datetime | None = None,
    status: str = "completed",
    to_number: str = NUMBER,
    *,
    call_sid: str = "",
    from_number: str = CALLER,
    forwarded_from: str | None = None,
) -> str:
    """Let Twilio's list have a call that began at a moment and, if it was answered, took 63 seconds; return its SID."""
    sid = call_sid or next(CALL_SIDS)
    parties = {"from_number": from_number, "to_number": to_number, "forwarded_from": forwarded_from}
    call = SimulatedCall(voice_url="", account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, call_sid=sid, **parties)
    is_answered = status == "completed"
    ended = CallOutcome(sid, status, is_answered, is_answered, "", None, 63 if is_answered else 0)
    CallLedger(folder).record(call, ended, at or now())
    return sid


def let_pass(changes: Changes, passed: timedelta = HOUR) -> None:
    """Let so much time pass: everything that was changed until now was changed so much earlier."""
    with changes.database.writing() as session:
        for change in session.query(Change):
            session.execute(update(Change).where(Change.n == change.n).values(made_at=change.made_at - passed))
        for number in session.query(Number):
            moments = {name: getattr(number, name) for name in ("purchased_at", "released_at", "charged_until")}
            earlier = {name: moment - passed for name, moment in moments.items() if moment}
            session.execute(update(Number).where(Number.id == number.id).values(**earlier))


def reconcile(changes: Changes, twilio: TwilioAccount, window: timedelta = A_DAY, **options: Any) -> Reconciled:
    """Reconcile the calls of a window that ends now."""
    end = datetime.now(UTC)
    return reconcile_calls(changes.database, twilio, end - window, end, **options)


def record_of(changes: Changes, call_sid: str) -> Call:
    """Return a call's one record."""
    with changes.database.reading() as session:
        return session.query(Call).where(Call.call_sid == call_sid).one()
