"""A person of an account, with a role and a password."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import NEVER_REUSE_IDS, Base, Created, Key

ROLES = ("member", "admin", "super_admin")


class User(Base):
    """Somebody who may log in. `email` is kept in lower case; the password only as an argon2id hash.

    A password that somebody else has seen must be changed at the next log-in. `totp_secret` is that of the
    second factor, sealed (`operations/seal.py`), None without one; no code up to time step `totp_last_step` (of 30
    seconds, since 1970) is taken again.
    The id of somebody who was deleted is nobody else's ever: what still names it must not let another one in.
    """

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('member', 'admin', 'super_admin')", "role"), NEVER_REUSE_IDS)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[Created]
