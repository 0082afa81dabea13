"""One host of the router on a database with a large account in it, and who may ask there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psutil
from sqlalchemy import func, select

from app import create_app
from benchmarks.asked_pages import Account
from benchmarks.calls import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, phone_number
from benchmarks.stack import FIRST_HOST, PROJECT, migrate
from benchmarks.year import BUSY, LARGE, SMALL, Year
from config.settings import Settings, load_settings
from models import Account as AccountRow
from models import Call, Database, Number
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from operations.tokens import create_token
from operations.users import create_user
from tests.servers.postgres import PostgresServer

Headers = dict[str, str]
LATE_HOUR = 20


class PagesHost:
    """The host's folder and settings; `sizes` are the numbers and calls that an empty database is filled with."""

    def __init__(self, folder: Path, database_url: str, sizes: tuple[int, int]) -> None:
        self.folder = folder
        self._settings = {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder / FIRST_HOST),
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_API_URL": "http://127.0.0.1:1",  # nobody answers there
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        }
        migrate(self.environment())
        self._fill(*sizes)

    def environment(self, port: int = 0, host: str = FIRST_HOST) -> dict[str, str]:
        """Return the environment of a process of the host of that name; there is but one."""
        own = {"DATA_DIR": str(self.folder / host), "HOST": "127.0.0.1", "PORT": str(port), "REDIS_URL": ""}
        settings = self._settings | own
        return os.environ | settings | {"PYTHONPATH": str(PROJECT)}

    def database_pids(self) -> list[int]:
        """Return the process whose children answer for the database; none for a file, or for another machine's."""
        database = Database(self._read_settings().database)
        found = []
        if not database.is_sqlite:
            with database.reading_fresh() as connection, suppress(psutil.Error):
                found = [psutil.Process(connection.scalar(select(func.pg_backend_pid()))).ppid()]
        database.close()
        return found

    def accounts(self) -> dict[int, Account]:
        """Return what there is to ask for in the large and in the small account."""
        database = Database(self._read_settings().database)
        with database.reading() as session:
            found = {}
            for account_id in (LARGE, SMALL):
                number = session.scalars(
                    select(Number).where(Number.account_id == account_id).order_by(Number.id).limit(1)
                ).one()
                deep = session.scalars(
                    select(Number.id).where(Number.account_id == account_id).order_by(Number.id.desc()).limit(1)
                ).one()
                calls = select(Call).where(Call.account_id == account_id, Call.number_id == number.id)
                call = session.scalars(calls.order_by(Call.received_at.desc()).limit(1)).one()
                oldest = select(Call).where(Call.account_id == account_id).order_by(Call.received_at).limit(1)
                first = session.scalars(oldest.offset(1000 if account_id == LARGE else 0)).one()
                deep_id = max(number.id, deep * 9 // 10) if account_id == LARGE else number.id
                found[account_id] = Account(
                    number=number.id,
                    phone_number=number.phone_number,
                    quiet_number=2 if account_id == LARGE else number.id,
                    agent=number.agent_id or BUSY,
                    location=number.location_id or BUSY,
                    call_sid=call.call_sid,
                    caller=call.from_number or "",
                    deep_number=(phone_number(deep_id), deep_id),
                    deep_call=(first.received_at.isoformat(), first.id),
                    deep_change=deep_id // 10 if account_id == LARGE else number.id + 1,
                    day=first.received_at.date().isoformat(),
                )
        database.close()
        return found

    def let_in(self, port: int) -> dict[int, Headers]:
        """Make an Admin and a token in each account; return the headers that they send, by account."""
        app = create_app(self._read_settings())
        changes: Changes = app.extensions["changes"]
        try:
            return {account_id: self._let_in(changes, account_id, port) for account_id in (LARGE, SMALL)}
        finally:
            app.extensions["close"]()

    def _let_in(self, changes: Changes, account_id: int, port: int) -> Headers:
        who = Who(account_id, "benchmark", SYSTEM)
        email = f"admin-{account_id}-{os.getpid()}@example.com"
        password = create_user(changes, who, email, "admin", must_change_password=False)["password"]
        connection = HTTPConnection("127.0.0.1", port)
        form = urlencode({"email": email, "password": password})
        connection.request("POST", "/log-in", form, {"Content-Type": "application/x-www-form-urlencoded"})
        cookie = (connection.getresponse().headers["Set-Cookie"] or "").partition(";")[0]
        connection.close()
        cookie += f"; timezone={late_timezone(datetime.now(UTC))}"
        return {"Cookie": cookie, "Authorization": f"Bearer {create_token(changes, who, 'admin')['token']}"}

    def _fill(self, numbers: int, calls: int) -> None:
        database = Database(self._read_settings().database)
        with database.reading() as session:
            is_empty = session.scalar(select(func.count()).select_from(AccountRow)) == 0
        if is_empty:
            Year(numbers, calls).fill(database)
        database.close()

    def _read_settings(self) -> Settings:
        return load_settings(_env_file=None, **{name.lower(): value for name, value in self._settings.items()})


def late_timezone(moment: datetime) -> str:
    """Return a timezone where it is between 20 and 21 o'clock: however early it is here, today has calls there.

    Its name is written the other way round than one would think (https://data.iana.org/time-zones/tzdb/etcetera).
    """
    ahead = (LATE_HOUR - moment.hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+}"


@contextmanager
def pages_host(engine: str, database_url: str | None, sizes: tuple[int, int]) -> Iterator[PagesHost]:
    """Prepare a host on a database of its own, or on the one that is named; what it wrote itself is gone at the end."""
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        if database_url:
            yield PagesHost(folder, database_url, sizes)
        elif engine == "sqlite":
            yield PagesHost(folder, f"sqlite:///{folder / 'clara.db'}", sizes)
        else:
            with PostgresServer(own=True) as server:
                yield PagesHost(folder, server.create_database(), sizes)
