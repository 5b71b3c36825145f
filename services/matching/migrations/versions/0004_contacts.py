"""How households are reached, sealed; references of answer links that are sent."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "household_contact",
        sa.Column("household", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("answer_link", sa.Column("reference", sa.Text, nullable=True))
    op.create_index("answer_link_reference", "answer_link", ["reference"], unique=True)
