"""What the pages' forms take and no more: nothing sent along becomes anybody's account, role, state or price."""

from collections import defaultdict
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from models import Base
from operations.changes import Changes, Who
from operations.forwarded_lines import add_line
from operations.pause_number import pause_number
from operations.tokens import create_token
from operations.users import create_user
from simulator.rest import RunningSimulator
from tests.admin.pages.business import FREE, MAIN, make_business, number_of
from tests.admin.pages.conftest import Person
from tests.attack.every_page import addresses
from tests.attack.foreign_fields import FOREIGN
from tests.attack.page_forms import PageForm, forms_of, watch_forms

# A number and a text at once, which nothing of ours makes by itself.
SENT_ALONG = "471147114711"
# What a person types where nothing stands yet; everything else is sent empty.
TYPED = {
    "name": "Mia",
    "email": "mia@example.com",
    "label": "Front desk",
    "handoff_target": "+14155550184",
    "line": "+14155550151",
    "confirm": MAIN,
    "reason": "Holidays",
    "caller": "+14155550199",
}
# At the end, because nobody can send a form about what is gone.
LAST = ("delete", "remove", "revoke", "release", "log_out", "sessions")
# They can only make a form be refused.
EVERYWHERE = {"csrf_token", "etag"}
# What forms have that these pages do not show: another one asked before, or something has to be so at Twilio.
SHOWN_ELSEWHERE = {
    "pages.purchase": {"phone_number", "agent", "location", "label", "country", "type", "key"},
    "pages.repair_difference": {"kind", "number_id"},
    "pages.take_over": {"phone_number", "agent", "location", "label"},
    "pages.assign_agent": {"move"},
    "pages.assign_location": {"move"},
    "pages.assign_selected": {"move"},
    "pages.label_number": {"move"},
    "pages.resume_one": {"reason"},
    "pages.turn_second_factor_on": {"sealed", "password", "code"},
    "pages.turn_second_factor_off": {"password", "code"},
    "pages.log_in_now": {"next"},
    "pages.end_sessions_now": {"session"},
    "pages.toggle": {"search", "own", "cursor"},
}


@pytest.fixture
def ids(changes: Changes, who: Who, twilio_server: RunningSimulator) -> dict[str, list[Any]]:
    """A business with one of each thing that a form can be about; ids by what pages call them."""
    make_business(changes, who)
    main, free = (number_of(changes, who, phone_number)["id"] for phone_number in (MAIN, FREE))
    line = add_line(changes, who, main, "+14155550150")[0]
    pause_number(changes, who, free)
    user = create_user(changes, who, "zoe@example.com", "member")
    token = create_token(changes, who, "member", "Reports")
    return {
        "number_id": [main, free],
        "agent_id": [1],
        "location_id": [1],
        "holder_id": [1],
        "kinds": ["agents", "locations"],
        "line_id": [line["id"]],
        "user_id": [user["id"]],
        "token_id": [token["id"]],
        "call_sid": ["CA" + "9" * 32],
        "n": [1],
    }


def posting(app: Flask) -> list[Rule]:
    """Return the rules of all forms of somebody who is logged in."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages.")]
    views = app.view_functions
    found = [rule for rule in rules if "POST" in (rule.methods or ()) and hasattr(views[rule.endpoint], "action")]
    return sorted(found, key=lambda rule: any(word in rule.endpoint for word in LAST))


def forms_by_endpoint(app: Flask, somebody: Person, ids: dict[str, list[Any]]) -> dict[str, list[PageForm]]:
    """Return the forms of all pages, by the endpoint that they are sent to."""
    adapter = app.url_map.bind("localhost")
    selected = f"number={ids['number_id'][0]}&number={ids['number_id'][1]}"
    bulk = [f"/numbers/selected/{what}?{selected}" for what in ("pause", "resume", "assign")]
    found = defaultdict(list)
    for address in [*addresses(app, ids), *bulk]:
        page = somebody.get(address)
        for form in forms_of(address, page.text if page.mimetype == "text/html" else ""):
            endpoint, _ = adapter.match(form.action.partition("?")[0], method="POST")
            found[endpoint].append(form)
    return found


@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_no_form_takes_a_field_of_something_else(
    app: Flask, changes: Changes, person: Callable[..., Person], ids: dict[str, list[Any]]
) -> None:
    """Each endpoint looks only at fields that a form of it has, and nothing else that was sent is kept anywhere."""
    somebody = person("super_admin")
    forms = forms_by_endpoint(app, somebody, ids)
    asked = watch_forms(app)
    adapter = app.url_map.bind("localhost")
    failed = []
    for rule in posting(app):
        values = [ids[name] for name in sorted(rule.arguments)]
        places = [dict(zip(sorted(rule.arguments), chosen, strict=True)) for chosen in product(*values)]
        usual = [PageForm(adapter.build(rule.endpoint, place)) for place in places]
        for form in forms[rule.endpoint] or usual:
            typed = {name: value or TYPED.get(name, "") for name, value in form.values.items()}
            sent = dict.fromkeys(set(FOREIGN) - form.names, SENT_ALONG) | typed
            if somebody.get("/password").status_code != 200:  # the last one has ended the session
                somebody.log_in()
            sent["csrf_token"] = somebody.csrf_token()
            answer = somebody.client.post(form.action, data=sent)
            if answer.status_code >= 500:
                failed.append((form.action, answer.status_code))

    looked_at = {
        endpoint: names - EVERYWHERE - SHOWN_ELSEWHERE.get(endpoint, set()) - offered_by(forms[endpoint])
        for endpoint, names in asked.items()
        if not names.issuperset(FOREIGN)  # who takes everything shows the form again; what is kept is looked at below
    }
    assert failed == []
    assert {endpoint: names for endpoint, names in looked_at.items() if names} == {}
    assert kept(changes) == []
    assert len(asked) > 30


def offered_by(forms: list[PageForm]) -> set[str]:
    return {name for form in forms for name in form.names}


def kept(changes: Changes) -> list[tuple[str, str]]:
    """Return the columns in which something has arrived that no form asks for."""
    found = []
    with changes.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                found += [(table.name, name) for name, value in row.items() if SENT_ALONG in str(value)]
    return sorted(set(found))
