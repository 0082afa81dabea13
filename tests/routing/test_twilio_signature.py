"""A signature is Twilio's, or it is refused, and nothing that a stranger sends makes the check raise."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator
from werkzeug.datastructures import MultiDict

from routing.twilio_signature import SigningSecrets, is_body_as_signed, is_signed_by_twilio

VECTORS = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parent / "signature_vectors.json").read_text(encoding="utf-8"))
}
# What the libraries of several languages agree on, and what we decided. `special-quote` is refused on purpose: an old
# helper library re-encoded `It's+amazing` in a query before it signed, and we never register a URL with such a query.
DECIDED = {
    "base": True,
    "wrong": False,
    "dup": True,
    "array": True,
    "array-rev": True,
    "https-port-stripped": True,
    "http-port-kept": True,
    "https-adds-443": True,
    "http-adds-80": True,
    "json-body": True,
    "json-empty": True,
    "json-only-hash": True,
    "json-no-hash-must-fail": False,
    "creds": True,
    "creds-user-node": True,
    "creds-443": True,
    "special-quote": False,
    "docs-worked": True,
}
TOKEN, KEY = "the-auth-token", "the-shared-key"
SECRETS = SigningSecrets((TOKEN,), {"webhooks_sharedkey_1": KEY})
SHARED = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
URL = "https://calls.example.com/twilio/voice"
CALL = [("CallSid", "CA1"), ("From", "+14155550199"), ("To", "+14155550100"), ("FromCity", "")]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
pairs = st.lists(st.tuples(text, text), max_size=8)
url_text = st.text("abcXYZ0189-._~%/+*'()", max_size=20)
urls = st.builds(
    lambda scheme, port, path, query: f"{scheme}://calls.Example.com{port}/{path}{query}",
    st.sampled_from(["http", "https"]),
    st.sampled_from(["", ":80", ":443", ":8443"]),
    url_text,
    st.one_of(st.just(""), url_text.filter(bool).map("?a=".__add__)),
)
anything = st.text(st.characters(), max_size=30)


def twilio_signature(url: str = URL, parameters: Any = CALL, secret: str = TOKEN, algorithm: str = HMAC_SHA1) -> str:
    return str(RequestValidator(secret).compute_signature(url, MultiDict(parameters), algorithm))


def agrees_with(vector: dict[str, Any]) -> bool:
    """Ask our two checks what they think of a vector, as the guard does."""
    secrets = SigningSecrets((vector["token"],), {})
    url, parameters, signature = vector["url"], vector["params"], vector["signature"]
    if isinstance(parameters, str):
        is_signed = is_signed_by_twilio(secrets, url, [], signature)
        return is_signed and is_body_as_signed(url, parameters.encode())
    given_pairs = parameters.items() if isinstance(parameters, dict) else [tuple(pair) for pair in parameters]
    return is_signed_by_twilio(secrets, url, given_pairs, signature)


@pytest.mark.parametrize("name", DECIDED)
def test_vector_is_judged_as_decided(name: str) -> None:
    """Every published vector is judged as Twilio's libraries judge it, but for the one that we refuse on purpose."""
    vector = VECTORS[name]

    assert agrees_with(vector) is DECIDED[name]
    assert vector["expected"] is DECIDED[name] or name == "special-quote"


def test_every_vector_is_decided() -> None:
    """No vector is left without an expectation."""
    assert DECIDED.keys() == VECTORS.keys()


@given(url=urls, parameters=pairs, secret=text, settings=st.sampled_from(["", SHARED]))
def test_what_twilio_signs_is_accepted(url: str, parameters: list[tuple[str, str]], secret: str, settings: str) -> None:
    """A signature that Twilio's own library computes is accepted, with an Auth Token and with a shared key."""
    algorithm = HMAC_SHA256 if settings else HMAC_SHA1
    signature = twilio_signature(url, parameters, secret, algorithm)

    secrets = SigningSecrets((secret,), {"webhooks_sharedkey_1": secret})
    assert is_signed_by_twilio(secrets, url, parameters, signature, settings)


@given(signed=urls, requested=urls, parameters=pairs)
def test_urls_are_told_apart_as_twilio_tells_them(
    signed: str, requested: str, parameters: list[tuple[str, str]]
) -> None:
    """A signature over another URL counts exactly when Twilio's library lets it count: when only the port differs."""
    assume("?" not in requested or not requested.endswith("?"))
    signature = twilio_signature(signed, parameters)

    accepted = RequestValidator(TOKEN).validate(requested, MultiDict(parameters), signature)
    assert is_signed_by_twilio(SECRETS, requested, parameters, signature) is accepted


@given(position=st.integers(0, 27), character=st.characters())
def test_changed_signature_is_refused(position: int, character: str) -> None:
    """One other character in the signature, whichever it is, and it is not Twilio's."""
    signature = twilio_signature()
    assume(signature[position] != character)

    changed = signature[:position] + character + signature[position + 1 :]
    assert not is_signed_by_twilio(SECRETS, URL, CALL, changed)


