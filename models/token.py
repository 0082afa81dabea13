"""A bearer token of the JSON API."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Key, UtcDateTime


class Token(Base):
    """A secret that programs present. Only its SHA-256 is kept: it is 32 random bytes, which nobody guesses."""

    __tablename__ = "tokens"
    __table_args__ = (CheckConstraint("role IN ('member', 'admin', 'super_admin')", "role"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Created]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
