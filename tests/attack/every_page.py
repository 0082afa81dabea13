"""The addresses of all pages, from the map of URLs, so that a new page is among them."""

from itertools import product
from typing import Any

from flask import Flask


def addresses(app: Flask, ids: dict[str, list[Any]]) -> list[str]:
    """Return the address of every page, with each thing that it can be about."""
    adapter = app.url_map.bind("localhost")
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages.") and "GET" in rule.methods]
    found = []
    for rule in rules:
        if rule.endpoint != "pages.static":
            for values in product(*(ids[name] for name in sorted(rule.arguments))):
                found.append(adapter.build(rule.endpoint, dict(zip(sorted(rule.arguments), values, strict=True))))
    return sorted(set(found))
