"""Declarations of host territories: effective-dated and kept, with the professionals to speak to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "territory_declaration",
        sa.Column("code", sa.String, primary_key=True),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("observed_at", moment, primary_key=True),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("organisation", sa.String, nullable=False),
        sa.Column("commitments", JSONB, nullable=False),
        sa.Column("claims", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
    )
    op.create_index("territory_declaration_claims", "territory_declaration", ["claims"], postgresql_using="gin")
    op.create_table(
        "territory_dates",
        sa.Column("code", sa.String, primary_key=True),
        sa.Column("changes_at", moment, nullable=True, index=True),
    )
    op.create_table(
        "host_contact",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("function", sa.String, nullable=True),
        sa.Column("email", sa.String, nullable=True),
        sa.Column("phone", sa.String, nullable=True),
    )
    # What was declared before is the first declaration of each territory; the clock job gives it the status of its day.
    op.execute(
        """
        INSERT INTO territory_declaration
        SELECT code, (max(observed_at) AT TIME ZONE 'Europe/Paris')::date, max(observed_at), ''::bytea,
            max(state->>'organisation'),
            coalesce(
                jsonb_agg(state - ARRAY['code', 'organisation', 'observed_at'] ORDER BY programme)
                    FILTER (WHERE withdrawn_at IS NULL), '[]'),
            coalesce(array_agg(key) FILTER (WHERE withdrawn_at IS NULL AND length(code) > 3), '{}'), now()
        FROM commitment GROUP BY code
        """
    )
    op.execute("INSERT INTO territory_dates SELECT code, now() FROM territory_declaration")
