"""`ancrage dlq list|replay`: records that a consumer refused.

Exit codes: 0 done, 1 not all replayed, 2 bad use or no broker.
"""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.streams.dead_letter_reading import Letter

JsonFlag = Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")]
TopicOption = Annotated[str | None, typer.Option("--topic", help="Topic d'origine, par exemple placements.")]


def register(app: typer.Typer) -> None:
    """Adds the group."""
    dlq = typer.Typer(help="Enregistrements refusés : les lire, les présenter de nouveau.", no_args_is_help=True)
    app.add_typer(dlq, name="dlq")

    @dlq.command("list", help="Liste les enregistrements refusés, les plus récents d'abord.")
    def list_letters(
        topic: TopicOption = None,
        limit: Annotated[int, typer.Option(min=1, help="Au plus ce nombre.")] = 50,
        as_json: JsonFlag = False,
    ) -> None:
        letters = _letters(topic)
        shown = letters[::-1][:limit]
        if as_json:
            answer = {"items": [letter.as_json() for letter in shown], "total": len(letters)}
            typer.echo(json.dumps(answer, ensure_ascii=False))
            return
        for letter in shown:
            typer.echo(f"{letter.id}  {letter.refused_at}  {letter.consumer}  {letter.source}\n    {letter.reason}")
        typer.echo(f"{len(shown)} sur {len(letters)}", err=True)

    @dlq.command(
        help="Présente de nouveau des enregistrements au consommateur qui les a refusés. N'écrit dans aucun topic."
    )
    def replay(
        identifiers: Annotated[
            list[str] | None, typer.Argument(metavar="[ID]...", help="Comme « list » les montre.")
        ] = None,
        topic: TopicOption = None,
        everything: Annotated[bool, typer.Option("--all", help="Tous, ou tous ceux de --topic.")] = False,
        as_json: JsonFlag = False,
    ) -> None:
        if bool(identifiers) == everything:
            raise typer.BadParameter("donnez des ID, ou bien --all")
        from deploy.dead_letters import sql_consumers
        from shared.settings import Settings
        from shared.streams.consumer import TRANSIENT
        from shared.streams.dead_letter_replay import ReplayRefused
        from shared.streams.dead_letter_replay import replay as run

        letters = _letters(topic)
        if identifiers:
            unknown = set(identifiers) - {letter.id for letter in letters}
            if unknown:
                raise typer.BadParameter(f"inconnu : {', '.join(sorted(unknown))}", param_hint="ID")
            letters = [letter for letter in letters if letter.id in identifiers]
        consumers, settings = sql_consumers(), Settings()
        refused: dict[str, str] = {}
        for letter in letters:
            try:
                run(settings, letter, consumers)
            except ReplayRefused as error:
                refused[letter.id] = str(error)
            except TRANSIENT as error:
                refused[letter.id] = f"{letter.id} : la base ne répond pas ({type(error).__name__}). Remède : rejouer"
        done = [letter.id for letter in letters if letter.id not in refused]
        if as_json:
            typer.echo(json.dumps({"replayed": done, "refused": refused}, ensure_ascii=False))
        else:
            for identifier in done:
                typer.echo(f"{identifier} : présenté de nouveau")
            for reason in refused.values():
                typer.echo(reason, err=True)
        raise typer.Exit(1 if refused else 0)


def _letters(topic: str | None) -> "list[Letter]":
    from kafka.errors import KafkaError

    from shared.settings import Settings
    from shared.streams.dead_letter_reading import read_letters
    from shared.topics import BY_NAME

    if topic is not None and (topic not in BY_NAME or not BY_NAME[topic].dead_letters):
        names = ", ".join(name for name, entry in BY_NAME.items() if entry.dead_letters)
        raise typer.BadParameter(f"{topic} n'en a pas ; possibles : {names}", param_hint="--topic")
    settings = Settings()
    try:
        return read_letters(settings, None if topic is None else [topic])
    except (KafkaError, TimeoutError) as error:
        typer.echo(f"aucun broker Kafka ne répond à {settings.kafka_bootstrap} ({type(error).__name__})", err=True)
        raise typer.Exit(2) from error
