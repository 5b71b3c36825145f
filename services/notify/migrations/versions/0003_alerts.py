"""Alerts of people, the placements that they watch, tuning; defaults of organisations; the platform's own channels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "alert",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("placement", sa.Text, nullable=False),
        sa.Column("territory", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("deadline", moment, nullable=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("send_at", moment, nullable=True),
        sa.Column("delivery", sa.Text, nullable=True),
        sa.Column("not_useful", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("told_at", moment, nullable=True),
    )
    op.create_index("alert_once", "alert", ["person", "event_id", "kind"], unique=True)
    op.create_index("alert_new", "alert", ["id"], postgresql_where=sa.text("state = 'new'"))
    op.create_index("alert_due", "alert", ["send_at"], postgresql_where=sa.text("state IN ('immediate', 'digest')"))
    op.create_index("alert_listing", "alert", ["recipient", "id"])
    op.create_index("alert_placement", "alert", ["placement"])
    op.create_table(
        "watched_placement",
        sa.Column("placement", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("territory", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("deadline", moment, nullable=True),
        sa.Column("alert_at", moment, nullable=True),
    )
    op.create_index("watched_due", "watched_placement", ["alert_at"], postgresql_where=sa.text("alert_at IS NOT NULL"))
    op.create_table(
        "alert_day",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("events", sa.Integer, nullable=False, server_default="0"),
        sa.Column("interruptions", sa.Integer, nullable=False, server_default="0"),
        sa.Column("digests", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "alert_tuning",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("marks", sa.Integer, nullable=False),
        sa.Column("until", moment, nullable=False),
    )
    op.create_table(
        "organisation_preference",
        sa.Column("organisation", sa.Text, primary_key=True),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
    )
    # Mail and text messages leave by one server each, whoever they are for: one lane, one circuit, one rate limit.
    for channel in ("email", "sms"):
        op.get_bind().execute(
            sa.text(
                "INSERT INTO endpoint (id, organisation, owner, role, owner_territories, channel, recipient, url, types,"
                " territories, landlords, caseworkers, programmes, minimum_score_change, secret, header_names, enabled,"
                " disabled_reason, created_at, updated_at, delivered_count, failed_tries_count, consecutive_failures)"
                " VALUES (:id, 'org_ancrage', 'platform', 'operator', '{}', :channel, '', '', '{}', '{}', '{}', '{}',"
                " '{}', 0, '', '{}', false, 'not_configured', now(), now(), 0, 0, 0)"
            ),
            {"id": f"platform_{channel}", "channel": channel},
        )
