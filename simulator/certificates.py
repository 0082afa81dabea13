"""Make the certificate under which the example agent serves ``wss://localhost``, and the authority to trust for it."""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

NAMES = ("localhost", "127.0.0.1")
VALIDITY = timedelta(days=3650)
FOLDER_NAME = "certificates"


@dataclass(frozen=True, slots=True)
class Certificates:
    """The three PEM files: whom a client trusts, what the server shows, and the server's private key."""

    authority: Path
    certificate: Path
    private_key: Path


def load_or_create_certificates(folder: Path) -> Certificates:
    """Return the folder's certificates, made at the first call and valid for ten years.

    They are made in a folder of their own that is then renamed into place, so that two processes starting at once
    never mix an authority with the other's certificate.
    """
    certificates = _paths(folder / FOLDER_NAME)
    if not certificates.private_key.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _create(folder)
    return certificates


def authority_path(folder: Path) -> Path:
    """Return where the folder's authority is, or will be once there is one."""
    return _paths(folder / FOLDER_NAME).authority


def _create(folder: Path) -> None:
    draft_folder = folder / f".{FOLDER_NAME}.{os.getpid()}.{secrets.token_hex(4)}"
    draft_folder.mkdir(mode=0o700)
    draft = _paths(draft_folder)
    authority = trustme.CA()
    server = authority.issue_cert(*NAMES, not_after=datetime.now(UTC) + VALIDITY)
    authority.cert_pem.write_to_path(draft.authority)
    for blob in server.cert_chain_pems:
        blob.write_to_path(draft.certificate, append=True)
    draft.private_key.touch(mode=0o600)
    server.private_key_pem.write_to_path(draft.private_key)
    try:
        draft_folder.rename(folder / FOLDER_NAME)
    except OSError:
        if not (folder / FOLDER_NAME).is_dir():
            raise
        _remove(draft)


def _remove(certificates: Certificates) -> None:
    for path in (certificates.authority, certificates.certificate, certificates.private_key):
        path.unlink()
    certificates.authority.parent.rmdir()


def _paths(folder: Path) -> Certificates:
    return Certificates(folder / "authority.pem", folder / "certificate.pem", folder / "private_key.pem")
