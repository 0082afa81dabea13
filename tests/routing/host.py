"""A host's disk and its way to the database, without an application around them."""

from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from models import Call, CallEvent, Database
from routing.call_notes import CallNotes
from routing.drain import drain
from routing.local_store import LocalStore
from tests.conftest import ACCOUNT_SID


class Host:
    """A host's notes, its own file, and its way to the database."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.folder = folder / "calls"
        self.database = Database(database_url)
        self.local_store = LocalStore(folder / "host.db")
        self.notes = CallNotes(self.folder)

    def note(self, number: int, kind: str = "inbound_call", **details: Any) -> None:
        usual = {"call_status": "ringing", "decision": "unknown"} if kind == "inbound_call" else {}
        self.notes.note(kind, ACCOUNT_SID, f"CA{number:032x}", usual | details)

    def drain(self) -> int:
        return drain(self.folder, self.local_store, self.database)

    def die(self) -> None:
        """Let go of the file, as a process does that ends."""
        self.notes = CallNotes(self.folder)

    def calls(self) -> dict[int, Call]:
        with self.database.reading() as session:
            return {int(call.call_sid[2:], 16): call for call in session.scalars(select(Call))}

    def events(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(CallEvent)) or 0

    def waiting(self) -> int:
        """Return how many bytes of notes are not yet in the database."""
        paths = self.folder.glob("*.jsonl")
        return sum(path.stat().st_size - self.local_store.drained_bytes(path.name) for path in paths)

    def close(self) -> None:
        self.local_store.close()
        self.database.close()
