"""The intent to buy a number, written down before Twilio is asked, so that no crash can lose or repeat a purchase."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey, Created, Key, UtcDateTime

PURCHASE_STATES = ("intended", "bought", "failed")
# Ask with these very words: given as a parameter, a database may not see that the index will do.
OPEN = text("state = 'intended'")


class Purchase(Base):
    """One purchase of `phone_number` (E.164): intended, then bought, or failed for the reason in `problem`.

    `problem_code` and `problem_status` (an HTTP status) are what whoever asks again under the same key is told with it.
    `tag` is in the friendly name that the number gets at Twilio: by it a number is recognised whose purchase was cut
    off. `idempotency_key` is the client's, `request_hash` (SHA-256) what it asked for under that key. Before `due_at`
    nobody but who asks Twilio now needs to look after it.
    """

    __tablename__ = "purchases"
    __table_args__ = (
        CheckConstraint(f"state IN {PURCHASE_STATES}", "state"),
        UniqueConstraint("account_id", "idempotency_key"),
        UniqueConstraint("tag"),
        Index("ix_purchases_account_id_intended_at", "account_id", "intended_at"),
        Index("ix_purchases_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    number_id: Mapped[int] = mapped_column(BigKey)
    phone_number: Mapped[str] = mapped_column(String(16))
    tag: Mapped[str] = mapped_column(String(32))
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="intended")
    problem_code: Mapped[str | None] = mapped_column(String(40))
    problem: Mapped[str | None] = mapped_column(String(500))
    problem_status: Mapped[int | None]
    sid: Mapped[str | None] = mapped_column(String(34))
    made_by: Mapped[str] = mapped_column(String(254))
    intended_at: Mapped[Created]
    due_at: Mapped[Created]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
