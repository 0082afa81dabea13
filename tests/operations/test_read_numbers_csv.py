"""A CSV file is read as spreadsheets save it; what is wrong is told with its line."""

import pytest

from operations.errors import Invalid
from operations.read_numbers_csv import NumberRow, read_numbers_csv

FIRST = NumberRow(2, "+14155550100", "Clara", "Downtown", "Main line")


@pytest.mark.parametrize(
    "content",
    [
        b"phone_number,agent,location,label\n+14155550100,Clara,Downtown,Main line\n",
        b"\xef\xbb\xbfphone_number,agent,location,label\r\n+14155550100,Clara,Downtown,Main line\r\n",
        b"phone_number,agent,location,label\r+14155550100,Clara,Downtown,Main line",
        b"label;location;agent;phone_number\r\nMain line;Downtown;Clara;+14155550100\r\n",
        b"phone_number\tagent\tlocation\tlabel\n+14155550100\tClara\tDowntown\tMain line\n",
        b' Phone Number , "Agent",LOCATION,Label\n"+1 (415) 555-0100", Clara ,"Downtown","Main line"\n',
        b"phone_number,agent,location,label\n+14155550100,Clara,Downtown,Main line,,\n\n,,,\n",
    ],
    ids=["plain", "Excel's", "old Mac's", "semicolons", "tabs", "quoted", "empty lines and cells"],
)
def test_same_row_in_every_dress(content: bytes) -> None:
    """BOM, line ends, delimiters, quotes and the order of the columns do not matter."""
    assert read_numbers_csv(content) == ([FIRST], [])


def test_columns_but_the_first_may_be_missing() -> None:
    """And so may the last cells of a row."""
    rows, wrong = read_numbers_csv(b"phone_number,agent\n+14155550100\n+14155550101,Clara\n")

    assert [(row.phone_number, row.agent, row.label) for row in rows] == [
        ("+14155550100", "", ""),
        ("+14155550101", "Clara", ""),
    ]
    assert wrong == []


def test_letters_of_every_alphabet_are_kept() -> None:
    """The file is UTF-8."""
    [row], _ = read_numbers_csv("phone_number,label\n+14155550100,Zürich – 東京\n".encode())

    assert row.label == "Zürich – 東京"


def test_line_numbers_are_those_of_the_file() -> None:
    """Also after a quoted cell that goes on over several lines, which no label may do."""
    content = b'phone_number,label\n+14155550100,"two\nlines"\n\n555-0101,\n+14155550102,"a, b"\n+1 415 555 0102,x\n'

    rows, wrong = read_numbers_csv(content)

    assert [(row.line, row.label) for row in rows] == [(6, "a, b")]
    assert [each.line for each in wrong] == [2, 5, 7]
    assert wrong[2].problem == "+14155550102 is on line 6 already."


@pytest.mark.parametrize("cell", ["", "4155550100", "1.41556E+10", "=1+1", "+1415555", "٤١٥"])
def test_what_is_no_phone_number_is_told(cell: str) -> None:
    """Spreadsheets take the plus away, or round the number."""
    rows, [wrong] = read_numbers_csv(f"phone_number,agent\n{cell},Clara\n".encode())

    assert rows == []
    assert (wrong.line, "is not a phone number with its country code" in wrong.problem) == (2, True)


def test_more_cells_than_columns_are_told() -> None:
    """A comma in a label that was not quoted."""
    _, [wrong] = read_numbers_csv(b"phone_number,label\n+14155550100,Main, line\n")

    assert wrong.problem == "There are 3 cells for 2 columns."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The first line has to name the columns"),
        (b"+14155550100,Clara\n", "The first line has to name the columns"),
        (b"phone_number,agents\n", "There is no column “agents”."),
        (b"phone_number,agent,Agent\n", "A column is named twice."),
        ("phone_number,label\n+14155550100,Zürich\n".encode("latin-1"), "Line 2 is not text in UTF-8."),
        ("phone_number\n+14155550100\n".encode("utf-16"), "Line 1 is not text in UTF-8."),
        ("phone_number\n+14155550100\n".encode("utf-16-le"), "The file is not text in UTF-8."),
        (b"PK\x03\x04" + bytes(100), "The file is not text in UTF-8."),
        (b'phone_number,label\n+14155550100,"never closed\n', "Line 2 cannot be read"),
        (b'phone_number,label\n+14155550100,"a"b\n', "Line 2 cannot be read"),
        (b"phone_number\n" + b"+" * 200_000, "Line 2 cannot be read"),
        (b" " * 10_000_001, "at most 10 MB"),
    ],
)
def test_file_that_cannot_be_read_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    """Nothing is guessed: a wrong guess would be a wrong label on a number."""
    with pytest.raises(Invalid) as refusal:
        read_numbers_csv(content)

    assert sentence in refusal.value.message


def test_ten_thousand_rows_are_read() -> None:
    """Each with its line."""
    lines = "".join(f"+1415{index:07},Clara,Downtown,Line {index}\r\n" for index in range(2_000_000, 2_010_000))

    rows, wrong = read_numbers_csv(f"phone_number,agent,location,label\r\n{lines}".encode())

    assert (len(rows), wrong) == (10_000, [])
    assert (rows[-1].line, rows[-1].label) == (10_001, "Line 2009999")
