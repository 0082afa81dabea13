"""Every endpoint of Twilio's lets Twilio in and nobody else, by the signature over the URL that Twilio requested."""

from collections.abc import Callable

import pytest
from twilio.request_validator import HMAC_SHA256, RequestValidator

from routing.twilio_signature import SigningSecrets
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters
from tests.routing.door import ENDPOINTS, Door

TARGET = "/twilio/voice"
SHARED = {"X-Twilio-Webhooks-Signature-Settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
KEY = "the-shared-key"

pytestmark = pytest.mark.parametrize("path", ENDPOINTS)


def is_let_in(door: Door, signature: str | None, path: str = "", **request: object) -> bool:
    """Post a call with this signature, and ask whether it got TwiML; if not, it must have got 403 and not a word."""
    headers = {"X-Twilio-Signature": signature} if signature is not None else {}
    headers |= request.pop("headers", {})
    response = door.send(TARGET + path, **{"data": call_parameters(), "headers": headers} | request)
    if response.status_code == 200:
        return response.text.startswith("<?xml")
    assert (response.status_code, response.data, door.noted()) == (403, b"", [])
    return False


def good_signature(path: str, url: str = PUBLIC_URL + TARGET, token: str = AUTH_TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url + path, call_parameters()))


def test_good_signature_is_let_in(door: Door, path: str) -> None:
    """A webhook that Twilio signed is answered."""
    assert is_let_in(door, good_signature(path), path)


@pytest.mark.parametrize(
    "signature", ["", " ", "WRONG_SIGNATURE", "x", "x" * 10_000, "ñandú", "\xff" * 28, "=" * 28, "Ã¤" * 14]
)
def test_bad_signature_is_refused(door: Door, path: str, signature: str) -> None:
    """Anything else in the header is refused: empty, short, long, or beyond ASCII."""
    assert not is_let_in(door, signature, path)


def test_missing_signature_is_refused(door: Door, path: str) -> None:
    """Without the header there is nothing to talk about."""
    assert not is_let_in(door, None, path)


def test_old_and_new_token_are_let_in_while_rotating(make_door: Callable[..., Door], path: str) -> None:
    """With two tokens configured both sign; one that is configured no more does not."""
    door = make_door(secrets=SigningSecrets(("new-token", AUTH_TOKEN), {}))

    assert is_let_in(door, good_signature(path), path)
    assert is_let_in(door, good_signature(path, token="new-token"), path)


def test_retired_token_is_refused(make_door: Callable[..., Door], path: str) -> None:
    """Once a token is no longer configured, what it signs is refused."""
    door = make_door(secrets=SigningSecrets(("new-token",), {}))

    assert not is_let_in(door, good_signature(path), path)


def test_token_of_another_account_is_refused(door: Door, path: str) -> None:
    """A real Twilio account's signature is not our account's."""
    assert not is_let_in(door, good_signature(path, token="token-of-somebody-else"), path)


@pytest.mark.parametrize("position", [0, 13, 27])
def test_one_byte_changed_is_refused(door: Door, path: str, position: int) -> None:
    """A signature that is wrong in one byte is wrong."""
    good = good_signature(path)
    changed = good[:position] + ("A" if good[position] != "A" else "B") + good[position + 1 :]

    assert not is_let_in(door, changed, path)


def test_changed_parameter_is_refused(door: Door, path: str) -> None:
    """A captured signature does not carry another call."""
    assert not is_let_in(door, good_signature(path), path, data=call_parameters(To="+14155550101"))


def test_signature_for_another_endpoint_is_refused(door: Door, path: str) -> None:
    """A captured signature is worth nothing at another endpoint."""
    assert not is_let_in(door, good_signature("/elsewhere"), path)


def test_doubled_signature_is_refused(door: Door, path: str) -> None:
    """Two signature headers, even two good ones, are not what Twilio sends."""
    good = good_signature(path)
    headers = [("X-Twilio-Signature", good), ("X-Twilio-Signature", good)]

    response = door.send(TARGET + path, data=call_parameters(), headers=headers)
    assert (response.status_code, response.data) == (403, b"")


def test_shared_key_is_let_in(make_door: Callable[..., Door], path: str) -> None:
    """A webhook signed with a shared key of ours, and saying so, is answered."""
    door = make_door(secrets=SigningSecrets((AUTH_TOKEN,), {"webhooks_sharedkey_1": KEY}))
    signature = RequestValidator(KEY).compute_signature(PUBLIC_URL + TARGET + path, call_parameters(), HMAC_SHA256)

    assert is_let_in(door, signature, path, headers=SHARED)


