"""`ancrage up` and `ancrage run`. Exit codes: 3 already running, 4 port taken, 5 server not to be had, 6 not ready."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.local.states import Event
    from deploy.local.supervisor import Platform


def register(app: typer.Typer) -> None:
    """Adds both commands."""

    @app.command(help="Démarre toute la plateforme sur cette machine et garde les données dans ANCRAGE_HOME.")
    def up(
        servers_only: Annotated[
            bool, typer.Option("--servers-only", help="Seulement Kafka, PostgreSQL et Redis, sans les services.")
        ] = False,
    ) -> None:
        from deploy.local.supervisor import Platform
        from shared.processes import PROCESSES
        from shared.settings import Settings

        settings = Settings()
        if settings.http_host in {"127.0.0.1", "::1", "localhost"}:
            # Nobody elsewhere can call these APIs: their webhooks may go to receivers on this machine.
            os.environ.setdefault("ANCRAGE_WEBHOOK_ALLOW", "127.0.0.0/8,::1/128")
        processes = () if servers_only else PROCESSES
        _keep_running(
            lambda show: Platform(settings, processes=processes, on_event=show),
            _addresses_of_servers if servers_only else _addresses,
        )

    @app.command(help="Démarre un processus (ingest.api) ou tous ceux d'un service (ingest), au premier plan.")
    def run(name: Annotated[str, typer.Argument(help="Processus ou service.")]) -> None:
        from deploy.local.supervisor import Platform
        from shared.processes import BY_NAME, PROCESSES
        from shared.settings import Settings

        if name in BY_NAME:
            os.execv(sys.executable, [sys.executable, *BY_NAME[name].command])  # noqa: S606 - becomes the process
        processes = [process for process in PROCESSES if process.service == name]
        if not processes:
            typer.echo(f"« {name} » n'existe pas. Processus : {', '.join(BY_NAME)}", err=True)
            raise typer.Exit(2)
        settings = Settings()
        _keep_running(
            lambda show: Platform(
                settings, processes=processes, servers=(), one_shots=(), own_home=False, on_event=show
            ),
            lambda platform: f"{name} : {len(platform.pids())} processus",
        )


def _keep_running(make: "Callable[[Callable[[Event], None]], Platform]", ready: "Callable[[Platform], str]") -> None:
    from deploy.local.errors import LocalError
    from deploy.local.foreground import keep_running

    try:
        keep_running(make, ready)
    except LocalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None


def _addresses(platform: "Platform") -> str:
    settings = platform.settings
    apis = "\n".join(
        f"  {name:<9}{settings.url(name)}/openapi.json" for name in ("ingest", "scoring", "matching", "notify")
    )
    return (
        f"Ancrage est prêt : {settings.url('console')}\n{apis}\n"
        f"  données et journaux : {settings.home}\nCtrl-C pour arrêter."
    )


def _addresses_of_servers(platform: "Platform") -> str:
    settings = platform.settings
    return (
        f"Serveurs prêts.\n  Kafka       {settings.kafka_bootstrap}\n  Redis       {settings.redis}\n"
        f"  PostgreSQL  {settings.database_server}\n  données     {settings.home}\nCtrl-C pour arrêter."
    )
