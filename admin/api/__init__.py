"""The JSON API under /api/v1: one file a resource, each endpoint a declaration and a few lines.

How to add an endpoint. In the file of its resource, which starts with `things = Resource("Things")`:

    class ThingEdits(Taken):                                  # what is taken: everything else is refused
        name: Name = LEFT_OUT                                 # every text and every integer has its bounds

    class ShownThing(Shown): ...                              # what is shown, field by field, as `show_thing` gives it

    @things.patch("/things/{thing_id}", "thing.edited", Changed(ShownThing), errors=(409,), if_match=True)
    def edit(asked: Asked, thing_id: int, body: ThingEdits) -> tuple[Row, Outcome]:
        '''Edit a thing.'''                                   # the summary in the document
        return edit_thing(asked.changes, asked.who, thing_id, **body.given(), if_match=asked.if_match)

and `*things.endpoints` below. The action is one of `operations/permissions.py`. The view's parameters say what is read:
those in the path by their names, a `body` and a `query` by their models; its result is written by the kind of answer
(`answers.py`): One, ListOf, PageOf, OneWithPage, Changed, Created, Deleted, Table. `errors` names the statuses that do
not follow from the rest. Reads are done in `with asked.reading() as session:`. The test client
(`tests/admin/api/conftest.py`) holds every answer against the document.
"""

import json
from functools import cache

from flask import Blueprint, Flask, Response, current_app

from admin.api.account import account
from admin.api.agents import agents
from admin.api.answers import PREFIX
from admin.api.available_numbers import available_numbers
from admin.api.billing import billing
from admin.api.calls import calls
from admin.api.changes import changes
from admin.api.document import describe
from admin.api.endpoint import Endpoint
from admin.api.get_number import getting
from admin.api.json_writer import JSON, write_text
from admin.api.lines import lines
from admin.api.locations import locations
from admin.api.numbers import numbers
from admin.api.numbers_of import assigning, numbers_of_agents, numbers_of_locations
from admin.api.pause_numbers import pausing
from admin.api.problems import register_problems
from admin.api.release import releasing
from admin.api.sync import syncing
from admin.api.tokens import tokens
from admin.api.users import users
from admin.api.what_if import supposing
from admin.places import Places

ENDPOINTS: tuple[Endpoint, ...] = (
    *available_numbers.endpoints,
    *numbers.endpoints,
    *getting.endpoints,
    *supposing.endpoints,
    *releasing.endpoints,
    *syncing.endpoints,
    *pausing.endpoints,
    *lines.endpoints,
    *assigning.endpoints,
    *agents.endpoints,
    *numbers_of_agents.endpoints,
    *locations.endpoints,
    *numbers_of_locations.endpoints,
    *calls.endpoints,
    *billing.endpoints,
    *changes.endpoints,
    *users.endpoints,
    *tokens.endpoints,
    *account.endpoints,
)


def register_api(app: Flask) -> None:
    """Give the application its JSON API."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    for endpoint in ENDPOINTS:
        api.add_url_rule(
            endpoint.rule,
            endpoint.name,
            endpoint.answer,
            methods=[endpoint.method],
            provide_automatic_options=False,
        )
    api.add_url_rule("/openapi.json", "document", show_document, provide_automatic_options=False)
    api.before_request(take_a_place)
    register_problems(api)
    app.register_blueprint(api)


def take_a_place() -> None:
    """Leave threads to calls; raises TooBusy."""
    places: Places = current_app.extensions["places"]
    places.take()


def show_document() -> Response:
    """Show the OpenAPI document, to anybody: it says how to ask, and nothing of any account."""
    return write_text(200, _document(current_app.extensions["settings"].public_base + PREFIX), JSON)


@cache
def _document(base: str) -> str:
    """Write the document once: anybody may ask for it, and it takes a thread that could answer calls for a while."""
    return json.dumps(describe(ENDPOINTS, base), ensure_ascii=False)
