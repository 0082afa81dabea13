"""`flask changes list|show`: the audit trail in the shell."""

from collections.abc import Callable
from typing import Any

from tests.admin.conftest import NUMBER, Run


def test_list_reads_as_sentences(business: Run, run_json: Callable[..., Any]) -> None:
    """Newest first, one line a change."""
    business("numbers", "pause", NUMBER, "--reason", "closed")

    heading, first, *_ = business("changes", "list").stdout.splitlines()

    assert heading.split() == ["n", "made", "what"]
    assert first.endswith("Shell paused +1 415 555 0100, because “closed”.")
    assert [row["action"] for row in run_json("changes", "list", "--action", "number", "--limit", "1")] == [
        "number.paused"
    ]
    assert run_json("changes", "list", "--by", "nobody", "--from", "2020-01-01", "--until", "2020-01-02") == []
    business("changes", "list", "--action", "fax", status=2)


def test_change_is_shown_with_what_differs_and_whether_it_is_in_force(
    business: Run, run_json: Callable[..., Any]
) -> None:
    """By its number; one that is not there is refused."""
    n = run_json("numbers", "pause", NUMBER)["change"]

    shown = run_json("changes", "show", str(n))
    text = business("changes", "show", str(n)).stdout

    assert (shown["n"], shown["in_force"], shown["unconfirmed"]) == (n, True, [])
    assert "Shell paused +1 415 555 0100." in text
    assert "status           active  paused" in text
    assert text.endswith("In force on every host.\n")
    business("changes", "show", "999999", status=1)
