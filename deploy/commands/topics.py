"""`ancrage topics apply|check`: the cluster's topics against the catalogue. Exit codes: 0 same, 1 differs, 2 no broker."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from deploy.topics import Difference
    from shared.settings import Settings

JsonFlag = Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")]
T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Adds the group."""
    topics = typer.Typer(help="Topics Kafka : ceux du catalogue (shared/topics.py).", no_args_is_help=True)
    app.add_typer(topics, name="topics")

    @topics.command(
        help="Crée les topics absents et rétablit leurs réglages. Ne change jamais un nombre de partitions."
    )
    def apply(as_json: JsonFlag = False) -> None:
        from deploy.topics import apply as run

        mended, remaining = _ask(run)
        if as_json:
            answer = {
                "mended": [one.as_json() for one in mended],
                "differences": [one.as_json() for one in remaining],
            }
            typer.echo(json.dumps(answer, ensure_ascii=False))
        else:
            for one in mended:
                typer.echo(f"corrigé : {one.text_fr}")
            _tell(remaining)
        raise typer.Exit(1 if remaining else 0)

    @topics.command(help="Compare sans rien changer ; sort avec 1 s'il y a des différences.")
    def check(as_json: JsonFlag = False) -> None:
        from deploy.topics import check as run

        found = _ask(run)
        if as_json:
            typer.echo(json.dumps({"differences": [one.as_json() for one in found]}, ensure_ascii=False))
        else:
            _tell(found)
        raise typer.Exit(1 if found else 0)


def _ask(run: "Callable[[Settings], T]") -> T:
    from kafka.errors import KafkaError

    from shared.settings import Settings

    settings = Settings()
    try:
        return run(settings)
    except KafkaError as error:
        typer.echo(
            f"aucun broker Kafka ne répond à {settings.kafka_bootstrap} ({type(error).__name__}) : "
            "démarrez la plateforme (ancrage up) ou corrigez ANCRAGE_KAFKA",
            err=True,
        )
        raise typer.Exit(2) from error


def _tell(found: "list[Difference]") -> None:
    for one in found:
        typer.echo(one.text_fr, err=True)
    if not found:
        from shared.topics import CATALOGUE

        typer.echo(f"{len(CATALOGUE)} topics conformes au catalogue")
