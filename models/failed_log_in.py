"""A log-in that failed: what guesses are counted by, with Redis or without, on every host together."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, UtcDateTime


class FailedLogIn(Base):
    """Somebody at `address` gave a wrong password for `email`, whether or not there is such a user."""

    __tablename__ = "failed_log_ins"
    __table_args__ = (
        Index("ix_failed_log_ins_email_failed_at", "email", "failed_at"),
        Index("ix_failed_log_ins_address_failed_at", "address", "failed_at"),
    )

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(64))
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime)
