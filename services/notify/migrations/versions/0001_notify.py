"""Endpoints, deliveries and their attempts, live events, score guards, preferences."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT

from shared.sql.migrations import create_business_clock, create_consumed_positions, create_idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "endpoint",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("organisation", sa.String, nullable=False, index=True),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("owner_territories", ARRAY(TEXT), nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("types", ARRAY(TEXT), nullable=False),
        sa.Column("territories", ARRAY(TEXT), nullable=False),
        sa.Column("minimum_score_change", sa.Float, nullable=False),
        sa.Column("description", sa.String, nullable=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("previous_secret", sa.LargeBinary, nullable=True),
        sa.Column("previous_until", moment, nullable=True),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_reason", sa.String, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("delivered_count", sa.BigInteger, nullable=False),
        sa.Column("failed_tries_count", sa.BigInteger, nullable=False),
        sa.Column("consecutive_failures", sa.Integer, nullable=False),
        sa.Column("failing_since", moment, nullable=True),
        sa.Column("last_success_at", moment, nullable=True),
        sa.Column("last_failure_at", moment, nullable=True),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoint.id", ondelete="CASCADE"), nullable=False),
        sa.Column("organisation", sa.String, nullable=False),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("territory", sa.String, nullable=True),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", moment, nullable=True),
        sa.Column("lease", sa.String, nullable=True),
        sa.Column("leased_until", moment, nullable=True),
        sa.Column("last_status", sa.Integer, nullable=True),
        sa.Column("last_error", sa.String, nullable=True),
        sa.Column("last_latency_ms", sa.Integer, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
    )
    op.create_index("delivery_once", "delivery", ["endpoint_id", "event_id"], unique=True)
    op.create_index(
        "delivery_due", "delivery", ["endpoint_id", "next_attempt_at"], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_index("delivery_listing", "delivery", ["organisation", "id"])
    op.create_index("delivery_subject", "delivery", ["subject"])
    op.create_index("delivery_ended", "delivery", ["ended_at"], postgresql_where=sa.text("ended_at IS NOT NULL"))
    op.create_index("delivery_lease", "delivery", ["lease"], postgresql_where=sa.text("lease IS NOT NULL"))
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("delivery_id", sa.Text, sa.ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("error", sa.String, nullable=True),
        sa.Column("latency_ms", sa.Integer, nullable=False),
        sa.Column("excerpt", sa.Text, nullable=True),
    )
    op.create_table(
        "live_event",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=True, index=True),
        sa.Column("territory", sa.String, nullable=True),
        sa.Column("organisation", sa.String, nullable=True),
        sa.Column("landlord", sa.String, nullable=True),
        sa.Column("audience_territory", sa.String, nullable=True),
        sa.Column("all_caseworkers", sa.Boolean, nullable=False),
        sa.Column("everyone", sa.Boolean, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_at", moment, nullable=False, index=True),
    )
    op.create_table(
        "live_counter",
        sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("last", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("epoch", sa.Text, nullable=False, server_default=sa.text("gen_random_uuid()::text")),
        sa.CheckConstraint("one", name="live_counter_one_row"),
    )
    op.execute("INSERT INTO live_counter DEFAULT VALUES")
    op.create_table("forgotten_event", sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False))
    op.create_table("shared_placement", sa.Column("id", sa.String, primary_key=True))
    op.create_table(
        "score_seen",
        sa.Column("code", sa.String, primary_key=True),
        sa.Column("generation", sa.String, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("score", sa.Float, nullable=True),
        sa.Column("score_class", sa.Integer, nullable=True),
        sa.Column("told", JSONB, nullable=False),
    )
    op.create_table(
        "preference",
        sa.Column("actor", sa.String, primary_key=True),
        sa.Column("organisation", sa.String, nullable=False),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
    )
    create_consumed_positions()
    create_idempotency()
    create_business_clock()
