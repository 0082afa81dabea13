"""Read numbers from a CSV file as spreadsheets save it, and say line by line what is wrong with it."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operations.checking import read_name, read_phone_number
from operations.errors import Invalid

COLUMNS = ("phone_number", "agent", "location", "label")
DELIMITERS = ",;\t"  # what Excel writes depends on the country
LARGEST_FILE_BYTES = 10_000_000
AS_UTF_8 = "Save the file as “CSV UTF-8” and try again."


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A row: the line on which it begins, a phone number in E.164, and names of agent and location; empty is none."""

    line: int
    phone_number: str
    agent: str
    location: str
    label: str


@dataclass(frozen=True, slots=True)
class WrongLine:
    """What is wrong with a line of the file, in a sentence."""

    line: int
    problem: str


def read_numbers_csv(content: bytes) -> tuple[list[NumberRow], list[WrongLine]]:
    """Read a file with the columns phone_number, agent, location and label, of which only the first is needed.

    Its first line names the columns, in any order. Returns the good rows and what is wrong with the others; raises
    Invalid if the file cannot be read at all.
    """
    lines = _read_lines(_decode(content))
    _, header = next(lines, (1, []))
    names = _read_header(header)
    rows: list[NumberRow] = []
    wrong: list[WrongLine] = []
    line_of: dict[str, int] = {}
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            row = _read_row(line, names, cells)
            if (first := line_of.setdefault(row.phone_number, line)) != line:
                raise Invalid(f"{row.phone_number} is on line {first} already.")
            rows.append(row)
        except Invalid as problem:
            wrong.append(WrongLine(line, problem.message))
    return rows, wrong


def _decode(content: bytes) -> str:
    if len(content) > LARGEST_FILE_BYTES:
        raise Invalid(f"A file has at most {LARGEST_FILE_BYTES // 1_000_000} MB. Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Invalid(f"Line {line} is not text in UTF-8. {AS_UTF_8}") from error
    if "\0" in text:
        raise Invalid(f"The file is not text in UTF-8. {AS_UTF_8}")
    return text


def _read_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line on which it begins: a quoted cell may go on over several lines."""
    first_line = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Invalid(f"Line {line} cannot be read: {error}.") from error
        yield line, cells
        line = reader.line_num + 1


def _read_header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    if "phone_number" not in names:
        raise Invalid(f"The first line has to name the columns: {', '.join(COLUMNS)}.")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise Invalid(f"There is no column “{unknown[0][:40]}”. The columns are {', '.join(COLUMNS)}.")
    if len(set(names)) < len(names):
        raise Invalid("A column is named twice.")
    return names


def _read_row(line: int, names: Sequence[str], cells: Sequence[str]) -> NumberRow:
    if any(cell.strip() for cell in cells[len(names) :]):
        raise Invalid(f"There are {len(cells)} cells for {len(names)} columns.")
    said = dict.fromkeys(COLUMNS, "") | dict(zip(names, (cell.strip() for cell in cells), strict=False))
    label = read_name(said["label"], "a label") if said["label"] else ""
    return NumberRow(line, read_phone_number(said["phone_number"]), said["agent"], said["location"], label)
