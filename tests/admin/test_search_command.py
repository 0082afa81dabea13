"""`flask numbers search`: numbers to get, or what to type instead."""

import json
import shlex

import pytest

from simulator.rest import RunningSimulator
from tests.admin.conftest import Run


@pytest.fixture
def shop(twilio_server: RunningSimulator, run: Run) -> Run:
    """A shell with an account, and Twilio behind it."""
    run("accounts", "create", "Example Business")
    return run


def test_found_numbers_are_listed_with_place_and_price(shop: Run) -> None:
    """One line a number."""
    heading, number = shop("numbers", "search", "--area-code", "415", "--limit", "1").stdout.splitlines()

    assert heading.split("  ")[0] == "number"
    assert number.split("  ")[:2] == ["+14155550100", "local"]
    assert "San Francisco, CA" in number
    assert "1.15 USD" in number


def test_papers_that_are_needed_are_said(shop: Run) -> None:
    """In words."""
    assert "An address is needed." in shop("numbers", "search", "--country", "GB").stdout


def test_empty_search_says_what_to_type(shop: Run) -> None:
    """Every line can be pasted, and finds something."""
    output = shop("numbers", "search", "--city", "San Francisco", "--region", "NY", status=1).stdout
    commands = [line.strip() for line in output.splitlines() if line.startswith("    flask ")]

    assert "no local number in US with the city San Francisco and the region NY" in output
    assert "flask numbers search --country US --type local --city 'San Francisco'" in commands
    for command in commands:
        shop(*shlex.split(command)[1:])


def test_search_as_json_has_every_field(shop: Run) -> None:
    """Numbers or advice, in the same object."""
    options = ("numbers", "search", "--type", "toll-free", "--limit", "3", "--json")
    found = json.loads(shop(*options).stdout)
    empty = json.loads(shop(*options, "--contains", "999999", status=1).stdout)

    assert len(found["numbers"]) == 3
    assert (found["type"], found["advice"], empty["numbers"]) == ("toll_free", None, [])
    assert empty["advice"]["suggestions"][0]["search"] == {"country": "US", "type": "toll_free"}


def test_search_that_makes_no_sense_is_wrong_usage(shop: Run) -> None:
    """Exit status 2, as for everything that was mistyped."""
    assert "such as CA" in shop("numbers", "search", "--region", "California", status=2).stderr


def test_twilio_that_does_not_answer_is_said(run: Run) -> None:
    """In a sentence, with exit status 1."""
    run("accounts", "create", "Example Business")

    assert "Twilio cannot be reached" in run("numbers", "search", status=1).stderr
