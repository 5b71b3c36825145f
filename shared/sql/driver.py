"""The driver below SQLAlchemy, for statements on a hot path: COPY, pipelines, rows as plain tuples."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session


@contextmanager
def driver_cursor(session: Session | Connection) -> Iterator[psycopg.Cursor[Any]]:
    """A psycopg cursor in the session's transaction.

    Raises what SQLAlchemy raises for the same failure (DataError, OperationalError…), without the values.
    """
    with _driver(session) as driver, driver.cursor() as cursor:
        yield cursor


@contextmanager
def driver_pipeline(session: Session | Connection) -> Iterator[psycopg.Connection[Any]]:
    """The psycopg connection in pipeline mode: statements are sent together, one wait for all. Raises as above."""
    with _driver(session) as driver, driver.pipeline():
        yield driver


@contextmanager
def _driver(session: Session | Connection) -> Iterator[psycopg.Connection[Any]]:
    connection = session if isinstance(session, Connection) else session.connection()
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        yield driver
    except psycopg.Error as error:
        raised = DBAPIError.instance("", None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect)
        raise raised from error
