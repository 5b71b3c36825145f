"""`ancrage reference list|check|update|use`: versions of the reference data, from official files, reviewed and reversible.

Exit codes: 0 done, 1 refused or something is wrong, 2 the files cannot be read as what they should be.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from deploy.reference.review import Change
    from deploy.reference.updating import Proposed
    from shared.reference import Manifest, Pack

JsonFlag = Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")]
REFUSED, UNREADABLE = 1, 2


def register(app: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(
        help="Référentiels : communes, EPCI, zones, bassins, codes postaux, ROME, parc social.", no_args_is_help=True
    )
    group.command(name="list", help="Les versions présentes et celle qui est en service.")(list_versions)
    group.command(help="Vérifie toutes les versions ; sort avec 1 si l'une est inutilisable.")(check)
    group.command(
        help="Prépare une version à partir de fichiers officiels, montre ce qui change, et l'écrit. Ne la met en service "
        "qu'avec --use. Sortes : communes, populations, epci, zones-emploi, bassins, postal-codes, rome, rpls-communes, "
        "bmo, dares-tensions, sne, lovac, population-series, bpe, apl-medecins, data-inclusion, action-coeur-de-ville."
    )(update)
    group.command(help="Met une version en service (« shipped » : celle du logiciel). Aussi le retour en arrière.")(use)
    app.add_typer(group, name="reference")


def list_versions(as_json: JsonFlag = False) -> None:
    """One line a version."""
    from deploy.reference.store import versions
    from shared.reference import BrokenPackError, opened, reference_folder
    from shared.reference.packs import chosen

    folder = reference_folder()
    in_use = chosen(folder)
    found: list[dict[str, Any]] = []
    for version in versions(folder):
        try:
            found.append({**_shown(opened(version, folder).manifest), "in_use": version == in_use})
        except BrokenPackError as error:
            found.append({"version": version, "in_use": version == in_use, "broken": str(error)})
    if in_use not in {one["version"] for one in found}:
        found.append({"version": in_use, "in_use": True, "broken": "absent du dossier"})
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "versions": found}, ensure_ascii=False))
        return
    for one in found:
        mark = "→" if one["in_use"] else " "
        told = one.get("broken") or ", ".join(f"{kind} {vintage}" for kind, vintage in one["vintages"].items())
        typer.echo(f"{mark} {one['version']:<22} {told}")


def check(as_json: JsonFlag = False) -> None:
    """Every version whole: files, content, what holds together."""
    from deploy.reference.checks import PackRefusedError
    from deploy.reference.store import checked, versions
    from shared.reference import BrokenPackError, reference_folder
    from shared.reference.packs import chosen

    folder = reference_folder()
    verdicts: dict[str, list[str]] = {}
    for version in dict.fromkeys((*versions(folder), chosen(folder))):
        try:
            checked(folder, version)
            verdicts[version] = []
        except BrokenPackError as error:
            verdicts[version] = [str(error)]
        except PackRefusedError as error:
            verdicts[version] = list(error.problems)
    if as_json:
        typer.echo(json.dumps({"in_use": chosen(folder), "problems": verdicts}, ensure_ascii=False))
    else:
        for version, problems in verdicts.items():
            typer.echo(f"{version} : {'bon' if not problems else ' ; '.join(problems)}", err=bool(problems))
    raise typer.Exit(REFUSED if any(verdicts.values()) else 0)


def update(
    kind: Annotated[str, typer.Argument(help="Sorte de fichiers.")],
    files: Annotated[list[Path], typer.Argument(help="Fichiers officiels, tels que publiés (.csv ou .xlsx).")],
    vintage: Annotated[
        str | None,
        typer.Option(help="Millésime (AAAA-MM-JJ, ou version du ROME) s'il n'est pas dans le nom du fichier."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montre ce qui changerait, n'écrit rien.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Accepte des changements plus grands que les seuils.")] = False,
    switch: Annotated[bool, typer.Option("--use", help="Met aussitôt la version en service.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Reads, applies, checks, compares; writes beside the version in use, which stays."""
    from deploy.reference.checks import PackRefusedError
    from deploy.reference.official import OfficialFileError
    from deploy.reference.store import write
    from deploy.reference.updating import KINDS, propose
    from shared.clock import utc_now
    from shared.reference import BrokenPackError, active, reference_folder

    if kind not in KINDS:
        typer.echo(f"sorte inconnue « {kind} ». Sortes : {', '.join(KINDS)}", err=True)
        raise typer.Exit(UNREADABLE)
    try:
        base = active()
        proposed = propose(base, kind, files, vintage)
    except OfficialFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNREADABLE) from error
    except PackRefusedError as error:
        typer.echo("refusé, rien n'est écrit :", err=True)
        for problem in error.problems:
            typer.echo(f"  - {problem}", err=True)
        raise typer.Exit(REFUSED) from error
    except BrokenPackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from error
    too_much = proposed.review.too_much
    made = None
    if not dry_run and not (too_much and not yes):
        now = utc_now()
        made = write(reference_folder(), base, proposed.tables, proposed.sources, proposed.geography_version, now)
    if as_json:
        typer.echo(json.dumps(_answer(base, proposed, made), ensure_ascii=False))
    else:
        _tell(base, proposed, made)
    if too_much and not yes:
        typer.echo("au-delà des seuils : rien n'est écrit. Relire ce qui précède, puis --yes pour accepter.", err=True)
        raise typer.Exit(REFUSED)
    if made is not None and switch:
        _switch(made.version, quiet=as_json)


