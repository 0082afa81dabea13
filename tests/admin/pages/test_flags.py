"""The flags beside numbers: a picture with the country's name, its letters where there is no picture."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from admin.pages.countries import COUNTRIES
from models import Number
from operations.add_number import add_number
from operations.changes import Changes, Who
from tests.admin.pages.conftest import Person, text_of
from tests.conftest import PROJECT

FLAGS = PROJECT / "admin" / "static" / "vendor" / "tabler-core@1.6.1" / "flags"
NUMBER = "+14155550100"


@pytest.fixture
def number_in(changes: Changes, who: Who) -> Callable[[str | None], None]:
    """Add a number of a country (ISO 3166)."""

    def add(country: str | None) -> None:
        add_number(changes, who, NUMBER, None, None, "", "active")
        with changes.database.writing() as session:
            session.execute(update(Number).values(iso_country=country))

    return add


def test_every_country_that_is_offered_has_a_flag() -> None:
    """And no file is kept that nobody is shown."""
    assert {path.stem.upper() for path in FLAGS.iterdir()} == set(COUNTRIES)


def test_list_shows_the_flag_of_a_number(
    person: Callable[..., Person], number_in: Callable[[str | None], None]
) -> None:
    """Who cannot see it hears the country's name, and it is there to be loaded."""
    number_in("DE")
    somebody = person("member")
    answer = somebody.get("/numbers")
    with somebody.get("/static/vendor/tabler-core@1.6.1/flags/de.svg") as flag:
        pass

    assert 'tabler-core@1.6.1/flags/de.svg" width="20" height="15" loading="lazy" alt="Germany"' in answer.text
    assert (flag.status_code, flag.mimetype) == (200, "image/svg+xml")


def test_country_without_a_flag_is_shown_by_its_letters(
    person: Callable[..., Person], number_in: Callable[[str | None], None]
) -> None:
    """Rather than as a picture that is not there."""
    number_in("BJ")
    answer = person("member").get("/numbers")

    assert "(415) 555-0100 BJ" in text_of(answer)
    assert "/flags/" not in answer.text


def test_number_whose_country_nobody_knows_has_no_flag(
    person: Callable[..., Person], number_in: Callable[[str | None], None]
) -> None:
    """Neither in the list nor on its page."""
    number_in(None)
    somebody = person("member")

    assert "/flags/" not in somebody.get("/numbers").text + somebody.get("/numbers/1").text


def test_page_of_a_number_names_its_country_once(
    person: Callable[..., Person], number_in: Callable[[str | None], None]
) -> None:
    """The flag beside the name says nothing more to who cannot see it."""
    number_in("GB")
    answer = person("member").get("/numbers/1")

    assert 'flags/gb.svg" width="20" height="15" loading="lazy" alt=""' in answer.text
    assert text_of(answer).count("United Kingdom") == 1
