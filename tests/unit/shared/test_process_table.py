"""The table of processes: names, ports, commands, order of start."""

from graphlib import TopologicalSorter

import pytest

from shared.processes import (
    BY_NAME,
    DEMO_RECEIVER_OFFSET,
    KAFKA_CONTROLLER_OFFSET,
    KAFKA_OFFSET,
    POSTGRES_OFFSET,
    PROCESSES,
    REDIS_OFFSET,
    SERVICES,
)


def test_a_process_is_named_by_service_and_role_and_runs_the_services_main() -> None:
    process = BY_NAME["scoring.packer"]
    assert (process.service, process.role) == ("scoring", "packer")
    assert process.command == ("-m", "services.scoring.main", "packer")


def test_no_two_processes_or_servers_want_the_same_port() -> None:
    offsets = [process.port_offset for process in PROCESSES]
    offsets += [KAFKA_OFFSET, KAFKA_CONTROLLER_OFFSET, POSTGRES_OFFSET, REDIS_OFFSET, DEMO_RECEIVER_OFFSET]
    assert len(set(offsets)) == len(offsets)
    assert max(offsets) < 100  # platforms on port bases a hundred apart do not meet


def test_the_order_of_start_has_no_circle() -> None:
    list(TopologicalSorter({process.name: process.after for process in PROCESSES}).static_order())


@pytest.mark.parametrize(
    ("service", "offset"), [("ingest", 1), ("scoring", 2), ("matching", 3), ("notify", 4), ("console", 0)]
)
def test_the_http_services_stand_where_the_readme_says(service: str, offset: int) -> None:
    role = "web" if service == "console" else "api"
    assert BY_NAME[f"{service}.{role}"].port_offset == offset
    assert service in SERVICES


def test_a_service_that_keeps_an_outbox_has_a_relay() -> None:
    assert {"ingest.relay", "matching.relay"} <= set(BY_NAME)
