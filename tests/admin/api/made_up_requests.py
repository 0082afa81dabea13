"""Make requests up from the OpenAPI document, good ones and bad ones, and hold every answer against it."""

from collections import Counter
from contextlib import suppress
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from operations.pages import LARGEST_ID
from tests.admin.api.checked import DOCUMENT

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
]
# Without what it says of tokens: every request has one, and what is asked without is swept elsewhere.
WITH_A_TOKEN = {name: part for name, part in DOCUMENT.items() if name != "security"}
# Ids are made up between 1 and 2^63-1, of which a small business has the first few only.
IDS_THERE_ARE = 4


def ask_made_up(app: Flask, token: str, name: str, cases: int) -> Counter[int]:
    """Ask as many good and as many bad requests of an operation, always the same ones; return the statuses answered.

    Raises what schemathesis found: an error of ours, an answer that the document does not tell of, or a request taken
    that the document does not allow.
    """
    operation = from_dict(WITH_A_TOKEN).find_operation_by_id(name)
    answered: Counter[int] = Counter()
    for mode in GenerationMode:

        @settings(
            max_examples=cases,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[*HealthCheck],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            case.path_parameters = {name: _existing(value) for name, value in (case.path_parameters or {}).items()}
            response = case.call(app=app, headers={"Authorization": f"Bearer {token}"})
            answered[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        with suppress(Unsatisfiable):  # there is no bad request where nothing is read
            ask()
    return answered


def _existing(value: Any) -> Any:
    """Two of three ids are brought among those that there are; what is no id stays what it is."""
    is_id = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_ID
    return 1 + value % IDS_THERE_ARE if is_id and value % 3 else value
