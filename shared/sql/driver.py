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
    connection = session if isinstance(session, Connection) else session.connection()
    try:
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        with driver.cursor() as cursor:
            yield cursor
    except psycopg.Error as error:
        raised = DBAPIError.instance("", None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect)
        raise raised from error
