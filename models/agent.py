"""An agent: who answers, and how a call is handed to it."""

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import NEVER_REUSE_IDS, Base, Created, Key

HANDOFF_KINDS = ("stream", "conversation_relay", "sip", "phone", "client", "redirect")


class Agent(Base):
    """Somebody or something that answers calls.

    `handoff_target` is a wss:// URL for `stream` and `conversation_relay`, a sip: URI for `sip`, an E.164 number for
    `phone`, a client identity for `client` and an https:// URL for `redirect`. `fallback_number` (E.164) is dialled
    when the hand-off fails.
    """

    __tablename__ = "agents"
    __table_args__ = (
        UniqueConstraint("account_id", "name"),
        CheckConstraint(f"handoff_kind IN {HANDOFF_KINDS}", "handoff_kind"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(100))
    handoff_kind: Mapped[str] = mapped_column(String(20))
    handoff_target: Mapped[str] = mapped_column(String(2000))
    fallback_number: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[Created]
