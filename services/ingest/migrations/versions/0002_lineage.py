"""Where the last version of an entity came from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for table in ("vacancy", "offer"):
        op.add_column(table, sa.Column("lineage", JSONB, nullable=True))
