"""The pages of the locations: who sees and may do what, and what is said when something cannot be saved."""

from collections.abc import Callable

import pytest

from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.locations import create_location, edit_location, usual_timezones
from operations.permissions import SYSTEM
from tests.admin.pages.business import HOSTILE, MAIN, location_of, make_business, number_of
from tests.admin.pages.conftest import Person, text_of

MakePerson = Callable[..., Person]


@pytest.fixture(autouse=True)
def business(changes: Changes, who: Who) -> None:
    make_business(changes, who)


def test_locations_are_listed_with_what_follows_from_their_numbers(person: MakePerson) -> None:
    """By name, and those searched for."""
    member = person("member")

    everything, found = member.get("/locations"), member.get("/locations?search=down")

    assert "Airport America/New York 1 Bruno Downtown America/Los Angeles 1 Clara" in text_of(everything)
    assert "/locations/new" not in everything.text
    assert "Airport" not in text_of(found)
    assert "No location is called so" in text_of(member.get("/locations?search=zzz"))


def test_location_is_created_on_the_viewers_clock(person: MakePerson, changes: Changes, who: Who) -> None:
    """Unless another is typed."""
    admin = person("admin")
    admin.post("/timezone", timezone="Europe/Rome")

    asked = admin.get("/locations/new")
    answer = admin.post("/locations/new", follow=True, name="Harbour", timezone="Europe/Lisbon")

    assert 'value="Europe/Rome"' in asked.text
    assert '<option value="Europe/Lisbon">' in asked.text
    assert "“Harbour” is created." in text_of(answer)
    assert location_of(changes, who, "Harbour")["timezone"] == "Europe/Lisbon"


def test_usual_timezones_are_places() -> None:
    """And UTC; not the old names and offsets."""
    names = usual_timezones()

    assert names[0] == "UTC"
    assert {"America/New_York", "Europe/Rome", "Asia/Kolkata"} <= {*names}
    assert not [name for name in names if name.startswith(("Etc/", "US/"))]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"timezone": HOSTILE}, "is not a timezone such as America/Los_Angeles"),
        ({"timezone": "../../etc/passwd"}, "is not a timezone"),
        ({"name": ""}, "The name of a location has 1 to 100 characters."),
        ({"name": "Airport"}, "There is already a location “Airport”."),
    ],
)
def test_location_that_cannot_be_is_refused_and_what_was_typed_stays(
    person: MakePerson, wrong: dict[str, str], sentence: str
) -> None:
    """New or not."""
    admin, fields = person("admin"), {"name": "Harbour", "timezone": "Europe/Lisbon"} | wrong

    for path in ("/locations/new", "/locations/1"):
        answer = admin.post(path, etag="*", **fields)
        assert answer.status_code in (409, 422)
        assert sentence in text_of(answer)
        assert HOSTILE not in answer.text


def test_location_is_edited_unless_somebody_else_did(person: MakePerson, changes: Changes, who: Who) -> None:
    """Then it says what it is now."""
    admin, etag = person("admin"), location_of(changes, who, 1)["etag"]

    edited = admin.post("/locations/1", follow=True, etag=etag, name="Uptown", timezone="America/Denver")
    edit_location(changes, who, 1, name="Midtown")
    refused = admin.post("/locations/1", etag=etag, name="Sidetown", timezone="America/Denver")

    assert "“Uptown” is saved. In force on every server." in text_of(edited)
    assert refused.status_code == 412
    assert "Now it has: Name: Midtown" in text_of(refused)
    assert location_of(changes, who, 1)["name"] == "Midtown"


def test_member_sees_a_location_and_edits_nothing(person: MakePerson, changes: Changes, who: Who) -> None:
    """Neither the form nor what it is sent to."""
    member = person("member")

    seen = member.get("/locations/1")
    answers = [member.get("/locations/new"), member.get("/locations/1/delete")]
    for path in ("/locations/1", "/locations/new", "/locations/1/delete"):
        answers.append(member.post(path, follow=True, name="Mine", timezone="UTC", reassign_to="none"))

    assert "America/Los Angeles" in text_of(seen)
    assert 'action="/locations/1"' not in seen.text
    assert all(answer.status_code == 403 or "This needs the role Admin" in text_of(answer) for answer in answers)
    assert location_of(changes, who, 1)["name"] == "Downtown"


@pytest.mark.parametrize("location_id", ["1", "987654321"])
def test_location_of_another_account_is_not_there(person: MakePerson, changes: Changes, location_id: str) -> None:
    """The same as one that nobody has."""
    other = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)
    stranger, path = person("admin", other), f"/locations/{location_id}"

    answers = [stranger.get(f"{path}{rest}") for rest in ("", "/delete", "/numbers")]
    answers += [
        stranger.post(path, name="Mine", timezone="UTC"),
        stranger.post(f"{path}/delete", reassign_to="none"),
        stranger.post(f"{path}/numbers/1", give="move"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert "No locations yet" in text_of(stranger.get("/locations"))


def test_location_is_deleted_and_its_numbers_handed_on(person: MakePerson, changes: Changes, who: Who) -> None:
    """Or left without one, if that is said."""
    etag = location_of(changes, who, 1)["etag"]

    answer = person("admin").post("/locations/1/delete", follow=True, etag=etag, reassign_to="none")

    assert "“Downtown” is deleted. In force on every server." in text_of(answer)
    assert number_of(changes, who, MAIN)["location"] is None


def test_hostile_names_are_text(person: MakePerson, changes: Changes, who: Who) -> None:
    """On every page that shows them."""
    create_location(changes, who, HOSTILE)
    admin = person("admin")

    for path in ("/locations", "/locations/3", "/locations/3/delete", "/locations/3/numbers", "/locations/1/delete"):
        page = admin.get(path).text
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page
