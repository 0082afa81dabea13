"""Whatever is asked, the answer is one that the document tells of, and never an error of ours."""

from collections import Counter
from typing import Any

import pytest
from flask import Flask

from tests.admin.api.checked import DOCUMENT
from tests.admin.api.conftest import Api
from tests.admin.api.made_up_requests import ask_made_up, operations

CASES_OF_EACH_SORT = 12
TAGS = [tag["name"] for tag in DOCUMENT["tags"]]


@pytest.mark.usefixtures("numbers", "twilio_server")
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
@pytest.mark.parametrize("tag", TAGS)
def test_made_up_requests_are_answered_as_the_document_says(app: Flask, api: Api, tag: str) -> None:
    """The same ones each time, so that whoever broke it finds out."""
    answered: Counter[Any] = Counter()
    for operation in operations(tag):
        answered |= ask_made_up(app, str(api.token), operation, CASES_OF_EACH_SORT)

    assert answered.total() >= CASES_OF_EACH_SORT
    assert any(status < 300 for _, status in answered)
