"""The changes: audit trail, outbox and invalidation log at once."""

from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey, Created


def new_change_id() -> str:
    """Return an id that no other change has: 32 hexadecimal digits."""
    return uuid4().hex


class ChangeCounter(Base):
    """The one row that hands out change numbers.

    It is updated inside the transaction of the change: the row's lock makes the numbers gapless and puts them in the
    order of the commits, which a SEQUENCE does not.
    """

    __tablename__ = "change_counter"
    __table_args__ = (CheckConstraint("id = 1", "one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)


class Change(Base):
    """A committed change: who did what, to what, from what, to what.

    `id` is random. It tells this change from another one of the same number, which a database that was restored from
    an older backup hands out again.
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_account_id_n", "account_id", "n"),
        Index("ix_changes_of_action", "account_id", "action", "n"),
        Index("ix_changes_of_person", "account_id", "made_by", "n"),
        Index("ix_changes_of_time", "account_id", "made_at", "n"),
    )

    n: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(32), default=new_change_id)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[Created]
    made_by: Mapped[str] = mapped_column(String(254))
    action: Mapped[str] = mapped_column(String(40))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(String(500))


class ChangedNumber(Base):
    """A phone number (E.164) whose call route a change touched."""

    __tablename__ = "changed_numbers"
    __table_args__ = (Index("ix_changed_numbers_of_number", "phone_number", "n"),)

    n: Mapped[int] = mapped_column(ForeignKey("changes.n"), primary_key=True)
    phone_number: Mapped[str] = mapped_column(String(16), primary_key=True)
