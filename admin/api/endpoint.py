"""One endpoint: the declaration from which its guard, its reading, its answers and its place in the document come."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from flask import Response, current_app

from admin.api.access import who_asks
from admin.api.answers import Answers
from admin.api.asked import (
    Asked,
    check_query_is_empty,
    read_body,
    read_idempotency_key,
    read_if_match,
    read_path,
    read_query,
)
from admin.api.schema import Taken
from operations.changes import Who
from operations.permissions import check_may

View = Callable[..., Any]
PATH_PARAMETER = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method at a path below the prefix, such as /agents/{agent_id}, and all that is promised about it."""

    tag: str
    method: str
    path: str
    action: str
    answers: Answers
    view: View
    errors: tuple[int, ...]
    if_match: bool
    idempotency_key: bool
    body: type[Taken] | None
    query: type[Taken] | None
    path_types: dict[str, type]

    @property
    def name(self) -> str:
        return f"{self.tag.lower()}_{self.view.__name__}".replace(" ", "_")

    @property
    def rule(self) -> str:
        """The path as Flask writes it. Ids are read by us: Werkzeug's converter fails on very long ones."""
        return PATH_PARAMETER.sub(r"<\1>", self.path)

    def answer(self, **path: str) -> Response:
        """Find out who asks, whether they may, and what; then do it. Raises what `problems.py` answers for."""
        who = who_asks()
        check_may(who.role, self.action)
        result = self.view(self._ask(who), **self._read(path))
        return self.answers.write(result)

    def _ask(self, who: Who) -> Asked:
        return Asked(
            who,
            current_app.extensions,
            read_if_match() if self.if_match else None,
            read_idempotency_key() if self.idempotency_key else None,
        )

    def _read(self, path: dict[str, str]) -> dict[str, Any]:
        read: dict[str, Any] = dict(read_path(path, self.path_types))
        if self.query:
            read["query"] = read_query(self.query)
        else:
            check_query_is_empty()
        if self.body:
            read["body"] = read_body(self.body)
        return read


class Resource:
    """The endpoints of one kind of thing, in the order of the document. `tag` is their heading there."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, action: str, answers: Answers, errors: tuple[int, ...] = ()) -> Callable[[View], View]:
        return self._declare("GET", path, action, answers, errors)

    def post(
        self,
        path: str,
        action: str,
        answers: Answers,
        errors: tuple[int, ...] = (),
        *,
        if_match: bool = False,
        idempotency_key: bool = False,
    ) -> Callable[[View], View]:
        return self._declare("POST", path, action, answers, errors, if_match, idempotency_key)

    def put(
        self, path: str, action: str, answers: Answers, errors: tuple[int, ...] = (), *, if_match: bool = False
    ) -> Callable[[View], View]:
        return self._declare("PUT", path, action, answers, errors, if_match)

    def patch(
        self, path: str, action: str, answers: Answers, errors: tuple[int, ...] = (), *, if_match: bool = False
    ) -> Callable[[View], View]:
        return self._declare("PATCH", path, action, answers, errors, if_match)

    def delete(
        self, path: str, action: str, answers: Answers, errors: tuple[int, ...] = (), *, if_match: bool = False
    ) -> Callable[[View], View]:
        return self._declare("DELETE", path, action, answers, errors, if_match)

    def _declare(
        self,
        method: str,
        path: str,
        action: str,
        answers: Answers,
        errors: tuple[int, ...],
        if_match: bool = False,
        idempotency_key: bool = False,
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            hints = get_type_hints(view)
            path_types = {name: hints[name] for name in PATH_PARAMETER.findall(path)}
            body, query = hints.get("body"), hints.get("query")
            endpoint = Endpoint(
                self.tag,
                method,
                path,
                action,
                answers,
                view,
                errors,
                if_match,
                idempotency_key,
                body,
                query,
                path_types,
            )
            self.endpoints.append(endpoint)
            return view

        return declare
