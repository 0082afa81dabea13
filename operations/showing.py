"""How things look to programs and people: the objects of the API, as plain dictionaries."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from models import Account, Agent, Call, Change, Host, Location, Number, Token, User
from operations.errors import Changed
from operations.in_force import Outcome


def show_account(account: Account) -> dict[str, Any]:
    shown = {
        "id": account.id,
        "name": account.name,
        "purchases_per_day": account.purchases_per_day,
        "call_retention_days": account.call_retention_days,
        "paused_treatment": account.paused_treatment or "busy",
        "paused_message": account.paused_message,
        "paused_forward_to": account.paused_forward_to,
        "created_at": account.created_at.isoformat(),
    }
    return with_etag(shown)


def show_user(user: User) -> dict[str, Any]:
    shown = {
        "id": user.id,
        "email": user.email,
        "role": user.role,
        "second_factor": user.totp_secret is not None,
        "created_at": user.created_at.isoformat(),
    }
    return with_etag(shown)


def show_token(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "created_at": token.created_at.isoformat(),
        "revoked_at": _moment(token.revoked_at),
    }


def with_etag(shown: dict[str, Any]) -> dict[str, Any]:
    """Add the `etag`, which changes with everything shown."""
    return shown | {"etag": hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]}


def check_is_unchanged(shown: dict[str, Any], if_match: str | None) -> None:
    """Raise Changed unless this is what the person who asks has seen; None is somebody who did not say.

    Several etags, separated by commas, are several things that it may be.
    """
    check_are_unchanged([shown], if_match)


def check_are_unchanged(shown: Iterable[dict[str, Any]], if_match: str | None) -> None:
    """Raise Changed unless each of these is one of those that `if_match` names."""
    if if_match is None or "*" in (seen := set(if_match.split(","))):
        return
    if any(one["etag"] not in seen for one in shown):
        raise Changed("Somebody else has changed this meanwhile. Please look at it again; nothing was overwritten.")


def show_agent(agent: Agent) -> dict[str, Any]:
    shown = {
        "id": agent.id,
        "name": agent.name,
        "handoff_kind": agent.handoff_kind,
        "handoff_target": agent.handoff_target,
        "fallback_number": agent.fallback_number,
        "created_at": agent.created_at.isoformat(),
    }
    return with_etag(shown)


def show_location(location: Location) -> dict[str, Any]:
    created_at = location.created_at.isoformat()
    shown = {"id": location.id, "name": location.name, "timezone": location.timezone, "created_at": created_at}
    return with_etag(shown)


def show_number(number: Number) -> dict[str, Any]:
    """Show a number whose agent and location are loaded. `etag` changes with everything shown."""
    is_paused = number.status == "paused"
    shown = {
        "id": number.id,
        "phone_number": number.phone_number,
        "label": number.label,
        "status": number.status,
        "receiving_calls": number.status == "active" and number.agent_id is not None,
        "agent": {"id": number.agent.id, "name": number.agent.name} if number.agent else None,
        "location": {"id": number.location.id, "name": number.location.name} if number.location else None,
        "country": number.iso_country,
        "type": number.number_type,
        "monthly_price": str(number.monthly_price) if number.monthly_price is not None else None,
        "price_unit": number.price_unit,
        "paused": show_paused(number) if is_paused else None,
        "purchased_at": number.purchased_at.isoformat(),
        "released_at": _moment(number.released_at),
        "charged_until": _moment(number.charged_until),
    }
    return with_etag(shown)


def show_paused(number: Number) -> dict[str, Any]:
    """Show what callers of a paused number meet, and when it resumes by itself."""
    return {
        "treatment": number.paused_treatment or "busy",
        "message": number.paused_message,
        "forward_to": number.paused_forward_to,
        "resume_at": _moment(number.resume_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def show_change(change: Change) -> dict[str, Any]:
    """Show what the audit trail says of a change."""
    return {
        "n": change.n,
        "made_at": change.made_at.isoformat(),
        "made_by": change.made_by,
        "action": change.action,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
    }


def show_outcome(outcome: Outcome) -> dict[str, Any]:
    """Show how far a change got, beside what it changed."""
    return {
        "change": outcome.n,
        "in_force": outcome.in_force,
        "unconfirmed": list(outcome.unconfirmed),
        "warnings": list(outcome.warnings),
    }


def show_host(host: Host) -> dict[str, Any]:
    return {"id": host.id, "name": host.name, "known": host.known, "seen_at": host.seen_at.isoformat()}


def show_call(call: Call) -> dict[str, Any]:
    columns = Call.__table__.columns.keys()
    moments = ("received_at", "ended_at")
    shown = {name: getattr(call, name) for name in columns if name not in moments}
    return shown | {name: getattr(call, name).isoformat() if getattr(call, name) else None for name in moments}
