"""Everything that happened to a call, as this router noted it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UtcDateTime


class CallEvent(Base):
    """One webhook's worth of a call, under an id of its own, so that noting it twice leaves it once."""

    __tablename__ = "call_events"
    __table_args__ = (Index("ix_call_events_account_sid_call_sid", "account_sid", "call_sid"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_sid: Mapped[str] = mapped_column(String(34))
    call_sid: Mapped[str] = mapped_column(String(34))
    kind: Mapped[str] = mapped_column(String(20))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
