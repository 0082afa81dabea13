"""GET /available-numbers: what can be got, what it costs and needs, and what to try instead."""

import pytest

from simulator.rest import RunningSimulator, authentication_failed, internal_error, too_many_requests
from tests.admin.api.conftest import Api

PATH = "/available-numbers"


def test_search_shows_numbers_with_price_and_needs(twilio_server: RunningSimulator, api: Api) -> None:
    """Everything that a page needs to offer them."""
    found = api.get(PATH, query_string={"country": "GB", "type": "local", "limit": 1}).json

    [number] = found["numbers"]
    assert (number["locality"], number["monthly_price"], number["price_unit"]) == ("London", "1.15", "USD")
    assert (number["address_requirements"], number["needs"]) == ("any", "An address is needed.")
    assert found["advice"] is None


def test_each_filter_counts(twilio_server: RunningSimulator, api: Api) -> None:
    """All of them together."""
    wishes = {"area_code": "415", "city": "San Francisco", "region": "CA", "contains": "01*5"}

    numbers = api.get(PATH, query_string=wishes).json["numbers"]

    assert [number["phone_number"][-2:] for number in numbers] == ["05", "15", "25", "35", "45"]


def test_suggestions_are_parameters_of_the_same_address(twilio_server: RunningSimulator, api: Api) -> None:
    """A page makes links of them."""
    advice = api.get(PATH, query_string={"city": "Oakland", "area_code": "415"}).json["advice"]

    assert "There is no local number in US" in advice["sentence"]
    assert len(advice["suggestions"]) == 3
    for suggestion in advice["suggestions"]:
        assert api.get(PATH, query_string=suggestion["search"]).json["numbers"]


@pytest.mark.parametrize(
    ("wishes", "status", "code"),
    [
        ({"country": "AQ"}, 422, "invalid"),
        ({"type": "mobile"}, 422, "invalid"),
        ({"region": "California"}, 422, "invalid"),
        ({"area_code": "911"}, 422, "area_code_not_valid"),
        ({"country": "USA"}, 422, "invalid"),
        ({"limit": "0"}, 422, "invalid"),
        ({"colour": "red"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_searched_is_a_problem(
    twilio_server: RunningSimulator, api: Api, wishes: dict[str, str], status: int, code: str
) -> None:
    """With a sentence, and documented."""
    answer = api.get(PATH, query_string=wishes)

    assert (answer.status_code, answer.json["code"]) == (status, code)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (too_many_requests(), 503, "twilio_busy"),
        (internal_error(), 503, "twilio_unavailable"),
        (authentication_failed(), 502, "twilio_credentials"),
    ],
)
def test_twilios_failures_are_problems_too(
    twilio_server: RunningSimulator, api: Api, fault: object, status: int, code: str
) -> None:
    """It is not the client's token that is wrong when Twilio refuses ours."""
    twilio_server.faults.next("GET", "AvailablePhoneNumbers", fault)

    answer = api.get(PATH)

    assert (answer.status_code, answer.json["code"]) == (status, code)
