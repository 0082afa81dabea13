"""Whatever is asked, the answer is one that the document tells of, and never an error of ours."""

import pytest
from flask import Flask

from admin.api import ENDPOINTS
from tests.admin.api.conftest import Api
from tests.admin.api.made_up_requests import ask_made_up

CASES_OF_EACH_SORT = 10


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes a database seem to stand still, which is 503 and true, but not what is tried here."""
    monkeypatch.setattr("admin.api.access.WITHIN_SECONDS", 30.0)
    monkeypatch.setattr("operations.changes.BEGIN_WITHIN_SECONDS", 30.0)
    monkeypatch.setattr("operations.changes.COMMIT_WITHIN_SECONDS", 30.0)


@pytest.mark.usefixtures("numbers", "twilio_server", "patient")
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", [endpoint.name for endpoint in ENDPOINTS])
def test_made_up_requests_are_answered_as_the_document_says(app: Flask, api: Api, name: str) -> None:
    """The same ones each time, so that whoever broke it finds out."""
    answered = ask_made_up(app, str(api.token), name, CASES_OF_EACH_SORT)

    assert answered.total() > 0
