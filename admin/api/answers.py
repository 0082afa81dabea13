"""The kinds of answers: how the result of an operation is written, and what the document says of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

from flask import Response, request
from pydantic import BaseModel, create_model

from admin.api.json_writer import JSON, write_json, write_text
from admin.api.schema import InForce
from operations.in_force import Outcome
from operations.pages import Page
from operations.showing import show_outcome

Row = dict[str, Any]
PREFIX = "/api/v1"
CSV = "text/csv"
IN_FORCE = "Done, and in force on every host."
NOT_YET = "Done, but not yet in force on the hosts in `unconfirmed`; ask GET /changes/{n}, or repeat the request."


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of an endpoint, for the document: `model` is of the content, or of each entry of a list."""

    sentence: str
    model: type[BaseModel] | None = None
    is_list: bool = False
    headers: tuple[str, ...] = ()
    content_type: str = JSON


class Answers(Protocol):
    """How an endpoint answers when all went well."""

    def said(self) -> dict[int, Said]:
        """Say which answers there are, by their status."""

    def write(self, result: Any) -> Response:
        """Write what the view returned."""


@dataclass(frozen=True, slots=True)
class One:
    """One thing, as a dictionary. If it has an `etag`, that is a header too.

    It is for If-Match only: what is derived from other things, such as an agent's locations, is no part of an etag.
    """

    model: type[BaseModel]

    def said(self) -> dict[int, Said]:
        return {200: Said("What was asked for.", self.model, headers=_etag_header(self.model))}

    def write(self, result: Row) -> Response:
        return write_json(200, result, _etag(result))


@dataclass(frozen=True, slots=True)
class ListOf:
    """A whole list that is short by nature, as a list of dictionaries."""

    model: type[BaseModel]

    def said(self) -> dict[int, Said]:
        return {200: Said("All of them.", self.model, is_list=True)}

    def write(self, result: list[Row]) -> Response:
        return write_json(200, result)


@dataclass(frozen=True, slots=True)
class PageOf:
    """One page of a list, as a Page; the header Link tells where the next one is, relative to this address.

    Where the whole list can be replaced, every page has its etag.
    """

    model: type[BaseModel]
    has_etag: bool = False

    def said(self) -> dict[int, Said]:
        headers = ("Link", "ETag") if self.has_etag else ("Link",)
        return {200: Said("One page; the header Link has the next one.", self.model, is_list=True, headers=headers)}

    def write(self, result: Page) -> Response:
        headers = {"ETag": f'"{result.etag}"'} if result.etag else {}
        return write_json(200, result.rows, headers | _link(result.next_cursor))


@dataclass(frozen=True, slots=True)
class OneWithPage:
    """One thing with a page of a list in it: a dictionary, and the cursor of the next page."""

    model: type[BaseModel]

    def said(self) -> dict[int, Said]:
        return {
            200: Said("What was asked for; the header Link has the next page of it.", self.model, headers=("Link",))
        }

    def write(self, result: tuple[Row, str | None]) -> Response:
        shown, next_cursor = result
        return write_json(200, shown, _link(next_cursor))


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed, and how far the change got: a dictionary and an Outcome."""

    model: type[BaseModel]

    def said(self) -> dict[int, Said]:
        model, headers = with_outcome(self.model), _etag_header(self.model)
        return {200: Said(IN_FORCE, model, headers=headers), 202: Said(NOT_YET, model, headers=headers)}

    def write(self, result: tuple[Row, Outcome]) -> Response:
        shown, outcome = result
        return write_json(200 if outcome.in_force else 202, shown | show_outcome(outcome), _etag(shown))


@dataclass(frozen=True, slots=True)
class Created:
    """What was created, found from now on at `at`, such as /agents/{id}. Routed things come with their Outcome."""

    model: type[BaseModel]
    at: str
    is_routed: bool = False

    def said(self) -> dict[int, Said]:
        headers = ("Location", *_etag_header(self.model))
        if not self.is_routed:
            return {201: Said("Created.", self.model, headers=headers)}
        model = with_outcome(self.model)
        return {201: Said(IN_FORCE, model, headers=headers), 202: Said(NOT_YET, model, headers=headers)}

    def write(self, result: Any) -> Response:
        shown, outcome = result if self.is_routed else (result, None)
        headers = {"Location": request.script_root + PREFIX + self.at.format(**shown)} | _etag(shown)
        if outcome is None:
            return write_json(201, shown, headers)
        return write_json(201 if outcome.in_force else 202, shown | show_outcome(outcome), headers)


@dataclass(frozen=True, slots=True)
class Deleted:
    """Something was taken away: only the Outcome is left of it."""

    def said(self) -> dict[int, Said]:
        return {200: Said(IN_FORCE, InForce), 202: Said(NOT_YET, InForce)}

    def write(self, result: Outcome) -> Response:
        return write_json(200 if result.in_force else 202, show_outcome(result))


@dataclass(frozen=True, slots=True)
class Table:
    """A table for spreadsheets, saved under `file_name`: its text, whole or piece by piece as it is read."""

    file_name: str

    def said(self) -> dict[int, Said]:
        return {200: Said("The table.", headers=("Content-Disposition",), content_type=CSV)}

    def write(self, result: str | Iterator[str]) -> Response:
        disposition = {"Content-Disposition": f'attachment; filename="{self.file_name}"'}
        return write_text(200, result, f"{CSV}; charset=utf-8", disposition)


@cache
def with_outcome(model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of something that was changed: its own fields, and how far the change got."""
    return create_model(
        f"{model.__name__}Change", __base__=(model, InForce), __doc__=f"{model.__doc__} And its change."
    )


def _link(next_cursor: str | None) -> dict[str, str]:
    """Return the header for the next page. It has only the query: whatever prefix a proxy adds or takes stays right."""
    if next_cursor is None:
        return {}
    return {"Link": f'<?{urlencode(request.args.to_dict() | {"cursor": next_cursor})}>; rel="next"'}


def _etag_header(model: type[BaseModel]) -> tuple[str, ...]:
    return ("ETag",) if "etag" in model.model_fields else ()


def _etag(shown: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": f'"{shown["etag"]}"'} if "etag" in shown else {}
