"""`ancrage scoring reference [list|draw|accept|refuse]`: what scores are compared with, and who may change it."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.scoring import JsonFlag, scoring_settings, with_broker

if TYPE_CHECKING:
    from services.scoring.adapters.reference_log import ReferenceRecord, References
    from services.scoring.settings import ScoringSettings

_STANDING_FR = {"accepted": "acceptée", "waiting": "en attente", "refused": "refusée"}
_LIMIT_FR = {
    "mean": "la moyenne des scores",
    "places": "les places",
    "classes": "les classes",
    "scored": "les territoires notés",
}
OPERATOR = "operator"


def register(group: typer.Typer) -> None:
    """Adds the subgroup."""
    reference = typer.Typer(help="Quantiles de référence figés : les voir, en tirer d'autres, décider.")
    reference.callback(invoke_without_command=True)(show)
    reference.command(name="list", help="Les références tirées, ce qu'elles déplacent et ce qui en fut décidé.")(
        list_them
    )
    reference.command(
        help="Tire une référence des compteurs en direct. Servie aussitôt, sauf si elle déplace trop : alors elle attend."
    )(draw)
    reference.command(help="Accepte une référence (« 0 » : celle du logiciel). Sert aussi au retour en arrière.")(
        accept
    )
    reference.command(help="Refuse une référence en attente.")(refuse)
    group.add_typer(reference, name="reference")


def show(
    context: typer.Context,
    as_json: JsonFlag = False,
    page: Annotated[Path | None, typer.Option("--page", help="Écrit la page des indicateurs dans ce fichier.")] = None,
) -> None:
    """Shows the shipped reference, or writes docs/indicators.md."""
    if context.invoked_subcommand is not None:
        return
    from services.scoring.adapters.references import shipped_reference
    from services.scoring.core.indicators_page import render

    known = shipped_reference()
    if page is not None:
        page.write_text(render(known), encoding="utf-8")
        typer.echo(f"{page} : écrit")
        return
    if as_json:
        typer.echo(json.dumps(known.document()))
        return
    typer.echo(f"référence livrée {known.version} ; classes à {', '.join(map(str, known.class_breaks))}")
    for name, values in known.quantiles.items():
        shown = "  ".join(f"{values[at]:.4g}" for at in (1, 25, 50, 75, 99))
        typer.echo(f"{name:24} p1 p25 p50 p75 p99 : {shown}{'  (simulé)' if name in known.simulated else ''}")


def list_them(as_json: JsonFlag = False) -> None:
    """One line a reference, the oldest first."""
    found = _references(scoring_settings())
    in_use = found.in_use().version
    records = sorted(found.records.values(), key=lambda one: (one.drawn_at, one.version))
    if as_json:
        items = [{**_plain(one), "in_use": one.version == in_use} for one in records]
        typer.echo(json.dumps({"in_use": in_use, "items": items}, ensure_ascii=False))
        return
    typer.echo(f"en service : {in_use}")
    for one in records:
        mark = "→" if one.version == in_use else " "
        typer.echo(f"{mark} {one.version:<16} {_STANDING_FR[one.standing]:<10} {_moved(one)}")


def draw(as_json: JsonFlag = False) -> None:
    """Exits 1 for a reference that waits, 2 without a broker or counters."""
    settings = scoring_settings()
    record = with_broker(settings, lambda: asyncio.run(_draw(settings)))
    if record is None:
        typer.echo("pas encore de compteurs complets : ancrage scoring rebuild", err=True)
        raise typer.Exit(2)
    if as_json:
        typer.echo(json.dumps(_plain(record), ensure_ascii=False))
    else:
        typer.echo(f"{record.version} : {_STANDING_FR[record.standing]} ; {_moved(record)}")
    if record.too_far:
        typer.echo(
            f"au-delà du seuil : {', '.join(_LIMIT_FR[name] for name in record.too_far)}. "
            f"Après relecture : ancrage scoring reference accept {record.version}",
            err=True,
        )
        raise typer.Exit(1)


def accept(version: Annotated[str, typer.Argument(help="Nom d'une référence (… reference list).")]) -> None:
    """Exits 2 for one that is not there."""
    _decide(version, accepted=True)


def refuse(version: Annotated[str, typer.Argument(help="Nom d'une référence en attente.")]) -> None:
    """Exits 2 for one that is not there."""
    _decide(version, accepted=False)


def _decide(version: str, *, accepted: bool) -> None:
    from services.scoring.adapters.reference_log import Standing, decided, shipped_record
    from services.scoring.adapters.references import SHIPPED

    settings = scoring_settings()
    found = _references(settings)
    record = found.records.get(version)
    if version == SHIPPED and accepted:
        record = shipped_record(OPERATOR)
    elif record is None:
        known = ", ".join([SHIPPED, *sorted(found.records)])
        typer.echo(f"aucune référence « {version} ». Connues : {known}", err=True)
        raise typer.Exit(2)
    elif accepted and found.content(record) is None:
        typer.echo(f"« {version} » ne correspond plus aux indicateurs : ancrage scoring reference draw", err=True)
        raise typer.Exit(2)
    else:
        record = decided(record, Standing.ACCEPTED if accepted else Standing.REFUSED, OPERATOR)
    written = record
    with_broker(settings, lambda: asyncio.run(_publish(settings, written)))
    typer.echo(f"{version} : {_STANDING_FR[record.standing]}")


def _references(settings: "ScoringSettings") -> "References":
    from services.scoring.adapters.reference_log import read_references

    found: References = with_broker(settings, lambda: asyncio.run(read_references(settings.kafka_bootstrap)))
    return found


async def _draw(settings: "ScoringSettings") -> "ReferenceRecord | None":
    from services.scoring.adapters.live_board import live_board
    from services.scoring.adapters.reference_log import judged, read_references
    from shared.clock import utc_now

    references = await read_references(settings.kafka_bootstrap)
    board = await live_board(settings.kafka_bootstrap, references.in_use())
    if board is None:
        return None
    record = judged(board, f"{utc_now():%Y%m%d-%H%M%S}", OPERATOR)
    await _publish(settings, record)
    return record


async def _publish(settings: "ScoringSettings", record: "ReferenceRecord") -> None:
    from aiokafka import AIOKafkaProducer

    from services.scoring.adapters.reference_log import publish

    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await publish(producer, record)
    finally:
        await producer.stop()


def _plain(record: "ReferenceRecord") -> dict[str, Any]:
    import msgspec

    told: dict[str, Any] = msgspec.to_builtins(record)
    told.pop("content", None)
    return told


def _moved(record: "ReferenceRecord") -> str:
    if not record.shift:
        return "celle du logiciel"
    moved = record.shift
    mean = f"{moved['mean']:+.2f}".replace(".", ",")
    share = {
        name: f"{moved[name]:.1%}".replace(".", ",").replace("%", " %") for name in ("places", "classes", "scored")
    }
    return (
        f"moyenne {mean} point, places {share['places']} (95e centile), "
        f"classes {share['classes']}, notés {share['scored']}"
    )
