"""What does Twilio say? Read a webhook's form into `InboundCall`, `HandoffEnded` or `StatusChanged`.

Twilio adds parameters without notice and carriers put anything into them, so nothing is demanded but the few that we
route and record by, and everything kept is cut to size and cleaned of what databases and logs cannot hold.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
CALL_SID = re.compile(r"CA[0-9a-f]{32}", re.ASCII)
ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}", re.ASCII)
ROUTING_PARAMETERS = ("CallSid", "AccountSid", "From", "To", "Direction")
LONGEST_VALUE = 256
UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

# What carriers put in the place of a withheld number: keypad spellings of ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and
# UNAVAILABLE that look like E.164, and words (which are not E.164 anyway).
WITHHELD_NUMBERS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})

FAILED_OUTCOMES = frozenset({"busy", "no-answer", "failed"})

Parameters = Sequence[tuple[str, str]]


class MalformedWebhook(ValueError):
    """A signed request that no real call makes: a routing parameter is missing, doubled or not of its form."""


class InboundCall(NamedTuple):
    """A call that Twilio asks about. `to_number` and `from_number` are E.164, sip:, client: or a carrier's words."""

    account_sid: str
    call_sid: str
    from_number: str
    to_number: str
    direction: str
    call_status: str
    forwarded_from: str | None
    error_code: str | None
    error_url: str | None

    @property
    def is_for_a_number(self) -> bool:
        """Tell whether `to_number` is one of ours to look up. In an outbound call To is the customer."""
        return self.direction == "inbound" and E164.fullmatch(self.to_number) is not None

    @property
    def has_caller_id(self) -> bool:
        """Tell whether the caller shows a number that another phone network accepts as caller ID."""
        return E164.fullmatch(self.from_number) is not None and self.from_number not in WITHHELD_NUMBERS


@dataclass(frozen=True, slots=True)
class HandoffEnded:
    """What became of a hand-off: DialCallStatus or SessionStatus; None of a stream, of which Twilio says nothing."""

    call: InboundCall
    outcome: str | None
    error_code: str | None

    @property
    def has_failed(self) -> bool:
        """Tell whether somebody else should answer. `canceled` is no failure: the caller hung up."""
        return self.outcome in FAILED_OUTCOMES or self.error_code is not None

    @property
    def leaves_a_caller(self) -> bool:
        """Tell whether a caller is still there after an end that Twilio does not explain."""
        return self.outcome is None and self.call.call_status == "in-progress"


@dataclass(frozen=True, slots=True)
class StreamChanged:
    """A status callback of a `<Stream>`: `event` is stream-started, stream-stopped or stream-error."""

    account_sid: str
    call_sid: str
    event: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A status callback. `happened_at` is Twilio's Timestamp, `duration_seconds` its CallDuration."""

    call: InboundCall
    parent_call_sid: str | None
    duration_seconds: int | None
    happened_at: datetime | None


def read_inbound_call(parameters: Parameters) -> InboundCall:
    """Read who calls whom; raise MalformedWebhook when that cannot be said for certain."""
    values = dict(parameters)
    _check_is_there_once(parameters, values, ROUTING_PARAMETERS)
    if len(values) < len(parameters) and [name for name, _ in parameters].count("CallStatus") > 1:
        raise MalformedWebhook("CallStatus is doubled")
    _check_sids(values)
    return _as_call(values)


def read_malformed_call(parameters: Parameters) -> InboundCall:
    """Read what is certain of a malformed call, empty where nothing is; raise MalformedWebhook if its SIDs are not."""
    _check_is_there_once(parameters, dict(parameters), ("CallSid", "AccountSid"))
    counts = Counter(name for name, _ in parameters)
    values = {name: value for name, value in parameters if counts[name] == 1}
    _check_sids(values)
    return _as_call(values)


def _as_call(values: Mapping[str, str]) -> InboundCall:
    return InboundCall(
        account_sid=values["AccountSid"],
        call_sid=values["CallSid"],
        from_number=storable(values.get("From", "")),
        to_number=storable(values.get("To", "")),
        direction=storable(values.get("Direction", ""))[:32],
        call_status=storable(values.get("CallStatus", ""))[:32],
        forwarded_from=storable(values.get("ForwardedFrom", "")) or None,
        error_code=storable(values.get("ErrorCode", ""))[:16] or None,
        error_url=values.get("ErrorUrl") or None,
    )


def read_handoff_ended(parameters: Parameters) -> HandoffEnded:
    """Read the outcome of a `<Dial>`, `<Connect><Stream>` or `<Connect><ConversationRelay>`."""
    values = dict(parameters)
    call = read_inbound_call(parameters)
    outcome = values.get("DialCallStatus") or values.get("SessionStatus") or ""
    return HandoffEnded(call, storable(outcome)[:40] or None, call.error_code)


def read_stream_changed(parameters: Parameters) -> StreamChanged | None:
    """Read a stream's status callback; None if this is another one. It comes without From, To and Direction."""
    values = dict(parameters)
    if "StreamEvent" not in values:
        return None
    _check_is_there_once(parameters, values, ("CallSid", "AccountSid"))
    _check_sids(values)
    problem = storable(values.get("StreamError", "")) or None
    return StreamChanged(values["AccountSid"], values["CallSid"], storable(values["StreamEvent"])[:40], problem)


def read_status_changed(parameters: Parameters) -> StatusChanged:
    """Read a status callback of a call or of one of its legs."""
    values = dict(parameters)
    parent = values.get("ParentCallSid", "")
    return StatusChanged(
        call=read_inbound_call(parameters),
        parent_call_sid=parent if CALL_SID.fullmatch(parent) else None,
        duration_seconds=_whole_seconds(values.get("CallDuration", "")),
        happened_at=_moment(values.get("Timestamp", "")),
    )


def _check_is_there_once(parameters: Parameters, values: Mapping[str, str], wanted: Sequence[str]) -> None:
    """Raise MalformedWebhook unless each is there once; they are counted only if something is missing or twice."""
    if len(values) == len(parameters) and all(map(values.__contains__, wanted)):
        return
    names = [name for name, _ in parameters]
    for name in wanted:
        if names.count(name) != 1:
            raise MalformedWebhook(f"{name} is there {names.count(name)} times")


def _check_sids(values: dict[str, str]) -> None:
    if not CALL_SID.fullmatch(values.get("CallSid", "")) or not ACCOUNT_SID.fullmatch(values.get("AccountSid", "")):
        raise MalformedWebhook("CallSid or AccountSid is not a SID")


def storable(value: str) -> str:
    """Return a value cut to size, without what databases and logs cannot hold."""
    if (
        len(value) <= LONGEST_VALUE and value.isprintable()
    ):  # as nearly all are: nothing that is UNSTORABLE is printable
        return value
    return UNSTORABLE.sub("�", value[:LONGEST_VALUE])


def _whole_seconds(value: str) -> int | None:
    return int(value) if re.fullmatch("[0-9]{1,7}", value, re.ASCII) else None


def _moment(value: str) -> datetime | None:
    """Read Twilio's RFC 2822 date; None for anything else."""
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
