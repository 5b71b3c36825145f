"""The driver below SQLAlchemy, for statements on a hot path: COPY, pipelines, rows as plain tuples."""

import threading
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
def heard_of(connection: psycopg.Connection[Any], every_seconds: float) -> Iterator[None]:
    """Lets the server hear of this process while it works without it: one that is frozen falls silent, and the server's
    timeouts end its session or transaction. A connection that breaks meanwhile is told by its next use."""
    done = threading.Event()

    def speak() -> None:
        while not done.wait(every_seconds):
            try:
                connection.execute("SELECT 1")
            except psycopg.Error:
                return

    speaking = threading.Thread(target=speak, name="heard-of", daemon=True)
    speaking.start()
    try:
        yield
    finally:
        done.set()
        speaking.join()


@contextmanager
def transaction_heard_of(session: Session | Connection, every_seconds: float) -> Iterator[None]:
    """`heard_of` for the session's transaction; statements of its own take their turn with those within."""
    with driver_cursor(session) as cursor, heard_of(cursor.connection, every_seconds):
        yield


@contextmanager
def _driver(session: Session | Connection) -> Iterator[psycopg.Connection[Any]]:
    connection = session if isinstance(session, Connection) else session.connection()
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        yield driver
    except psycopg.Error as error:
        raised = DBAPIError.instance("", None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect)
        raise raised from error
