"""Proposals that wait for each caseworker, counted for every new one."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("placement_proposed", "placement", ["caseworker"], postgresql_where=sa.text("step = 'proposed'"))
