"""`ancrage programmes check|diff`: the definitions of the mobility programmes."""

import json
from pathlib import Path
from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")]
INVALID = 2


def register(app: typer.Typer) -> None:
    """Adds the group."""
    programmes = typer.Typer(help="Programmes de mobilité : étapes, délais, motifs.", no_args_is_help=True)
    app.add_typer(programmes, name="programmes")

    @programmes.command(help="Vérifie les définitions : code 0 si elles sont utilisables, 2 sinon.")
    def check(
        folder: Annotated[
            Path | None, typer.Argument(help="Dossier à vérifier ; à défaut, les programmes en service.")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        from services.matching.core.programme import ProgrammeInvalid
        from services.matching.programmes import FOLDER, Catalogue, read_folder

        problems: tuple[str, ...] = ()
        found: Catalogue = {}
        try:
            found = read_folder(folder or FOLDER)
        except ProgrammeInvalid as error:
            problems = error.problems
        if not found and not problems:
            problems = (f"{folder} : aucun fichier .toml",)
        listed = [
            {"code": code, "version": max(versions), "label": versions[max(versions)].label}
            for code, versions in sorted(found.items())
        ]
        if as_json:
            typer.echo(json.dumps({"programmes": listed, "problems": problems}, ensure_ascii=False))
        else:
            for one in listed:
                typer.echo(f"{one['code']:<22} version {one['version']}  {one['label']}")
            for problem in problems:
                typer.echo(problem, err=True)
        if problems:
            raise typer.Exit(INVALID)

    @programmes.command(help="Compare un dossier aux programmes en service : 0 identiques, 1 différents, 2 invalides.")
    def diff(
        folder: Annotated[Path, typer.Argument(help="Dossier des définitions proposées.")], as_json: JsonFlag = False
    ) -> None:
        from services.matching.core.programme import ProgrammeInvalid, differences
        from services.matching.programmes import current, read_folder

        try:
            proposed = read_folder(folder)
        except ProgrammeInvalid as error:
            for problem in error.problems:
                typer.echo(problem, err=True)
            raise typer.Exit(INVALID) from None
        used = current()
        changes = {
            code: ["nouveau programme"] if code not in used else differences(used[code], versions[max(versions)])
            for code, versions in sorted(proposed.items())
        }
        changes = {code: lines for code, lines in changes.items() if lines}
        if as_json:
            typer.echo(json.dumps(changes, ensure_ascii=False))
        else:
            for code, lines in changes.items():
                typer.echo(code)
                for line in lines:
                    typer.echo(f"  {line}")
        raise typer.Exit(1 if changes else 0)
