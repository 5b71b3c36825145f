"""Files received: runs, the fate of their lines, what full lists held and decided."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    counts = ("created", "updated", "unchanged", "superseded", "rejected", "ignored", "withdrawn", "unreadable")
    op.create_table(
        "run",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("owner_name", sa.String, nullable=False),
        sa.Column("sent_by", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("mode", sa.String, nullable=False),
        sa.Column("form", sa.String, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("lang", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("stated", sa.Boolean, nullable=False),
        sa.Column("observed_at", moment, nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("known_before", sa.Integer, nullable=False),
        sa.Column("found", JSONB, nullable=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in counts),
    )
    op.create_index(
        "run_key", "run", ["owner", "kind", "key"], unique=True, postgresql_where=sa.text("key IS NOT NULL")
    )
    op.create_index("run_owner", "run", ["owner", "id"])
    op.create_index("run_updated", "run", ["updated_at"])
    op.create_table(
        "run_chunk",
        sa.Column("run", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("fates", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "run_reference",
        sa.Column("run", sa.String, primary_key=True),
        sa.Column("reference", sa.String, primary_key=True),
        sa.Column("said", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("run", sa.String, nullable=False, unique=True),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("owner_name", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("observed_at", moment, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("decided_at", moment, nullable=True),
        sa.Column("decided_by", sa.String, nullable=True),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("absent", sa.Integer, nullable=False),
        sa.Column("unreadable", sa.Integer, nullable=False),
        sa.Column("max_percent", sa.Integer, nullable=False),
        sa.Column("minimum", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer, nullable=False),
    )
    op.create_index("snapshot_owner", "snapshot", ["owner", "kind", "observed_at"])
    op.create_index(
        "snapshot_waiting", "snapshot", ["id"], postgresql_where=sa.text("state IN ('quarantined', 'applying')")
    )
