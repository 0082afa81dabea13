"""A code that lets somebody in once who has lost what makes the codes of their second factor."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key


class RecoveryCode(Base):
    """Only an HMAC of the code is kept. Using the code deletes the row, and so does turning the second factor off."""

    __tablename__ = "recovery_codes"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