@pytest.mark.parametrize(
    "parameters",
    [
        [*CALL[:2], ("To", "+14155550101"), CALL[3]],
        [*CALL, ("Extra", "")],
        [("CallSid", "CA1 "), *CALL[1:]],
        CALL[:3],
        [],
    ],
)
def test_changed_parameters_are_refused(parameters: list[tuple[str, str]]) -> None:
    """A parameter changed, added or taken away breaks the signature, an empty one and a space included."""
    assert not is_signed_by_twilio(SECRETS, URL, parameters, twilio_signature())


@pytest.mark.parametrize("url", [URL + "/", URL + "?", URL.upper(), URL.replace("https", "http"), URL + "?a=1"])
def test_other_url_is_refused(url: str) -> None:
    """A signature for our URL is worth nothing at another."""
    assert not is_signed_by_twilio(SECRETS, url, CALL, twilio_signature())


@pytest.mark.parametrize("host", ["[::1]", "[::1]:8443", "user:pass@calls.example.com:8443"])
def test_port_is_dropped_from_the_whole_host(host: str) -> None:
    """The port goes and nothing else, where Twilio's library would cut an IPv6 address or a password in two."""
    signature = twilio_signature(f"https://{host.removesuffix(':8443')}/voice")

    assert is_signed_by_twilio(SECRETS, f"https://{host}/voice", CALL, signature)


@pytest.mark.parametrize(("tokens", "is_accepted"), [((TOKEN, "new"), True), (("new", TOKEN), True), (("new",), False)])
def test_any_token_in_use_may_sign(tokens: tuple[str, ...], is_accepted: bool) -> None:
    """While rotating the old token and the new one are good; a retired one is not."""
    assert is_signed_by_twilio(SigningSecrets(tokens, {}), URL, CALL, twilio_signature()) is is_accepted


@pytest.mark.parametrize("settings", ["", SHARED])
def test_without_secrets_nobody_gets_in(settings: str) -> None:
    """With no token and no key there is no signature to be right, an HMAC with an empty key included."""
    signature = twilio_signature(secret="", algorithm=HMAC_SHA256 if settings else HMAC_SHA1)

    assert not is_signed_by_twilio(SigningSecrets((), {}), URL, CALL, signature, settings)


@pytest.mark.parametrize("settings", [SHARED, "algorithm=hmac_sha256, key=webhooks_sharedkey_1"])
def test_shared_key_is_honoured(settings: str) -> None:
    """A webhook that names a shared key of ours is checked with that key and SHA-256."""
    assert is_signed_by_twilio(SECRETS, URL, CALL, twilio_signature(secret=KEY, algorithm=HMAC_SHA256), settings)


@pytest.mark.parametrize(
    "settings",
    [
        "key=webhooks_sharedkey_2,algorithm=HMAC_SHA256",
        "key=webhooks_sharedkey_1,algorithm=HMAC_SHA512",
        "key=webhooks_sharedkey_1,algorithm=HMAC_SHA1",
        "key=webhooks_sharedkey_1",
        "algorithm=HMAC_SHA256",
        "key=,algorithm=HMAC_SHA256",
        "nonsense",
        ",",
        " ",
    ],
)
@pytest.mark.parametrize("secret", [TOKEN, KEY, ""])
@pytest.mark.parametrize("algorithm", [HMAC_SHA1, HMAC_SHA256])
def test_unknown_settings_are_refused(settings: str, secret: str, algorithm: str) -> None:
    """An unknown key or algorithm is refused, whoever signed and however."""
    signature = twilio_signature(secret=secret, algorithm=algorithm)

    assert not is_signed_by_twilio(SECRETS, URL, CALL, signature, settings)


@pytest.mark.parametrize(
    ("secret", "algorithm", "settings"),
    [(TOKEN, HMAC_SHA1, SHARED), (TOKEN, HMAC_SHA256, SHARED), (KEY, HMAC_SHA1, SHARED), (KEY, HMAC_SHA256, "")],
)
def test_settings_and_secret_belong_together(secret: str, algorithm: str, settings: str) -> None:
    """With the settings header an Auth Token signs nothing, and without it a shared key signs nothing."""
    signature = twilio_signature(secret=secret, algorithm=algorithm)

    assert not is_signed_by_twilio(SECRETS, URL, CALL, signature, settings)


@given(
    url=st.one_of(anything, st.sampled_from(["https://h:abc/", "https://h:99999/", "https://[::1/", "https://[/"])),
    parameters=st.lists(st.tuples(anything, anything), max_size=3),
    signature=anything,
    settings=st.one_of(anything, st.just(SHARED)),
)
def test_nothing_makes_the_check_raise(
    url: str, parameters: list[tuple[str, str]], signature: str, settings: str
) -> None:
    """Any text at all, lone surrogates and broken ports included, is a no and not an error."""
    assert not is_signed_by_twilio(SECRETS, url, parameters, signature, settings)


def test_secrets_are_not_shown() -> None:
    """Whatever prints the object, a log or a traceback, does not print them."""
    shown = repr(SigningSecrets(("the-auth-token",), {"webhooks_sharedkey_1": "the-shared-key"}))

    assert "the-" not in shown
