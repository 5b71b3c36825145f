"""Channels and recipients of deliveries; filters, headers, rate limits and pauses of endpoints; events of an account."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for table in ("endpoint", "delivery"):
        op.add_column(table, sa.Column("channel", sa.Text, nullable=False, server_default="webhook"))
        op.add_column(table, sa.Column("recipient", sa.Text, nullable=False, server_default=""))
    for name in ("landlords", "caseworkers", "programmes", "header_names"):
        op.add_column("endpoint", sa.Column(name, ARRAY(TEXT), nullable=False, server_default="{}"))
    op.add_column("endpoint", sa.Column("headers", sa.LargeBinary, nullable=True))
    op.add_column("endpoint", sa.Column("rate_per_minute", sa.Integer, nullable=True))
    op.add_column("endpoint", sa.Column("rate_next_at", moment, nullable=True))
    op.add_column("endpoint", sa.Column("paused_until", moment, nullable=True))
    op.drop_index("delivery_once", "delivery")
    op.create_index("delivery_once", "delivery", ["endpoint_id", "event_id", "recipient"], unique=True)
    # No index of what a lease writes, and room in the pages: then it costs no index anything (heap-only update).
    op.drop_index("delivery_lease", "delivery")
    op.execute("ALTER TABLE delivery SET (fillfactor = 70)")
    op.add_column("live_event", sa.Column("account", sa.String, nullable=True))
