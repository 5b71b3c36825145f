"""When homes and offers were there, those that ended, and lists of prices learnt from them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in ("vacancy", "offer"):
        op.add_column(table, sa.Column("seen_at", MOMENT, nullable=False, server_default=sa.text("now()")))
    op.create_table(
        "market_past",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("left_at", MOMENT, nullable=False),
        sa.Column("state", JSONB, nullable=False),
    )
    op.create_index("market_past_left", "market_past", ["left_at"])
    op.create_table(
        "price_list",
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("figures", JSONB, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("price_list_used", "price_list", ["number"], postgresql_where=sa.text("verdict = 'used'"))
