"""How things look to programs and people: the objects of the API, as plain dictionaries."""

import hashlib
import json
from typing import Any

from models import Account, Agent, Call, Host, Location, Number, Token, User


def show_account(account: Account) -> dict[str, Any]:
    return {"id": account.id, "name": account.name, "created_at": account.created_at.isoformat()}


def show_user(user: User) -> dict[str, Any]:
    created_at = user.created_at.isoformat()
    return {"id": user.id, "email": user.email, "role": user.role, "created_at": created_at}


def show_token(token: Token) -> dict[str, Any]:
    created_at = token.created_at.isoformat()
    return {"id": token.id, "name": token.name, "role": token.role, "created_at": created_at}


def show_agent(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "name": agent.name,
        "handoff_kind": agent.handoff_kind,
        "handoff_target": agent.handoff_target,
        "fallback_number": agent.fallback_number,
        "created_at": agent.created_at.isoformat(),
    }


def show_location(location: Location) -> dict[str, Any]:
    created_at = location.created_at.isoformat()
    return {"id": location.id, "name": location.name, "timezone": location.timezone, "created_at": created_at}


def show_number(number: Number) -> dict[str, Any]:
    """Show a number whose agent and location are loaded. `etag` changes with everything shown."""
    shown = {
        "id": number.id,
        "phone_number": number.phone_number,
        "label": number.label,
        "status": number.status,
        "receiving_calls": number.status == "active" and number.agent_id is not None,
        "agent": {"id": number.agent.id, "name": number.agent.name} if number.agent else None,
        "location": {"id": number.location.id, "name": number.location.name} if number.location else None,
        "monthly_price": None,
        "purchased_at": number.purchased_at.isoformat(),
        "released_at": number.released_at.isoformat() if number.released_at else None,
    }
    return shown | {"etag": hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]}


def show_host(host: Host) -> dict[str, Any]:
    return {"id": host.id, "name": host.name, "known": host.known, "seen_at": host.seen_at.isoformat()}


def show_call(call: Call) -> dict[str, Any]:
    columns = Call.__table__.columns.keys()
    moments = ("received_at", "ended_at")
    shown = {name: getattr(call, name) for name in columns if name not in moments}
    return shown | {name: getattr(call, name).isoformat() if getattr(call, name) else None for name in moments}
