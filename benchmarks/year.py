"""Fill a migrated database with a large account and a year of its calls, and with a small one to compare it with."""

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from benchmarks.calls import ACCOUNT_SID, phone_number
from models import Database

LARGE, SMALL = 1, 2
AGENTS, LOCATIONS, USERS = 2_000, 1_000, 500
DAYS = 365
# One number, agent and location that are much busier than all others: what is fast for them is fast for everybody.
BUSY = 1
BUSY_SHARE = 0.05
BATCH = 10_000
Row = tuple[Any, ...]
TABLES = {
    "accounts": "id name purchases_per_day call_retention_days created_at",
    "agents": "id account_id name handoff_kind handoff_target created_at",
    "locations": "id account_id name timezone created_at",
    "users": "id account_id email role password_hash must_change_password created_at",
    "numbers": "id account_id phone_number label sid status agent_id location_id iso_country number_type monthly_price "
    "price_unit purchased_at released_at charged_until",
    "forwarded_lines": "id account_id number_id phone_number verified_at created_at",
    "changes": "n id account_id made_at made_by action before after",
    "changed_numbers": "n phone_number",
    "calls": "account_sid call_sid account_id number_id agent_id agent_name location_id location_name from_number "
    "to_number forwarded_from direction decision route_source handoff_outcome call_status duration_seconds received_at "
    "ended_at",
    "call_events": "id account_sid call_sid kind noted_at details",
}
KEYED = ("accounts", "agents", "locations", "users", "numbers", "forwarded_lines")
LINE = "+14155550150"


class Year:
    """The rows of a large account with so many numbers, which had so many calls in the year that ends now."""

    def __init__(self, numbers: int, calls: int) -> None:
        self.end = datetime.now(UTC).replace(microsecond=0)
        self.start = self.end - timedelta(days=DAYS)
        self._calls = calls
        self._random = random.Random(20_26)
        self._numbers = [self._number(index) for index in range(1, numbers + 1)]
        self._small = self._number_of_small(numbers + 1)

    def fill(self, database: Database) -> None:
        """Insert everything, in bulk, and let PostgreSQL gather its statistics, as it does by itself in a day."""
        every_number = [*self._numbers, self._small]
        with database.engine.connect() as connection:
            _insert(
                connection, "accounts", [(LARGE, "Large", 25, 365, self.start), (SMALL, "Small", 25, 365, self.start)]
            )
            _insert(connection, "agents", self._agents())
            _insert(connection, "locations", self._locations())
            _insert(connection, "users", self._users())
            _insert(connection, "numbers", every_number)
            lines = (
                (owner[0], owner[1], owner[0], LINE, self.start, self.start) for owner in (every_number[0], self._small)
            )
            _insert(connection, "forwarded_lines", lines)
            _insert(connection, "changes", self._changes(every_number))
            _insert(connection, "changed_numbers", ((n, row[2]) for n, row in enumerate(every_number, 1)))
            connection.execute(text("UPDATE change_counter SET n = :n"), {"n": len(every_number)})
            for first in range(0, self._calls + 1, BATCH):
                calls = list(self._some_calls(first, min(first + BATCH, self._calls + 1)))
                _insert(connection, "calls", calls)
                _insert(connection, "call_events", _events(calls))
            _set_sequences(connection)
            connection.commit()
        if not database.is_sqlite:
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))

    def _agents(self) -> Iterator[Row]:
        for index in range(1, AGENTS + 2):
            account = LARGE if index <= AGENTS else SMALL
            yield index, account, f"Agent {index:04}", "stream", f"wss://agents.example.com/{index}", self.start

    def _locations(self) -> Iterator[Row]:
        for index in range(1, LOCATIONS + 2):
            account = LARGE if index <= LOCATIONS else SMALL
            yield index, account, f"Location {index:04}", "America/Los_Angeles", self.start

    def _users(self) -> Iterator[Row]:
        for index in range(1, USERS + 1):
            yield index, LARGE, f"person-{index}@example.com", "member", "none", False, self.start

    def _number(self, index: int) -> Row:
        """Make a number; of a hundred, three are paused, five released and one has no agent."""
        hundredth = index % 100
        status = "paused" if hundredth in (5, 6, 7) else "released" if 90 <= hundredth < 95 else "active"
        is_busy = index == BUSY or self._random.random() < BUSY_SHARE
        agent = BUSY if is_busy else self._random.randint(2, AGENTS)
        location = BUSY if is_busy else self._random.randint(2, LOCATIONS)
        purchased_at = self.start + timedelta(days=DAYS * self._random.random() * 0.9)
        released_at = purchased_at + timedelta(days=30) if status == "released" else None
        is_held = status != "released"
        return (
            *(index, LARGE, phone_number(index), f"Line {index}" if index % 3 else "", f"PN{index:032x}", status),
            *(agent if is_held and hundredth != 99 else None, location if is_held else None, "US", "local", "1.15"),
            *("USD", purchased_at, released_at, released_at),
        )

    def _number_of_small(self, index: int) -> Row:
        named = (index, SMALL, phone_number(index), "Main line", f"PN{index:032x}", "active", AGENTS + 1, LOCATIONS + 1)
        return (*named, "US", "local", "1.15", "USD", self.start, None, None)

    def _changes(self, numbers: Iterable[Row]) -> Iterator[Row]:
        for n, row in enumerate(numbers, 1):
            after = json.dumps(_shown(row))
            yield n, f"{n:032x}", row[1], row[12], f"person-{n % USERS}@example.com", "number.added", None, after

    def _some_calls(self, first: int, end: int) -> Iterator[Row]:
        """Yield calls of the large account, evenly over the year; the very last one is the small account's."""
        for index in range(first, end):
            is_small = index == self._calls
            is_busy = self._random.random() < BUSY_SHARE
            number = (
                self._small if is_small else self._numbers[BUSY - 1] if is_busy else self._random.choice(self._numbers)
            )
            received_at = self.start + timedelta(days=DAYS * index / (self._calls + 1))
            yield self._call(index, number, received_at, LINE if is_busy and index % 10 == 0 else None)

    def _call(self, index: int, number: Row, received_at: datetime, line: str | None) -> Row:
        agent, location, status = number[6], number[7], number[5]
        decision = status if status in ("paused", "released") else "routed" if agent else "unassigned"
        is_routed = decision == "routed"
        caller = f"+1628555{self._random.randint(0, 9999):04}"
        return (
            *(ACCOUNT_SID, f"CA{index:032x}", number[1], number[0], agent, f"Agent {agent:04}" if agent else None),
            *(location, f"Location {location:04}" if location else None, caller, number[2], line, "inbound", decision),
            *(
                "worker",
                "completed" if is_routed else None,
                "completed" if is_routed else "busy",
                60 if is_routed else 0,
            ),
            *(received_at, received_at + timedelta(seconds=60)),
        )


