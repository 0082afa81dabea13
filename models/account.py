"""The account: the tenant that owns users, numbers, agents, locations and calls."""

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Key


class Account(Base):
    """A business. It sees only what is its own.

    `purchases_per_day` is how many numbers it may get in 24 hours; calls are kept for `call_retention_days`. A pause
    that does not say what callers meet takes `paused_treatment` and what belongs to it, as those of a Number are.
    """

    __tablename__ = "accounts"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    purchases_per_day: Mapped[int] = mapped_column(Integer, default=25, server_default="25")
    call_retention_days: Mapped[int] = mapped_column(Integer, default=365, server_default="365")
    paused_treatment: Mapped[str | None] = mapped_column(String(16))
    paused_message: Mapped[str | None] = mapped_column(String(500))
    paused_forward_to: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[Created]
