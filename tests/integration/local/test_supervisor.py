"""The supervisor with small processes of our own in the place of the services; only Redis as a server."""

import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deploy.local.errors import StartFailed
from deploy.local.home import recorded
from deploy.local.ports import is_free
from deploy.local.states import Event, State
from deploy.local.supervisor import CHECKOUT, OneShot, Platform
from shared.processes import REDIS_OFFSET, Process
from shared.settings import Settings
from tests.patience import PATIENCE_SECONDS, until
from tests.servers import free_port_base

SAMPLE = str(Path(__file__).with_name("sample_process.py"))


@dataclass(frozen=True)
class Sample(Process):
    arguments: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        return self.arguments


def sample(base: int, name: str, offset: int, *manner: str, after: tuple[str, ...] = ()) -> Sample:
    return Sample(name, offset, "sample", after, (SAMPLE, str(base + offset), *manner))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        cache=Settings().cache_folder,
        port_base=free_port_base(),
        kafka="127.0.0.1:1",
        database_url="postgresql://postgres:secret@127.0.0.1:1/postgres",
        secret_keys=secrets.token_hex(),
    )


def test_processes_start_after_the_one_shots_and_after_those_they_name(settings: Settings) -> None:
    events: list[Event] = []
    one_shot = OneShot("prepare", ("-c", "pass"), needs="redis")
    first, second = (
        sample(settings.port_base, "one.api", 1),
        sample(settings.port_base, "two.api", 2, after=("one.api",)),
    )
    with Platform(settings, processes=(second, first), one_shots=(one_shot,), on_event=events.append) as platform:
        assert platform.states() == {"redis": State.READY, "one.api": State.READY, "two.api": State.READY}
        assert {one.name: one.pid for one in recorded(settings.home)} == platform.pids()
    order = [(event.name, event.state) for event in events]
    assert (
        order.index(("redis", State.READY))
        < order.index(("prepare", State.DONE))
        < order.index(("one.api", State.READY))
        < order.index(("two.api", State.STARTING))
    )
    # Processes stop before the server they use.
    assert order.index(("two.api", State.STOPPED)) < order.index(("redis", State.STOPPING))
    assert recorded(settings.home) == ()


def test_a_killed_process_comes_back_and_its_restarts_are_counted(settings: Settings) -> None:
    events: list[Event] = []
    process = sample(settings.port_base, "one.api", 1)
    with Platform(settings, processes=(process,), servers=(), one_shots=(), on_event=events.append) as platform:
        before = platform.pids()["one.api"]
        platform.kill("one.api")
        platform.wait_ready("one.api")
        assert platform.pids()["one.api"] != before
        assert [one.restarts for one in recorded(settings.home)] == [1]
    assert any("SIGKILL" in event.detail for event in events if event.state is State.CRASHED)


def test_services_never_see_the_superuser_and_the_migration_does(settings: Settings) -> None:
    told = "import os, sys; sys.exit(os.environ['ANCRAGE_DATABASE_URL'] != 'postgresql://postgres:secret@127.0.0.1:1/postgres')"
    one_shot = OneShot("migrate", ("-c", told), needs="postgres", as_superuser=True)
    process = sample(settings.port_base, "one.api", 1)
    with Platform(settings, processes=(process,), servers=(), one_shots=(one_shot,)):
        pass
    log = (settings.home / "logs" / "one.api.log").read_text(encoding="utf-8")
    assert "database: postgresql://127.0.0.1:1/postgres" in log
    assert "'ANCRAGE_HOME'" in log


def test_a_one_shot_that_fails_stops_the_start_and_shows_what_it_printed(settings: Settings) -> None:
    one_shot = OneShot("migrate", ("-c", "print('the reason'); raise SystemExit(1)"), needs="postgres")
    process = sample(settings.port_base, "one.api", 1)
    with pytest.raises(StartFailed, match="the reason"):
        Platform(settings, processes=(process,), servers=("redis",), one_shots=(one_shot,)).start()
    assert is_free(settings.port_base + REDIS_OFFSET)
    assert recorded(settings.home) == ()


