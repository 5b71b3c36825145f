"""Open offers that state their origin: which of the same counts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "offer_origin",
        sa.Column("offer", sa.String, primary_key=True),
        sa.Column("key", sa.String, nullable=False, index=True),
        sa.Column("direct", sa.Boolean, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feed", sa.String, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("duplicate_of", sa.String, nullable=True),
    )
    op.create_index("offer_origin_reference", "offer_origin", ["feed", "reference"], unique=True)
    # One that counts an origin, whatever is programmed.
    op.create_index(
        "offer_origin_counts", "offer_origin", ["key"], unique=True, postgresql_where=sa.text("duplicate_of IS NULL")
    )
