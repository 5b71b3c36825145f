"""`ancrage ingest watch DIR`: nightly exports sent by themselves.

Exit codes with --once: 0 all taken or nothing to do, 1 a file refused or lines rejected, 2 not sent (settings, key, API).
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer


def add(group: typer.Typer) -> None:
    """Adds `watch` to the group."""

    @group.command(help="Surveille un dossier d'exports : chaque fichier complet est envoyé une fois, puis rangé.")
    def watch(
        directory: Annotated[Path, typer.Argument(metavar="DOSSIER", exists=True, file_okay=False, writable=True)],
        key: Annotated[str, typer.Option(envvar="ANCRAGE_KEY", help="Clé d'API (aussi ANCRAGE_KEY).")],
        kind: Annotated[
            str | None, typer.Option(help="vacancies ou offers, si ancrage-watch.toml ne le dit pas.")
        ] = None,
        once: Annotated[bool, typer.Option("--once", help="Un seul passage (cron).")] = False,
        settle: Annotated[
            float | None, typer.Option(min=0, help="Secondes sans changement après lesquelles un fichier est complet.")
        ] = None,
    ) -> None:
        from dataclasses import replace

        from deploy.ingesting.sending import connect
        from deploy.ingesting.watch_settings import read_watch_settings
        from deploy.ingesting.watching import FolderWatch
        from services.ingest.core.faults import FileRefused
        from shared.settings import Settings
        from shared.telemetry import configure_logging

        if kind not in {None, "vacancies", "offers"}:
            raise typer.BadParameter("vacancies ou offers", param_hint="--kind")
        settings = Settings()
        configure_logging("ingest.watch", level=settings.log_level, form=settings.log_format)
        try:
            rules = read_watch_settings(directory, kind=kind)
        except FileRefused as refused:
            for fault in refused.faults:
                typer.echo(f"{fault.field} : {fault.reason.fr} → {fault.remedy.fr}", err=True)
            raise typer.Exit(2) from refused
        if settle is not None:
            rules = replace(rules, settle_seconds=settle)
        with _alone(directory), connect(settings.url("ingest"), key) as client:
            watching = FolderWatch(rules, client)

            def stop(_: int, __: FrameType | None) -> None:
                watching.stop()

            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGINT, stop)
            if once:
                raise typer.Exit(_code([end.value for end in watching.run_once()]))
            watching.run()


def _code(ends: list[str]) -> int:
    if {"later", "denied"} & set(ends):
        return 2
    return 1 if {"refused", "some_rejected"} & set(ends) else 0


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Holds the folder for this process. Exits 2 where another watches it. Without locks (Windows), does nothing."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (directory / ".ancrage-watch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            typer.echo(f"{directory} est déjà surveillé par un autre processus.", err=True)
            raise typer.Exit(2) from None
        except OSError:  # a share without locks: claims by renaming still keep two watchers apart
            pass
        lock.write(str(os.getpid()))
        lock.flush()
        yield
