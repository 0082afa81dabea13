"""The simulated account and the certificates are made once for a folder, and kept from other users."""

import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from simulator.account import load_account, load_or_create_account
from simulator.certificates import load_or_create_certificates


def test_account_is_made_once_and_looks_like_twilios(tmp_path: Path) -> None:
    """The second call returns the account that the first one made."""
    account = load_or_create_account(tmp_path)

    assert load_or_create_account(tmp_path) == account
    assert account.account_sid[:2] == "AC"
    assert len(account.account_sid) == 34
    assert len(account.auth_token) == 32


def test_account_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    """The token is a secret, even of an account that does not exist."""
    load_or_create_account(tmp_path)

    assert stat.S_IMODE((tmp_path / "account.json").stat().st_mode) == 0o600


def test_account_does_not_show_its_token_when_printed(tmp_path: Path) -> None:
    """A log line with the account in it gives nothing away."""
    account = load_or_create_account(tmp_path)

    assert account.auth_token not in repr(account)


def test_racing_processes_get_the_same_account(tmp_path: Path) -> None:
    """Whoever is first makes it; nobody sees a half-written file and no draft is left behind."""
    with ThreadPoolExecutor(16) as threads:
        accounts = set(threads.map(load_or_create_account, [tmp_path] * 64))

    assert len(accounts) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["account.json"]


def test_no_account_is_made_by_looking_for_one(tmp_path: Path) -> None:
    """The example agent may start before the account exists."""
    assert load_account(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_certificates_are_made_once_even_by_racing_processes(tmp_path: Path) -> None:
    """All get the same three files, and the authority belongs to the certificate."""
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(load_or_create_certificates, [tmp_path] * 8))

    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["certificates"]


def test_certificate_names_this_machine_and_lasts_for_years(tmp_path: Path) -> None:
    """Nobody has to renew what is only used here."""
    certificates = load_or_create_certificates(tmp_path)
    certificate = x509.load_pem_x509_certificate(certificates.certificate.read_bytes())

    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert (certificate.not_valid_after_utc - datetime.now(UTC)).days > 3 * 365
    ssl.create_default_context(cafile=certificates.authority)


def test_private_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    """The key's file is never open to others."""
    certificates = load_or_create_certificates(tmp_path)

    assert stat.S_IMODE(certificates.private_key.stat().st_mode) == 0o600
