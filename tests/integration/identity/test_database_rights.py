"""Who may do what in PostgreSQL itself: each service its own database, the identity database read only."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from deploy.databases import DATABASES, ROLES, migrate
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine

READERS = next(base.readers for base in DATABASES if base.name == "identity")
ALLOWED = {(role, base.name) for base in DATABASES for role in (base.owner, *base.readers)}
FOREIGN = sorted({(role, base.name) for role in ROLES for base in DATABASES} - ALLOWED)


@contextmanager
def connected(settings: Settings, role: str, database: str) -> Iterator[Connection]:
    engine = service_engine(settings, role, database=database, pool=1)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def revision(settings: Settings, role: str, database: str) -> str:
    with connected(settings, role, database) as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("table", ["organisation", "person", "bearer"])
def test_a_service_reads_the_identity_database_and_writes_nothing_in_it(
    migrated: Settings, role: str, table: str
) -> None:
    with connected(migrated, role, "identity") as connection:
        connection.execute(text("TABLE " + table))
        for statement in (
            "DELETE FROM {}",
            "UPDATE {} SET created_at = created_at",
            "INSERT INTO {0} SELECT * FROM {0}",
            "TRUNCATE {} CASCADE",
            "DROP TABLE {} CASCADE",
        ):
            with pytest.raises(ProgrammingError) as refused:
                connection.execute(text(statement.format(table)))
            assert isinstance(refused.value.orig, InsufficientPrivilege), statement
            connection.rollback()


@pytest.mark.parametrize("role", READERS)
def test_a_service_makes_no_table_in_the_identity_database(migrated: Settings, role: str) -> None:
    with (
        connected(migrated, role, "identity") as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(text("CREATE TABLE public.mine (x int)"))


@pytest.mark.parametrize(("role", "database"), FOREIGN)
def test_a_service_does_not_even_connect_to_the_database_of_another(
    migrated: Settings, role: str, database: str
) -> None:
    with pytest.raises(OperationalError, match="permission denied for database"), connected(migrated, role, database):
        pass


@pytest.mark.parametrize("role", ROLES)
def test_no_service_is_an_administrator(migrated: Settings, role: str) -> None:
    database = next(name for own, name in sorted(ALLOWED) if own == role)
    with connected(migrated, role, database) as connection:
        row = connection.execute(
            text("SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        ).one()
        assert tuple(row) == (False, False, False, False)


def test_the_owner_of_the_identity_database_writes_it(migrated: Settings) -> None:
    with connected(migrated, "console", "identity") as connection:
        connection.execute(text("INSERT INTO organisation VALUES (:id, :id, now())"), {"id": new_id("org")})
        connection.rollback()


def test_a_role_without_its_password_stays_outside(migrated: Settings) -> None:
    stranger = Settings(database_url=migrated.database_server, secret_keys="another-key-of-sixteen-characters")
    with (
        pytest.raises(OperationalError, match="password authentication failed"),
        connected(stranger, "ingest", "ingest"),
    ):
        pass


def test_migrating_again_changes_nothing_and_keeps_the_data(migrated: Settings) -> None:
    organisation = new_id("org")
    with connected(migrated, "console", "identity") as connection:
        connection.execute(text("INSERT INTO organisation VALUES (:id, :id, now())"), {"id": organisation})
        connection.commit()
    before = {base.name: revision(migrated, base.owner, base.name) for base in DATABASES}
    assert migrate(migrated) == [base.name for base in DATABASES]
    assert {base.name: revision(migrated, base.owner, base.name) for base in DATABASES} == before
    with connected(migrated, "ingest", "identity") as connection:
        kept = text("SELECT count(*) FROM organisation WHERE id = :id")
        assert connection.execute(kept, {"id": organisation}).scalar_one() == 1


def test_a_table_made_before_a_role_could_read_is_readable_after_migrating_again(
    migrated: Settings,
) -> None:
    with connected(migrated, "console", "identity") as connection:
        connection.execute(text("REVOKE SELECT ON organisation FROM notify"))
        connection.commit()
    migrate(migrated)
    with connected(migrated, "notify", "identity") as connection:
        connection.execute(text("SELECT count(*) FROM organisation"))


def test_new_secret_keys_change_the_roles_passwords_at_the_next_migration(migrated: Settings) -> None:
    assert migrated.secret_keys is not None
    old = migrated.secret_keys.get_secret_value()
    rotated = Settings(
        database_url=migrated.database_server,
        secret_keys=f"a-new-key-of-more-than-sixteen-characters,{old}",
    )
    try:
        migrate(rotated)
        assert revision(rotated, "ingest", "ingest")
        with pytest.raises(OperationalError, match="password authentication failed"):
            revision(migrated, "ingest", "ingest")
    finally:
        migrate(migrated)
    assert revision(migrated, "ingest", "ingest")
