"""The demonstration from start to end: platform, accounts, stock, households, check or life."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.accounts import ASSOCIATION, Account, Accounts, create_accounts, write_down
from deploy.demo.alert_load import AlertLoad, measured
from deploy.demo.api import Api, DemoFailed
from deploy.demo.check import COMMUNE, Checked, run_check
from deploy.demo.life import Life
from deploy.demo.load import Plan, counted, load_households, load_stock, plan
from deploy.demo.receiver_process import Receiver
from deploy.demo.stream import StreamReader
from deploy.local.home import end_left_over, home_lock
from deploy.local.screen import Screen
from deploy.local.supervisor import Platform
from shared.clock import paris_date, utc_now
from shared.geography import geography
from shared.processes import DEMO_RECEIVER_OFFSET
from shared.settings import Settings

BANNER: Final = (
    "stock réel du 21/12/2021 (offres) et du 01/01/2024 (logements), flux simulé, ménages et bailleurs fictifs"
)
COUNT_PATIENCE_SECONDS: Final = 600.0
KEPT_QUIET_SECONDS: Final = 3.0
CHECK_LANDLORD: Final = "Bailleur fictif de vérification (démo)"


@dataclass(frozen=True)
class Options:
    """What the command line asked for. `region` None: all France."""

    region: str | None
    check: bool
    attach: bool
    keep: bool
    receiver_host: str
    households: int


@dataclass(frozen=True)
class Outcome:
    """What `--check` found, and what was loaded before."""

    latencies: Checked
    loaded: dict[str, int]
    seconds: dict[str, float]
    alerts: AlertLoad | None = None

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        alerts = asdict(self.alerts) if self.alerts else None
        return {**asdict(self.latencies), "loaded": self.loaded, "seconds": self.seconds, "alerts": alerts}


def demo_settings(settings: Settings, *, attach: bool) -> Settings:
    """The demonstration has a home of its own beside the user's data, and shares the downloads."""
    if attach:
        return settings
    return settings.model_copy(update={"home": settings.home / "demo", "cache": settings.cache_folder})


def run(settings: Settings, options: Options, console: Console) -> Outcome | None:
    """Plays the demonstration; returns what `--check` found, or None after a Ctrl-C. Raises LocalError, DemoFailed."""
    settings = demo_settings(settings, attach=options.attach)
    os.environ.setdefault("ANCRAGE_DEMO", "1")
    os.environ.setdefault("ANCRAGE_WEBHOOK_ALLOW", "127.0.0.0/8,::1/128")
    if not (options.attach or options.keep):
        _empty(settings.home)
    day = paris_date(utc_now())
    seconds: dict[str, float] = {}
    console.print(f"[bold yellow]{BANNER}[/]")
    with ExitStack() as stack:
        if not options.attach:
            with _timed(seconds, "platform"), Screen(console) as screen:
                stack.enter_context(Platform(settings, on_event=screen.show))
        territory = geography().territory_of(COMMUNE)
        planned = plan(options.region, without_territory=territory, households=options.households)
        landlords = [*planned.landlords.values(), CHECK_LANDLORD]
        accounts = create_accounts(settings, landlords, frozenset({*planned.departements, COMMUNE[:2]}))
        everyone = write_down(settings, accounts)
        port = settings.port_base + DEMO_RECEIVER_OFFSET
        with _receiver_output(settings.home, options) as output:
            receiver = stack.enter_context(Receiver(settings.home, port, options.receiver_host, output))
            loaded: dict[str, int] = {}
            if not options.attach:
                loaded = _load(settings, accounts, planned, day, console, seconds, kept=options.keep)
            if options.check:
                with _timed(seconds, "check"):
                    checked = run_check(settings, accounts, receiver, CHECK_LANDLORD)
                return Outcome(checked, loaded, seconds, measured(settings, accounts))
            _present(settings, everyone, console)
            _live(settings, accounts, planned, receiver, day, console)
    return None


def _empty(home: Path) -> None:
    """Ends what a killed demonstration left, and forgets its data. Raises AlreadyRunning."""
    with home_lock(home):
        end_left_over(home)
        for path in home.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[name] = round(time.monotonic() - started, 1)


