"""`ancrage status`: processes, topics, lag and freshness. Exit codes: 0 all ready, 1 something is not."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.status import ProcessStatus, Status


WIDTH_IN_A_PIPE = 120


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help="Montre processus, topics, retard et fraîcheur ; sort avec 1 si quelque chose n'est pas prêt.")
    def status(
        as_json: Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")] = False,
    ) -> None:
        from deploy.status import read_status
        from shared.settings import Settings

        found = read_status(Settings())
        if as_json:
            typer.echo(
                json.dumps(
                    {**asdict(found), "all_ready": found.all_ready, "suspect": found.suspect}, ensure_ascii=False
                )
            )
        else:
            _show(found)
        raise typer.Exit(0 if found.all_ready else 1)


def _show(found: "Status") -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from shared.clock import utc_now

    now = utc_now().timestamp()
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_IN_A_PIPE)
    processes = Table(
        Column("processus", no_wrap=True),
        Column("état", no_wrap=True),
        "port",
        "pid",
        "depuis",
        "relances",
        "dernier événement",
        "outbox",
        box=None,
    )
    for server in found.servers:
        state = "[green]prêt[/]" if server.ready else "[yellow]pas prêt[/]"
        processes.add_row(server.name, state, "", str(server.pid), duration(now - server.started), str(server.restarts))
    for one in found.processes:
        processes.add_row(one.name, *_cells(one, now))
    console.print(processes)
    if found.snapshots_waiting:
        console.print(
            f"\n[yellow]{found.snapshots_waiting} liste(s) complète(s) en quarantaine[/] : des retraits attendent une "
            "personne ; GET /v1/snapshots?state=quarantined, puis :confirm ou :reject."
        )
    for reason in sorted({one.refused for one in found.processes if one.refused}):
        console.print(f"\n[red]Compteurs arrêtés[/] : {reason}")
    if found.suspect:
        console.print(
            f"\n[yellow]Compteurs douteux[/] : {found.suspect} enregistrement(s) illisible(s). ancrage dlq list les "
            "nomme ; ancrage ingest republish ID, puis ancrage scoring rebuild."
        )
    if found.broker:
        console.print(f"\nKafka ne répond pas : {found.broker}")
        return
    topics = Table("topic", "partitions", "fin", box=None)
    for topic in found.topics:
        topics.add_row(topic.name, _number(topic.partitions, "absent"), _number(topic.end))
    console.print("", topics)
    groups = Table("groupe", "topic", "retard", box=None)
    for group in found.groups:
        groups.add_row(group.group, group.topic, str(group.lag))
    if found.groups:
        console.print("", groups)


def _cells(one: "ProcessStatus", now: float) -> tuple[str, ...]:
    state = "[green]prêt[/]" if one.ready else "[red]ne répond pas[/]" if one.pid is None else "[yellow]pas prêt[/]"
    return (
        state,
        str(one.port),
        _number(one.pid),
        duration(now - one.started) if one.started is not None else "–",
        _number(one.restarts),
        f"il y a {duration(now - one.consumed_at)}" if one.consumed_at is not None else "–",
        _number(one.outbox_pending),
    )


def _number(value: int | None, unknown: str = "–") -> str:
    return unknown if value is None else str(value)


def duration(seconds: float) -> str:
    """« 42 s », « 5 min », « 3 h », « 2 j »."""
    for size, unit in ((86_400, "j"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
