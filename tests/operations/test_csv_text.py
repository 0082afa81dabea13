"""What leaves as CSV comes back the same, and no spreadsheet executes it on the way."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.csv_text import EXECUTABLE, ROWS_A_CHUNK, neutralise, plain, write_csv

# What a spreadsheet could trip over, often; and any text that is stored at all.
HOSTILE = st.text(st.sampled_from(EXECUTABLE + "'\",; aé\u2028")) | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0")
)


@given(st.lists(st.lists(HOSTILE, min_size=3, max_size=3)))
def test_every_cell_comes_back_as_it_was(rows: list[list[str]]) -> None:
    """Read by any RFC 4180 reader, with the apostrophes taken off as documented."""
    text = "".join(write_csv(["a", "b", "c"], rows))

    read = list(csv.reader(StringIO(text, newline="")))
    assert read[0] == ["a", "b", "c"]
    assert [[plain(cell) for cell in row] for row in read[1:]] == rows


@given(HOSTILE)
def test_no_cell_begins_with_what_a_spreadsheet_executes(text: str) -> None:
    """Not even one that began with apostrophes before."""
    assert not neutralise(text).startswith(tuple(EXECUTABLE))
    assert plain(neutralise(text)) == text


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+14155550100", "'+14155550100"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        (None, ""),
        (63, "63"),
    ],
)
def test_a_cell_is_only_changed_where_it_must_be(cell: object, written: str) -> None:
    """A name that merely begins with an apostrophe stays."""
    assert neutralise(cell) == written


def test_rows_leave_some_hundred_at_a_time() -> None:
    """However many there are, only one chunk is in memory."""
    chunks = list(write_csv(["n"], ([n] for n in range(2 * ROWS_A_CHUNK + 1))))

    assert [chunk.count("\r\n") for chunk in chunks] == [ROWS_A_CHUNK + 1, ROWS_A_CHUNK, 1]


def test_without_rows_there_is_still_a_header() -> None:
    """And lines end as RFC 4180 says."""
    assert "".join(write_csv(["a", "b"], [])) == "a,b\r\n"
