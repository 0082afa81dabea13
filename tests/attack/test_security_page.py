"""docs/security.md claims nothing that no test shows."""

import ast
import re

from tests.conftest import PROJECT

PAGE = (PROJECT / "docs" / "security.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def functions_of(path: str) -> set[str]:
    tree = ast.parse((PROJECT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_the_page_names_exists() -> None:
    """Whoever renames one changes the page, too."""
    assert len(NAMED) > 60
    missing = [(path, name) for path, name in NAMED if not (PROJECT / path).exists()]
    missing += [(path, name) for path, name in NAMED if name and not missing and name not in functions_of(path)]

    assert missing == []


def test_every_requirement_is_met_by_a_test_or_said_not_to_be() -> None:
    """A row of the first table names a test, one of the second a reason; no requirement is in both."""
    met, _, unmet = PAGE.partition("## OWASP ASVS")[2].partition("### Not met")
    met_rows, unmet_rows = (re.findall(r"^\| (V[\d.]+.*)\|$", part, re.MULTILINE) for part in (met, unmet))

    assert [row for row in met_rows if "`tests/" not in row] == []
    assert len(unmet_rows) > 5
    assert {row.split()[0] for row in met_rows} & {row.split()[0] for row in unmet_rows} == set()
