"""Records of the outbox come compressed: PostgreSQL need not try it again."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE outbox ALTER COLUMN records SET STORAGE EXTERNAL")
