"""Alembic environment."""

from shared.sql.migrations import run_environment

run_environment()
