"""Schema migrations: Alembic, one history a database, run by `ancrage migrate` as the role that owns the database.

Each history has an `env.py` of two lines that calls `run_environment`. Tables that several services have (outbox,
consumed positions, idempotent answers, business clock) are created by the functions below.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command, context, op
from alembic.config import Config
from sqlalchemy.dialects import postgresql


def upgrade(url: str, folder: Path) -> None:
    """Brings one database to the newest revision of the history in `folder`."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    command.upgrade(config, "head")


def run_environment() -> None:
    """Body of every history's env.py."""
    engine = sa.create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def create_business_clock() -> None:
    """One row: seconds that business time is ahead of technical time."""
    op.create_table(
        "business_clock",
        sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("offset_seconds", sa.BigInteger, nullable=False, server_default="0"),
        sa.CheckConstraint("one", name="business_clock_one_row"),
        sa.CheckConstraint("offset_seconds >= 0", name="business_clock_forward"),
    )
    op.execute("INSERT INTO business_clock DEFAULT VALUES")


def create_outbox() -> None:
    """Outbox and the counter that numbers it; a row is one or up to 500 events of one topic."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("records", sa.LargeBinary, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")
        ),
        sa.CheckConstraint("count BETWEEN 1 AND 500", name="outbox_count"),
    )
    op.create_table(
        "outbox_counter",
        sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("next", sa.BigInteger, nullable=False, server_default="1"),
        sa.CheckConstraint("one", name="outbox_counter_one_row"),
    )
    op.execute("INSERT INTO outbox_counter DEFAULT VALUES")


def create_consumed_positions() -> None:
    """Where each consumer stands on each partition, written in the transaction of the effect."""
    op.create_table(
        "consumed_position",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=False),
    )


def create_idempotency() -> None:
    """Answers given to POST requests that carried an Idempotency-Key. Personal data: erased with its subject."""
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("answer", postgresql.JSONB, nullable=False),
        sa.Column("subject", sa.Text, nullable=True, index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
