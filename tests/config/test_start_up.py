"""Every way to start ends with the lines of the problems, without a traceback, when a setting is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

STARTS = {
    "wsgi": ["-c", "import wsgi"],
    "gunicorn": ["-m", "gunicorn", "-c", "config/gunicorn.py", "wsgi"],
    "flask": ["-m", "flask", "numbers", "list"],
    "flask start": ["-m", "flask", "start"],
    "alembic": ["-m", "alembic", "upgrade", "head"],
}


@pytest.mark.parametrize("start", STARTS)
def test_wrong_settings_stop_the_start_with_one_line_each(tmp_path: Path, start: str) -> None:
    """And with a status that a supervisor notices; nothing was made before."""
    environment = {
        "PATH": os.environ["PATH"],
        "FLASK_SKIP_DOTENV": "1",
        "DATA_DIR": str(tmp_path / "var"),
        "PORT": "http",
        "PUBLIC_URL": "calls.example.com",
    }

    stopped = subprocess.run(
        [sys.executable, *STARTS[start]], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert stopped.returncode == 1
    assert [line.partition(": ")[0] for line in stopped.stderr.splitlines()] == ["setting PUBLIC_URL", "setting PORT"]
    assert stopped.stdout == ""
    assert not (tmp_path / "var").exists()
