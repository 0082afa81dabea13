"""Let every list and count find its rows by an index, however many numbers, calls and changes there are.

Safe while the version before is still running: only indexes change, and each that goes is replaced by one that begins
with the same columns. On PostgreSQL nobody writes calls while their indexes are made, about a minute for a million of
them on a small machine; calls are answered meanwhile, and their notes wait on their hosts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NEW = (
    ("calls", "of_account", "account_id received_at id location_id decision fallback_outcome", None),
    ("calls", "of_number", "number_id received_at id call_status decision", None),
    ("calls", "of_agent", "agent_id received_at id call_status decision location_id", None),
    ("calls", "of_location", "location_id received_at id call_status decision", None),
    ("calls", "of_caller", "account_id from_number received_at id", None),
    ("calls", "of_line", "account_id forwarded_from received_at id", "forwarded_from IS NOT NULL"),
    ("calls", "of_status", "account_id call_status received_at id", None),
    ("calls", "of_decision", "account_id decision received_at id fallback_outcome", None),
    ("numbers", "of_account", "account_id phone_number id status label", None),
    (
        "numbers",
        "needing_attention",
        "account_id phone_number id",
        "(status = 'active' AND agent_id IS NULL) OR status = 'pending' "
        "OR (status = 'released' AND charged_until IS NULL)",
    ),
    ("changed_numbers", "of_number", "phone_number n", None),
    ("changes", "of_action", "account_id action n", None),
    ("changes", "of_person", "account_id made_by n", None),
    ("changes", "of_time", "account_id made_at n", None),
)
OLD = (
    ("calls", "account_id_received_at_id", "account_id received_at id"),
    ("calls", "number_id_received_at", "number_id received_at"),
    ("calls", "agent_id_received_at", "agent_id received_at"),
    ("calls", "location_id_received_at", "location_id received_at"),
    ("calls", "account_id_from_number", "account_id from_number"),
    ("numbers", "account_id_phone_number_id", "account_id phone_number id"),
    ("changed_numbers", "phone_number", "phone_number"),
)


def upgrade() -> None:
    for table, name, columns, condition in NEW:
        where = sa.text(condition) if condition else None
        op.create_index(f"ix_{table}_{name}", table, columns.split(), sqlite_where=where, postgresql_where=where)
    for table, name, _ in OLD:
        op.drop_index(f"ix_{table}_{name}", table_name=table)


def downgrade() -> None:
    for table, name, columns in OLD:
        op.create_index(f"ix_{table}_{name}", table, columns.split())
    for table, name, *_ in NEW:
        op.drop_index(f"ix_{table}_{name}", table_name=table)
