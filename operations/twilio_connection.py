"""Try the connection to Twilio: which account answers, and how many numbers it has."""

from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from models import Database, Number
from operations.finding import is_only_account
from operations.twilio_account import TwilioAccount
from operations.twilio_errors import PERMISSION, TwilioRefused
from operations.twilio_values import AccountState

# Five of Twilio's largest pages: more take longer than somebody waits for an answer.
MOST_COUNTED = 5000


@dataclass(frozen=True, slots=True)
class TwilioConnection:
    """What Twilio said. `state` is None where our API key may not ask; `numbers` is counted up to MOST_COUNTED.

    Where several accounts share the one at Twilio, only one's own numbers count: how many others there are is not told.
    """

    state: AccountState | None
    numbers: int
    is_all: bool


def try_connection(database: Database, twilio: TwilioAccount, account_id: int) -> TwilioConnection:
    """Ask Twilio who we are and which numbers we have; raises TwilioProblem."""
    state = _state(twilio)
    with database.reading() as session:
        is_only = is_only_account(session)
        own = select(Number.phone_number).where(Number.account_id == account_id, Number.status != "released")
        mine = frozenset(session.scalars(own))
    found = [number.phone_number for number in islice(twilio.every_number(), MOST_COUNTED + 1)]
    counted = found[:MOST_COUNTED]
    numbers = len(counted) if is_only else len(mine.intersection(counted))
    return TwilioConnection(state, numbers, is_all=len(found) <= MOST_COUNTED)


def _state(twilio: TwilioAccount) -> AccountState | None:
    """Ask who we are; whether it was only that which our key may not ask, the numbers will tell."""
    try:
        return twilio.read_state()
    except TwilioRefused as problem:
        if problem.code == PERMISSION.code:
            return None
        raise
