"""Alerts and dashboard ask for metrics that exist, and the documentation has a word on each of them."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import PROJECT

MONITORING = PROJECT / "deploy" / "monitoring"
PAGE = (PROJECT / "docs" / "monitoring.md").read_text()
OF_PROMETHEUS = {"up"}  # Prometheus' own metric of whatever it asks


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard_expressions() -> Iterator[str]:
    for panel in json.loads((MONITORING / "dashboard.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


@pytest.fixture
def samples(make_app: Any) -> dict[str, set[str]]:
    """The names that /metrics tells, with their labels, on a host that has everything."""
    app: Flask = make_app()
    told: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(app.test_client().get("/metrics").text):
        for sample in family.samples:
            told.setdefault(sample.name, set()).update(sample.labels)
    return told


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(clara_\w+|up)\b", expression))


with_redis = pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)


@with_redis
def test_every_metric_that_is_asked_for_exists(samples: dict[str, set[str]]) -> None:
    """With the labels that are asked for."""
    expressions = [alert["expr"] for alert in alerts()] + list(dashboard_expressions())

    assert len(expressions) > 30
    for expression in expressions:
        assert names_in(expression), expression
        assert names_in(expression) <= {*samples} | OF_PROMETHEUS, expression
        for name, labels in re.findall(r"(clara_\w+)\{([^}]*)\}", expression):
            assert set(re.findall(r"(\w+)\s*[!=]", labels)) <= samples[name], expression


@with_redis
def test_every_metric_is_documented_and_shown(samples: dict[str, set[str]]) -> None:
    """In the table of docs/monitoring.md, and in the dashboard or in an alert."""
    named = {re.sub("_(bucket|count|sum|total|created)$", "", name) for name in samples}
    documented = {re.sub("_total$", "", name) for name in re.findall(r"^\| `(clara_\w+)", PAGE, re.M)}
    asked = {name for expression in dashboard_expressions() for name in names_in(expression)}
    asked |= {name for alert in alerts() for name in names_in(alert["expr"])}

    assert documented == named
    assert {re.sub("_(bucket|count|sum|total)$", "", name) for name in asked} - OF_PROMETHEUS == named


def test_every_alert_says_what_to_do() -> None:
    """Under its name in docs/monitoring.md, with a severity and a sentence."""
    assert re.findall(r"^\| `(Clara\w+)` \|", PAGE, re.M) == [alert["alert"] for alert in alerts()]
    for alert in alerts():
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert alert["annotations"]["summary"].endswith(".")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_the_rules() -> None:
    """Where it is at hand."""
    done = subprocess.run(
        ["promtool", "check", "rules", str(MONITORING / "alerts.yml")], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr


def test_dashboard_has_a_panel_for_each_place() -> None:
    """No two lie on one another, and each has an id of its own."""
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
