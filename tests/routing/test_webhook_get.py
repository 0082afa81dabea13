"""A number may be configured with VoiceMethod GET: the same guard, with the parameters in the signed URL."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from routing.call_route import ROUTED, CallRoute
from routing.webhook_guard import MOST_PARAMETERS
from simulator.signature import sign
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters
from tests.routing.door import ENDPOINTS, NUMBER, Door

ROUTE = CallRoute(NUMBER, ROUTED, 1, 2, 3, "Clara", "phone", "+14155550181", "+14155550182", 4, "Main St")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def routed_door(make_door: Callable[..., Door]) -> Door:
    """A door to NUMBER."""
    return make_door(ROUTE)


@pytest.mark.parametrize("path", ENDPOINTS)
def test_signed_get_is_answered_as_a_post_is(routed_door: Door, path: str) -> None:
    """The same document and the same note, but for the time it took."""
    changed = {"DialCallStatus": "busy", "From": "+14155550142"}
    answers = [routed_door.get(path, **changed), routed_door.post(path, **changed)]

    assert {(answer.status_code, answer.content_type) for answer in answers} == {(200, "text/xml; charset=utf-8")}
    assert answers[0].text == answers[1].text
    got, posted = routed_door.noted()
    for event in (got, posted):
        event.details.pop("milliseconds", None)
    assert (got.kind, got.call_sid, got.details) == (posted.kind, posted.call_sid, posted.details)


def test_query_of_the_configured_url_is_kept(routed_door: Door) -> None:
    """Twilio adds its parameters to those that the URL has."""
    assert routed_door.get("/handoff-ended", "?fallback=1", DialCallStatus="busy").verbs == ["Say", "Hangup"]
    assert routed_door.noted()[-1].details["is_fallback"] is True


@pytest.mark.parametrize("path", ENDPOINTS)
def test_get_with_another_signature_is_refused(routed_door: Door, path: str) -> None:
    """Wrong, missing, or that of the same parameters in a POST: 403 and not a word."""
    target = f"/twilio/voice{path}?{urlencode(call_parameters())}"
    unsigned = routed_door.client.get(target)

    assert routed_door.get(path, token="token-of-somebody-else").status_code == 403
    assert (unsigned.status_code, unsigned.data, routed_door.noted()) == (403, b"", [])


def test_parameter_that_was_added_on_the_way_is_refused(routed_door: Door) -> None:
    """The whole query is signed."""
    target = f"/twilio/voice?{urlencode(call_parameters())}"
    headers = {"X-Twilio-Signature": signature_of(target)}

    assert routed_door.client.get(target, headers=headers).status_code == 200
    assert routed_door.client.get(f"{target}&fallback=1", headers=headers).status_code == 403


@pytest.mark.parametrize("name", ["To", "From", "Direction"])
def test_doubled_parameter_in_the_query_is_refused(routed_door: Door, name: str) -> None:
    """Nobody can say which of the two counts, whoever put the first one into the configured URL."""
    assert routed_door.get("", f"?{name}=%2B14155550101").verbs == ["Reject"]


def test_too_many_parameters_in_the_query_are_refused(routed_door: Door) -> None:
    """A query of nothing but separators does not keep us busy."""
    assert routed_door.get("", "?" + "a=&" * MOST_PARAMETERS).status_code == 403


def test_body_of_a_get_is_not_believed(routed_door: Door) -> None:
    """Nobody signed it."""
    target = "/twilio/voice"
    signature = signature_of(target)
    answer = routed_door.client.get(
        target, data=call_parameters(), content_type=FORM, headers={"X-Twilio-Signature": signature}
    )

    assert "<Reject" in answer.text
    assert routed_door.noted() == []


def signature_of(target: str) -> str:
    return sign(PUBLIC_URL + target, (), AUTH_TOKEN)


@pytest.mark.parametrize("path", ENDPOINTS)
def test_head_is_no_webhook(routed_door: Door, path: str) -> None:
    """Not even a signed one is answered, or noted as a call."""
    target = f"/twilio/voice{path}?{urlencode(call_parameters())}"
    answer = routed_door.client.head(target, headers={"X-Twilio-Signature": signature_of(target)})

    assert (answer.status_code, answer.data, routed_door.noted()) == (405, b"", [])
