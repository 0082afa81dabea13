"""A business's existing number that forwards to one of ours."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Key, UtcDateTime

WAITING = text("verified_at IS NULL")


class ForwardedLine(Base):
    """A line that the business kept. `phone_number` is in E.164; `verified_at` is when a call first came through it.

    A call counts if it arrives after `verifying_since` with this line as ForwardedFrom, or from `test_phone` (E.164)
    where the carrier hides the line; `verified_by` is its CallSid.
    """

    __tablename__ = "forwarded_lines"
    __table_args__ = (
        UniqueConstraint("number_id", "phone_number"),
        Index("ix_forwarded_lines_verifying_since", "verifying_since", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    number_id: Mapped[int] = mapped_column(ForeignKey("numbers.id"))
    phone_number: Mapped[str] = mapped_column(String(16), index=True)
    test_phone: Mapped[str | None] = mapped_column(String(16))
    verifying_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_by: Mapped[str | None] = mapped_column(String(34))
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[Created]
