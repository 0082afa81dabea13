"""Add what the life of a number needs: purchases, prices, what callers of a paused number meet, verification of lines.

Safe while the version before is still running: every new column is empty or has a default. On PostgreSQL nobody writes
calls while their indexes are made; calls are answered meanwhile, and their notes wait on their hosts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
MONEY = sa.String(length=24)
PARTIAL_INDEXES = (
    ("ix_numbers_still_at_twilio", "numbers", "id", "status = 'released' AND charged_until IS NULL"),
    ("ix_numbers_resume_at", "numbers", "resume_at", "resume_at IS NOT NULL"),
    ("ix_numbers_pending", "numbers", "id", "status = 'pending'"),
    ("ix_purchases_open", "purchases", "id", "state = 'intended'"),
    ("ix_forwarded_lines_verifying_since", "forwarded_lines", "verifying_since", "verified_at IS NULL"),
    (
        "ix_calls_number_id_forwarded_from_received_at",
        "calls",
        "number_id, forwarded_from, received_at",
        "forwarded_from IS NOT NULL",
    ),
)
INDEXES = (
    ("ix_purchases_account_id_intended_at", "purchases", ["account_id", "intended_at"]),
    ("ix_calls_agent_id_received_at", "calls", ["agent_id", "received_at"]),
    ("ix_calls_location_id_received_at", "calls", ["location_id", "received_at"]),
    ("ix_calls_account_id_from_number", "calls", ["account_id", "from_number"]),
    ("ix_changes_account_id_n", "changes", ["account_id", "n"]),
)
COLUMNS = {
    "accounts": (
        ("purchases_per_day", sa.Integer(), "25"),
        ("call_retention_days", sa.Integer(), "365"),
    ),
    "numbers": (
        ("iso_country", sa.String(length=2), None),
        ("number_type", sa.String(length=12), None),
        ("monthly_price", MONEY, None),
        ("price_unit", sa.String(length=3), None),
        ("paused_treatment", sa.String(length=16), None),
        ("paused_message", sa.String(length=500), None),
        ("paused_forward_to", sa.String(length=16), None),
        ("resume_at", MOMENT, None),
        ("charged_until", MOMENT, None),
    ),
    "forwarded_lines": (
        ("test_phone", sa.String(length=16), None),
        ("verifying_since", MOMENT, None),
        ("verified_by", sa.String(length=34), None),
    ),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind, default in columns:
            op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=default))
    # The version before left Twilio's side of a release to people. Nothing that they kept there is to be deleted now.
    op.execute("UPDATE numbers SET charged_until = released_at WHERE status = 'released'")
    # The row of a purchase that failed is deleted. SQLite would give its id to the next number, PostgreSQL does not.
    _remake_on_sqlite("numbers", never_reuse_ids=True)
    # What still names a deleted user must not let the next one in.
    _remake_on_sqlite("users", never_reuse_ids=True)
    op.create_table(
        "purchases",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("number_id", KEY, nullable=False),
        sa.Column("phone_number", sa.String(length=16), nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem_code", sa.String(length=40), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.Column("problem_status", sa.Integer(), nullable=True),
        sa.Column("sid", sa.String(length=34), nullable=True),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("intended_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('intended', 'bought', 'failed')", name=op.f("ck_purchases_state")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_purchases_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_purchases"),
        sa.UniqueConstraint("account_id", "idempotency_key", name="uq_purchases_account_id_idempotency_key"),
        sa.UniqueConstraint("tag", name="uq_purchases_tag"),
    )
    op.create_table(
        "prices",
        sa.Column("iso_country", sa.String(length=2), nullable=False),
        sa.Column("number_type", sa.String(length=12), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("iso_country", "number_type", name="pk_prices"),
    )
    for name, table, indexed in INDEXES:
        op.create_index(name, table, indexed)
    for name, table, columns_of_it, condition in PARTIAL_INDEXES:
        where = sa.text(condition)
        op.create_index(name, table, columns_of_it.split(", "), sqlite_where=where, postgresql_where=where)
    op.drop_index("ix_changes_account_id", table_name="changes")


def downgrade() -> None:
    op.create_index("ix_changes_account_id", "changes", ["account_id"])
    for name, table, *_ in (*PARTIAL_INDEXES, *INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_table("prices")
    op.drop_table("purchases")
    for table, columns in COLUMNS.items():
        for name, *_ in columns:
            op.drop_column(table, name)
    for table in ("numbers", "users"):
        _remake_on_sqlite(table, never_reuse_ids=False)


def _remake_on_sqlite(table: str, never_reuse_ids: bool) -> None:
    """SQLite says only when a table is made whether ids are used again. No forwarded line refers to a number yet."""
    if op.get_bind().dialect.name == "sqlite":
        kept = {"sqlite_autoincrement": never_reuse_ids}
        with op.batch_alter_table(table, recreate="always", table_kwargs=kept):
            pass
