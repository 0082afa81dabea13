"""The pages of the agents: who sees and may do what, and what is said when something cannot be saved."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from admin.pages.handoff_kinds import HANDOFF_KINDS
from models import Agent
from models.agent import HANDOFF_KINDS as EVERY_KIND
from operations.accounts import create_account
from operations.agents import create_agent, edit_agent
from operations.changes import Changes, Who
from operations.errors import NotFound, TooMany
from operations.permissions import SYSTEM
from operations.try_handoff import Finding
from tests.admin.pages.business import FREE, HOSTILE, MAIN, agent_of, make_business, number_of
from tests.admin.pages.conftest import Person, problem_at, text_of

MakePerson = Callable[..., Person]
FIELDS = {"name": "Clara", "handoff_kind": "phone", "handoff_target": "+14155550182", "fallback_number": "+14155550183"}
NEW = {"name": "Dora", "handoff_kind": "client", "handoff_target": "dora", "fallback_number": ""}


@pytest.fixture(autouse=True)
def business(changes: Changes, who: Who) -> None:
    make_business(changes, who)


@pytest.fixture
def other(changes: Changes) -> Who:
    """Somebody of another account, which has nothing."""
    return Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)


def test_every_kind_of_hand_off_is_explained() -> None:
    """None is forgotten."""
    assert tuple(HANDOFF_KINDS) == EVERY_KIND


def test_agents_are_listed_with_what_follows_from_their_numbers(person: MakePerson) -> None:
    """By name; a Member sees them all and no button to make one."""
    answer = person("member").get("/agents")

    assert "Bruno Twilio client front-desk 1 Airport Clara Telephone +14155550182 1 Downtown" in text_of(answer)
    assert "/agents/new" not in answer.text


def test_agents_are_searched_by_name(person: MakePerson) -> None:
    """In any case; a per cent sign is one, and nothing found is said."""
    member = person("member")

    assert "Bruno" not in text_of(member.get("/agents?search=cLA"))
    assert "No agent is called so" in text_of(member.get("/agents?search=%25"))
    assert "Bruno" in text_of(member.get("/agents?search=%00"))


def test_agents_are_listed_page_by_page(person: MakePerson, changes: Changes, who: Who) -> None:
    """With what was searched for."""
    kind = {"handoff_kind": "client", "handoff_target": "x"}
    with changes.database.writing() as session:
        session.add_all(Agent(account_id=who.account, name=f"Desk {index:02}", **kind) for index in range(51))
    member = person("member")

    first = member.get("/agents?search=desk")
    address = first.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = text_of(member.get(address))

    assert "Desk 49" in text_of(first)
    assert "Desk 50" not in text_of(first)
    assert "Desk 50" in second
    assert "+14155550182" not in second


def test_account_without_agents_is_led_to_its_first(person: MakePerson, other: Who) -> None:
    """Whoever may not make one is told who may."""
    for_admin, for_member = (text_of(person(role, other).get("/agents")) for role in ("admin", "member"))

    assert "Create the first agent" in for_admin
    assert "An Admin of your account can create one" in for_member


def test_agent_is_created(person: MakePerson, changes: Changes, who: Who) -> None:
    """Its page is next, where it gets numbers."""
    answer = person("admin").post("/agents/new", follow=True, **NEW)

    assert "“Dora” is created." in text_of(answer)
    assert "No numbers yet" in text_of(answer)
    assert agent_of(changes, who, "Dora")["handoff_target"] == "dora"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "The name of an agent has 1 to 100 characters."),
        ({"name": "Clara"}, "There is already an agent “Clara”."),
        (
            {"handoff_kind": "stream", "handoff_target": "https://agent.example.com"},
            "A WebSocket target is a wss:// URL",
        ),
        ({"handoff_kind": "redirect", "handoff_target": HOSTILE}, "A redirect target is an https:// URL"),
        ({"handoff_kind": "carrier pigeon"}, "A hand-off is one of"),
        ({"handoff_kind": "phone", "handoff_target": "911"}, "“911” is not a phone number"),
        ({"handoff_kind": "phone", "handoff_target": MAIN}, "is one of our own numbers"),
        ({"fallback_number": "55"}, "“55” is not a phone number"),
    ],
)
def test_agent_that_cannot_be_is_refused_and_what_was_typed_stays(
    person: MakePerson, wrong: dict[str, str], sentence: str
) -> None:
    """New or not; what was typed is shown as text."""
    admin, fields = person("admin"), NEW | wrong
    etag = {"etag": "*"}

    made = admin.post("/agents/new", **fields)
    edited = admin.post("/agents/2", **fields, **etag)

    for answer in (made, edited):
        assert answer.status_code in (409, 422)
        assert sentence in text_of(answer)
        assert fields["handoff_target"].replace("<", "&lt;")[:6] in answer.text
        assert HOSTILE not in answer.text


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"name": "Bruno"}, "name", "There is already an agent “Bruno”."),
        ({"handoff_kind": "stream", "handoff_target": "wss://10.0.0.1/calls"}, "handoff_target", "private network"),
        ({"handoff_kind": "redirect", "handoff_target": "https://[fd00::1]/x"}, "handoff_target", "private network"),
        ({"handoff_kind": "sip", "handoff_target": "sip:a@192.168.1.1"}, "handoff_target", "private network"),
        ({"handoff_kind": "phone", "handoff_target": MAIN}, "handoff_target", "is one of our own numbers"),
        ({"handoff_kind": "phone", "handoff_target": "+19005550123"}, "handoff_target", "never put through"),
        ({"fallback_number": MAIN}, "fallback_number", "is one of our own numbers"),
    ],
)
def test_refusal_stands_at_the_field_that_it_is_about(
    person: MakePerson, wrong: dict[str, str], field: str, sentence: str
) -> None:
    """Also what only the server can know; the form around it says nothing else."""
    admin, fields = person("admin"), NEW | wrong

    for answer in (admin.post("/agents/new", **fields), admin.post("/agents/1", **fields, etag="*")):
        assert sentence in problem_at(answer, field)
        assert answer.text.count(sentence) == 1


def test_refused_edit_is_still_of_what_was_seen(person: MakePerson, changes: Changes, who: Who) -> None:
    """So a change of somebody else's is told when the mended form is saved, and not overwritten."""
    admin, etag = person("admin"), agent_of(changes, who, 1)["etag"]
    edit_agent(changes, who, 1, name="Chiara")

    refused = admin.post("/agents/1", etag=etag, **FIELDS | {"fallback_number": "55"})

    assert refused.status_code == 422
    assert f'name="etag" value="{etag}"' in refused.text
    assert admin.post("/agents/1", etag=etag, **FIELDS).status_code == 412


