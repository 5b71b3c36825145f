"""Settings: defaults that fit the embedded platform, keys, derived passwords, database URLs."""

import string
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url

from shared.processes import PROCESSES, Process
from shared.settings import Settings, default_home

OLD, NEW = "old-key-of-sixteen-characters", "new-key-of-sixteen-characters"


@pytest.fixture(autouse=True)
def _no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ANCRAGE_{name.upper()}", raising=False)


def with_keys(*keys: str, **others: object) -> Settings:
    return Settings(secret_keys=SecretStr(",".join(keys)), **others)  # type: ignore[arg-type]


def test_the_defaults_name_the_embedded_servers() -> None:
    settings = Settings(port_base=21000)
    assert settings.kafka_bootstrap == "127.0.0.1:21092"
    assert settings.redis == "redis://127.0.0.1:21079/0"
    assert settings.database_server == "postgresql://postgres@127.0.0.1:21032/postgres"
    assert settings.url("ingest") == "http://127.0.0.1:21001"
    assert settings.url("console") == "http://127.0.0.1:21000"


def test_what_is_given_replaces_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCRAGE_KAFKA", "one:9092,two:9092")
    monkeypatch.setenv("ANCRAGE_INGEST_URL", "https://ingest.example.org/base/")
    settings = Settings()
    assert settings.kafka_bootstrap == "one:9092,two:9092"
    assert settings.url("ingest") == "https://ingest.example.org/base"


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_every_process_has_its_port_and_a_second_copy_another(process: Process) -> None:
    assert Settings(port_base=21000).port(process.name) == 21000 + process.port_offset
    assert Settings(port_base=21000, health_port=29999).port(process.name) == 29999


@pytest.mark.parametrize("port", [0, 80, 65001])
def test_a_port_base_that_no_port_fits_is_refused(port: int) -> None:
    with pytest.raises(ValidationError, match="port_base"):
        Settings(port_base=port)


def test_the_home_follows_the_desktop_standard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_home() == tmp_path / "ancrage"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_home() == tmp_path / ".local/share/ancrage"


def test_the_cache_is_in_the_home_unless_shared(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).cache_folder == tmp_path / "cache"
    assert Settings(home=tmp_path, cache=tmp_path / "elsewhere").cache_folder == tmp_path / "elsewhere"


def test_keys_come_from_the_variable_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "secret.keys").write_text(f"{OLD}\n", encoding="ascii")
    assert Settings(home=tmp_path).keys == (OLD.encode(),)
    assert with_keys(NEW, OLD, home=tmp_path).keys == (NEW.encode(), OLD.encode())


def test_a_file_of_keys_has_one_a_line_or_commas(tmp_path: Path) -> None:
    (tmp_path / "secret.keys").write_text(f"{NEW}\n {OLD} ,\n\n", encoding="ascii")
    assert Settings(home=tmp_path).keys == (NEW.encode(), OLD.encode())


def test_without_keys_the_error_says_how_to_have_some(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"ANCRAGE_SECRET_KEYS.*ancrage up"):
        _ = Settings(home=tmp_path).keys


@pytest.mark.parametrize("keys", [",", "short", f"{NEW},short"])
def test_keys_that_are_easily_guessed_are_refused_without_being_repeated(keys: str) -> None:
    with pytest.raises(RuntimeError, match="16 characters") as told:
        _ = with_keys(keys).keys
    assert "short" not in str(told.value)


def test_secrets_are_not_in_the_text_of_the_settings() -> None:
    assert NEW not in repr(with_keys(NEW))
    assert NEW not in str(with_keys(NEW).model_dump())


def test_derived_keys_differ_by_purpose_and_by_key() -> None:
    settings = with_keys(NEW, OLD)
    derived = {settings.derived_key(purpose, key) for purpose in ("bearer", "webhook") for key in settings.keys}
    assert len(derived) == 4
    assert all(len(key) == 32 for key in derived)
    assert settings.derived_key("bearer") == settings.derived_key("bearer", NEW.encode())
    assert settings.derived_key("bearer", OLD.encode()) == with_keys(OLD).derived_key("bearer")


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=16, max_size=64))
def test_a_role_password_says_nothing_of_the_key_and_passes_a_url_unchanged(key: str) -> None:
    settings = with_keys(key, database_url="postgresql://admin:secret@db.example.org:6432/postgres")
    password = settings.role_password("ingest")
    assert key not in password
    assert password != settings.role_password("matching")
    url = make_url(settings.database("identity", "ingest"))
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "ingest",
        password,
        "db.example.org",
        6432,
        "identity",
    )


def test_a_service_never_presents_the_administrators_credentials() -> None:
    settings = with_keys(NEW, database_url="postgresql://admin:topsecret@db.example.org/postgres")
    for role in ("console", "ingest", "matching", "notify", "scoring"):
        parts = urlsplit(settings.database(role, role))
        assert parts.username == role
        assert "topsecret" not in unquote(parts.geturl())


def test_the_options_and_the_host_of_the_server_stay() -> None:
    url = make_url(with_keys(NEW, database_url="postgresql://a@[::1]:5555/postgres?sslmode=require").database("x", "y"))
    assert (url.host, url.port, url.query["sslmode"]) == ("::1", 5555, "require")


def test_settings_do_not_change_after_the_start() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(with_keys(NEW), "port_base", 9000)  # noqa: B010 - mypy refuses the plain assignment too
