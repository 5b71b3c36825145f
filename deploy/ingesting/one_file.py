"""`ancrage ingest vacancies|offers FILE`: one file sent while a person looks on."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from deploy.ingesting.layout_choice import conversion_for
from deploy.ingesting.report_files import words, write_report
from deploy.ingesting.sending import Interrupted, Refused, Sending, connect, send, told
from deploy.ingesting.sources import STANDARD_INPUT, Source, Unreadable, open_source, spooled
from services.ingest.core.cells import PARIS
from services.ingest.core.faults import FileRefused
from services.ingest.core.full_lists import SnapshotState
from shared.ids import new_id
from shared.settings import Settings

SHOWN_ERRORS: Final = 20
EVERYTHING_TAKEN, SOME_REJECTED, REFUSED, HELD = 0, 1, 2, 3


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    kind: str
    file: Path
    layout: str | None
    vintage: int | None
    mapping: Path | None
    full: bool
    dry_run: bool
    observed_at: datetime | None
    resume: str | None
    again: bool
    every_line: bool
    patience_seconds: int


class ProgressBar:
    """A bar over the file's bytes, with lines and their rate."""

    def __init__(self, source: Source, *, shown: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TextColumn("{task.fields[lines]}"))
        console = Console(stderr=True)
        self.bar = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not shown)
        self._task = self.bar.add_task(source.shown, total=source.size, lines="")
        self._lines = 0

    def advance(self, size: int) -> None:
        self.bar.advance(self._task, size)

    def lines(self, number: int) -> None:
        self._lines += number
        elapsed = self.bar.tasks[0].elapsed or 0
        rate = f", {self._lines / elapsed:,.0f}/s".replace(",", " ") if elapsed > 1 else ""
        self.bar.update(self._task, lines=f"{self._lines:,} lignes{rate}".replace(",", " "))

    def again(self, reason: str, seconds: float) -> None:
        self.bar.console.print(f"Interrompu ({reason}) ; reprise dans {seconds:.0f} s")
        self.bar.reset(self._task, lines="")
        self._lines = 0


def run(asked: Asked, key: str, *, as_json: bool) -> int:
    """Sends, reports, and returns the exit code: 0, 1 with rejected lines, 2 refused or not sent, 3 held by the guard."""
    from_input = str(asked.file) == STANDARD_INPUT
    path = spooled() if from_input else asked.file
    try:
        conversion = conversion_for(asked.kind, layout=asked.layout, vintage=asked.vintage, mapping=asked.mapping)
        source = open_source(path, shown="entrée standard" if from_input else None)
        # What comes by a pipe has no date of its own that would tell one send from the next.
        sent_key = asked.resume or (new_id("file") if asked.again or from_input else None)
        moment = asked.observed_at.replace(tzinfo=PARIS) if asked.observed_at else None
        sending = Sending(asked.kind, source, conversion, asked.full, asked.dry_run, moment, sent_key)
        return _send(asked, sending, key, beside=None if from_input else asked.file, as_json=as_json)
    except FileRefused as refused:
        errors = [fault.shown("fr") for fault in refused.faults]
        return _refused({"title": "Fichier refusé", "errors": errors}, as_json)
    except Unreadable as error:
        return _refused({"title": "Fichier illisible", "detail": str(error)}, as_json)
    finally:
        if from_input:
            path.unlink(missing_ok=True)


def _send(asked: Asked, sending: Sending, key: str, *, beside: Path | None, as_json: bool) -> int:
    bar = ProgressBar(sending.source, shown=not as_json)
    with connect(Settings().url("ingest"), key) as client:
        try:
            with bar.bar:
                report = send(client, sending, bar, patience_seconds=asked.patience_seconds)
            paths = None if beside is None else _written(client, report, sending, beside, asked.every_line)
        except Refused as refused:
            return _refused(refused.problem, as_json)
        except (Interrupted, KeyboardInterrupt) as error:
            again = f"ancrage ingest {asked.kind} {asked.file} --resume {sending.idempotency_key()}"
            return _refused(
                {"title": f"Interrompu ({error or 'Ctrl-C'})", "detail": f"Pour reprendre : {again}"}, as_json
            )
    _tell(report, sending, paths, as_json)
    return exit_code(report)


def exit_code(report: dict[str, Any]) -> int:
    """3 while the withdrawals of a full list wait for a person, else 1 with rejected lines, else 0."""
    if (report.get("snapshot") or {}).get("state") == SnapshotState.QUARANTINED:
        return HELD
    return SOME_REJECTED if report["rejected"] else EVERYTHING_TAKEN


def _written(
    client: httpx.Client, report: dict[str, Any], sending: Sending, beside: Path, every_line: bool
) -> tuple[Path, Path] | None:
    """The report's files; None where they cannot be written, which undoes nothing of what is published."""
    try:
        return write_report(client, report, sending.conversion, beside, every_line=every_line)
    except (OSError, httpx.HTTPError) as error:
        typer.echo(f"Rapport non écrit ({error}) ; il reste à GET /v1/runs/{report['run']}/lines", err=True)
        return None


def _tell(report: dict[str, Any], sending: Sending, paths: tuple[Path, Path] | None, as_json: bool) -> None:
    conversion = sending.conversion
    own = conversion.told if conversion else []
    here = {error["line"] for error in own}
    errors = sorted(
        [*own, *(one for one in report["errors"] if one["line"] not in here)], key=lambda one: one["line"] or 0
    )
    if as_json:
        shown = {
            **report,
            "errors": errors,
            "idempotency_key": sending.idempotency_key(),
            "not_supply": dict(conversion.not_supply) if conversion else {},
            "report": [str(path) for path in paths or ()],
        }
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    if report.get("resumed_after_lines") and report["resumed_after_lines"] == report["lines"]:
        typer.echo("Déjà envoyé : voici le rapport d'alors, rien n'est publié de nouveau (voir --again).", err=True)
    for line in words(report, conversion):
        typer.echo(line)
    for error in errors[:SHOWN_ERRORS]:
        remedy = f" → {error['remedy']}" if error.get("remedy") else ""
        typer.echo(
            f"Ligne {error['line']}, {error['field']} « {error.get('value')} » : {error['message']}{remedy}", err=True
        )
    if len(errors) > SHOWN_ERRORS:
        typer.echo(f"… {len(errors) - SHOWN_ERRORS} autres", err=True)
    if paths:
        typer.echo(f"Rapport : {paths[0]}")


def _refused(problem: dict[str, Any], as_json: bool) -> int:
    typer.echo(json.dumps(problem, ensure_ascii=False) if as_json else told(problem), err=not as_json)
    return REFUSED
