"""A person of an account, with a role and a password."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Key

ROLES = ("member", "admin", "super_admin")


class User(Base):
    """Somebody who may log in. `email` is kept in lower case; the password only as an argon2id hash."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('member', 'admin', 'super_admin')", "role"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Created]
