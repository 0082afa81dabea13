"""A browser that somebody has logged in with: as long as the row is here, and not a moment longer."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, UtcDateTime


class BrowserSession(Base):
    """A log-in. Only the SHA-256 of the cookie's secret is kept; log-out and a new password delete the row.

    `seen_at` is kept to the minute. `said` are the sentences that the next page shows, each with its kind.
    `shown_once` is a secret that the next page shows, sealed so that only this browser's cookie opens it.
    """

    __tablename__ = "browser_sessions"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))
    said: Mapped[list[Any] | None] = mapped_column(JSON)
    shown_once: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Created]
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
