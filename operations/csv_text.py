"""Write CSV that a spreadsheet shows and does not execute (RFC 4180: commas, CRLF, quotes doubled; a header row).

A cell that begins with one of EXECUTABLE is a formula to a spreadsheet, which a caller's name or number could make it
run (https://owasp.org/www-community/attacks/CSV_Injection). Such a cell gets an apostrophe before it, the sign by
which spreadsheets mark text. Phone numbers begin with + and get it too: without it they would be shown as the result
of a sum, 14155550100, and lose their plus. `plain` takes it off again.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

# The full-width forms count as well: some spreadsheets take them for the usual ones.
EXECUTABLE = "=+-@\t\r\n＝＋－＠"
# Apostrophes that stood there before get one more, so that nobody has to guess which one is ours.
NEUTRALISED = re.compile(f"'*[{re.escape(EXECUTABLE)}]")
ROWS_A_CHUNK = 500


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the text of a CSV file, some hundred rows at a time; None is an empty cell."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for count, row in enumerate(rows, start=1):
        writer.writerow([neutralise(cell) for cell in row])
        if count % ROWS_A_CHUNK == 0:
            yield _taken(text)
    yield _taken(text)


def neutralise(cell: object) -> str:
    """Return a cell's text, with an apostrophe before what a spreadsheet would execute."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if NEUTRALISED.match(text) else text


def plain(cell: str) -> str:
    """Return what `neutralise` was given."""
    return cell[1:] if cell.startswith("'") and NEUTRALISED.match(cell) else cell


def _taken(text: StringIO) -> str:
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written
