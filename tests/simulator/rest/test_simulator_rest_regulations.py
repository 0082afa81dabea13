"""Which numbers need a regulatory bundle, asked as the SDK asks."""

import pytest
from twilio.rest import Client


@pytest.mark.parametrize(
    ("country", "number_type", "end_users"),
    [("DE", "local", ["business", "individual"]), ("gb", "mobile", ["business", "individual"]), ("US", "local", [])],
)
def test_regulations_stand_for_what_needs_a_bundle(
    twilio: Client, country: str, number_type: str, end_users: list[str]
) -> None:
    """One for each kind of end user, and none where none is needed."""
    found = twilio.numbers.v2.regulatory_compliance.regulations.list(iso_country=country, number_type=number_type)

    assert [regulation.end_user_type for regulation in found] == end_users


def test_regulations_are_filtered_by_end_user(twilio: Client) -> None:
    """Each has a SID of its own, the same at every question."""
    regulations = twilio.numbers.v2.regulatory_compliance.regulations

    [business] = regulations.list(iso_country="AU", end_user_type="business")
    everything = regulations.list()

    assert business.friendly_name == "Australia: Mobile - Business"
    assert len({regulation.sid for regulation in everything}) == len(everything) == 6
    assert business.sid in {regulation.sid for regulation in everything}
