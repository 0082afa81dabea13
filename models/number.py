"""A phone number of an account: the one link between agents and locations."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.agent import Agent
from models.base import NEVER_REUSE_IDS, Base, Created, Key, Money, UtcDateTime
from models.location import Location

NUMBER_STATUSES = ("active", "paused", "pending", "released")
PAUSED_TREATMENTS = ("busy", "not_in_service", "message", "forward")
LIVE = text("status <> 'released'")
STILL_AT_TWILIO = text("status = 'released' AND charged_until IS NULL")
# Ask with these very words: given as a parameter, a database may not see that the index will do.
PENDING = text("status = 'pending'")
# Nobody answers it although it is active, it is still being set up, or Twilio has not let go of it.
NEEDS_ATTENTION = text(
    "(status = 'active' AND agent_id IS NULL) OR status = 'pending' OR (status = 'released' AND charged_until IS NULL)"
)
RESUMES_BY_ITSELF = text("resume_at IS NOT NULL")


class Number(Base):
    """A Twilio IncomingPhoneNumber. A released one stays, because its calls keep their history.

    The same `phone_number` (E.164) may be released many times, but only one row of it is ever live. `sid` is Twilio's,
    None while it is not known there. `monthly_price` is that of the purchase, in whole units of the currency
    `price_unit` (ISO 4217). A released number is charged until Twilio confirmed its release: `charged_until`.

    While paused, callers meet `paused_treatment` (one of PAUSED_TREATMENTS, None is busy): a busy tone, the
    not-in-service message, the spoken `paused_message`, or `paused_forward_to` (E.164). At `resume_at` it resumes by
    itself.
    """

    __tablename__ = "numbers"
    __table_args__ = (
        CheckConstraint(f"status IN {NUMBER_STATUSES}", "status"),
        CheckConstraint("status <> 'released' OR (agent_id IS NULL AND location_id IS NULL)", "released_is_unassigned"),
        Index("uq_numbers_live_phone_number", "phone_number", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_numbers_phone_number_id", "phone_number", "id"),
        Index("ix_numbers_of_account", "account_id", "phone_number", "id", "status", "label"),
        Index(
            "ix_numbers_needing_attention",
            "account_id",
            "phone_number",
            "id",
            sqlite_where=NEEDS_ATTENTION,
            postgresql_where=NEEDS_ATTENTION,
        ),
        Index("ix_numbers_still_at_twilio", "id", sqlite_where=STILL_AT_TWILIO, postgresql_where=STILL_AT_TWILIO),
        Index("ix_numbers_resume_at", "resume_at", sqlite_where=RESUMES_BY_ITSELF, postgresql_where=RESUMES_BY_ITSELF),
        Index("ix_numbers_pending", "id", sqlite_where=PENDING, postgresql_where=PENDING),
        NEVER_REUSE_IDS,
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    phone_number: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(100), default="")
    sid: Mapped[str | None] = mapped_column(String(34))
    status: Mapped[str] = mapped_column(String(10))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"), index=True)
    iso_country: Mapped[str | None] = mapped_column(String(2))
    number_type: Mapped[str | None] = mapped_column(String(12))
    monthly_price: Mapped[Decimal | None] = mapped_column(Money)
    price_unit: Mapped[str | None] = mapped_column(String(3))
    paused_treatment: Mapped[str | None] = mapped_column(String(16))
    paused_message: Mapped[str | None] = mapped_column(String(500))
    paused_forward_to: Mapped[str | None] = mapped_column(String(16))
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    purchased_at: Mapped[Created]
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    charged_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    agent: Mapped[Agent | None] = relationship(lazy="raise")
    location: Mapped[Location | None] = relationship(lazy="raise")
