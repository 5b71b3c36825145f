"""Databases and roles: one of each a service, plus `identity`, which the console owns and the others may only read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from shared.settings import Settings
from shared.sql.migrations import upgrade

ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Database:
    """A database, the role that owns it, its migrations, and the roles that may read it."""

    name: str
    owner: str
    migrations: Path
    readers: tuple[str, ...] = ()


DATABASES: Final = (
    Database("identity", "console", ROOT / "shared/identity/migrations", ("ingest", "scoring", "matching", "notify")),
    Database("ingest", "ingest", ROOT / "services/ingest/migrations"),
    Database("scoring", "scoring", ROOT / "services/scoring/migrations"),
    Database("matching", "matching", ROOT / "services/matching/migrations"),
    Database("notify", "notify", ROOT / "services/notify/migrations"),
)
ROLES: Final = tuple(dict.fromkeys(role for base in DATABASES for role in (base.owner, *base.readers)))


def migrate(settings: Settings) -> list[str]:
    """Makes roles, databases and grants, and brings each schema to its newest revision. Safe to run again.

    Needs a URL whose user may create roles and databases. Returns the databases migrated.
    """
    server = settings.database_server
    with psycopg.connect(server, autocommit=True) as connection:
        for role in ROLES:
            _ensure_role(connection, role, settings.role_password(role))
        for base in DATABASES:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (base.name,)).fetchone()
            if not known:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(base.name), sql.Identifier(base.owner))
                )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(base.name)))
            for role in (base.owner, *base.readers):
                connection.execute(
                    sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                        sql.Identifier(base.name), sql.Identifier(role)
                    )
                )
    for base in DATABASES:
        with psycopg.connect(_on(server, base.name), autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(base.owner)))
            for role in base.readers:
                names = {"owner": sql.Identifier(base.owner), "role": sql.Identifier(role)}
                connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {role}").format(**names))
                connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}").format(**names))
                connection.execute(
                    sql.SQL(
                        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO {role}"
                    ).format(**names)
                )
        upgrade(settings.database(base.name, base.owner), base.migrations)
    return [base.name for base in DATABASES]


def _ensure_role(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), sql.Literal(password))
    )
    # The administrator of a managed server is no superuser: it must be a member to give databases to the role.
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def _on(server: str, database: str) -> str:
    parts = urlsplit(server)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))