def test_edit_is_in_force_and_says_so(person: MakePerson, changes: Changes, who: Who) -> None:
    """An empty field for the telephone is none."""
    etag = agent_of(changes, who, 1)["etag"]

    answer = person("admin").post("/agents/1", follow=True, etag=etag, **FIELDS | {"fallback_number": ""})

    assert "“Clara” is saved. In force on every server." in text_of(answer)
    assert agent_of(changes, who, 1)["fallback_number"] is None


def test_edit_of_what_somebody_else_changed_overwrites_nothing(person: MakePerson, changes: Changes, who: Who) -> None:
    """It says what it is now and keeps what was typed; saved again, it is what was typed."""
    admin, etag = person("admin"), agent_of(changes, who, 1)["etag"]
    edit_agent(changes, who, 1, name="Chiara")

    refused = admin.post("/agents/1", etag=etag, **FIELDS | {"handoff_target": "+14155550184"})
    after_refusal = agent_of(changes, who, 1)
    new_etag = refused.text.partition('name="etag" value="')[2].partition('"')[0]
    saved = admin.post("/agents/1", follow=True, etag=new_etag, **FIELDS)

    assert refused.status_code == 412
    assert "Now it has: Name: Chiara" in text_of(refused)
    assert 'value="+14155550184"' in refused.text
    assert after_refusal["name"] == "Chiara"
    assert "“Clara” is saved" in text_of(saved)


