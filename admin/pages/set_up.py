"""What is still to be set up, in words, each step with where it is done: the first card on a new start page."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from admin.pages.dependencies import GOOD, Dependency
from admin.pages.guard import settings, signed_in
from operations.permissions import READ, may
from operations.unmet_needs import number_to_call, set_up_steps


@dataclass(frozen=True, slots=True)
class Step:
    """A step in words; `address` is where it is done, None where nobody of this role can do it."""

    words: str
    address: str | None
    is_done: bool


def read_steps(session: Session, account_id: int, twilio: Dependency) -> list[Step]:
    """Return the steps in their order; none when all are done."""
    is_done = set_up_steps(session, account_id)
    steps = [
        _connect_twilio(settings().uses_simulator or twilio.kind == GOOD),
        _step("Create your first agent", "pages.new_agent", "agent.created", is_done["agent"]),
        _step("Create your first location", "pages.new_location", "location.created", is_done["location"]),
        _step("Get your first number", "pages.search_form", "number.ordered", is_done["number"]),
        _step("Give the number to an agent", "pages.list_numbers", "number.assigned", is_done["assigned"]),
        # Of many numbers the newest one takes a while to find, and who has had a call looks for none.
        _call(None if is_done["call"] else number_to_call(session, account_id), is_done["call"]),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _connect_twilio(is_done: bool) -> Step:
    return Step("Connect Twilio" if is_done else "Connect Twilio: see below whether it answers.", None, is_done)


def _step(words: str, endpoint: str, action: str, is_done: bool) -> Step:
    may_do_it = may(signed_in().who.role, action) and not is_done
    return Step(words, url_for(endpoint) if may_do_it else None, is_done)


def _call(number_id: int | None, is_done: bool) -> Step:
    """Lead to the number that a call would reach; without one, to the list that says what is missing."""
    words = "Place a test call" if settings().uses_simulator else "Call the number"
    if number_id is None or is_done:
        return _step(words, "pages.list_numbers", READ, is_done)
    return Step(words, url_for("pages.show_one_number", number_id=number_id, _anchor="test-call"), is_done)
