"""Contingents and moving dates of households, reserved homes, landlords' rules, homes held back, shortlists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True)
TEXTS = sa.ARRAY(sa.Text)


def upgrade() -> None:
    op.add_column("household", sa.Column("contingents", TEXTS, nullable=False, server_default=sa.text("'{}'")))
    for name in ("moves_from", "moves_by", "candidate_until"):
        op.add_column("household", sa.Column(name, sa.Date))
    op.add_column("vacancy", sa.Column("reservation", sa.Text))
    op.create_table(
        "landlord_rule",
        sa.Column("organisation", sa.Text, primary_key=True),
        sa.Column("effort_ceiling", sa.Float(53)),
        sa.Column("left_eur_per_day", sa.Float(53)),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
    )
    op.create_table(
        "held_home",
        sa.Column("vacancy", sa.Text, primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("facts", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("forced_at", MOMENT),
        sa.Column("forced_by", sa.Text),
    )
    op.create_index("held_home_until", "held_home", ["until"])
    op.create_table(
        "shortlist",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("vacancy", sa.Text, nullable=False),
        sa.Column("reached", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("placement", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("closed_at", MOMENT),
    )
    op.create_index("shortlist_listing", "shortlist", ["organisation", "id"])
    live = sa.text("closed_at IS NULL")
    op.create_index("shortlist_open", "shortlist", ["organisation", "vacancy"], unique=True, postgresql_where=live)
    op.create_index("shortlist_placement", "shortlist", ["placement"], postgresql_where=live)
    op.create_table(
        "shortlist_candidate",
        sa.Column("shortlist", sa.Text, primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True),
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("offer", sa.Text),
        sa.Column("reasons", TEXTS, nullable=False),
    )
    op.create_index("shortlist_candidate_household", "shortlist_candidate", ["household"])
