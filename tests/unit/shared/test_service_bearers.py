"""Bearers that services sign for each other: genuine, ten minutes, never more than an operator's rights."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import create_engine

from shared.clock import utc_now
from shared.identity import Action, Resource, Role, scope_of
from shared.identity.bearers import BearerReader
from shared.identity.service_bearers import LIFE, SERVICE_PREFIX, read_service_bearer, service_bearer
from shared.settings import Settings

OLD, NEW = "old-key-of-sixteen-characters", "new-key-of-sixteen-characters"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def with_keys(*keys: str) -> Settings:
    return Settings(secret_keys=SecretStr(",".join(keys)))


def service_keys(settings: Settings) -> list[bytes]:
    return [settings.derived_key("service-bearer", key) for key in settings.keys]


def reader(*keys: str) -> BearerReader:
    """Service bearers are read without the database: this one does not answer."""
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})
    return BearerReader(nowhere, with_keys(*keys))


def test_a_service_is_known_by_its_bearer_for_ten_minutes() -> None:
    actor, expires_at = read_service_bearer(
        service_bearer(with_keys(NEW), "matching", now=NOW), service_keys(with_keys(NEW))
    )
    assert actor is not None
    assert actor.bearer.startswith(f"{SERVICE_PREFIX}matching.")
    assert expires_at == NOW + LIFE == NOW + timedelta(minutes=10)


def test_a_service_reads_as_an_operator_and_never_a_household() -> None:
    actor = reader(NEW).actor(service_bearer(with_keys(NEW), "matching"))
    assert actor is not None
    assert actor.role is Role.OPERATOR
    assert scope_of(actor.role, Resource.HOUSEHOLD, Action.READ) is None


def test_an_expired_bearer_opens_nothing() -> None:
    text = service_bearer(with_keys(NEW), "matching", now=utc_now() - LIFE - timedelta(seconds=1))
    assert reader(NEW).actor(text) is None


def test_a_bearer_remembered_from_before_its_expiry_opens_nothing_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = reader(NEW)
    text = service_bearer(with_keys(NEW), "matching")
    assert known.actor(text) is not None
    monkeypatch.setattr("shared.identity.bearers.utc_now", lambda: utc_now() + LIFE)
    assert known.actor(text) is None


def test_a_new_key_keeps_the_bearers_of_the_old_one_while_it_is_listed() -> None:
    text = service_bearer(with_keys(OLD), "matching")
    assert reader(NEW, OLD).actor(text) is not None
    assert reader(NEW).actor(text) is None
    assert reader(OLD).actor(service_bearer(with_keys(NEW, OLD), "matching")) is None  # signed by the first


GENUINE = service_bearer(with_keys(NEW), "matching")


@pytest.mark.parametrize(
    "forged",
    [
        GENUINE.replace("matching", "console"),
        GENUINE[:-2] + ("AA" if GENUINE[-2] != "A" else "BA"),
        GENUINE.rpartition(".")[0] + ".",
        GENUINE.rpartition(".")[0],
        GENUINE + "é",
        GENUINE + "=",
        SERVICE_PREFIX,
        f"{SERVICE_PREFIX}matching.99999999999.é",
        f"{SERVICE_PREFIX}matching.{'9' * 400}.x",
    ],
    ids=(
        "other-service",
        "other-signature",
        "empty-signature",
        "no-signature",
        "letter-more",
        "padding-more",
        "prefix-alone",
        "letter-beyond-ascii",
        "endless-date",
    ),
)
def test_a_bearer_that_was_altered_opens_nothing(forged: str) -> None:
    assert reader(NEW).actor(GENUINE) is not None
    assert reader(NEW).actor(forged) is None


def test_a_later_expiry_needs_a_new_signature() -> None:
    text = service_bearer(with_keys(NEW), "matching", now=NOW)
    expiry = text.split(".")[1]
    assert read_service_bearer(text.replace(expiry, str(int(expiry) + 3600)), service_keys(with_keys(NEW)))[0] is None


def test_a_bearer_without_a_service_is_nobody() -> None:
    assert reader(NEW).actor(service_bearer(with_keys(NEW), "")) is None


@given(st.text(max_size=80))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert read_service_bearer(SERVICE_PREFIX + text, [b"k" * 32]) == (None, None)
