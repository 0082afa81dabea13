"""A phone number of an account: the one link between agents and locations."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.agent import Agent
from models.base import Base, Created, Key, UtcDateTime
from models.location import Location

NUMBER_STATUSES = ("active", "paused", "pending", "released")
LIVE = text("status <> 'released'")


class Number(Base):
    """A Twilio IncomingPhoneNumber. A released one stays, because its calls keep their history.

    The same `phone_number` (E.164) may be released many times, but only one row of it is ever live.
    """

    __tablename__ = "numbers"
    __table_args__ = (
        CheckConstraint(f"status IN {NUMBER_STATUSES}", "status"),
        CheckConstraint("status <> 'released' OR (agent_id IS NULL AND location_id IS NULL)", "released_is_unassigned"),
        Index("uq_numbers_live_phone_number", "phone_number", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_numbers_phone_number_id", "phone_number", "id"),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    phone_number: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(100), default="")
    sid: Mapped[str | None] = mapped_column(String(34))
    status: Mapped[str] = mapped_column(String(10))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"), index=True)
    purchased_at: Mapped[Created]
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    agent: Mapped[Agent | None] = relationship(lazy="raise")
    location: Mapped[Location | None] = relationship(lazy="raise")
