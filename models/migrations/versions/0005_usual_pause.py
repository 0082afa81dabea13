"""Let an account say what callers of its paused numbers meet when a pause does not.

Safe while the version before is still running: its pauses are busy tones, as they were, and every column may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("paused_treatment", sa.String(length=16), nullable=True))
    op.add_column("accounts", sa.Column("paused_message", sa.String(length=500), nullable=True))
    op.add_column("accounts", sa.Column("paused_forward_to", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("accounts", "paused_forward_to")
    op.drop_column("accounts", "paused_message")
    op.drop_column("accounts", "paused_treatment")
