"""Add what the pages need: sessions, failed log-ins, a second factor, a first password to change, a list in order.

Safe while the version before is still running: every new column has a default or may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "users", sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.add_column("users", sa.Column("totp_secret", sa.String(length=64), nullable=True))
    op.create_table(
        "browser_sessions",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("said", sa.JSON(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_browser_sessions_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_browser_sessions"),
    )
    op.create_index("ix_browser_sessions_user_id", "browser_sessions", ["user_id"])
    op.create_index("ix_browser_sessions_seen_at", "browser_sessions", ["seen_at"])
    op.create_table(
        "failed_log_ins",
        sa.Column("id", KEY, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_log_ins"),
    )
    op.create_index("ix_failed_log_ins_email_failed_at", "failed_log_ins", ["email", "failed_at"])
    op.create_index("ix_failed_log_ins_address_failed_at", "failed_log_ins", ["address", "failed_at"])
    op.create_index("ix_numbers_account_id_phone_number_id", "numbers", ["account_id", "phone_number", "id"])
    op.drop_index("ix_numbers_account_id", table_name="numbers")


def downgrade() -> None:
    op.create_index("ix_numbers_account_id", "numbers", ["account_id"])
    op.drop_index("ix_numbers_account_id_phone_number_id", table_name="numbers")
    op.drop_table("failed_log_ins")
    op.drop_table("browser_sessions")
    op.drop_column("users", "totp_secret")
    op.drop_column("users", "must_change_password")
