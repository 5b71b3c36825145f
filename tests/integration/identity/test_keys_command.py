"""`ancrage keys` on a real identity database: what it makes opens the APIs, what it revokes no longer does."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from shared.identity import Actor, Role
from shared.identity.bearers import CACHE_SECONDS, BearerReader
from shared.ids import is_id, new_id
from shared.settings import Settings
from tests.integration.identity.conftest import Ancrage


def created(ancrage: Ancrage, role: str, organisation: str, *options: str) -> dict[str, str]:
    result = ancrage("keys", "create", "--role", role, "--organisation", organisation, "--json", *options)
    assert result.exit_code == 0, result.output
    made: dict[str, str] = json.loads(result.stdout)
    return made


def listed(ancrage: Ancrage) -> dict[str, dict[str, Any]]:
    result = ancrage("keys", "list", "--json")
    assert result.exit_code == 0, result.output
    return {item["id"]: item for item in json.loads(result.stdout)["items"]}


@pytest.mark.parametrize("role", sorted(Role))
def test_a_key_opens_as_its_role_in_its_organisation(ancrage: Ancrage, reader: BearerReader, role: Role) -> None:
    name = new_id("organisation")
    options = ("--territory", "241500230", "--territory", "15") if role is Role.TERRITORY else ()
    made = created(ancrage, role, name, *options)
    assert set(made) == {"id", "key"}
    assert is_id(made["id"], "ank")
    actor = reader.actor(made["key"])
    assert actor is not None
    assert (actor.role, actor.organisation_name, actor.id) == (role, name, made["id"])
    assert actor.territories == (frozenset({"241500230", "15"}) if options else frozenset())


def test_without_json_the_key_stands_on_a_line_of_its_own(ancrage: Ancrage, reader: BearerReader) -> None:
    result = ancrage("keys", "create", "--role", "feed", "--organisation", new_id("organisation"))
    identifier, key = result.stdout.splitlines()
    assert key.startswith(f"{identifier}.")
    assert reader.actor(key) is not None


def test_the_secret_of_a_key_is_nowhere_in_the_database(ancrage: Ancrage, console: Engine) -> None:
    made = created(ancrage, "landlord", new_id("organisation"))
    with console.connect() as connection:
        row = connection.execute(text("SELECT * FROM bearer WHERE id = :id"), {"id": made["id"]}).one()
    secret = made["key"].partition(".")[2]
    assert secret not in str(row)
    assert len(row.digest) == 32
    assert secret.encode() not in row.digest


def test_an_organisation_is_made_once_and_then_known_by_its_name(ancrage: Ancrage, reader: BearerReader) -> None:
    name = new_id("organisation")
    actors = [reader.actor(created(ancrage, role, name)["key"]) for role in ("landlord", "caseworker")]
    assert len({actor.organisation for actor in actors if actor}) == 1


def test_a_list_says_all_but_the_text_of_a_key(ancrage: Ancrage) -> None:
    name = new_id("organisation")
    made = created(ancrage, "landlord", name, "--label", "nightly export", "--days", "30")
    item = listed(ancrage)[made["id"]]
    assert (item["organisation"], item["role"], item["label"]) == (name, "landlord", "nightly export")
    assert (item["revoked_at"], item["territories"]) == (None, [])
    assert item["expires_at"] > item["created_at"]
    shown = ancrage("keys", "list").stdout
    assert made["id"] in shown
    assert made["key"].partition(".")[2] not in shown + json.dumps(item)


def test_a_territory_key_without_a_territory_is_refused(ancrage: Ancrage) -> None:
    result = ancrage("keys", "create", "--role", "territory", "--organisation", new_id("organisation"))
    assert result.exit_code == 2
    assert "--territory" in result.output


def test_an_unknown_role_is_refused_with_the_known_ones(ancrage: Ancrage) -> None:
    result = ancrage("keys", "create", "--role", "admin", "--organisation", "x")
    assert result.exit_code == 2
    assert "caseworker" in result.output


def test_a_revoked_key_opens_nothing_for_who_asks_first_and_stays_listed(
    ancrage: Ancrage, reader: BearerReader
) -> None:
    made = created(ancrage, "landlord", new_id("organisation"))
    assert ancrage("keys", "revoke", made["id"]).exit_code == 0
    assert reader.actor(made["key"]) is None
    assert listed(ancrage)[made["id"]]["revoked_at"] is not None


@pytest.mark.parametrize("known", [True, False])
def test_a_key_is_revoked_once(ancrage: Ancrage, known: bool) -> None:
    identifier = created(ancrage, "feed", new_id("organisation"))["id"] if known else new_id("ank")
    if known:
        assert ancrage("keys", "revoke", identifier).exit_code == 0
    result = ancrage("keys", "revoke", identifier)
    assert result.exit_code == 1
    assert "inconnue ou déjà révoquée" in result.output


def test_a_revoked_key_works_at_most_for_the_time_that_answers_are_remembered(
    ancrage: Ancrage, migrated: Settings, seen_by_ingest: Engine
) -> None:
    assert CACHE_SECONDS <= 30  # what the architecture promises
    now = 1000.0
    reader = BearerReader(seen_by_ingest, migrated, monotonic=lambda: now)
    made = created(ancrage, "landlord", new_id("organisation"))
    assert reader.actor(made["key"]) is not None
    ancrage("keys", "revoke", made["id"])
    now += CACHE_SECONDS
    assert reader.actor(made["key"]) is not None
    now += 0.001
    assert reader.actor(made["key"]) is None


def test_an_expired_key_opens_nothing_though_it_is_remembered(
    ancrage: Ancrage, reader: BearerReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.clock import utc_now

    made = created(ancrage, "landlord", new_id("organisation"), "--days", "1")
    assert reader.actor(made["key"]) is not None
    monkeypatch.setattr("shared.identity.bearers.utc_now", lambda: utc_now() + timedelta(days=1))
    assert reader.actor(made["key"]) is None


def test_only_the_whole_key_opens(ancrage: Ancrage, reader: BearerReader) -> None:
    one, other = (created(ancrage, "landlord", new_id("organisation")) for _ in range(2))
    secret = one["key"].partition(".")[2]
    for text_of_a_bearer in (
        one["id"],
        f"{one['id']}.",
        f"{one['key']}x",
        one["key"][:-1],
        f"{other['id']}.{secret}",
        f"{one['id']}.é",
        f"{one['id']}.{'x' * 300}",
        "' OR 1=1 --.x",
    ):
        assert reader.actor(text_of_a_bearer) is None, text_of_a_bearer
    assert isinstance(reader.actor(one["key"]), Actor)


def test_new_secret_keys_keep_the_bearers_made_with_a_key_that_is_still_listed(
    ancrage: Ancrage, migrated: Settings, seen_by_ingest: Engine
) -> None:
    assert migrated.secret_keys is not None
    old, new = migrated.secret_keys.get_secret_value(), "a-new-key-of-more-than-sixteen-characters"
    made = created(ancrage, "landlord", new_id("organisation"))

    def opened(keys: str) -> Actor | None:
        return BearerReader(seen_by_ingest, Settings(secret_keys=keys)).actor(made["key"])

    assert opened(f"{new},{old}") is not None
    assert opened(new) is None


def test_without_a_database_the_command_says_what_to_do(ancrage: Ancrage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCRAGE_DATABASE_URL", "postgresql://postgres@127.0.0.1:1/postgres")
    result = ancrage("keys", "list")
    assert result.exit_code == 2
    assert "ancrage up" in result.output
    assert "Traceback" not in result.output


def test_without_secrets_the_command_says_what_to_do(
    ancrage: Ancrage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ANCRAGE_SECRET_KEYS")
    monkeypatch.setenv("ANCRAGE_HOME", str(tmp_path))
    result = ancrage("keys", "list")
    assert result.exit_code == 2
    assert "ANCRAGE_SECRET_KEYS" in result.output
