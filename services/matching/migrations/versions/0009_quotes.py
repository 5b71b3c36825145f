"""Quotes added to a list of prices, what the comparison leaves of one, and the days compared."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("price_list", sa.Column("base", sa.BigInteger))
    op.add_column("price_list", sa.Column("scale", sa.Double, nullable=False, server_default=sa.text("1")))
    op.create_index("price_list_base", "price_list", ["base", "number"], postgresql_where=sa.text("base IS NOT NULL"))
    op.create_table(
        "price_comparison",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("with_prices", sa.Double, nullable=False),
        sa.Column("without", sa.Double, nullable=False),
        sa.Column("scale", sa.Double, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
    )
