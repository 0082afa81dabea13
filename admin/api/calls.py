"""/calls: what became of calls, one by one with their receipts, counted, and as a table."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import One, OneWithPage, PageOf, Row, Table
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, LONGEST_WRITTEN_NUMBER, Id, Moment, PageQuery, Reference, Shown, Taken
from operations.call_filters import LONGEST_TEXT, CallFilters
from operations.call_statistics import count_calls_page
from operations.days import read_days
from operations.export_calls import export_calls
from operations.list_calls import list_calls
from operations.pages import Page
from operations.permissions import READ
from operations.show_call import show_call_with_receipt

Decision = Literal["routed", "paused", "pending", "unassigned", "released", "unknown", "unavailable"]
Status = Literal[
    "queued", "initiated", "ringing", "in-progress", "canceled", "failed", "no-answer", "busy", "completed"
]
Party = Annotated[
    str, Field(min_length=1, max_length=LONGEST_TEXT, description="A phone number, or what came for one.")
]
When = Annotated[str, Field(max_length=40, description="ISO 8601: a day (of UTC) or a moment.")]
Date = Annotated[str, Field(max_length=10, description="A day such as 2026-11-25.")]
calls = Resource("Calls")


class CallsQuery(Taken):
    """Which calls. `until` is a day that still counts, or a moment that does not any more."""

    number: Annotated[
        str, Field(max_length=LONGEST_WRITTEN_NUMBER, description="Every time that the account has had it.")
    ] = LEFT_OUT
    number_id: Id = LEFT_OUT
    agent_id: Id = LEFT_OUT
    location_id: Id = LEFT_OUT
    decision: Decision = LEFT_OUT
    status: Status = LEFT_OUT
    caller: Party = LEFT_OUT
    forwarded_from: Party = LEFT_OUT
    since: Annotated[When, Field(alias="from")] = LEFT_OUT
    until: When = LEFT_OUT
    refused: Annotated[bool, Field(description="Met nobody, neither an agent nor the number of last resort.")] = (
        LEFT_OUT
    )

    def filters(self) -> CallFilters:
        """Return what is asked for, without which part of the list; a number is named in one of two ways."""
        wanted = {name: value for name, value in self.given().items() if name not in ("cursor", "limit")}
        by_id = wanted.pop("number_id", None)
        for name in ("agent", "location"):
            if f"{name}_id" in wanted:
                wanted[name] = str(wanted.pop(f"{name}_id"))
        return CallFilters(**{"number": by_id} | wanted)


class CallsPageQuery(PageQuery, CallsQuery):
    """Which calls, and which part of them."""


class StatisticsQuery(PageQuery):
    """Which days, of whose calendar, the thirty days up to today by default; and which part of the locations."""

    first: Annotated[Date, Field(alias="from")] = LEFT_OUT
    last: Annotated[Date, Field(alias="until")] = LEFT_OUT
    timezone: Annotated[str, Field(max_length=64, description="IANA, such as Europe/Rome.")] = "UTC"


class ShownCall(Shown):
    """A call to a number of the account; number, agent and location as they were when it came in."""

    id: Id
    account_sid: str
    call_sid: str
    account_id: Id
    number_id: Id | None
    agent_id: Id | None
    agent_name: str | None
    location_id: Id | None
    location_name: str | None
    from_number: str | None
    to_number: str | None
    forwarded_from: str | None
    direction: str | None
    decision: Decision | None
    route_source: str | None
    reason: str | None
    handoff_outcome: str | None
    fallback_outcome: str | None
    call_status: str | None
    duration_seconds: int | None
    received_at: Moment
    ended_at: Moment | None


class ShownCause(Shown):
    """The change that made the number what it was for this call."""

    n: Id
    made_at: Moment
    made_by: str
    sentence: str


class ShownHandoff(Shown):
    """To which agent the call was handed, as it was then."""

    kind: str
    target: str
    fallback_number: str | None


class ShownReceipt(Shown):
    """Why the call was answered as it was. Calls noted by earlier versions have gaps."""

    decision: Decision | None
    why: str | None
    reason: str | None
    route_source: Annotated[str | None, Field(description="worker, redis, database, host or nothing.")]
    change: Annotated[int | None, Field(description="The change number that the route was true for.")]
    number_changed: ShownCause | None
    milliseconds: Annotated[float | None, Field(description="From the arrival of the request until its answer.")]
    handoff: ShownHandoff | None
    dialled: Annotated[str | None, Field(description="The number that was dialled in an agent's place.")]
    reconciled_at: Annotated[Moment | None, Field(description="When what was missing was found in Twilio's list.")]


class ShownEvent(Shown):
    """One thing that happened to a call."""

    at: Moment
    kind: str
    sentence: str


class ShownCallWithReceipt(ShownCall):
    """A call, with its receipt, its events in order, and its story in a paragraph."""

    receipt: ShownReceipt
    events: list[ShownEvent]
    story: str


class Counted(Shown):
    """How many calls there were, by what was decided about them."""

    calls: int
    decisions: dict[str, int]
    lost_while_paused: int


class CountedDay(Counted):
    """The calls of a day."""

    date: Date


class CountedLocation(Counted):
    """The calls for a location; null is that of numbers which had none."""

    location: Reference | None
    days: list[CountedDay]


class CountedCalls(Counted):
    """The calls of some days, per day and per location."""

    first: Date
    last: Date
    timezone: str
    days: list[CountedDay]
    locations: list[CountedLocation]


@calls.get("/calls", READ, PageOf(ShownCall))
def show_all(asked: Asked, query: CallsPageQuery) -> Page:
    """List the calls, newest first, the refused ones too."""
    with asked.reading() as session:
        return list_calls(session, asked.account, query.filters(), query.cursor, query.limit)


@calls.get("/calls.csv", READ, Table("calls.csv"))
def show_table(asked: Asked, query: CallsQuery) -> Iterator[str]:
    """Write the calls as CSV, newest first; cells that a spreadsheet would execute begin with an apostrophe."""
    return export_calls(asked.reading, asked.account, query.filters())


@calls.get("/calls/statistics", READ, OneWithPage(CountedCalls))
def count(asked: Asked, query: StatisticsQuery) -> tuple[Row, str | None]:
    """Count the calls per day, at most 92 of them, and for each location, page by page in the order of their names."""
    days = read_days(query.first, query.last, query.timezone)
    with asked.reading() as session:
        return count_calls_page(session, asked.account, days, query.timezone, query.cursor, query.limit)


@calls.get("/calls/{call_sid}", READ, One(ShownCallWithReceipt))
def show(asked: Asked, call_sid: str) -> Row:
    """Show a call by its CallSid, with its receipt and its story."""
    with asked.reading() as session:
        return show_call_with_receipt(session, asked.account, call_sid)
