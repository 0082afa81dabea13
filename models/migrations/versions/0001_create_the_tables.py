"""Create the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
LIVE = sa.text("status <> 'released'")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
    )
    op.create_table(
        "call_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("call_sid", sa.String(length=34), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_events"),
    )
    op.create_index("ix_call_events_account_sid_call_sid", "call_events", ["account_sid", "call_sid"], unique=False)
    op.create_table(
        "change_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_change_counter_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_change_counter"),
    )
    op.create_table(
        "hosts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hosts"),
    )
    op.create_table(
        "agents",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("handoff_kind", sa.String(length=20), nullable=False),
        sa.Column("handoff_target", sa.String(length=2000), nullable=False),
        sa.Column("fallback_number", sa.String(length=16), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "handoff_kind IN ('stream', 'conversation_relay', 'sip', 'phone', 'client', 'redirect')",
            name=op.f("ck_agents_handoff_kind"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_agents_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
        sa.UniqueConstraint("account_id", "name", name="uq_agents_account_id_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "calls",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("call_sid", sa.String(length=34), nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("number_id", KEY, nullable=True),
        sa.Column("agent_id", KEY, nullable=True),
        sa.Column("agent_name", sa.String(length=100), nullable=True),
        sa.Column("location_id", KEY, nullable=True),
        sa.Column("location_name", sa.String(length=100), nullable=True),
        sa.Column("from_number", sa.String(length=256), nullable=True),
        sa.Column("to_number", sa.String(length=256), nullable=True),
        sa.Column("forwarded_from", sa.String(length=256), nullable=True),
        sa.Column("direction", sa.String(length=32), nullable=True),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("route_source", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("handoff_outcome", sa.String(length=40), nullable=True),
        sa.Column("fallback_outcome", sa.String(length=40), nullable=True),
        sa.Column("call_status", sa.String(length=32), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_calls_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("account_sid", "call_sid", name="uq_calls_account_sid_call_sid"),
    )
    op.create_index("ix_calls_account_id_received_at_id", "calls", ["account_id", "received_at", "id"], unique=False)
    op.create_index("ix_calls_call_sid", "calls", ["call_sid"], unique=False)
    op.create_index("ix_calls_number_id_received_at", "calls", ["number_id", "received_at"], unique=False)
    op.create_table(
        "changes",
        sa.Column("n", KEY, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_changes_account_id_accounts"),
        sa.PrimaryKeyConstraint("n", name="pk_changes"),
    )
    op.create_index("ix_changes_account_id", "changes", ["account_id"], unique=False)
    op.create_table(
        "locations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_locations_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
        sa.UniqueConstraint("account_id", "name", name="uq_locations_account_id_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tokens",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.CheckConstraint("role IN ('member', 'admin', 'super_admin')", name=op.f("ck_tokens_role")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_tokens_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_tokens_token_hash"),
    )
    op.create_index("ix_tokens_account_id", "tokens", ["account_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("role IN ('member', 'admin', 'super_admin')", name=op.f("ck_users_role")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_users_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_index("ix_users_account_id", "users", ["account_id"], unique=False)
    op.create_table(
        "changed_numbers",
        sa.Column("n", KEY, nullable=False),
        sa.Column("phone_number", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["n"], ["changes.n"], name="fk_changed_numbers_n_changes"),
        sa.PrimaryKeyConstraint("n", "phone_number", name="pk_changed_numbers"),
    )
    op.create_index("ix_changed_numbers_phone_number", "changed_numbers", ["phone_number"], unique=False)
    op.create_table(
        "numbers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("phone_number", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("sid", sa.String(length=34), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("agent_id", KEY, nullable=True),
        sa.Column("location_id", KEY, nullable=True),
        sa.Column("purchased_at", MOMENT, nullable=False),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "status <> 'released' OR (agent_id IS NULL AND location_id IS NULL)",
            name=op.f("ck_numbers_released_is_unassigned"),
        ),
        sa.CheckConstraint("status IN ('active', 'paused', 'pending', 'released')", name=op.f("ck_numbers_status")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_numbers_account_id_accounts"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_numbers_agent_id_agents"),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name="fk_numbers_location_id_locations"),
        sa.PrimaryKeyConstraint("id", name="pk_numbers"),
    )
    op.create_index("ix_numbers_account_id", "numbers", ["account_id"], unique=False)
    op.create_index("ix_numbers_agent_id", "numbers", ["agent_id"], unique=False)
    op.create_index("ix_numbers_location_id", "numbers", ["location_id"], unique=False)
    op.create_index("ix_numbers_phone_number_id", "numbers", ["phone_number", "id"], unique=False)
    op.create_index(
        "uq_numbers_live_phone_number",
        "numbers",
        ["phone_number"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "forwarded_lines",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("number_id", KEY, nullable=False),
        sa.Column("phone_number", sa.String(length=16), nullable=False),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_forwarded_lines_account_id_accounts"),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.id"], name="fk_forwarded_lines_number_id_numbers"),
        sa.PrimaryKeyConstraint("id", name="pk_forwarded_lines"),
        sa.UniqueConstraint("number_id", "phone_number", name="uq_forwarded_lines_number_id_phone_number"),
    )
    op.create_index("ix_forwarded_lines_account_id", "forwarded_lines", ["account_id"], unique=False)
    op.create_index("ix_forwarded_lines_phone_number", "forwarded_lines", ["phone_number"], unique=False)
    op.execute("INSERT INTO change_counter (id, n) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_index("ix_forwarded_lines_phone_number", table_name="forwarded_lines")
    op.drop_index("ix_forwarded_lines_account_id", table_name="forwarded_lines")
    op.drop_table("forwarded_lines")
    op.drop_index("uq_numbers_live_phone_number", table_name="numbers", sqlite_where=LIVE, postgresql_where=LIVE)
    op.drop_index("ix_numbers_phone_number_id", table_name="numbers")
    op.drop_index("ix_numbers_location_id", table_name="numbers")
    op.drop_index("ix_numbers_agent_id", table_name="numbers")
    op.drop_index("ix_numbers_account_id", table_name="numbers")
    op.drop_table("numbers")
    op.drop_index("ix_changed_numbers_phone_number", table_name="changed_numbers")
    op.drop_table("changed_numbers")
    op.drop_index("ix_users_account_id", table_name="users")
    op.drop_table("users")
    op.drop_index("ix_tokens_account_id", table_name="tokens")
    op.drop_table("tokens")
    op.drop_table("locations")
    op.drop_index("ix_changes_account_id", table_name="changes")
    op.drop_table("changes")
    op.drop_index("ix_calls_number_id_received_at", table_name="calls")
    op.drop_index("ix_calls_call_sid", table_name="calls")
    op.drop_index("ix_calls_account_id_received_at_id", table_name="calls")
    op.drop_table("calls")
    op.drop_table("agents")
    op.drop_table("hosts")
    op.drop_table("change_counter")
    op.drop_index("ix_call_events_account_sid_call_sid", table_name="call_events")
    op.drop_table("call_events")
    op.drop_table("accounts")