def _shown(row: Row) -> dict[str, Any]:
    """Show a number as the audit trail does."""
    agent, location = row[6], row[7]
    return {
        "id": row[0],
        "phone_number": row[2],
        "label": row[3],
        "status": "active",
        "receiving_calls": True,
        "agent": {"id": agent, "name": f"Agent {agent:04}"} if agent else None,
        "location": {"id": location, "name": f"Location {location:04}"} if location else None,
        "monthly_price": row[10],
        "price_unit": row[11],
        "paused": None,
        "purchased_at": row[12].isoformat(),
        "released_at": None,
        "charged_until": None,
        "etag": f"{row[0]:016x}",
    }


def _events(calls: Iterable[Row]) -> Iterator[Row]:
    """Yield what was noted of each call: its answer, with the receipt, and its end."""
    for call in calls:
        serial = int(call[1][2:], 16)
        answer = {
            "account_id": call[2],
            "number_id": call[3],
            "decision": call[12],
            "route_source": "worker",
            "change": call[3],
            "milliseconds": 1.4,
            "handoff_kind": "stream",
            "handoff_target": f"wss://agents.example.com/{call[4]}",
            "fallback_number": None,
        }
        end = {"call_status": call[15], "duration_seconds": call[16], "happened_at": call[18].isoformat()}
        kinds = (("inbound_call", call[17], answer), ("status_changed", call[18], end))
        for which, (kind, at, details) in enumerate(kinds):
            yield UUID(int=serial * 2 + which).hex, ACCOUNT_SID, call[1], kind, at, json.dumps(details)


def _insert(connection: Connection, table: str, rows: Iterable[Row]) -> None:
    """Insert as fast as each database can."""
    columns = TABLES[table].split()
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.get_transaction() or connection.begin()
        raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", map(_plain, rows))
        return
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _plain(row: Row) -> Row:
    """Write moments as SQLAlchemy does for SQLite."""
    return tuple(f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value for value in row)


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL count on after the ids that were given; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        for table in KEYED:
            connection.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
