"""Compare our numbers with those that Twilio has, and charges for: one pass over each side, however many there are.

The database is read before Twilio's pages and, for what seems to be missing on one side, again after them: a number
that is bought, taken over or released meanwhile is in at least one of the two readings, and is not told of.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Database, Number, Purchase
from operations.finding import is_only_account
from operations.number_at_twilio import shown_url, wrong_settings
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks

UNKNOWN_HERE = "unknown_here"
GONE_AT_TWILIO = "gone_at_twilio"
WRONG_WEBHOOKS = "wrong_webhooks"
OVERRIDDEN = "overridden"
SID_MISSING = "sid_missing"
SID_DIFFERS = "sid_differs"
RELEASE_UNFINISHED = "release_unfinished"
PURCHASE_UNFINISHED = "purchase_unfinished"
# Each kind of difference, and what repairs it (`repair_numbers.py`).
REPAIRS = {
    UNKNOWN_HERE: "take_over",
    GONE_AT_TWILIO: "release",
    WRONG_WEBHOOKS: "configure",
    OVERRIDDEN: "configure",
    SID_MISSING: "remember_sid",
    SID_DIFFERS: "remember_sid",
    RELEASE_UNFINISHED: "finish",
    PURCHASE_UNFINISHED: "finish",
}
OPEN = "It is tried again by itself."
OVERRIDES = ("voice_application_sid", "trunk_sid")
Fields = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """A number (E.164) on which both sides do not agree: what kind of it, a sentence, and what each side says.

    `account_id` and `number_id` are None for a number that nobody has here.
    """

    kind: str
    phone_number: str
    sentence: str
    account_id: int | None = None
    number_id: int | None = None
    here: Fields = field(default_factory=dict)
    at_twilio: Fields = field(default_factory=dict)

    @property
    def repair(self) -> str:
        return REPAIRS[self.kind]


@dataclass(frozen=True, slots=True)
class Compared:
    """The differences by phone number, how many numbers both sides have, and which of Twilio's nobody has here."""

    differences: tuple[Difference, ...]
    on_both_sides: int
    unknown: tuple[OwnedNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class Here:
    """A number as we have it: live, or released and not yet given back."""

    account_id: int
    number_id: int
    phone_number: str
    sid: str | None
    status: str

    @property
    def is_live(self) -> bool:
        return self.status != "released"

    def differs(self, kind: str, sentence: str, here: Fields | None = None, there: Fields | None = None) -> Difference:
        """Return a difference about this number."""
        return Difference(kind, self.phone_number, sentence, self.account_id, self.number_id, here or {}, there or {})


@dataclass(frozen=True, slots=True)
class OurSide:
    """What the database says: the live numbers, the releases that are open, and when an open purchase is due."""

    live: Mapping[str, Here]
    releases: Mapping[str, Here]
    being_bought: Mapping[str, datetime]

    def knows(self, phone_number: str) -> bool:
        return any(phone_number in known for known in (self.live, self.releases, self.being_bought))


def compare_numbers(
    database: Database,
    twilio: TwilioAccount,
    webhooks: Webhooks,
    *,
    account_id: int | None = None,
    problems: Mapping[str, str] | None = None,
    advance: Callable[[int], object] = int,
) -> Compared:
    """Compare both sides, for all accounts or one; raises TwilioProblem.

    All accounts share one account at Twilio. One of them is told about its own numbers only; a number that nobody has
    here may be anybody's, so it is told only to the operator, or when there is no other account to which it may belong.
    `problems` says by phone number why a purchase or a release is still open. `advance` is told of each number read.
    """
    before = _read_our_side(database)
    found: list[Difference] = []
    unknown: list[OwnedNumber] = []
    seen = set()
    for owned in twilio.every_number():
        advance(1)
        seen.add(owned.phone_number)
        here = before.live.get(owned.phone_number)
        if here is not None:
            found += [] if owned.phone_number in before.being_bought else compare_number(here, owned, webhooks)
        elif not before.knows(owned.phone_number):
            unknown.append(owned)
    after = _read_our_side(database)
    unknown = [owned for owned in unknown if not after.knows(owned.phone_number)]
    found += map(_unknown, unknown)
    found += _gone(before, after, seen)
    found += _unfinished(after, problems or {})
    told = _of_account(database, found, account_id) if account_id is not None else found
    return Compared(tuple(sorted(told, key=_in_order)), len(seen & before.live.keys()), tuple(unknown))


def compare_number(here: Here, owned: OwnedNumber, webhooks: Webhooks) -> Iterator[Difference]:
    """Yield how a live number differs from what Twilio has under the same phone number."""
    number = here.phone_number
    sids = ({"sid": here.sid}, {"sid": owned.sid})
    if here.sid is None:
        yield here.differs(SID_MISSING, f"Nobody here knows the SID of {number} yet.", *sids)
    elif here.sid != owned.sid:
        yield here.differs(SID_DIFFERS, f"{number} is another purchase at Twilio than the one known here.", *sids)
    wrong = list(wrong_settings(owned, webhooks))
    overrides = [setting for setting in wrong if setting[0] in OVERRIDES]
    others = [setting for setting in wrong if setting[0] not in OVERRIDES]
    if overrides:
        names = " and ".join(f"{_words(name)} {there}" for name, there, _ in overrides)
        sentence = f"The {names} takes the calls of {number}, whatever its voice URL says."
        yield here.differs(OVERRIDDEN, sentence, *_sides(overrides))
    if others:
        names = ", ".join(f"{_words(name)} is {there or 'empty'}" for name, there, _ in others)
        yield here.differs(
            WRONG_WEBHOOKS, f"Twilio does not call us as it should for {number}: {names}.", *_sides(others)
        )


def _words(name: str) -> str:
    return {"voice_application_sid": "TwiML application", "trunk_sid": "SIP trunk"}.get(name) or name.replace("_", " ")


def _sides(settings: Iterable[tuple[str, str, str]]) -> tuple[Fields, Fields]:
    return {name: ours for name, _, ours in settings}, {name: there for name, there, _ in settings}


def _unknown(owned: OwnedNumber) -> Difference:
    goes = f"its calls go to {shown_url(owned.voice_url)}" if owned.voice_url else "its calls go nowhere"
    sentence = f"Twilio has {owned.phone_number} and charges for it, but no account here has it; {goes}."
    return Difference(
        UNKNOWN_HERE,
        owned.phone_number,
        sentence,
        at_twilio={"sid": owned.sid, "friendly_name": owned.friendly_name, "voice_url": shown_url(owned.voice_url)},
    )


def _gone(before: OurSide, after: OurSide, seen: set[str]) -> Iterator[Difference]:
    for number, here in before.live.items():
        still = after.live.get(number)
        is_same = still is not None and still.number_id == here.number_id
        if number in seen or number in before.being_bought or not is_same:
            continue
        was = "has no" if here.sid is None else "no longer has"
        sentence = f"The Twilio account {was} {number}: no call to it can come."
        yield here.differs(GONE_AT_TWILIO, sentence, {"sid": here.sid, "status": here.status})


def _unfinished(ours: OurSide, problems: Mapping[str, str]) -> Iterator[Difference]:
    for number, here in ours.releases.items():
        problem = problems.get(number) or OPEN
        yield here.differs(RELEASE_UNFINISHED, f"Twilio has not confirmed the release of {number}. {problem}")
    for number, due_at in ours.being_bought.items():
        if due_at <= datetime.now(UTC) and number in ours.live:
            problem = problems.get(number) or OPEN
            yield ours.live[number].differs(PURCHASE_UNFINISHED, f"The purchase of {number} is not finished. {problem}")


def _of_account(database: Database, found: Iterable[Difference], account_id: int) -> list[Difference]:
    with database.reading() as session:
        is_the_only_one = is_only_account(session)
    return [
        difference
        for difference in found
        if difference.account_id == account_id or (difference.account_id is None and is_the_only_one)
    ]


def show_difference(difference: Difference) -> dict[str, Any]:
    """Show a difference to programs and people."""
    return {
        "kind": difference.kind,
        "phone_number": difference.phone_number,
        "number_id": difference.number_id,
        "sentence": difference.sentence,
        "here": dict(difference.here),
        "at_twilio": dict(difference.at_twilio),
        "repair": difference.repair,
    }


def _in_order(difference: Difference) -> tuple[str, int]:
    return difference.phone_number, list(REPAIRS).index(difference.kind)


def _read_our_side(database: Database) -> OurSide:
    with database.reading() as session:
        here = read_here(session)
        bought = select(Purchase.phone_number, Purchase.due_at).where(Purchase.state == "intended")
        being_bought = {row.phone_number: row.due_at for row in session.execute(bought)}
    live = {number.phone_number: number for number in here if number.is_live}
    releases = {number.phone_number: number for number in here if not number.is_live}
    return OurSide(live, releases, being_bought)


def read_here(session: Session, number_id: int | None = None) -> list[Here]:
    """Read the numbers that are live or not yet given back; or only one of them, if it is so."""
    is_here = (Number.status != "released") | Number.charged_until.is_(None)
    query = select(Number.account_id, Number.id, Number.phone_number, Number.sid, Number.status).where(is_here)
    if number_id is not None:
        query = query.where(Number.id == number_id)
    return [Here(*row) for row in session.execute(query)]
