"""The signature agrees with Twilio's own libraries, on the cases that they share."""

import pytest

from simulator.signature import sign, signed_url

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ],
)
def test_signature_is_the_one_of_twilios_libraries(url: str, signature: str) -> None:
    """A form's fields are signed sorted and joined after the URL; over TLS the port is left out."""
    assert sign(url, CALL, TOKEN) == signature


@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        (
            [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        (
            [("MessagingBinding.Address", "+1415xxxxxxx"), ("MessagingBinding.Address", "+1325xxxxxxx")],
            "83O6e2vORAoJHUNzJjDWN1jz+BA=",
        ),
    ],
)
def test_repeated_names_are_signed_once_for_each_value_in_order(
    parameters: list[tuple[str, str]], signature: str
) -> None:
    """A list of pairs with repeated names and values has the signature that Twilio's libraries agree on."""
    assert sign(URL, parameters, TOKEN) == signature


def test_fragment_and_credentials_are_not_signed() -> None:
    """Twilio keeps the connection overrides and the password to itself."""
    assert signed_url("https://user:secret@example.com/voice#rc=2&rp=5xx") == "https://example.com/voice"


def test_port_of_a_secure_websocket_is_not_signed() -> None:
    """A wss handshake follows the rule of https."""
    assert signed_url("wss://localhost:8765/stream") == "wss://localhost/stream"
