"""The simulator stands on its own: what it knows of Twilio, it did not learn from the router."""

import ast
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "simulator"
ALLOWED = {"simulator", "flask", "requests", "trustme", "websockets", "werkzeug", *sys.stdlib_module_names}


def imported_packages(path: Path) -> set[str]:
    packages = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            packages |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            packages.add((node.module or "").partition(".")[0])
    return packages


def test_simulator_imports_nothing_of_the_router() -> None:
    """A misunderstanding of Twilio on our side must not be repeated in the simulator."""
    imported = set().union(*(imported_packages(path) for path in FOLDER.rglob("*.py")))

    assert imported <= ALLOWED
