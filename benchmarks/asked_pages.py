"""Which pages and API reads are asked for: each list with each filter, and everything heavy, in one account."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Account:
    """What there is to ask for in an account: ids, a number and call of it, and values far down in its lists."""

    number: int
    phone_number: str
    quiet_number: int
    agent: int
    location: int
    call_sid: str
    caller: str
    deep_number: tuple[str, int]
    deep_call: tuple[str, int]
    deep_change: int
    day: str


def paths_of(of: Account) -> dict[str, str]:
    """Return what is asked for by its name in the report."""
    numbers, calls, changes = _numbers(of), _calls(of), _changes(of)
    return {
        **{f"numbers{name}": "/numbers" + query for name, query in numbers.items()},
        **{f"calls{name}": "/calls" + query for name, query in calls.items()},
        **{f"calls per day, {days} days": f"/calls/days?days={days}" for days in (7, 14, 30, 90)},
        "a call": f"/calls/{of.call_sid}",
        "a number": f"/numbers/{of.number}",
        "a quiet number": f"/numbers/{of.quiet_number}",
        "a number: release": f"/numbers/{of.number}/release",
        "assign selected": f"/numbers/selected/assign?number={of.number}",
        "agents": "/agents",
        "agents, search": "/agents?search=19",
        "an agent": f"/agents/{of.agent}",
        "an agent: numbers": f"/agents/{of.agent}/numbers",
        "an agent: its numbers": f"/agents/{of.agent}/numbers?own=yes",
        "an agent: search": f"/agents/{of.agent}/numbers?search=99999999",
        "an agent: delete": f"/agents/{of.agent}/delete",
        "locations": "/locations",
        "a location": f"/locations/{of.location}",
        "a location: numbers": f"/locations/{of.location}/numbers",
        "overview": "/",
        "billing": "/settings/billing",
        **{f"audit trail{name}": "/settings/changes" + query for name, query in changes.items()},
        "a change": f"/settings/changes/{of.number}",
        "users": "/settings/users",
        **{f"API numbers{name}": f"{API}/numbers" + query for name, query in _numbers_of_api(of).items()},
        **{f"API calls{name}": f"{API}/calls" + query for name, query in _calls_of_api(of).items()},
        "API calls statistics": f"{API}/calls/statistics",
        "API a call": f"{API}/calls/{of.call_sid}",
        **{f"API changes{name}": f"{API}/changes" + query for name, query in changes.items() if "day" not in name},
        "API agents": f"{API}/agents",
        "API locations": f"{API}/locations",
        "API an agent: numbers": f"{API}/agents/{of.agent}/numbers",
        "API billing": f"{API}/billing",
    }


def _numbers(of: Account) -> dict[str, str]:
    return {
        "": "",
        ", deep page": _query(cursor=_cursor(of.deep_number)),
        **{f", {status}": _query(status=status) for status in ("active", "paused", "pending", "released")},
        ", an agent's": _query(agent=of.agent),
        ", a location's": _query(location=of.location),
        ", both": _query(agent=of.agent, location=of.location, status="paused"),
        ", needing attention": _query(attention="yes"),
        ", search finds": _query(search=of.phone_number[-7:]),
        ", search by label": _query(search="line 999"),
        ", search finds nothing": _query(search="nothing is called so"),
        ", digits find nothing": _query(search="99999999"),
    }


def _numbers_of_api(of: Account) -> dict[str, str]:
    return {
        "": "",
        ", deep page": _query(cursor=_cursor(of.deep_number)),
        ", paused": _query(status="paused"),
        ", an agent's": _query(agent_id=of.agent),
        ", needing attention": _query(needs_attention="true"),
        ", needing none": _query(needs_attention="false"),
        ", digits find nothing": _query(search="99999999"),
    }


def _calls(of: Account) -> dict[str, str]:
    return {
        "": "",
        ", deep page": _query(cursor=_cursor(of.deep_call)),
        ", a number's": _query(number=of.phone_number),
        ", an agent's": _query(agent=of.agent),
        ", a location's": _query(location=of.location),
        ", both": _query(agent=of.agent, location=of.location),
        ", a caller's": _query(caller=of.caller),
        ", a strange caller's": _query(caller="+16285559999999"),
        ", put through": _query(decision="routed"),
        ", paused": _query(decision="paused"),
        ", never so": _query(decision="unavailable"),
        ", busy": _query(status="busy"),
        ", failed": _query(status="failed"),
        ", a number's, failed": _query(number=of.phone_number, status="failed"),
        ", an agent's, failed": _query(agent=of.agent, status="failed"),
        ", a day's": _query(**{"from": of.day, "until": of.day}),
        ", a day's, failed": _query(**{"from": of.day, "until": of.day, "status": "failed"}),
    }


def _calls_of_api(of: Account) -> dict[str, str]:
    return {
        "": "",
        ", deep page": _query(cursor=_cursor(of.deep_call)),
        ", a number's": _query(number=of.phone_number),
        ", an agent's": _query(agent_id=of.agent),
        ", an agent's, failed": _query(agent_id=of.agent, status="failed"),
        ", refused": _query(refused="true"),
        ", of a line": _query(forwarded_from="+14155550150"),
        ", of no line": _query(forwarded_from="+14155550151"),
    }


def _changes(of: Account) -> dict[str, str]:
    return {
        "": "",
        ", deep page": _query(cursor=_cursor((of.deep_change,))),
        ", a number's": _query(number=of.phone_number),
        ", of a kind": _query(action="number.added"),
        ", never made": _query(action="number.released"),
        ", somebody's": _query(made_by="person-7@example.com"),
        ", a stranger's": _query(made_by="nobody@example.com"),
        ", a day's": _query(**{"from": of.day, "until": of.day}),
    }


def _query(**parameters: Any) -> str:
    return "?" + urlencode(parameters)


def _cursor(values: tuple[Any, ...]) -> str:
    """Write a cursor as `operations/pages.py` does."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