def use(version: Annotated[str, typer.Argument(help="Nom d'une version (ancrage reference list).")]) -> None:
    """Switches; the version in use stays if the other is not good."""
    _switch(version, quiet=False)


def _switch(version: str, *, quiet: bool) -> None:
    from deploy.reference.checks import PackRefusedError
    from deploy.reference.store import use as switch
    from deploy.reference.store import versions
    from shared.reference import BrokenPackError, opened, reference_folder
    from shared.reference.packs import chosen

    folder = reference_folder()
    if version not in versions(folder):
        typer.echo(f"aucune version « {version} ». Présentes : {', '.join(versions(folder))}", err=True)
        raise typer.Exit(UNREADABLE)
    before = chosen(folder)
    try:
        pack = switch(folder, version)
    except (BrokenPackError, PackRefusedError) as error:
        typer.echo(f"{error}\n« {before} » reste en service.", err=True)
        raise typer.Exit(REFUSED) from error
    if quiet:
        return
    typer.echo(f"en service : {version} (avant : {before}). Retour : ancrage reference use {before}")
    typer.echo("Redémarrer les services : chaque processus garde jusqu'à sa fin la version qu'il a ouverte.")
    try:
        same = opened(before, folder).manifest.geography_version == pack.manifest.geography_version
    except BrokenPackError:
        same = False
    if not same:
        typer.echo(
            "La géographie change : nouvelle génération des scores. Après le redémarrage : ancrage scoring rebuild"
        )


def _shown(manifest: "Manifest") -> dict[str, Any]:
    return {
        "version": manifest.version,
        "base": manifest.base,
        "created_at": manifest.created_at,
        "geography_version": manifest.geography_version,
        "vintages": {source.kind: source.vintage for source in manifest.sources},
    }


def _answer(base: "Pack", proposed: "Proposed", made: "Pack | None") -> dict[str, Any]:
    return {
        "base": base.version,
        "version": made.version if made else None,
        "geography_changes": proposed.review.geography_changes,
        "beyond_thresholds": [change.what for change in proposed.review.too_much],
        "changes": [
            {"what": one.what, "count": one.count, "share": round(one.share, 6), "examples": one.examples}
            for one in proposed.review.changes
        ],
        "notices": proposed.notices,
    }


def _tell(base: "Pack", proposed: "Proposed", made: "Pack | None") -> None:
    if not proposed.review.changes:
        typer.echo(f"aucun changement de contenu par rapport à {base.version}")
    for change in proposed.review.changes:
        typer.echo(_line(change))
        for example in change.examples:
            typer.echo(f"      {example}")
    for notice in proposed.notices:
        typer.echo(f"  note : {notice}")
    if made is not None:
        typer.echo(f"écrite : {made.version} ({made.folder}). Mise en service : ancrage reference use {made.version}")


def _line(change: "Change") -> str:
    mark = "!!" if change.too_much else "  "
    return f"{mark}{change.count:>7} {change.what} ({change.share:.2%}, seuil {change.limit:.1%})"
