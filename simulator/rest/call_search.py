"""Filter the list of calls, and show a call in Twilio's JSON.

https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources

The parameters for "on or before" and "on or after" are named ``StartTime<`` and ``StartTime>``: on the wire their
equals sign completes them. Both ends are included; a date stands for its midnight, and for the whole day on its own.
Inferred: that a time which cannot be read is refused with 400. Prices are an example.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from simulator.rest.call_ledger import EndedCall
from simulator.rest.errors import BAD_REQUEST, TwilioError
from simulator.rest.number_resources import API, rfc2822

PRICE_PER_MINUTE = Decimal("0.0085")
DATE_LENGTH = len("2026-01-31")


def fits(call: EndedCall, wishes: Mapping[str, str]) -> bool:
    """Say whether a call is one of those asked for. There are no child calls in the ledger."""
    return (
        wishes.get("To") in (None, "", call.to_number)
        and wishes.get("From") in (None, "", call.from_number)
        and wishes.get("Status") in (None, "", call.status)
        and not wishes.get("ParentCallSid")
        and _is_in_time(call.started_at, "StartTime", wishes)
        and _is_in_time(call.ended_at, "EndTime", wishes)
    )


def call_resource(call: EndedCall) -> dict[str, Any]:
    """Return a call as the list shows it."""
    minutes = -(-call.duration_seconds // 60) or 1
    return {
        "sid": call.call_sid,
        "account_sid": call.account_sid,
        "parent_call_sid": None,
        "phone_number_sid": call.phone_number_sid or "",
        "from": call.from_number,
        "from_formatted": call.from_number,
        "to": call.to_number,
        "to_formatted": call.to_number,
        "status": call.status,
        "direction": "inbound",
        "start_time": rfc2822(call.started_at),
        "end_time": rfc2822(call.ended_at),
        "date_created": rfc2822(call.started_at),
        "date_updated": rfc2822(call.ended_at),
        "duration": str(call.duration_seconds),
        "price": f"-{PRICE_PER_MINUTE * minutes:.5f}" if call.is_billed else None,
        "price_unit": "USD",
        "forwarded_from": call.forwarded_from,
        "answered_by": None,
        "caller_name": "",
        "group_sid": None,
        "queue_time": "0",
        "trunk_sid": "",
        "api_version": "2010-04-01",
        "uri": f"{API}/{call.account_sid}/Calls/{call.call_sid}.json",
        "subresource_uris": {},
    }


def _is_in_time(seconds: int, name: str, wishes: Mapping[str, str]) -> bool:
    time = datetime.fromtimestamp(seconds, UTC)
    on, not_before, not_after = (wishes.get(name + sign) for sign in ("", ">", "<"))
    if on and not _read_time(on) <= time <= _read_time(on) + _length(on):
        return False
    if not_before and time < _read_time(not_before):
        return False
    return not (not_after and time > _read_time(not_after))


def _read_time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioError(BAD_REQUEST, f"{text} is not a date or time") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _length(text: str) -> timedelta:
    return timedelta(days=1, microseconds=-1) if len(text) == DATE_LENGTH else timedelta()