def test_member_sees_an_agent_and_edits_nothing(person: MakePerson, changes: Changes, who: Who) -> None:
    """But may give it numbers."""
    member = person("member")

    seen = member.get("/agents/1")
    answers = [member.get("/agents/new"), member.get("/agents/1/delete"), member.get("/agents/target")]
    for path in ("/agents/1", "/agents/new", "/agents/1/test", "/agents/new/test", "/agents/1/delete"):
        answers.append(member.post(path, follow=True, reassign_to="none", **FIELDS | {"name": "Mallory"}))

    assert "+14155550182" in seen.text
    assert "Manage" in seen.text
    assert 'action="/agents/1"' not in seen.text
    assert "Delete" not in text_of(seen)
    assert all(answer.status_code == 403 or "This needs the role Admin" in text_of(answer) for answer in answers)
    assert agent_of(changes, who, 1)["name"] == "Clara"


@pytest.mark.parametrize("agent_id", [str(2**63), "9" * 30, "-1", "1e3", "%00"])
def test_id_that_no_database_can_hold_is_not_there(person: MakePerson, agent_id: str) -> None:
    """It does not even get there."""
    admin = person("admin")

    assert [admin.get(f"/agents/{agent_id}{rest}").status_code for rest in ("", "/delete", "/numbers")] == [404] * 3
    assert admin.post(f"/agents/{agent_id}", **FIELDS).status_code in (404, 405)


@pytest.mark.parametrize("agent_id", ["1", "987654321"])
def test_agent_of_another_account_is_not_there(person: MakePerson, other: Who, agent_id: str) -> None:
    """The same as one that nobody has."""
    stranger = person("admin", other)

    answers = [
        stranger.get(f"/agents/{agent_id}"),
        stranger.get(f"/agents/{agent_id}/delete"),
        stranger.get(f"/agents/{agent_id}/numbers"),
        stranger.post(f"/agents/{agent_id}", **FIELDS),
        stranger.post(f"/agents/{agent_id}/delete", reassign_to="none"),
        stranger.post(f"/agents/{agent_id}/numbers/1", give="move"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)


def test_hostile_names_are_text(person: MakePerson, changes: Changes, who: Who) -> None:
    """On every page that shows them."""
    create_agent(changes, who, HOSTILE, "client", "x")
    admin = person("admin")

    for path in ("/agents", "/agents/3", "/agents/3/delete", "/agents/3/numbers", "/agents/1/delete"):
        page = admin.get(path).text
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("query", "label", "problem"),
    [
        ("handoff_kind=stream", "WebSocket URL", None),
        ("handoff_kind=sip&handoff_target=sip:a@example.com", "SIP URI", None),
        ("handoff_kind=phone&handoff_target=12", "Phone number", "“12” is not a phone number"),
        ("handoff_kind=strange", "WebSocket URL", None),
    ],
)
def test_field_of_the_target_follows_the_kind(person: MakePerson, query: str, label: str, problem: str | None) -> None:
    """With what is wrong with what stands in it; an empty one is not blamed."""
    answer = person("admin").get(f"/agents/target?{query}")

    assert text_of(answer).startswith(label)
    assert ("is-invalid" in answer.text) is bool(problem)
    assert (problem or "") in text_of(answer)


def test_all_hints_are_there_without_javascript(person: MakePerson) -> None:
    """What each kind needs."""
    page = text_of(person("admin").get("/agents/new"))

    assert all(kind.hint in page and kind.example in page for kind in HANDOFF_KINDS.values())


def test_hand_off_is_tried_as_it_stands_in_the_form(person: MakePerson, changes: Changes, who: Who) -> None:
    """Without JavaScript the page comes back with what was typed; nothing is saved."""
    admin, typed = person("admin"), FIELDS | {"name": "Clarissa", "handoff_target": "+14155550185"}

    new = admin.post("/agents/new/test", **typed)
    existing = admin.post("/agents/1/test", **typed)

    for answer in (new, existing):
        assert "A telephone can only be tried by calling it" in text_of(answer)
        assert 'value="Clarissa"' in answer.text
    assert agent_of(changes, who, 1)["handoff_target"] == "+14155550182"


