"""Refused webhooks are remembered in a small file, without secrets and numbers; no flood fills the disk or our time."""

import json
from pathlib import Path

import pytest

from routing import refused_webhooks
from routing.refused_webhooks import LARGEST_FILE_BYTES, RefusedWebhooks, path_of, read_refused
from simulator.signature import sign
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, call_parameters
from tests.routing.door import SECRETS, Door

WRONG = "http://other.example.com/twilio/voice"


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note every refusal."""
    monkeypatch.setattr(refused_webhooks, "SECONDS_BETWEEN_NOTES", 0.0)


def refuse(door: Door, target: str = "/twilio/voice", url: str = WRONG, **headers: str) -> None:
    """Send a call that is signed for another URL."""
    form = call_parameters()
    signed = {"X-Twilio-Signature": sign(url, form, AUTH_TOKEN), "Host": "other.example.com"} | headers
    response = door.send(target, data=form, headers=signed)
    assert (response.status_code, response.data) == (403, b"")


def test_refusal_is_noted_with_what_would_have_matched(door: Door, tmp_path: Path) -> None:
    """The URL without its query, which secret, and whose call it was, as far as it explains anything."""
    refuse(door, **{"User-Agent": "TwilioProxy/1.1"})

    [refused] = read_refused(tmp_path)

    assert (refused.problem, refused.method, refused.path) == ("wrong-signature", "POST", "/twilio/voice")
    assert (refused.matched_base, refused.matched_path) == ("http://other.example.com", "/twilio/voice")
    assert refused.matched_secret == "the Auth Token"
    assert (refused.looks_like_twilio, refused.account_sid, refused.to) == (True, ACCOUNT_SID, "+…00")


def test_neither_secret_nor_signature_nor_number_is_on_the_disk(door: Door, tmp_path: Path, unhurried: None) -> None:
    """Nor a query, nor anything else that was sent."""
    refuse(door, "/twilio/voice?caller=%2B14155550199")
    door.send("/twilio/voice?caller=%2B14155550199")

    text = path_of(tmp_path).read_text()

    for hidden in (AUTH_TOKEN, "4155550199", "4155550100", "caller", sign(WRONG, call_parameters(), AUTH_TOKEN)):
        assert hidden not in text
    assert path_of(tmp_path).stat().st_mode & 0o077 == 0


def test_terminal_is_safe_from_strangers(door: Door, tmp_path: Path) -> None:
    """What they write into path, method and form is cut and cleaned."""
    environ = {"RAW_URI": "/twilio/voice/\x1b]0;owned\x07" + "x" * 5000}
    form = {"AccountSid": "\x1b[2J", "To": "\x1b[2J"}

    door.send("/twilio/voice", data=form, headers={"X-Twilio-Signature": "x"}, environ_overrides=environ)

    [refused] = read_refused(tmp_path)
    assert refused.path.isprintable()
    assert len(refused.path) <= 200
    assert (refused.account_sid, refused.to) == (None, None)


def test_one_of_a_kind_a_second_is_noted(door: Door, tmp_path: Path) -> None:
    """However many come; the others cost nothing but their refusal."""
    for _ in range(50):
        refuse(door)
        door.send("/twilio/voice")

    assert sorted(refused.problem for refused in read_refused(tmp_path)) == ["no-signature", "wrong-signature"]


def test_flood_leaves_two_small_files(door: Door, tmp_path: Path, unhurried: None) -> None:
    """The newest refusals are there, the oldest gone."""
    environ = {"HTTP_USER_AGENT": "x", "RAW_URI": "/twilio/voice/" + "x" * 1000, "REQUEST_METHOD": "POST"}
    noting = RefusedWebhooks(tmp_path, PUBLIC_URL, SECRETS)

    for _ in range(1000):
        noting.note(environ, "no-signature", None)

    files = list(tmp_path.glob("refused-webhooks*"))
    assert len(files) == 2
    assert sum(file.stat().st_size for file in files) < 2 * (LARGEST_FILE_BYTES + 1000)
    assert len(read_refused(tmp_path)) > 100


def test_disk_that_refuses_costs_nothing_but_the_note(door: Door, tmp_path: Path) -> None:
    """The 403 was decided before."""
    path_of(tmp_path).mkdir()

    refuse(door)


def test_torn_and_foreign_lines_are_passed_over(door: Door, tmp_path: Path) -> None:
    """As another version may leave them."""
    refuse(door)
    with path_of(tmp_path).open("ab") as file:
        file.write(b'{"at": "2026\n[]\n{}\n\xff\n' + json.dumps({"colour": "red"}).encode() + b"\n")

    assert len(read_refused(tmp_path)) == 1


def test_accepted_webhooks_are_not_noted(door: Door, tmp_path: Path) -> None:
    """They are calls."""
    assert door.post().status_code == 200

    assert read_refused(tmp_path) == []