def test_a_process_that_never_starts_is_given_up_with_the_end_of_its_log(settings: Settings) -> None:
    process = Sample("one.api", 1, "sample", (), ("-c", "raise SystemExit('cannot work like this')"))
    with pytest.raises(StartFailed, match="cannot work like this"):
        Platform(settings, processes=(process,), servers=(), one_shots=()).start()


def test_a_process_that_ignores_the_request_to_stop_is_killed_in_time(settings: Settings) -> None:
    process = sample(settings.port_base, "one.api", 1, "stubborn", "child")
    with Platform(settings, processes=(process,), servers=("redis",), one_shots=()) as platform:
        pids = [*platform.pids().values(), int((settings.home / "child.pid").read_text(encoding="ascii"))]
        began = time.monotonic()
    assert time.monotonic() - began > 7, "it was given time to stop by itself"
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids))


SUPERVISE = """
import sys, threading
from pathlib import Path
sys.path[:0] = [{checkout!r}, {tests!r}]
from deploy.local.foreground import keep_running
from deploy.local.supervisor import Platform
from shared.processes import Process
from shared.settings import Settings
from test_supervisor import sample
settings = Settings()
process = sample(settings.port_base, "one.api", 1, "child", *sys.argv[1:])
keep_running(
    lambda show: Platform(settings, processes=(process,), servers=("redis",), one_shots=(), on_event=show),
    lambda platform: "all ready",
)
"""


def supervise(settings: Settings, *manner: str) -> subprocess.Popen[str]:
    """A supervisor of its own, as `ancrage up` is, up to the line that says that all is ready."""
    environment = {
        **os.environ,
        "ANCRAGE_HOME": str(settings.home),
        "ANCRAGE_PORT_BASE": str(settings.port_base),
        "ANCRAGE_KAFKA": "127.0.0.1:1",
        "ANCRAGE_DATABASE_URL": "postgresql://127.0.0.1:1/postgres",
    }
    program = SUPERVISE.format(checkout=str(CHECKOUT), tests=str(Path(__file__).parent))
    supervisor = subprocess.Popen(
        [sys.executable, "-c", program, *manner],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert supervisor.stderr is not None
    lines: list[str] = []
    for line in supervisor.stderr:
        lines.append(line)
        if "all ready" in line:
            return supervisor
    raise AssertionError("".join(lines))


def family(settings: Settings) -> list[int]:
    child = int((settings.home / "child.pid").read_text(encoding="ascii"))
    return [*(one.pid for one in recorded(settings.home)), child]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_everything_gracefully(settings: Settings, number: signal.Signals) -> None:
    supervisor = supervise(settings)
    pids = family(settings)
    supervisor.send_signal(number)
    _, told = supervisor.communicate(timeout=PATIENCE_SECONDS)
    assert supervisor.returncode == 0, told
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_kill_9_of_the_supervisor_ends_what_it_started(settings: Settings) -> None:
    supervisor = supervise(settings)
    pids = [one.pid for one in recorded(settings.home)]
    assert len(pids) == 2
    supervisor.kill()
    supervisor.communicate()
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids))


def test_the_next_start_ends_what_outlived_a_killed_supervisor(settings: Settings) -> None:
    supervisor = supervise(settings, "stubborn")
    pids = {one.name: one.pid for one in recorded(settings.home)}
    supervisor.kill()
    supervisor.communicate()
    assert psutil.pid_exists(pids["one.api"])
    settings = settings.model_copy(update={"redis_url": None})
    process = sample(settings.port_base, "one.api", 1)
    with Platform(settings, processes=(process,), servers=("redis",), one_shots=()) as platform:
        assert platform.pids()["one.api"] != pids["one.api"]
        until(lambda: not psutil.pid_exists(pids["one.api"]))
    child = int((settings.home / "child.pid").read_text(encoding="ascii"))
    until(lambda: not psutil.pid_exists(child))
