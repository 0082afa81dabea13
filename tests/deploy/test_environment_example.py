"""deploy/environment.example lists exactly the settings, and a host would start with it."""

import re

from config.settings import Settings, load_settings
from tests.deploy.proxies import DEPLOY

ENTRY = re.compile(r"^# (?P<meaning>.+)\n(?P<off>#?)(?P<name>[A-Z_]+)=(?P<value>.*)$", re.MULTILINE)


def entries() -> list[re.Match[str]]:
    return list(ENTRY.finditer((DEPLOY / "environment.example").read_text()))


def test_example_lists_exactly_the_settings_with_their_sentences() -> None:
    """In the order of config/settings.py."""
    listed = [(entry["name"], entry["meaning"]) for entry in entries()]

    assert listed == [(name.upper(), field.description) for name, field in Settings.model_fields.items()]


def test_example_is_accepted_and_its_commented_lines_are_the_defaults() -> None:
    """Whoever copies it and changes the values has a host that starts."""
    given = {entry["name"].lower(): entry["value"] for entry in entries() if not entry["off"]}
    defaults = {entry["name"].lower(): entry["value"] for entry in entries() if entry["off"]}

    settings = load_settings(_env_file=None, **given)

    assert not settings.uses_simulator
    assert settings.database.startswith("postgresql")
    for name, value in defaults.items():
        assert value == str(Settings.model_fields[name].default or value), name


def test_example_means_the_same_to_systemd_and_to_compose() -> None:
    """Neither knows comments behind a value, and they differ over quotes and dollars."""
    values = [entry["value"] for entry in entries()]

    assert [value for value in values if re.search(r"[\s\"'$#\\]", value)] == []
