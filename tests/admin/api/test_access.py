"""Who gets in: bearer tokens, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import update

from app import create_app
from models import Token
from operations.changes import Changes, Who
from tests.admin.api.conftest import NUMBER, Api
from tests.busy_database import keeping_busy
from tests.conftest import Stack, settings_for
from tests.servers.free_port import find_free_port

CHALLENGE = 'Bearer realm="Clara Voice Router"'


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer clara_wrong",
        "Basic Y2xhcmE6Y2xhcmE=",
        "Token x",
        "Bearer \xe9\xff",
        "x" * 7000,
    ],
)
def test_without_a_token_that_holds_nobody_gets_in(nobody: Api, authorization: str | None) -> None:
    """401, and what is asked for."""
    headers = {"Authorization": authorization} if authorization is not None else {}

    answer = nobody.get("/numbers", headers=headers)

    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == CHALLENGE


def test_cookies_let_nobody_in(api: Api, nobody: Api) -> None:
    """A browser would send them along with a forged request."""
    answer = nobody.get("/numbers", headers={"Cookie": f"session={api.token}; token={api.token}"})

    assert answer.status_code == 401


def test_scheme_is_read_in_any_case(api: Api, nobody: Api) -> None:
    """RFC 9110 says so of every authentication scheme."""
    assert nobody.get("/numbers", headers={"Authorization": f"bEARER  {api.token} "}).status_code == 200


def test_revoked_token_holds_no_longer(api: Api, changes: Changes) -> None:
    """From the next request on."""
    with changes.database.writing() as session:
        session.execute(update(Token).values(revoked_at=datetime.now(UTC)))

    assert api.get("/numbers").status_code == 401


def test_token_is_named_in_the_audit_trail(api: Api, number: dict[str, object]) -> None:
    """Who it was, as far as the router can know."""
    changed = api.patch(f"/numbers/{number['id']}", json={"label": "Front desk"})

    assert api.get(f"/changes/{changed.json['change']}").json["made_by"] == "token “the super_admin’s”"


def test_role_is_the_tokens(api_of: Callable[..., Api], number: dict[str, object]) -> None:
    """A Member sees an agent, and does not make one."""
    member = api_of("member")

    refused = member.post("/agents", json={"name": "Zoe", "handoff_kind": "client", "handoff_target": "zoe"})

    assert [agent["name"] for agent in member.get("/agents").json] == ["Bruno", "Clara"]
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert refused.json["detail"] == "This needs the role Admin; yours is Member."


def test_role_is_asked_before_anything_that_was_sent_is_read(api_of: Callable[..., Api]) -> None:
    """Whoever may not do it learns nothing of how it is done, nor of what there is."""
    assert api_of("member").patch("/agents/999", data=b"{", content_type="text/plain").status_code == 403


def test_account_is_the_tokens(stranger: Api, number: dict[str, object]) -> None:
    """Another tenant's number is as if it were not there."""
    assert stranger.get("/numbers").json == []
    assert stranger.get(f"/numbers/{number['id']}").status_code == 404


def test_nobody_can_be_known_while_the_database_is_away(tmp_path: object) -> None:
    """503 then, for 401 would make a client throw its token away."""
    stack = Stack(f"postgresql://postgres@127.0.0.1:{find_free_port()}/clara", "")
    app = create_app(settings_for(stack, tmp_path / "host"))

    answer = Api(app, "clara_any").get("/numbers")

    app.extensions["close"]()
    assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")


def test_database_that_stands_still_holds_nobody_for_long(
    app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that waits is one that answers no call."""
    monkeypatch.setattr("admin.api.access.WITHIN_SECONDS", 0.05)
    with keeping_busy(app.extensions["deadlined_access"]):
        answer = api.get("/numbers")

    assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")


def test_who_is_somebody_else_in_every_account(changes: Changes, api_of: Callable[..., Api], other: Who) -> None:
    """The same agent's name is free in the other account."""
    new = {"name": "Clara", "handoff_kind": "phone", "handoff_target": NUMBER}

    assert {api_of("admin", whose).post("/agents", json=new).status_code for whose in (other,)} == {201}
