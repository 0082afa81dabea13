"""The record of one inbound call: what came in, what was decided, and how it ended."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey, Key, UtcDateTime

FORWARDED = text("forwarded_from IS NOT NULL")
# Lists are read in this order. What an index has after it decides which of the calls are read at all, or counts them.
IN_ORDER = ("received_at", "id")


class Call(Base):
    """One call, folded from its events (`routing/call_record.py`); a status callback that came first leaves a stub.

    Number, agent and location are as they were when the call came in. `call_status` is Twilio's CallStatus,
    `decision` ours; `route_source` says who knew the route (worker, redis, database, host, nothing). `handoff_outcome`
    is the agent's own, `fallback_outcome` that of the fallback number. Times are UTC, `duration_seconds` whole seconds.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("account_sid", "call_sid"),
        Index("ix_calls_of_account", "account_id", *IN_ORDER, "location_id", "decision", "fallback_outcome"),
        Index("ix_calls_of_number", "number_id", *IN_ORDER, "call_status", "decision"),
        Index("ix_calls_of_agent", "agent_id", *IN_ORDER, "call_status", "decision", "location_id"),
        Index("ix_calls_of_location", "location_id", *IN_ORDER, "call_status", "decision"),
        Index("ix_calls_of_caller", "account_id", "from_number", *IN_ORDER),
        Index("ix_calls_of_status", "account_id", "call_status", *IN_ORDER),
        Index("ix_calls_of_decision", "account_id", "decision", *IN_ORDER, "fallback_outcome"),
        Index(
            "ix_calls_of_line",
            "account_id",
            "forwarded_from",
            *IN_ORDER,
            sqlite_where=FORWARDED,
            postgresql_where=FORWARDED,
        ),
        Index("ix_calls_call_sid", "call_sid"),
        Index(
            "ix_calls_number_id_forwarded_from_received_at",
            "number_id",
            "forwarded_from",
            "received_at",
            sqlite_where=FORWARDED,
            postgresql_where=FORWARDED,
        ),
    )

    id: Mapped[Key]
    account_sid: Mapped[str] = mapped_column(String(34))
    call_sid: Mapped[str] = mapped_column(String(34))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    number_id: Mapped[int | None] = mapped_column(BigKey)
    agent_id: Mapped[int | None] = mapped_column(BigKey)
    agent_name: Mapped[str | None] = mapped_column(String(100))
    location_id: Mapped[int | None] = mapped_column(BigKey)
    location_name: Mapped[str | None] = mapped_column(String(100))
    from_number: Mapped[str | None] = mapped_column(String(256))
    to_number: Mapped[str | None] = mapped_column(String(256))
    forwarded_from: Mapped[str | None] = mapped_column(String(256))
    direction: Mapped[str | None] = mapped_column(String(32))
    decision: Mapped[str | None] = mapped_column(String(20))
    route_source: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(200))
    handoff_outcome: Mapped[str | None] = mapped_column(String(40))
    fallback_outcome: Mapped[str | None] = mapped_column(String(40))
    call_status: Mapped[str | None] = mapped_column(String(32))
    duration_seconds: Mapped[int | None]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
