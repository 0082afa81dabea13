"""The hosts that answer calls, and how far each has followed the changes."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, UtcDateTime


class Host(Base):
    """A registered host. A change is in force only when every row here has `known` at or past its change number."""

    __tablename__ = "hosts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    known: Mapped[int] = mapped_column(BigInteger)
    registered_at: Mapped[Created]
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
