"""The account: the tenant that owns users, numbers, agents, locations and calls."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Key


class Account(Base):
    """A business. It sees only what is its own."""

    __tablename__ = "accounts"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[Created]
