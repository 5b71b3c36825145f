"""The programmes as data, one file a version: `<code>.<version>.toml`. A placement keeps the version it began with."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from services.matching.core.programme import Programme, ProgrammeInvalid, read_programme
from shared.programmes import Programme as ProgrammeCode

FOLDER: Final = Path(__file__).parent

Catalogue = dict[str, dict[int, Programme]]


def read_folder(folder: Path) -> Catalogue:
    """Programmes of a folder by code and version. Raises ProgrammeInvalid, naming every file at fault."""
    problems: list[str] = []
    found: Catalogue = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            programme = read_programme(tomllib.loads(path.read_text(encoding="utf-8")))
        except (ProgrammeInvalid, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            lines = error.problems if isinstance(error, ProgrammeInvalid) else (str(error),)
            problems += [f"{path.name}: {line}" for line in lines]
            continue
        if path.name != f"{programme.code}.{programme.version}.toml":
            problems.append(f"{path.name}: the name must be {programme.code}.{programme.version}.toml")
        found.setdefault(programme.code, {})[programme.version] = programme
    for code, versions in found.items():
        if sorted(versions) != list(range(1, len(versions) + 1)):
            problems.append(f"{code}: versions {sorted(versions)} are not 1 to {len(versions)}")
    if problems:
        raise ProgrammeInvalid(problems)
    return found


@cache
def programmes() -> Catalogue:
    """The programmes that ship with the project. Raises ProgrammeInvalid where one of the known codes is missing."""
    found = read_folder(FOLDER)
    if missing := [code.value for code in ProgrammeCode if code.value not in found]:
        raise ProgrammeInvalid([f"{code}: no definition" for code in missing])
    return found


def current() -> dict[str, Programme]:
    """The newest version of each programme."""
    return {code: versions[max(versions)] for code, versions in programmes().items()}


def version_of(code: str, version: int) -> Programme:
    """The version that a placement began with. Raises KeyError for one that was removed."""
    return programmes()[code][version]
