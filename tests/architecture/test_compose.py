"""docker-compose.yml runs every process of the table, with its command and port, and nothing else of ours."""

from pathlib import Path

import yaml

from services.ingest.settings import IngestSettings
from shared.processes import PROCESSES

COMPOSE = yaml.safe_load((Path(__file__).resolve().parents[2] / "docker-compose.yml").read_text(encoding="utf-8"))


def test_every_process_has_its_container() -> None:
    for process in PROCESSES:
        service = COMPOSE["services"][process.name.replace(".", "-")]
        assert service["command"] == list(process.command[1:]), process.name
        assert str(8000 + process.port_offset) in str(service["healthcheck"]["test"])


def test_nothing_runs_that_is_not_in_the_table() -> None:
    others = set(COMPOSE["services"]) - {process.name.replace(".", "-") for process in PROCESSES}
    assert others == {"kafka", "redis", "postgres", "topics", "migrate", "check"}


def test_ports_are_published_on_loopback_only() -> None:
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_services_get_no_database_password() -> None:
    for process in PROCESSES:
        url = COMPOSE["services"][process.name.replace(".", "-")]["environment"]["ANCRAGE_DATABASE_URL"]
        assert "@" not in url


def test_the_puller_is_told_where_and_what_to_pull_and_defaults_are_not_overwritten_by_nothing() -> None:
    passed = {
        name.removeprefix("ANCRAGE_").lower(): value
        for name, value in COMPOSE["services"]["ingest-puller"]["environment"].items()
        if name.startswith("ANCRAGE_FRANCE_TRAVAIL_")
    }
    fields = IngestSettings.model_fields
    assert passed.keys() <= fields.keys()
    assert {f"france_travail_{name}" for name in ("departements", "url", "token_url", "scope")} <= passed.keys()
    # `${NAME:-}` gives an empty text where NAME is not set; a name without a value gives nothing.
    assert [name for name, value in passed.items() if value is not None and fields[name].default is not None] == []
