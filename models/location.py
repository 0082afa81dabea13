"""A location: the place of the business that a call is for."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import NEVER_REUSE_IDS, Base, Created, Key


class Location(Base):
    """A place of the business. `timezone` is an IANA name such as Europe/Rome."""

    __tablename__ = "locations"
    __table_args__ = (UniqueConstraint("account_id", "name"), NEVER_REUSE_IDS)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(100))
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    created_at: Mapped[Created]
