"""A form is read as the standard library reads it."""

from urllib.parse import parse_qsl, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.signed_form import read_form
from tests.conftest import call_parameters

# No surrogates: a body is decoded with U+FFFD for what is not UTF-8.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FORMS = st.text(st.sampled_from("%+=&;aB2éC3A90F\x00 \ufffd📞"))


@settings(max_examples=1000)
@given(st.one_of(FORMS, TEXTS))
def test_any_text_is_read_as_the_standard_library_reads_it(text: str) -> None:
    """Half escapes, escapes that are no UTF-8, names without values, and values without names included."""
    assert read_form(text) == parse_qsl(text, keep_blank_values=True)


@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_every_name_and_value_comes_back_in_order(pairs: list[tuple[str, str]]) -> None:
    """Also when one is blank or there twice."""
    assert read_form(urlencode(pairs)) == pairs


def test_a_call_is_read_whole() -> None:
    """What Twilio posts has all kinds of values."""
    parameters = call_parameters(CallToken='{"a":"b%2B c&d=e"}', FromCity="SAN FRANCISCO")

    assert dict(read_form(urlencode(parameters))) == parameters
