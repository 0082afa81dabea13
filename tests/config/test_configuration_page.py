"""docs/configuration.md lists exactly the settings, with their defaults and their sentences."""

import re

from pydantic.fields import FieldInfo

from config.settings import Settings
from tests.conftest import PROJECT

ROW = re.compile(r"\| `([A-Z_]+)` \| (.*?) \| (.*?) \| (.*?) \|")


def rows_of_the_page() -> dict[str, tuple[str, str, str]]:
    """Return default, meaning and example of each variable in the page's table, in order."""
    page = (PROJECT / "docs" / "configuration.md").read_text()
    return {match[1]: (match[2], match[3], match[4]) for match in map(ROW.fullmatch, page.splitlines()) if match}


def shown_default(field: FieldInfo) -> str:
    """Write a default as the page does; an empty one as a dash."""
    return f"`{field.default}`" if field.default not in ("", ()) else "–"


def test_page_lists_exactly_the_settings_with_their_defaults_and_sentences() -> None:
    """In the order of config/settings.py; a setting is documented or it does not exist."""
    documented = [(name, default, meaning) for name, (default, meaning, _) in rows_of_the_page().items()]

    assert documented == [
        (name.upper(), shown_default(field), field.description) for name, field in Settings.model_fields.items()
    ]


def test_every_example_of_the_page_is_accepted() -> None:
    """Nobody copies a value that would stop the start."""
    examples = {name: example.strip("`") for name, (_, _, example) in rows_of_the_page().items()}

    settings = Settings.model_validate({name.lower(): example for name, example in examples.items()})

    assert all(examples.values())
    assert settings.port > 0
