"""What people read when a page fails."""

from collections.abc import Callable

import pytest

from tests.admin.pages.conftest import Person, text_of


def test_mistake_of_ours_is_said_in_plain_words(person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> None:
    """That it is ours, what it means for calls, and what to do; nothing of what it was."""

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("a mistake of ours")

    somebody = person("member")
    monkeypatch.setattr("admin.pages.timezone.render_template", fail)
    answer = somebody.get("/timezone")

    assert answer.status_code == 500
    assert "Something went wrong here; it is in the log. Calls are answered all the same." in text_of(answer)
    assert "a mistake of ours" not in answer.text
