"""`ancrage-watch.toml`: which files of a watched folder are taken, as what, and when they are complete."""

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from deploy.ingesting.conversion import Conversion
from deploy.ingesting.layout_choice import conversion_for
from services.ingest.core.faults import Fault, FileRefused
from shared.words import Words

CONFIGURATION: Final = "ancrage-watch.toml"
# Folders of ours within each watched folder.
WORKING: Final = "working"
DONE: Final = "done"
FAILED: Final = "failed"
OWN_FOLDERS: Final = frozenset({WORKING, DONE, FAILED})

TAKEN: Final = ("*.csv", "*.csv.gz", "*.tsv", "*.tsv.gz", "*.txt", "*.txt.gz", "*.ndjson", "*.ndjson.gz", "*.jsonl")
UNFINISHED: Final = (".*", "*~", "*.tmp", "*.part", "*.partial", "*.filepart", "*.crdownload", "*.swp")
OURS: Final = ("*.report.csv", "*.report.txt")


@dataclass(frozen=True)
class Folder:
    """Rules of one folder; patterns are of file names and case does not count.

    `marker`: the file is complete when NAME+marker exists too, instead of when it no longer changes.
    """

    path: Path
    kind: str
    taken: tuple[str, ...] = TAKEN
    full: tuple[str, ...] = ()
    marker: str | None = None
    layout: str | None = None
    vintage: int | None = None
    mapping: Path | None = None
    every_line: bool = False

    def takes(self, name: str) -> bool:
        """Whether a file of that name is one to send."""
        if name == CONFIGURATION or _matches(name, (*UNFINISHED, *OURS)):
            return False
        return _matches(name, self.taken) and not (self.marker and name.endswith(self.marker))

    def is_full(self, name: str) -> bool:
        """Whether a file of that name holds everything, so that the absent is withdrawn."""
        return _matches(name, self.full)

    def conversion(self) -> Conversion | None:
        """Raises FileRefused for a mapping that cannot be used."""
        return conversion_for(self.kind, layout=self.layout, vintage=self.vintage, mapping=self.mapping)


@dataclass(frozen=True)
class WatchSettings:
    """What is watched. `settle_seconds`: a file is complete when its size and date have not changed for so long."""

    folders: tuple[Folder, ...]
    settle_seconds: float = 30.0
    poll_seconds: float = 10.0
    patience_seconds: float = field(default=120.0)


_TOP: Final = frozenset({"settle_seconds", "poll_seconds", "patience_seconds", "folder"})
_FOLDER: Final = frozenset({"path", "kind", "match", "full", "marker", "layout", "vintage", "mapping", "every_line"})


def read_watch_settings(folder: Path, *, kind: str | None = None) -> WatchSettings:
    """The folder's configuration, or without one the folder itself for files of that `kind`. Raises FileRefused."""
    path = folder / CONFIGURATION
    if not path.is_file():
        if kind is None:
            raise FileRefused(_fault(str(path), "Absent, et --kind n'est pas donné.", "Missing, and no --kind given."))
        return WatchSettings((Folder(folder, kind),))
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileRefused(_fault(str(path), f"Illisible : {error}", f"Unreadable: {error}")) from error
    faults = [_fault(name, "Nom inconnu.", "Unknown name.") for name in sorted(said.keys() - _TOP)]
    given = said.get("folder", [{}])
    entries = given if isinstance(given, list) and all(isinstance(one, dict) for one in given) else []
    if not entries:
        faults.append(_fault("folder", "Attendu : [[folder]].", "Expected [[folder]]."))
    folders = [_folder(folder, entry, number, kind, faults) for number, entry in enumerate(entries, 1)]
    seconds = {name: _seconds(said, name, faults) for name in ("settle_seconds", "poll_seconds", "patience_seconds")}
    if faults:
        raise FileRefused(*faults)
    return WatchSettings(tuple(folders), **{name: value for name, value in seconds.items() if value is not None})


def _folder(root: Path, said: dict[str, Any], number: int, kind: str | None, faults: list[Fault]) -> Folder:
    place = f"folder[{number}]"
    faults += [_fault(f"{place}.{name}", "Nom inconnu.", "Unknown name.") for name in sorted(said.keys() - _FOLDER)]
    chosen = said.get("kind", kind)
    if chosen not in {"vacancies", "offers"}:
        faults.append(_fault(f"{place}.kind", "vacancies ou offers attendu.", "Expected vacancies or offers."))
    path = (root / str(said.get("path", "."))).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_dir():
        faults.append(_fault(f"{place}.path", f"Pas un sous-dossier : {path}", f"No sub-folder: {path}"))
    layout = said.get("layout")
    if layout not in {None, "rpls"} or (layout == "rpls" and chosen != "vacancies"):
        faults.append(_fault(f"{place}.layout", "Seul « rpls » existe, pour vacancies.", "Only “rpls”, for vacancies."))
    mapping = root / str(said["mapping"]) if "mapping" in said else None
    vintage = said.get("vintage")
    if vintage is not None and (isinstance(vintage, bool) or not isinstance(vintage, int)):
        faults.append(_fault(f"{place}.vintage", "Année attendue.", "Expected a year."))
    found = Folder(
        path,
        str(chosen),
        taken=_patterns(said, "match", place, faults) or TAKEN,
        full=_patterns(said, "full", place, faults),
        marker=str(said["marker"]) if "marker" in said else None,
        layout=layout,
        vintage=vintage,
        mapping=mapping,
        every_line=bool(said.get("every_line", False)),
    )
    try:
        found.conversion()
    except FileRefused as refused:
        faults += [Fault(f"{place}.{one.field}", one.value, one.reason, one.remedy) for one in refused.faults]
    return found


def _patterns(said: dict[str, Any], name: str, place: str, faults: list[Fault]) -> tuple[str, ...]:
    given = said.get(name, [])
    patterns = [given] if isinstance(given, str) else given
    if isinstance(patterns, list) and all(isinstance(one, str) for one in patterns):
        return tuple(patterns)
    faults.append(_fault(f"{place}.{name}", "Attendu : des motifs de noms.", "Expected patterns of names."))
    return ()


def _seconds(said: dict[str, Any], name: str, faults: list[Fault]) -> float | None:
    given = said.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or given < 0:
        faults.append(_fault(name, "Attendu : des secondes.", "Expected seconds."))
        return None
    return float(given)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)


def _fault(place: str, fr: str, en: str) -> Fault:
    remedy = Words("Voir docs/ingest-files.md, « Dossier surveillé ».", "See docs/ingest-files.md.")
    return Fault(place, None, Words(fr, en), remedy)