@pytest.mark.parametrize(
    ("secret", "settings"),
    [
        (KEY, "key=webhooks_sharedkey_2,algorithm=HMAC_SHA256"),
        (KEY, "key=webhooks_sharedkey_1,algorithm=HMAC_SHA512"),
        (AUTH_TOKEN, SHARED["X-Twilio-Webhooks-Signature-Settings"]),
    ],
)
def test_wrong_key_algorithm_or_signer_is_refused(
    make_door: Callable[..., Door], path: str, secret: str, settings: str
) -> None:
    """An unknown key, an unknown algorithm, or the Auth Token in the place of the named key: refused."""
    door = make_door(secrets=SigningSecrets((AUTH_TOKEN,), {"webhooks_sharedkey_1": KEY}))
    signature = RequestValidator(secret).compute_signature(PUBLIC_URL + TARGET + path, call_parameters(), HMAC_SHA256)

    assert not is_let_in(door, signature, path, headers={"X-Twilio-Webhooks-Signature-Settings": settings})


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:abc"},
        {"Host": "calls.example.com:99999"},
        {"Host": "[::1"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "1"},
        {"Forwarded": "host=evil.example;proto=http"},
    ],
)
def test_host_headers_change_nothing(door: Door, path: str, headers: dict[str, str]) -> None:
    """Only PUBLIC_URL says where we are: what is signed for it is let in, what is signed for the header is not."""
    assert is_let_in(door, good_signature(path), path, headers=headers)

    door.notes._file = None
    for file in door.folder.glob("*"):
        file.unlink()
    assert not is_let_in(door, good_signature(path, "http://evil.example/twilio/voice"), path, headers=headers)


@pytest.mark.parametrize(
    ("prefix", "target_prefix", "script_name"),
    [("/clara", "", ""), ("/clara", "/clara", "/clara"), ("/twilio", "", ""), ("/twilio", "/twilio", "/twilio")],
)
def test_public_url_may_have_a_prefix(
    make_door: Callable[..., Door], path: str, prefix: str, target_prefix: str, script_name: str
) -> None:
    """A prefix that the proxy strips is put back; one that it leaves, and that the server knows of, is not doubled."""
    door = make_door(public_base=PUBLIC_URL + prefix)
    environ = {"RAW_URI": target_prefix + TARGET + path, "SCRIPT_NAME": script_name}

    signature = good_signature(path, PUBLIC_URL + prefix + TARGET)
    assert is_let_in(door, signature, path, environ_overrides=environ)


@pytest.mark.parametrize(
    "raw", ["?agent=Jos%C3%A9%20%7E%3A%40%2F", "?", "?a=1&a=2&b", "?a=b+c&d='", "?url=https://a.example//x", "?%zz=%"]
)
def test_query_is_signed_as_it_was_sent(door: Door, path: str, raw: str) -> None:
    """The raw query counts, not one that a framework has decoded and written anew."""
    assert is_let_in(door, good_signature(path + raw), path + raw, environ_overrides={"RAW_URI": TARGET + path + raw})
    assert door.send(TARGET + path + raw, data=call_parameters(), headers={"X-Twilio-Signature": "no"}).data == b""


@pytest.mark.parametrize("raw", ["/%74wilio/voice", "//twilio/voice", "/twilio/%76oice"])
def test_path_is_signed_as_it_was_sent(door: Door, path: str, raw: str) -> None:
    """A path that somebody registered in another spelling is signed, and checked, in that spelling."""
    environ = {"RAW_URI": raw + path}

    assert is_let_in(door, good_signature(path, PUBLIC_URL + raw), path, environ_overrides=environ)


def test_signature_without_the_query_is_refused(door: Door, path: str) -> None:
    """The query is signed too: nobody adds `?fallback=1` on the way."""
    assert not is_let_in(door, good_signature(path), f"{path}?fallback=1")


@pytest.mark.parametrize("raw", [PUBLIC_URL + TARGET, "https://evil.example" + TARGET, "*", "", "twilio/voice"])
def test_target_that_is_not_a_path_is_refused(door: Door, path: str, raw: str) -> None:
    """A request target in any form but a path is no webhook's, and never names the host that we believe in."""
    environ = {"RAW_URI": raw and raw + path, "REQUEST_URI": ""}

    assert not is_let_in(door, good_signature(path), path, environ_overrides=environ)
