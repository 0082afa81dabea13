"""Remember the last refused webhooks on this host's disk, with what would have matched, for whoever must explain them.

Strangers decide how often this happens and what is in it. So one a second of each kind is noted in a process and the
rest is not; two files of LARGEST_FILE_BYTES are all there ever is; and what is kept is cut, cleaned, holds no secret,
no signature, no query and no phone number but its last two digits. The refusal itself was decided before.
"""

import json
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from routing.signature_candidates import SignedRequest, find_match
from routing.twilio_request import ACCOUNT_SID, E164
from routing.twilio_signature import SigningSecrets

log = structlog.get_logger()
SECONDS_BETWEEN_NOTES = 1.0
LARGEST_FILE_BYTES = 64_000
LONGEST_TEXT = 200
UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
KEY_ID = re.compile(r"key=([A-Za-z0-9_\-]{1,64})(?:,|$)", re.ASCII)
# https://www.twilio.com/docs/usage/webhooks/getting-started-twilio-webhooks
TWILIOS_USER_AGENT = "TwilioProxy"


@dataclass(frozen=True, slots=True)
class RefusedWebhook:
    """A refused webhook: when (ISO 8601 UTC), by what method, which URL without its query was checked, and for whom.

    `problem` is one of ours: no-signature, wrong-signature or unreadable. `account_sid` and `key_id` are what the
    request said; `to` keeps two digits. The matched ones say what would have been right, None if nothing was found.
    """

    at: str
    problem: str
    method: str
    public_base: str
    path: str
    looks_like_twilio: bool
    has_parameters: bool
    account_sid: str | None
    key_id: str | None
    to: str | None
    matched_base: str | None = None
    matched_path: str | None = None
    matched_secret: str | None = None


class RefusedWebhooks:
    """Notes refusals in `refused-webhooks.jsonl` of `data_dir`."""

    def __init__(self, data_dir: Path, public_base: str, secrets: SigningSecrets) -> None:
        self._path = path_of(data_dir)
        self._public_base = public_base
        self._secrets = secrets
        self._not_before: dict[str, float] = {}

    def note(self, environ: Mapping[str, Any], problem: str, signed: SignedRequest | None) -> None:
        """Note a refusal, unless one of this kind was noted a moment ago. Never raises for want of disk."""
        if time.monotonic() < self._not_before.get(problem, 0.0):
            return
        self._not_before[problem] = time.monotonic() + SECONDS_BETWEEN_NOTES
        refused = explain(environ, problem, signed, self._public_base, self._secrets)
        try:
            self._append(json.dumps(asdict(refused)).encode() + b"\n")
        except OSError as error:
            log.warning("refused webhook not noted", problem=type(error).__name__)

    def _append(self, line: bytes) -> None:
        """Write a line; a full file becomes the older one, and that one is gone."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, line)
            is_full = os.fstat(file).st_size >= LARGEST_FILE_BYTES
        finally:
            os.close(file)
        if is_full:
            with suppress(FileNotFoundError):  # another process did the same
                self._path.replace(_older(self._path))


def explain(
    environ: Mapping[str, Any],
    problem: str,
    signed: SignedRequest | None,
    public_base: str,
    secrets: SigningSecrets,
) -> RefusedWebhook:
    """Return what is kept of a refused request."""
    match = find_match(secrets, signed, environ, public_base) if signed else None
    said = dict(signed.parameters) if signed else {}
    key = KEY_ID.search(signed.settings) if signed else None
    target = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    return RefusedWebhook(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        problem=problem,
        method=_printable(str(environ.get("REQUEST_METHOD", "")))[:8],
        public_base=public_base,
        path=_printable(target.partition("?")[0]),
        looks_like_twilio=str(environ.get("HTTP_USER_AGENT", "")).startswith(TWILIOS_USER_AGENT),
        has_parameters=bool(said) or "?" in target,
        account_sid=sid if ACCOUNT_SID.fullmatch(sid := said.get("AccountSid", "")) else None,
        key_id=key[1] if key else None,
        to=_masked(said.get("To", "")),
        matched_base=match.base if match else None,
        matched_path=_printable(match.path) if match else None,
        matched_secret=match.secret if match else None,
    )


def path_of(data_dir: Path) -> Path:
    """Return where a host's refusals are noted."""
    return data_dir / "refused-webhooks.jsonl"


def read_refused(data_dir: Path) -> list[RefusedWebhook]:
    """Return the refusals that are still there, oldest first; raises OSError when they cannot be read."""
    newest = path_of(data_dir)
    lines = [line for path in (_older(newest), newest) if path.exists() for line in path.read_bytes().splitlines()]
    return [refused for line in lines if (refused := _read(line))]


def _read(line: bytes) -> RefusedWebhook | None:
    """Read a line; None for a torn one, or one that another version wrote."""
    try:
        refused = RefusedWebhook(**json.loads(line))
        datetime.fromisoformat(refused.at)
    except (ValueError, TypeError, RecursionError):
        return None
    return refused


def _older(path: Path) -> Path:
    return path.with_suffix(".old.jsonl")


def _printable(text: str) -> str:
    return UNPRINTABLE.sub("?", text[:LONGEST_TEXT])


def _masked(phone_number: str) -> str | None:
    """Return enough of a number to tell it from our others, and no more."""
    return f"+…{phone_number[-2:]}" if E164.fullmatch(phone_number) else None
