"""`ancrage matching replay`: the engine's decisions made again from what the database holds, and compared byte for byte."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from services.matching.adapters.decision_replay import Replayed
    from services.matching.settings import MatchingSettings

SHOWN: Final = 20
NOTHING: Final = 2
_Moment = Annotated[datetime | None, typer.Option(help="Instant métier, à l'heure de Paris.")]


def register(app: typer.Typer) -> None:
    """Adds the group."""
    matching = typer.Typer(help="Rapprochement : preuves du moteur.", no_args_is_help=True)
    app.add_typer(matching, name="matching")

    @matching.command(
        help="Décide de nouveau tout ce que le moteur a décidé, depuis ce que la base en garde, et compare à l'octet. "
        "Lit seulement ; le moteur peut tourner. Code 0 : tout est égal ; 1 : une décision diffère ; 2 : rien à rejouer."
    )
    def replay(
        since: _Moment = None,
        until: _Moment = None,
        as_json: Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")] = False,
    ) -> None:
        from services.matching.adapters.decision_replay import Verdict
        from services.matching.settings import MatchingSettings
        from shared.clock import PARIS, isoformat

        span = [moment.replace(tzinfo=PARIS) if moment is not None else None for moment in (since, until)]
        counts: Counter[str] = Counter()
        proposals = 0
        different: list[Replayed] = []
        for one in _replayed(MatchingSettings(), *span, quiet=as_json):
            counts[one.verdict] += 1
            proposals += one.proposals
            if one.verdict is Verdict.DIFFERENT:
                different.append(one)
        decisions = counts.total()
        if as_json:
            answer = {
                "decisions": decisions,
                "proposals": proposals,
                **{verdict.value: counts[verdict] for verdict in Verdict},
                "differences": [
                    {"tick": one.tick, "at": isoformat(one.at), "difference": one.difference}
                    for one in different[:SHOWN]
                ],
            }
            typer.echo(json.dumps(answer, ensure_ascii=False))
        else:
            typer.echo(
                f"{decisions} décisions rejouées, {proposals} propositions : {counts[Verdict.EQUAL]} égales à l'octet"
            )
            if counts[Verdict.OTHER_CODE]:
                typer.echo(f"{counts[Verdict.OTHER_CODE]} diffèrent et viennent d'une autre version du programme")
            if counts[Verdict.ERASED]:
                typer.echo(
                    f"{counts[Verdict.ERASED]} ne prouvent plus rien : un ménage qui y comptait a été effacé depuis"
                )
            for one in different[:SHOWN]:
                typer.echo(f"tour {one.tick}, {isoformat(one.at)} : {one.difference}", err=True)
            if len(different) > SHOWN:
                typer.echo(f"… et {len(different) - SHOWN} autres", err=True)
        if different:
            raise typer.Exit(1)
        if not decisions:
            typer.echo("aucune décision inscrite sur cette période", err=True)
            raise typer.Exit(NOTHING)


def _replayed(
    settings: "MatchingSettings", since: datetime | None, until: datetime | None, *, quiet: bool
) -> "Iterator[Replayed]":
    """The decisions of one state of the database, with a progress bar."""
    from rich import progress
    from rich.console import Console
    from sqlmodel import Session

    from services.matching.adapters.decision_replay import how_many, replay
    from shared.sql.engine import service_engine

    engine = service_engine(settings, "matching", pool=1).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn())
    bar = progress.Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True)
    try:
        with Session(engine) as session, bar:
            total = how_many(session, since=since, until=until)
            yield from bar.track(replay(session, since=since, until=until), total=total, description="décisions")
    finally:
        engine.dispose()
