"""What a decision asks of PostgreSQL finds its rows by an index, however many there are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, event

from tests.integration.matching.conftest import Stream, household, placements

ROWS = 3_000
# Tables that grow without end, and what makes another row of one that is there.
GROWING: dict[str, Mapping[str, str]] = {
    "offer": {"id": "off", "zone": "zone", "rome": "rome", "origin": "origin"},
    "vacancy": {"id": "vac", "territory": "territory", "landlord": "org"},
    "household": {"id": "hh"},
    "placement": {"id": "plc", "vacancy": "vac", "household": "hh", "offer": "off", "caseworker": "usr"},
    "placement_event": {"placement": "plc"},
    "reservation": {"placement": "plc", "vacancy": "vac", "household": "hh", "offer": "off"},
    "decision_state": {"key": "key"},
}
Statement = tuple[str, Any]


@contextmanager
def heard(database: Engine) -> Iterator[list[Statement]]:
    """The statements carried out within, with their values."""
    found: list[Statement] = []

    def hear(_: Any, __: Any, statement: str, values: Any, ___: Any, ____: bool) -> None:
        found.append((statement, values))

    event.listen(database, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(database, "before_cursor_execute", hear)


def read_whole(plan: Mapping[str, Any]) -> set[str]:
    """Tables of which a plan reads every row: one after the other, or by an index without asking it for any."""
    whole = plan["Node Type"] in ("Seq Scan", "Index Scan", "Index Only Scan") and "Index Cond" not in plan
    found = {plan["Relation Name"]} if whole else set()
    return found.union(*(read_whole(part) for part in plan.get("Plans", ())))


def fill(connection: Connection) -> None:
    """Many rows beside those that are there, and what PostgreSQL knows of them."""
    for table, names in GROWING.items():
        other = ", ".join(f"'{column}', '{name}_other_' || number" for column, name in names.items())
        connection.exec_driver_sql(
            f"INSERT INTO {table} SELECT made.* FROM (SELECT * FROM {table} LIMIT 1) AS one,"  # noqa: S608 - names above
            f" generate_series(1, {ROWS}) AS number,"
            f" jsonb_populate_record(NULL::{table}, to_jsonb(one) || jsonb_build_object({other})) AS made"
        )
        connection.exec_driver_sql(f"ANALYZE {table}")


def tables_read_whole(connection: Connection, statement: Statement) -> set[str]:
    (explained,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement[0]}", statement[1]).scalar_one()
    return read_whole(explained["Plan"]) & GROWING.keys()


def test_no_statement_of_a_decision_reads_a_table_whole(
    api: TestClient, caseworker: dict[str, str], stream: Stream, database: Engine
) -> None:
    stream.work()
    household(api, caseworker)
    stream.work()
    stream.post()
    with heard(database) as statements:
        stream.post()
        stream.home()
        stream.work()
    assert len(placements(api, caseworker)) == 1
    asked = [one for one in statements if one[0].startswith(("SELECT", "WITH", "UPDATE", "DELETE"))]
    assert len(asked) > 8
    with database.connect() as connection:  # never committed: rows and what is known of them go again
        fill(connection)
        found = {one[0]: tables for one in asked if (tables := tables_read_whole(connection, one))}
    assert found == {}
