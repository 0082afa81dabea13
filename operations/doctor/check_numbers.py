"""Does Twilio send the calls of every number here, and to nobody else's number?"""

from collections import Counter
from collections.abc import Callable, Iterator

from operations.doctor.finding import Examined, Finding, error, ok, warning
from operations.sync_numbers import (
    GONE_AT_TWILIO,
    OVERRIDDEN,
    PURCHASE_UNFINISHED,
    RELEASE_UNFINISHED,
    SID_DIFFERS,
    SID_MISSING,
    UNKNOWN_HERE,
    WRONG_WEBHOOKS,
    Difference,
    compare_numbers,
)

NAMED = 10
REPAIR = "Run `flask numbers sync --repair --only {}`."
FIXES = {
    WRONG_WEBHOOKS: REPAIR,
    OVERRIDDEN: REPAIR,
    SID_MISSING: REPAIR,
    SID_DIFFERS: REPAIR,
    UNKNOWN_HERE: "Take it over with `flask numbers add {} --agent … --location …`, or release it in Twilio's console.",
    GONE_AT_TWILIO: "If it is gone for good, run `flask numbers sync --repair --only {}`, which releases it here.",
    RELEASE_UNFINISHED: "It is tried again by itself; see `flask numbers sync --only {}`.",
    PURCHASE_UNFINISHED: "It is tried again by itself; see `flask numbers sync --only {}`.",
}
# Without these a number takes no call, or somebody else takes it.
LOSES_CALLS = (WRONG_WEBHOOKS, OVERRIDDEN, GONE_AT_TWILIO)


def check_numbers(examined: Examined) -> Iterator[Finding]:
    """Yield each difference to Twilio, of each kind at most NAMED and how many more there are."""
    compared = compare_numbers(examined.database, examined.twilio, examined.webhooks)
    told: Counter[str] = Counter()
    for difference in compared.differences:
        told[difference.kind] += 1
        if told[difference.kind] <= NAMED:
            yield _say(difference)
    for kind, count in told.items():
        if count > NAMED:
            yield _severity(kind)(f"{count - NAMED} more numbers are {kind}.", REPAIR.format(kind))
    if not compared.differences:
        yield ok(f"Twilio sends the calls of {compared.on_both_sides} numbers here.")


def _say(difference: Difference) -> Finding:
    return _severity(difference.kind)(difference.sentence, FIXES[difference.kind].format(difference.phone_number))


def _severity(kind: str) -> Callable[[str, str], Finding]:
    return error if kind in LOSES_CALLS else warning
