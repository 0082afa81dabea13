"""What to dial on a line is data: complete for each carrier, written for the line's country."""

import re

import pytest

from operations.forwarding_codes import ELSEWHERE, NORTH_AMERICAN, forwarding_codes

NUMBER = "+14155550100"


@pytest.mark.parametrize("carrier", [*NORTH_AMERICAN, *ELSEWHERE])
def test_every_carrier_has_all_codes_a_note_and_a_source(carrier: object) -> None:
    """Always, busy, no answer: to begin and to stop."""
    assert set(carrier.codes) == {"always", "busy", "no_answer"}
    assert all(activate.count("{}") == 1 and "{}" not in stop for activate, stop in carrier.codes.values())
    assert carrier.note
    assert carrier.source.startswith("https://")


@pytest.mark.parametrize(
    ("number", "country", "first"),
    [
        (NUMBER, None, "*7214155550100"),
        (NUMBER, "CA", "*7214155550100"),
        ("+442079460000", "US", "*72011442079460000"),
        (NUMBER, "GB", "**21*+14155550100#"),
        ("+442079460000", None, "**21*+442079460000#"),
        ("+80012345678", None, "**21*+80012345678#"),
    ],
)
def test_codes_are_written_as_dialled_in_the_lines_country(number: str, country: str | None, first: str) -> None:
    """North America dials 1 or 011, GSM takes the number with its +."""
    [code, *_] = forwarding_codes(number, country)["carriers"][0]["codes"]

    assert (code["condition"], code["activate"]) == ("always", first)


def test_every_code_can_be_keyed_in() -> None:
    """Digits, star, hash and plus."""
    for country in ("US", "FR"):
        for carrier in forwarding_codes(NUMBER, country)["carriers"]:
            for code in carrier["codes"]:
                assert re.fullmatch(r"[*#0-9+]+", code["activate"] + code["deactivate"])
