"""Households, mirrors, placements, reservations, the engine's tables and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.sql.migrations import (
    create_business_clock,
    create_consumed_positions,
    create_idempotency,
    create_outbox,
)

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
TEXTS = sa.ARRAY(sa.Text)
REAL = sa.Float(53)


def upgrade() -> None:
    _household()
    _mirrors()
    _placement()
    _reservation()
    _engine()
    create_outbox()
    create_consumed_positions()
    create_idempotency()
    create_business_clock()


def _household() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("caseworker", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("adults", sa.Integer),
        sa.Column("rome", TEXTS, nullable=False),
        sa.Column("territories", TEXTS, nullable=False),
        sa.Column("excluded", TEXTS, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("income_eur_per_month", REAL),
        sa.Column("driving_licence", sa.Boolean),
        sa.Column("accessible_needed", sa.Boolean),
        sa.Column("max_commute_minutes", sa.Integer),
        sa.Column("priorities", TEXTS, nullable=False),
        sa.Column("waiting_since", sa.Date, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_index("household_listing", "household", ["organisation", "id"])
    op.create_index("household_live", "household", ["id"], postgresql_where=sa.text("status = 'live'"))
    op.create_table(
        "ban",
        sa.Column("household", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
    )


def _mirrors() -> None:
    op.create_table(
        "vacancy",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("landlord", sa.Text, nullable=False),
        sa.Column("commune", sa.Text, nullable=False),
        sa.Column("territory", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("typology", sa.Text, nullable=False),
        sa.Column("surface_m2", REAL, nullable=False),
        sa.Column("rent_eur_per_month", REAL, nullable=False),
        sa.Column("charges_eur_per_month", REAL),
        sa.Column("available_from", sa.Date, nullable=False),
        sa.Column("available_until", sa.Date),
        sa.Column("accessible", sa.Boolean),
        sa.Column("floor", sa.Integer),
        sa.Column("lift", sa.Boolean),
    )
    op.create_index("vacancy_territory", "vacancy", ["territory"], postgresql_where=sa.text("status = 'open'"))
    op.create_table(
        "offer",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("commune", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("rome", sa.Text, nullable=False),
        sa.Column("contract", sa.Text, nullable=False),
        sa.Column("duration_months", REAL),
        sa.Column("openings", sa.Integer),
        sa.Column("leads", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("wage_eur_per_month", REAL),
        sa.Column("part_time", sa.Boolean),
        sa.Column("licence_required", sa.Boolean),
        sa.Column("expires_at", sa.Date),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.CheckConstraint("leads >= 0", name="offer_leads"),
    )
    op.create_index("offer_place", "offer", ["zone", "rome"], postgresql_where=sa.text("status = 'open'"))
    op.create_table(
        "commitment",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("capacity_households", sa.Integer),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_until", sa.Date),
    )


def _placement() -> None:
    op.create_table(
        "placement",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("household", sa.Text),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("caseworker", sa.Text, nullable=False),
        sa.Column("vacancy", sa.Text, nullable=False),
        sa.Column("offer", sa.Text),
        sa.Column("typology", sa.Text, nullable=False),
        sa.Column("territory", sa.Text, nullable=False),
        sa.Column("landlord", sa.Text, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("programme_version", sa.Integer, nullable=False),
        sa.Column("commitment", sa.Text),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("verifying_for", sa.Text),
        sa.Column("verify_at", MOMENT),
        sa.Column("verify_attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("due_at", MOMENT),
        sa.Column("deadline_rule", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("refusal", sa.Text),
        sa.Column("option", JSONB, nullable=False),
        sa.Column("tick", sa.BigInteger),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
    )
    for name, columns in (
        ("placement_organisation", ["organisation", "id"]),
        ("placement_landlord", ["landlord", "id"]),
        ("placement_territory", ["territory", "id"]),
        ("placement_household", ["household"]),
        ("placement_vacancy", ["vacancy"]),
        ("placement_offer", ["offer"]),
    ):
        op.create_index(name, "placement", columns)
    op.create_index(
        "placement_due", "placement", ["due_at"], postgresql_where=sa.text("step IN ('proposed', 'approved')")
    )
    op.create_index("placement_verifying", "placement", ["verify_at"], postgresql_where=sa.text("step = 'verifying'"))
    op.create_table(
        "placement_event",
        sa.Column("placement", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("at", MOMENT, nullable=False),
    )


def _reservation() -> None:
    op.create_table(
        "reservation",
        sa.Column("placement", sa.Text, primary_key=True),
        sa.Column("vacancy", sa.Text, nullable=False),
        sa.Column("household", sa.Text),
        sa.Column("offer", sa.Text),
        sa.Column("hold_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("released_at", MOMENT),
    )
    for column in ("vacancy", "household"):
        op.create_index(
            f"reservation_{column}",
            "reservation",
            [column],
            unique=True,
            postgresql_where=sa.text("released_at IS NULL"),
        )
    op.create_table(
        "answer_link",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("placement", sa.Text, nullable=False),
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("answered_at", MOMENT),
    )
    op.create_index("answer_link_placement", "answer_link", ["placement"])
    op.create_index("answer_link_household", "answer_link", ["household"])


def _engine() -> None:
    op.create_table(
        "engine_change",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.text("clock_timestamp()")),
    )
    op.create_table(
        "engine_journal",
        sa.Column("tick", sa.BigInteger, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger),
        sa.Column("price_version", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("engine_journal_key", "engine_journal", ["kind", "key"])
    op.create_index("engine_journal_at", "engine_journal", ["at"])
    op.create_table(
        "engine",
        sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("epoch", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("tick", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.CheckConstraint("one", name="engine_one_row"),
    )
    op.execute("INSERT INTO engine DEFAULT VALUES")
