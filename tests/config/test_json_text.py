"""JSON is one line of ASCII, and the standard library reads back what was written."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.json_text import as_json, from_json

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(VALUES)
def test_any_value_is_one_line_of_ascii_and_comes_back(value: Any) -> None:
    """Line feeds, emoji, lone surrogates and integers of any size included."""
    text = as_json(value)

    assert text.isascii()
    assert b"\n" not in text
    assert json.loads(text) == value


@given(VALUES)
def test_what_was_written_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    """Integers of more than 64 bits, which orjson reads as floats, are what no note has."""
    text = as_json(value)

    assert from_json(text) == json.loads(text, parse_int=lambda digits: _as_orjson_has_it(int(digits)))


def _as_orjson_has_it(number: int) -> float:
    return number if -(2**63) <= number < 2**64 else float(number)


@pytest.mark.parametrize("text", [b"", b"{", b"nothing", b"\xff", b'{"a": 1} more'])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    """With the error of the standard library."""
    with pytest.raises(ValueError):
        from_json(text)


@pytest.mark.parametrize("beside", ["plain", "é"])
def test_moments_are_written_as_iso_8601(beside: str) -> None:
    """Whoever writes the text, orjson or the standard library."""
    moment = datetime(2026, 11, 25, 20, 30, 0, 123, tzinfo=UTC)

    assert datetime.fromisoformat(json.loads(as_json([moment, beside]))[0]) == moment


@pytest.mark.parametrize("beside", ["plain", "é"])
def test_what_is_not_for_json_is_refused(beside: str) -> None:
    """Unless the caller says what becomes of it."""
    with pytest.raises(TypeError):
        as_json([object(), beside])

    assert json.loads(as_json([object(), beside], lambda thing: type(thing).__name__)) == ["object", beside]
