"""Organisations, people and bearers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

revision = "0001"
down_revision = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "organisation",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("created_at", moment, nullable=False),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("organisation_id", sa.String, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("login", sa.String, nullable=False, unique=True),
        sa.Column("display_name", sa.String, nullable=False),
        sa.Column("password", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("territories", ARRAY(TEXT), nullable=False),
        sa.Column("disabled_at", moment, nullable=True),
        sa.Column("created_at", moment, nullable=False),
    )
    op.create_table(
        "bearer",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("organisation_id", sa.String, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("person_id", sa.String, sa.ForeignKey("person.id"), nullable=True, index=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("territories", ARRAY(TEXT), nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=True),
        sa.Column("revoked_at", moment, nullable=True),
    )
