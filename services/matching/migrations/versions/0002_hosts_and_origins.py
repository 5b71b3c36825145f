"""Offers with their source and their origin; commitments with their area, persons and period; persons of a placement."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for name in ("source_licence", "source_url", "source_updated_at", "origin"):
        op.add_column("offer", sa.Column(name, sa.Text))
    op.create_index("offer_origin", "offer", ["origin"], postgresql_where=sa.text("origin IS NOT NULL"))
    op.add_column("commitment", sa.Column("name", sa.Text))
    op.add_column("commitment", sa.Column("area", sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("commitment", sa.Column("capacity_persons", sa.Integer))
    op.add_column("commitment", sa.Column("period", sa.Text, nullable=False, server_default=sa.text("'at_once'")))
    op.add_column("placement", sa.Column("persons", sa.Integer))
    op.execute("UPDATE placement SET persons = household.size FROM household WHERE household.id = placement.household")
