"""What must not be dialled is refused with a reason, and nothing else is."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.call_route import ROUTED, CallRoute
from routing.dialling import read_line, why_costly, why_not_dialled

NUMBER, OTHER_NUMBER, LINE, HIDDEN_LINE = "+14155550100", "+14155550101", "+14155550150", "+14155550151"
AGENT = "+14155550181"
CALLED = CallRoute(NUMBER, ROUTED, lines=(LINE,))
OURS = {NUMBER, OTHER_NUMBER}


def is_ours(phone_number: str) -> bool:
    return phone_number in OURS


@pytest.mark.parametrize(
    ("phone_number", "kind"),
    [
        ("+19002345678", "a premium-rate number"),
        ("+449098790123", "a premium-rate number"),
        ("+33899123456", "a premium-rate number"),
        ("+491805123456", "a shared-cost number"),
        ("+80812345678", "an international shared-cost number"),
        ("+870773111234", "a satellite telephone"),
        ("+881612345678", "a satellite telephone"),
        ("+8821012345678", "a number of a global network"),
        ("+883510001234567", "a number of a global network"),
        ("+979123456789", "an international premium-rate number"),
        ("+991123456789", "a number of a global network"),
        ("+14155550181", None),
        ("+18005550181", None),
        ("+80012345678", None),
        ("+442079460000", None),
        ("+8613812345678", None),
        ("+8801712345678", None),
        ("+999", None),
        ("+1", None),
    ],
)
def test_costly_numbers_are_known_by_their_kind(phone_number: str, kind: str | None) -> None:
    """Countries whose code begins with the same digits (China, Bangladesh) are countries."""
    assert why_costly(phone_number) == kind


@pytest.mark.parametrize(
    ("target", "forwarded_from", "reason"),
    [
        (AGENT, None, None),
        (AGENT, NUMBER, None),
        (AGENT, LINE, None),
        (AGENT, "unknown", None),
        (NUMBER, None, f"{NUMBER} is the number that was called (loop)"),
        (NUMBER, NUMBER, f"{NUMBER} is the number that was called (loop)"),
        (OTHER_NUMBER, None, f"{OTHER_NUMBER} is one of our own numbers (loop)"),
        (LINE, None, f"{LINE} forwards here (loop)"),
        (LINE, HIDDEN_LINE, f"{LINE} forwards here (loop)"),
        (HIDDEN_LINE, None, None),
        (HIDDEN_LINE, HIDDEN_LINE, f"{HIDDEN_LINE} forwards here (loop)"),
        (HIDDEN_LINE, "(415) 555-0151", f"{HIDDEN_LINE} forwards here (loop)"),
        ("+19002345678", None, "+19002345678 is a premium-rate number"),
    ],
)
def test_loops_are_refused_and_look_alikes_are_not(target: str, forwarded_from: str | None, reason: str | None) -> None:
    """ForwardedFrom equal to To comes with direct calls and says nothing."""
    assert why_not_dialled(target, CALLED, forwarded_from, is_ours) == reason


@pytest.mark.parametrize(
    ("forwarded_from", "line"),
    [
        (LINE, LINE),
        ("4155550150", LINE),
        ("14155550150", LINE),
        ("+1 (415) 555-0150", LINE),
        (None, None),
        ("", None),
        ("anonymous", None),
        (NUMBER, None),
        ("4155550100", None),
        ("+49494949494912248033558", None),
        ("sip:line@example.com", None),
        ("+1", None),
    ],
)
def test_line_is_read_as_carriers_write_it(forwarded_from: str | None, line: str | None) -> None:
    """In E.164 or as dialled in the number's country; garbage, and the called number itself, are no line."""
    assert read_line(forwarded_from, NUMBER) == line


NUMBERS = st.sampled_from([NUMBER, OTHER_NUMBER, LINE, HIDDEN_LINE, AGENT]) | st.from_regex(
    r"\+[1-9][0-9]{1,14}", fullmatch=True
)


@given(
    target=NUMBERS,
    called=NUMBERS,
    lines=st.frozensets(NUMBERS, max_size=3),
    forwarded_from=st.none() | NUMBERS | st.text(max_size=30),
    ours=st.frozensets(NUMBERS),
)
@example(target=AGENT, called=NUMBER, lines=frozenset(), forwarded_from=NUMBER, ours=frozenset({NUMBER}))
def test_decision_is_that_of_the_rules_for_any_call(
    target: str, called: str, lines: frozenset[str], forwarded_from: str | None, ours: frozenset[str]
) -> None:
    """It never raises; what is dialled is none of the forbidden, and what is refused is one of them."""
    reason = why_not_dialled(target, CallRoute(called, ROUTED, lines=tuple(lines)), forwarded_from, ours.__contains__)

    is_forbidden = (
        target == called
        or target in lines | ours
        or target == read_line(forwarded_from, called)
        or why_costly(target) is not None
    )
    assert (reason is not None) == is_forbidden
    assert reason is None or target in reason


@given(forwarded_from=st.text(max_size=256), to_number=st.text(max_size=30))
def test_any_text_is_a_line_in_e164_or_none(forwarded_from: str, to_number: str) -> None:
    """Carriers put anything into ForwardedFrom."""
    line = read_line(forwarded_from, to_number)

    assert line is None or (line.startswith("+") and line[1:].isdecimal() and len(line) <= 20)
