"""From official files to a new version of the reference data: read, apply, check, compare, write."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from deploy.reference.checks import PackRefusedError, problems_of, read_tables
from deploy.reference.communes import apply_communes, apply_populations
from deploy.reference.draft import Draft
from deploy.reference.figures import (
    apply_city_programme,
    apply_demand,
    apply_gp_access,
    apply_hiring,
    apply_inclusion,
    apply_population_series,
    apply_private_vacancy,
    apply_services,
    apply_tensions,
    follow_figures,
)
from deploy.reference.official import Official, OfficialFileError, read_official
from deploy.reference.records import apply_postal_codes, apply_rome, apply_social
from deploy.reference.review import Review, reviewed
from deploy.reference.territories import apply_bassins, apply_epci, apply_zones
from shared.reference import Pack, Source
from shared.reference.manifest import TABLES

LICENCE: Final = "Licence Ouverte 2.0"


class Kind(NamedTuple):
    """`needed`: one layout of each set has to be there. `source_kinds`: what of the manifest each layout renews."""

    title: str
    producer: str
    needed: tuple[frozenset[str], ...]
    optional: frozenset[str] = frozenset()

    @property
    def layouts(self) -> frozenset[str]:
        return frozenset().union(*self.needed, self.optional)


KINDS: Final[Mapping[str, Kind]] = {
    "communes": Kind(
        "Code officiel géographique et mouvements des communes",
        "INSEE",
        (frozenset({"cog"}), frozenset({"movements"})),
        frozenset({"populations", "points"}),
    ),
    "populations": Kind("Populations municipales", "INSEE", (frozenset({"populations"}),)),
    "epci": Kind("Composition des EPCI", "DGCL", (frozenset({"epci-dgcl", "epci-insee"}),)),
    "zones-emploi": Kind("Zones d'emploi", "INSEE", (frozenset({"zones-insee", "zones-list"}),)),
    "bassins": Kind("Bassins d'emploi", "France Travail", (frozenset({"bassins"}),)),
    "postal-codes": Kind("Base officielle des codes postaux", "La Poste", (frozenset({"postal"}),)),
    "rome": Kind("ROME 4.0, référentiel des codes", "France Travail", (frozenset({"rome-v4"}),)),
    "rpls-communes": Kind("Parc social par commune (RPLS)", "SDES", (frozenset({"rpls"}),)),
    "bmo": Kind("Besoins en main-d'œuvre (BMO)", "France Travail", (frozenset({"bmo"}),)),
    "dares-tensions": Kind("Tensions par métier et bassin", "DARES, France Travail", (frozenset({"dares-tensions"}),)),
    "sne": Kind("Demandes et attributions de logements sociaux (SNE)", "DHUP", (frozenset({"sne"}),)),
    "lovac": Kind("Vacance du parc privé (LOVAC)", "DHUP, Cerema", (frozenset({"lovac"}),)),
    "population-series": Kind("Séries historiques du recensement", "INSEE", (frozenset({"population-series"}),)),
    "bpe": Kind("Base permanente des équipements", "INSEE", (frozenset({"bpe", "bpe-melodi"}),)),
    "apl-medecins": Kind("Accessibilité potentielle localisée aux médecins", "DREES", (frozenset({"apl"}),)),
    "data-inclusion": Kind("Structures de l'insertion", "data.inclusion", (frozenset({"data-inclusion"}),)),
    "action-coeur-de-ville": Kind("Action cœur de ville", "ANCT", (frozenset({"action-coeur-de-ville"}),)),
}
# What a file of the kind "communes" renews besides: (source kind, title).
_LAYOUT_SOURCES: Final = {
    "movements": ("movements", "Mouvements des communes depuis 1943"),
    "populations": ("populations", "Populations municipales"),
    "points": ("points", "Points officiels des communes"),
}
_VERSION_IN_NAME: Final = re.compile(r"_v(\d+)_")
_YEAR_IN_NAME: Final = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


class Proposed(NamedTuple):
    """A pack that is complete and checked, not yet written. `notices` tell what was assumed or left out."""

    tables: dict[str, bytes]
    sources: tuple[Source, ...]
    geography_version: str
    review: Review
    notices: tuple[str, ...]


def propose(base: Pack, kind: str, paths: Sequence[Path], vintage: str | None) -> Proposed:
    """What `base` becomes with the files. Raises OfficialFileError (files) or PackRefusedError (what they make)."""
    files = _recognised(kind, [read_official(path) for path in paths])
    named = vintage or _vintage(kind, files)
    draft = Draft.of(base)
    try:
        _apply(draft, kind, files, named)
        tables = draft.tables()
    except KeyError as error:
        raise PackRefusedError([f"code sans nom ni définition dans les fichiers : {error}"]) from error
    for file in files.values():
        draft.source(_source(kind, file, named))
        if kind == "rpls-communes" and "vacant_over_3_months" in draft.figures:
            draft.source(msgspec.structs.replace(_source(kind, file, named), kind="rpls-vacancy"))
    read = read_tables(tables, named if kind == "rome" else base.manifest.vintage("rome"))
    problems = problems_of(read)
    if problems:
        raise PackRefusedError(problems)
    before = read_tables({name: base.read(name) for name in TABLES}, base.manifest.vintage("rome"))
    return Proposed(tables, draft.sources, read.geography.version, reviewed(before, read), tuple(draft.notices))


def _recognised(kind: str, files: Sequence[Official]) -> dict[str, Official]:
    """Files by layout. Raises OfficialFileError for a layout that is missing, twice there, or of another kind."""
    found: dict[str, Official] = {}
    for file in files:
        if file.layout not in KINDS[kind].layouts:
            raise OfficialFileError(
                f"{file.name} est un fichier « {file.layout} » : il n'est pas d'une mise à jour « {kind} »"
            )
        if file.layout in found:
            raise OfficialFileError(f"{found[file.layout].name} et {file.name} sont deux fichiers « {file.layout} »")
        found[file.layout] = file
    for needed in KINDS[kind].needed:
        if not needed & set(found):
            raise OfficialFileError(f"« {kind} » demande aussi un fichier {' ou '.join(sorted(needed))}")
    return found


def _apply(draft: Draft, kind: str, files: Mapping[str, Official], vintage: str) -> None:
    def rows(layout: str) -> list[dict[str, str]]:
        return files[layout].rows if layout in files else []

    (first, *_) = files
    steps: Mapping[str, Callable[[], None]] = {
        "communes": lambda: apply_communes(draft, rows("cog"), rows("movements"), rows("populations"), rows("points")),
        "populations": lambda: apply_populations(draft, rows("populations")),
        "epci": lambda: apply_epci(draft, first, rows(first)),
        "zones-emploi": lambda: apply_zones(draft, first, rows(first)),
        "bassins": lambda: apply_bassins(draft, rows("bassins")),
        "postal-codes": lambda: apply_postal_codes(draft, rows("postal")),
        "rome": lambda: apply_rome(draft, rows("rome-v4"), vintage),
        "rpls-communes": lambda: apply_social(draft, rows("rpls")),
        "bmo": lambda: apply_hiring(draft, rows("bmo")),
        "dares-tensions": lambda: apply_tensions(draft, rows("dares-tensions")),
        "sne": lambda: apply_demand(draft, rows("sne")),
        "lovac": lambda: apply_private_vacancy(draft, rows("lovac")),
        "population-series": lambda: apply_population_series(draft, rows("population-series")),
        "bpe": lambda: apply_services(draft, first, rows(first)),
        "apl-medecins": lambda: apply_gp_access(draft, rows("apl")),
        "data-inclusion": lambda: apply_inclusion(draft, rows("data-inclusion")),
        "action-coeur-de-ville": lambda: apply_city_programme(draft, rows("action-coeur-de-ville")),
    }
    steps[kind]()
    if kind in {"communes", "epci"}:
        follow_figures(draft)


def _source(kind: str, file: Official, vintage: str) -> Source:
    about, title = _LAYOUT_SOURCES.get(file.layout, (kind, KINDS[kind].title))
    return Source(
        kind=about,
        title=title,
        producer=KINDS[kind].producer,
        vintage=vintage,
        licence=LICENCE,
        derived_by=f"ancrage reference update {kind}",
        file=file.name,
        sha256=file.sha256,
    )


def _vintage(kind: str, files: Mapping[str, Official]) -> str:
    """The vintage that the producer writes in the file's name. Raises OfficialFileError where there is none."""
    for file in files.values():
        if kind == "rome" and (version := _VERSION_IN_NAME.search(file.name)):
            return f"4.0 v{version.group(1)}"
        if kind != "rome" and (year := _YEAR_IN_NAME.search(file.name)):
            return f"{year.group(1)}-01-01"
    raise OfficialFileError(
        'le millésime n\'est pas dans le nom du fichier : --vintage 2027-01-01 (ROME : --vintage "4.0 v470")'
    )
