"""The units are understood by systemd, keep their hands to themselves, and speak of what is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.proxies import DEPLOY

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
# systemd calls up to 4 "OK"; a unit that says nothing gets 9.6.
HIGHEST_EXPOSURE = 3.0


@pytest.fixture
def systemd_analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed, so the units in deploy/systemd were not checked with it")
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_is_understood(systemd_analyze: str, unit: Path, tmp_path: Path) -> None:
    """No unknown key, no wrong value; its programs are those of this very environment."""
    text = unit.read_text().replace("/opt/clara-router/.venv/bin", str(Path(sys.executable).parent))
    rendered = tmp_path / unit.name
    rendered.write_text(re.sub("^Documentation=.*$", "", text, flags=re.MULTILINE))

    done = subprocess.run([systemd_analyze, "verify", "--man=no", rendered], capture_output=True, text=True)

    assert [line for line in done.stderr.splitlines() if unit.name in line] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_is_fenced_in(systemd_analyze: str, unit: Path) -> None:
    """By systemd's own score."""
    command = [systemd_analyze, "security", "--offline=yes", "--no-pager", unit]
    done = subprocess.run(command, capture_output=True, text=True)
    if not (found := re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)):
        pytest.skip("this systemd-analyze cannot judge a unit offline (it needs version 250)")

    assert float(found[1]) <= HIGHEST_EXPOSURE, done.stdout


def test_units_agree_on_who_and_where() -> None:
    """Router and migration are the same version, under the same account, with the same settings."""
    shared = ("User", "Group", "WorkingDirectory", "EnvironmentFile", "StateDirectory", "UMask")
    said = [dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE)) for unit in UNITS]
    [example] = re.findall(r"^DATA_DIR=(.*)$", (DEPLOY / "environment.example").read_text(), re.MULTILINE)

    assert len(UNITS) == 2
    assert [said[0][name] for name in shared] == [said[1][name] for name in shared]
    assert example == f"/var/lib/{said[0]['StateDirectory']}"
