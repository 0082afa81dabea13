"""The doctor says why the last webhooks were refused, and how that is mended."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from twilio.request_validator import HMAC_SHA256, RequestValidator

from operations.doctor.finding import ERROR, OK
from routing.refused_webhooks import path_of
from simulator.signature import sign
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters
from tests.operations.doctor.conftest import VOICE, Clinic

SUBACCOUNT = "AC" + "9" * 32
KEY = {"X-Twilio-Webhooks-Signature-Settings": "key=key-7,algorithm=HMAC_SHA256"}


def assert_said(clinic: Clinic, finding: str, fix: str) -> None:
    [one] = clinic.found("signatures")
    assert (one.severity, finding in one.finding, fix in one.fix) == (ERROR, True, True), one


def test_another_host_is_said_with_both_urls(clinic: Clinic) -> None:
    """What was signed, and what was checked."""
    assert clinic.post("https://www.example.com" + VOICE, headers={"Host": "www.example.com"}) == 403

    signed = "Webhooks are signed for https://www.example.com/twilio/voice, with the Auth Token, and checked for"
    assert_said(clinic, f"{signed} {PUBLIC_URL}/twilio/voice. (1 refusals", "set PUBLIC_URL to it and restart")


def test_slash_too_many_is_said(clinic: Clinic) -> None:
    """It is Twilio's settings that are wrong then."""
    assert clinic.post(f"{PUBLIC_URL}{VOICE}/") == 403

    assert_said(clinic, f"signed for {PUBLIC_URL}/twilio/voice/", "flask numbers sync --repair")


def test_quoted_token_is_said(clinic: Clinic) -> None:
    """A frequent slip."""
    clinic.set(twilio_auth_token=(f"'{AUTH_TOKEN}'",))
    assert clinic.post(PUBLIC_URL + VOICE) == 403

    assert_said(clinic, "the Auth Token without its quotes", "Take the quotes")


def test_another_secret_is_said(clinic: Clinic) -> None:
    """After a rotation, mostly."""
    assert clinic.post(PUBLIC_URL + VOICE, "new-token") == 403

    assert_said(clinic, "Webhooks for +…00 are signed with a secret that is not known here", "primary Auth Token")


def test_subaccount_is_said(clinic: Clinic) -> None:
    """Its numbers are signed with its own Auth Token."""
    assert clinic.post(PUBLIC_URL + VOICE, "its-token", form={"AccountSid": SUBACCOUNT}) == 403

    assert_said(clinic, f"come from the account {SUBACCOUNT}", "Set TWILIO_ACCOUNT_SID")


def test_unknown_shared_key_is_said(clinic: Clinic) -> None:
    """By its id, which is no secret."""
    assert clinic.post(PUBLIC_URL + VOICE, headers=KEY) == 403

    assert_said(clinic, "shared key key-7, which is not known here", "TWILIO_SHARED_KEYS")


def test_dropped_header_of_a_shared_key_is_said(clinic: Clinic) -> None:
    """The proxy let only headers through that it knew."""
    clinic.set(twilio_shared_keys=("key-7:secret",))
    assert clinic.post(PUBLIC_URL + VOICE, headers={"X-Twilio-Signature": by_shared_key()}) == 403

    assert_said(clinic, "shared key key-7, but the header", "X-Twilio-Webhooks-Signature-Settings on untouched")


def test_dropped_signature_is_said(clinic: Clinic) -> None:
    """Only Twilio's own, by what it calls itself: strangers never have one."""
    assert clinic.post(PUBLIC_URL + VOICE, headers={"X-Twilio-Signature": ""}) == 403

    assert_said(clinic, "without their signature", "X-Twilio-Signature on untouched")


def test_lost_form_is_said(clinic: Clinic) -> None:
    """What a redirect makes of a POST."""
    headers = {"X-Twilio-Signature": sign(PUBLIC_URL + VOICE, call_parameters(), AUTH_TOKEN)}
    client = clinic.app.test_client()
    assert client.get(VOICE, headers=headers | {"User-Agent": "TwilioProxy/1.1"}).status_code == 403

    assert_said(clinic, "without their form", "no redirect before the router")


def test_strangers_are_no_finding(clinic: Clinic) -> None:
    """They are refused, as they should be."""
    clinic.app.test_client().post(VOICE, data=call_parameters(), headers={"X-Twilio-Signature": "x"})

    [one] = clinic.found("signatures")
    assert (one.severity, "1 of strangers" in one.finding) == (OK, True)


@pytest.mark.parametrize("what", ["an hour ago", "another PUBLIC_URL"])
def test_what_is_over_is_no_finding(clinic: Clinic, what: str) -> None:
    """So that whoever has mended it sees that it is mended."""
    clinic.post("https://www.example.com" + VOICE, headers={"Host": "www.example.com"})
    path = path_of(clinic.app.extensions["settings"].data_dir)
    refused = json.loads(path.read_text())
    old = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    path.write_text(
        json.dumps(refused | ({"at": old} if what == "an hour ago" else {"public_base": "https://x.example"}))
    )

    [one] = clinic.found("signatures")
    assert one.severity == OK


def by_shared_key() -> str:
    return str(RequestValidator("secret").compute_signature(PUBLIC_URL + VOICE, call_parameters(), HMAC_SHA256))
