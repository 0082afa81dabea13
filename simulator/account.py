"""Keep the simulated Twilio account: one SID and one token for a folder."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE_NAME = "account.json"


@dataclass(frozen=True, slots=True)
class SimulatedAccount:
    """What Twilio's console would show for an account; the token signs every request."""

    account_sid: str
    auth_token: str = field(repr=False)


def load_or_create_account(folder: Path) -> SimulatedAccount:
    """Return the folder's account, made at the first call; two processes at once get the same one."""
    folder.mkdir(parents=True, exist_ok=True)
    existing = load_account(folder)
    if existing is not None:
        return existing
    _write_once(folder / FILE_NAME, json.dumps(asdict(_random_account()), indent=2) + "\n")
    created = load_account(folder)
    if created is None:
        raise FileNotFoundError(f"{folder / FILE_NAME} was removed while it was being created.")
    return created


def load_account(folder: Path) -> SimulatedAccount | None:
    """Return the folder's account, or nothing if none was made yet."""
    try:
        return SimulatedAccount(**json.loads((folder / FILE_NAME).read_text()))
    except FileNotFoundError:
        return None


def _random_account() -> SimulatedAccount:
    return SimulatedAccount(account_sid="AC" + secrets.token_hex(16), auth_token=secrets.token_hex(16))


def _write_once(path: Path, text: str) -> None:
    """Create the file whole, readable by its owner only; if another process was first, its file stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