def test_what_a_test_finds_comes_by_itself_for_htmx(person: MakePerson) -> None:
    """And no page around it."""
    admin = person("admin")
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "X-CSRF-Token": admin.csrf_token()}

    answer = admin.client.post("/agents/1/test", data=FIELDS, headers=headers)

    assert answer.text.startswith('<div class="alert alert-info"')


@pytest.mark.parametrize(
    ("found", "status", "shown"),
    [
        (Finding(True, "It opens."), 200, "alert-success"),
        (Finding(False, HOSTILE), 200, "alert-danger"),
        (TooMany("test_running", "Another test is running."), 429, "alert-danger"),
    ],
)
def test_every_finding_is_shown(
    person: MakePerson, app: Flask, monkeypatch: pytest.MonkeyPatch, found: Any, status: int, shown: str
) -> None:
    """Good, bad, or none."""

    def run(*_: object) -> Finding:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(app.extensions["handoff_tests"], "run", run)

    answer = person("admin").post("/agents/1/test", **FIELDS)

    assert answer.status_code == status
    assert shown in answer.text
    assert HOSTILE not in answer.text


def test_agent_is_deleted_and_its_numbers_handed_on(person: MakePerson, changes: Changes, who: Who) -> None:
    """To whom is asked first; without an answer nothing happens."""
    admin = person("admin")

    asked = admin.get("/agents/1/delete")
    etag = agent_of(changes, who, 1)["etag"]
    unsaid = admin.post("/agents/1/delete", etag=etag, reassign_to="")
    kept = number_of(changes, who, MAIN)["agent"]["name"]
    deleted = admin.post("/agents/1/delete", follow=True, etag=etag, reassign_to="2")

    assert "It has 1 number: (415) 555-0100" in text_of(asked)
    assert "Nothing was deleted. “Clara” still has +14155550100" in problem_at(unsaid, "reassign_to")
    assert "(reassign_to)" not in unsaid.text
    assert kept == "Clara"
    assert "“Clara” is deleted. In force on every server." in text_of(deleted)
    assert number_of(changes, who, MAIN)["agent"]["name"] == "Bruno"


def test_agent_that_changed_meanwhile_is_not_deleted(person: MakePerson, changes: Changes, who: Who) -> None:
    """The question is asked again, with what was chosen, about the agent as it is now."""
    answer = person("admin").post("/agents/1/delete", etag="old", reassign_to="2")

    assert answer.status_code == 412
    assert "Nothing was deleted. Somebody else has changed this meanwhile." in text_of(answer)
    assert '<option value="2" selected>' in answer.text
    assert f'value="{agent_of(changes, who, 1)["etag"]}"' in answer.text


def test_numbers_of_a_deleted_agent_cannot_go_to_itself(person: MakePerson, changes: Changes, who: Who) -> None:
    """That is said, and not that somebody else had changed something."""
    answer = person("admin").post("/agents/1/delete", etag="*", reassign_to="1")

    assert answer.status_code == 422
    said = "Nothing was deleted. “Clara” cannot hand its numbers on to itself."
    assert problem_at(answer, "reassign_to") == said
    assert "Somebody else" not in text_of(answer)
    assert agent_of(changes, who, 1)["name"] == "Clara"


def test_agent_without_numbers_is_deleted_without_a_question(person: MakePerson, changes: Changes, who: Who) -> None:
    """No call is affected."""
    create_agent(changes, who, "Dora", "client", "dora")
    admin = person("admin")

    assert "no call is affected" in text_of(admin.get("/agents/3/delete"))
    admin.post("/agents/3/delete", etag=agent_of(changes, who, 3)["etag"])

    assert number_of(changes, who, FREE)["agent"] is None
    with pytest.raises(NotFound):
        agent_of(changes, who, 3)
