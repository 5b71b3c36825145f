"""How people and organisations are reached, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for table in ("person", "organisation"):
        op.add_column(table, sa.Column("contact", sa.LargeBinary, nullable=True))
