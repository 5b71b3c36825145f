"""When a household moved in: how long homes stand empty is counted from it.

Placements that are installed already keep none: what their last event said must stay what their next one begins with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("placement", sa.Column("installed_at", sa.TIMESTAMP(timezone=True)))
