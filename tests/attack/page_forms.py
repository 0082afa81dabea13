"""The forms of a page, as a browser would send them, and who looks at which of their fields."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict

NOT_SENT = ("submit", "button", "reset", "image", "file")


@dataclass
class PageForm:
    """Where a form is sent, the names of its controls, and what they hold when nobody has touched them."""

    action: str
    names: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._select = ""
        self.found: list[PageForm] = []
        self._by_id: dict[str, PageForm] = {}
        self._open: PageForm | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = PageForm(said.get("action") or self._address)
            self._by_id[said.get("id", "")] = self._open
            if said.get("method", "").lower() == "post":
                self.found.append(self._open)
            return
        form = self._by_id.get(said["form"]) if "form" in said else self._open
        if form is None:
            return
        if tag == "option":
            if self._select and ("selected" in said or not form.values.get(self._select)):
                form.values[self._select] = said.get("value", "")
            return
        if "formaction" in said:
            self.found.append(PageForm(said["formaction"], form.names, form.values))
        if tag in ("input", "select", "textarea", "button") and said.get("name"):
            self._add(form, tag, said)

    def _add(self, form: PageForm, tag: str, said: dict[str, str]) -> None:
        form.names.add(said["name"])
        self._select = said["name"] if tag == "select" else ""
        is_chosen = "checked" in said or said.get("type") not in ("checkbox", "radio")
        if tag != "button" and is_chosen and said.get("type") not in NOT_SENT:
            form.values[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_of(address: str, text: str) -> list[PageForm]:
    """Return the forms of a page that are sent by POST."""
    forms = _Forms(address)
    forms.feed(text)
    return forms.found


class _Watched(ImmutableMultiDict):
    """A form that remembers in `asked` which of its fields was asked for by name."""

    asked: set[str]

    def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        self.asked.add(key)
        return super().get(key, *arguments, **options)

    def getlist(self, key: str, *arguments: Any, **options: Any) -> list[Any]:
        self.asked.add(key)
        return super().getlist(key, *arguments, **options)

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)

    def to_dict(self, flat: bool = True) -> dict[str, Any]:
        return ImmutableMultiDict(list(self.items(multi=True))).to_dict(flat)


def watch_forms(app: Flask) -> dict[str, set[str]]:
    """Return which fields each endpoint asks for by name, from now on."""
    asked: dict[str, set[str]] = defaultdict(set)

    class WatchedRequest(Request):
        @property
        def form(self) -> ImmutableMultiDict:  # type: ignore[override]
            watched = _Watched(list(_pairs(super().form)))
            watched.asked = asked[str(self.endpoint)]
            return watched

    app.request_class = WatchedRequest
    return asked


def _pairs(form: ImmutableMultiDict) -> Iterator[tuple[str, str]]:
    yield from form.items(multi=True)