@contextmanager
def _receiver_output(home: Path, options: Options) -> Iterator[Any]:
    """The receiver prints on the screen of a living demonstration, into a log during a check."""
    if not options.check:
        yield None
        return
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "demo.receiver.log").open("a", encoding="utf-8") as output:
        yield output


def _load(
    settings: Settings,
    accounts: Accounts,
    planned: Plan,
    day: date,
    console: Console,
    seconds: dict[str, float],
    *,
    kept: bool,
) -> dict[str, int]:
    located = sum(row.offers for row in planned.stock.offers if row.commune and geography().commune(row.commune))
    totals = {
        "vacancies": planned.stock.vacancies_total,
        "offers": planned.stock.offers_total,
        "households": planned.households,
    }
    labels = {"vacancies": "logements vacants", "offers": "offres d'emploi", "households": "ménages fictifs"}
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks = {name: progress.add_task(labels[name], total=total) for name, total in totals.items()}
        exact = progress.add_task("comptés dans les scores", total=located + totals["vacancies"])

        def tell(what: str, more: int) -> None:
            progress.advance(tasks[what], more)

        with _timed(seconds, "stock"):
            loaded = load_stock(settings, accounts, planned, day, tell)
        with _timed(seconds, "counting"):
            await_counts(
                lambda: counted(settings, accounts),
                {"vacancies": totals["vacancies"], "offers": located},
                lambda now: progress.update(exact, completed=sum(now.values())),
                kept=kept,
            )
        with _timed(seconds, "households"):
            loaded["households"] = load_households(settings, accounts, planned, tell)
    return loaded


def await_counts(
    read: Callable[[], dict[str, int]],
    expected: dict[str, int],
    tell: Callable[[dict[str, int]], None],
    *,
    kept: bool,
    patience_seconds: float = COUNT_PATIENCE_SECONDS,
    quiet_seconds: float = KEPT_QUIET_SECONDS,
) -> None:
    """Returns when the scores count what was loaded. Raises DemoFailed after `patience_seconds`.

    A kept home also holds what came and went before, so that nobody knows its total: there the counts only have to
    stand still for `quiet_seconds`.
    """
    started = since = time.monotonic()
    before: dict[str, int] | None = None
    while (now := read()) != expected:
        tell(now)
        at = time.monotonic()
        if now != before:
            before, since = now, at
        elif kept and at - since >= quiet_seconds:
            return
        if at - started > patience_seconds:
            raise DemoFailed(f"comptés : {now}, attendus : {expected}")
        time.sleep(min(0.5, quiet_seconds))
    tell(now)


def _present(settings: Settings, people: list[Account], console: Console) -> None:
    console.rule("Ancrage")
    console.print(f"Console : [bold]{settings.url('console')}/territoires[/]  (ce qui est réel : /demo)")
    for name in ("ingest", "scoring", "matching", "notify"):
        console.print(f"  API {name:<9} {settings.url(name)}/docs")
    for account in people:
        console.print(f"  {account.role.label_fr:<22} {account.login:<14} mot de passe : {account.password}")
    console.print("Ctrl-C pour arrêter.")


def _live(
    settings: Settings, accounts: Accounts, planned: Plan, receiver: Receiver, day: date, console: Console
) -> None:
    with Api(settings, accounts.keys[ASSOCIATION]) as api:
        endpoint = api.call("POST", "notify", "/v1/endpoints", json={"url": receiver.url, "types": ["placement.*"]})
    receiver.trust(endpoint["secret"])

    def alert(_: str, event: dict[str, Any]) -> None:
        if str(event.get("type", "")).startswith("placement."):
            console.print(f"[green]alerte[/] {event['type']} {event.get('placement', '')} {event.get('territory', '')}")

    stream = StreamReader(settings, accounts.keys[ASSOCIATION], alert)
    stream.start()
    stopping = threading.Event()
    life = Life(settings, accounts, planned, day, lambda text: console.print(f"[dim]{text}[/]", highlight=False))
    try:
        life.run(stopping)
    except KeyboardInterrupt:
        console.print("Arrêt…")
    finally:
        stopping.set()
        stream.close()
