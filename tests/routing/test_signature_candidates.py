"""What would have made a refused signature right is found, also behind proxies, and nothing of it lets anybody in."""

import pytest
from twilio.request_validator import HMAC_SHA256, RequestValidator

from routing.signature_candidates import LARGEST_EXPLAINED, SignedRequest, WouldMatch, find_match
from routing.twilio_signature import SigningSecrets, is_signed_by_twilio
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters

VOICE = "/twilio/voice"
SECRETS = SigningSecrets(("old-token", AUTH_TOKEN), {"key-1": "shared-secret"})


def signed_for(
    url: str, token: str = AUTH_TOKEN, checked: str = PUBLIC_URL + VOICE, algorithm: str = ""
) -> SignedRequest:
    """Return a request that is signed for one URL and checked for another."""
    validator = RequestValidator(token)
    by = {"algorithm": HMAC_SHA256} if algorithm else {}
    signature = validator.compute_signature(url, call_parameters(), **by)
    return SignedRequest(checked, tuple(call_parameters().items()), signature, "")


@pytest.mark.parametrize(
    ("base", "public_base", "environ"),
    [
        ("http://calls.example.com", PUBLIC_URL, {}),
        ("https://other.example.com", PUBLIC_URL, {"HTTP_HOST": "other.example.com"}),
        ("http://10.0.0.1:8000", PUBLIC_URL, {"HTTP_HOST": "10.0.0.1:8000"}),
        ("https://a.example.com", PUBLIC_URL, {"HTTP_X_FORWARDED_HOST": "a.example.com, b.example.com"}),
        ("https://calls.example.com", PUBLIC_URL + "/clara", {}),
        ("https://calls.example.com/clara", PUBLIC_URL, {"HTTP_X_FORWARDED_PREFIX": "/clara/"}),
    ],
)
def test_another_base_is_found(base: str, public_base: str, environ: dict[str, str]) -> None:
    """Scheme, host, port or prefix: what people and proxies get wrong."""
    refused = signed_for(base + VOICE, checked=public_base + VOICE)

    assert find_match(SECRETS, refused, environ, public_base) == WouldMatch(base, VOICE, "Auth Token 2 of 2")


@pytest.mark.parametrize("path", ["/twilio/voice/", "//twilio/voice"])
def test_another_slash_is_found(path: str) -> None:
    """One too many, in the voice URL at Twilio."""
    match = find_match(SECRETS, signed_for(PUBLIC_URL + path), {}, PUBLIC_URL)

    assert match == WouldMatch(PUBLIC_URL, path, "Auth Token 2 of 2")


def test_query_stays_part_of_what_is_signed_and_is_not_told() -> None:
    """It may hold phone numbers."""
    refused = signed_for(f"http://calls.example.com{VOICE}?a=1", checked=f"{PUBLIC_URL}{VOICE}?a=1")

    assert find_match(SECRETS, refused, {}, PUBLIC_URL) == WouldMatch(
        "http://calls.example.com", VOICE, "Auth Token 2 of 2"
    )


def test_quotes_around_a_token_are_found() -> None:
    """As they stay in some environment files."""
    quoted = SigningSecrets((f'"{AUTH_TOKEN}"',), {})

    match = find_match(quoted, signed_for(PUBLIC_URL + VOICE), {}, PUBLIC_URL)

    assert match == WouldMatch(PUBLIC_URL, VOICE, "the Auth Token without its quotes")


def test_shared_key_whose_header_was_dropped_is_found() -> None:
    """Then the signature looks like an Auth Token's."""
    match = find_match(SECRETS, signed_for(PUBLIC_URL + VOICE, "shared-secret", algorithm="sha256"), {}, PUBLIC_URL)

    assert match is not None
    assert match.secret.startswith("shared key key-1, but the header")


def test_nothing_is_found_for_another_secret() -> None:
    """Nobody can tell whose it is."""
    assert (
        find_match(SECRETS, signed_for(PUBLIC_URL + VOICE, "another"), {"HTTP_HOST": "a.example"}, PUBLIC_URL) is None
    )


@pytest.mark.parametrize("host", ["evil\x1b[2J.example", "a" * 300, "a b", "a/../..", "ä.example", "a@b"])
def test_strange_hosts_are_not_tried(host: str) -> None:
    """What is found is shown in a terminal."""
    refused = signed_for(f"https://{host}{VOICE}")

    assert find_match(SECRETS, refused, {"HTTP_HOST": host, "HTTP_X_FORWARDED_HOST": host}, PUBLIC_URL) is None


def test_large_requests_are_not_explained() -> None:
    """A stranger could keep a worker busy with them."""
    form = (("a", "x" * LARGEST_EXPLAINED),)
    signature = RequestValidator(AUTH_TOKEN).compute_signature("http://calls.example.com" + VOICE, dict(form))

    assert find_match(SECRETS, SignedRequest(PUBLIC_URL + VOICE, form, signature, ""), {}, PUBLIC_URL) is None


def test_what_would_match_is_still_refused() -> None:
    """The explanation is beside the check, not in it."""
    refused = signed_for("http://calls.example.com" + VOICE)

    assert find_match(SECRETS, refused, {}, PUBLIC_URL) is not None
    assert not is_signed_by_twilio(SECRETS, refused.url, refused.parameters, refused.signature)
