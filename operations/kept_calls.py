"""Tell since when an account's calls are kept: what was forgotten on purpose is not to be brought back."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Account, Change
from operations.purge_calls import ACTION


def read_kept_since(session: Session, account_ids: Collection[int]) -> dict[int, datetime]:
    """Return since when each account keeps its calls: by its retention, and by what was purged before that was due."""
    now = datetime.now(UTC)
    days = select(Account.id, Account.call_retention_days).where(Account.id.in_(account_ids))
    kept_since = {account_id: now - timedelta(days=kept) for account_id, kept in session.execute(days)}
    purges = select(Change.account_id, Change.after).where(Change.account_id.in_(account_ids), Change.action == ACTION)
    for account_id, after in session.execute(purges):
        before = datetime.fromisoformat((after or {})["received_before"])
        kept_since[account_id] = max(kept_since[account_id], before)
    return kept_since
