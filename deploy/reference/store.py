"""Versions of the reference data on disk: written whole or not at all, and switched in one step.

HOME/reference/VERSION/…   a version; its name is a date and a hash of its content
HOME/reference/active      the name of the one in use
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from deploy.reference.checks import PackRefusedError, problems_of, read_tables
from shared.clock import isoformat
from shared.reference import SHIPPED, BrokenPackError, Manifest, Pack, Source, TableFacts, opened
from shared.reference.manifest import TABLES
from shared.reference.packs import ACTIVE, MANIFEST, shipped

_UNFINISHED: Final = ".unfinished-"
_BROKEN: Final = ".broken-"


def versions(folder: Path) -> list[str]:
    """Names of the versions there are, the shipped one first."""
    return [SHIPPED, *sorted(p.parent.name for p in folder.glob(f"*/{MANIFEST}") if not p.parent.name.startswith("."))]


def version_name(tables: Mapping[str, bytes], sources: tuple[Source, ...], day: datetime) -> str:
    """A date for people, and for certainty a hash of the content and of where it comes from."""
    digest = hashlib.sha256(msgspec.json.encode(sources))
    for name in sorted(tables):
        digest.update(f"{name}:{len(tables[name])}\n".encode() + tables[name])
    return f"{day:%Y-%m-%d}-{digest.hexdigest()[:8]}"


def write(
    folder: Path,
    base: Pack,
    tables: Mapping[str, bytes],
    sources: tuple[Source, ...],
    geography_version: str,
    now: datetime,
) -> Pack:
    """A new version beside the others. The same content from the same sources on the same day is the one already there.

    It is complete on disk before it has its name: a crash leaves an unfinished folder, which is no version.
    """
    version = version_name(tables, sources, now)
    place = folder / version
    _set_aside_if_broken(folder, version)
    if not place.exists():
        manifest = Manifest(
            version=version,
            tables={name: TableFacts.of(content) for name, content in tables.items()},
            sources=sources,
            geography_version=geography_version,
            base=base.version,
            created_at=isoformat(now),
        )
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{_UNFINISHED}{secrets.token_hex(4)}"
        try:
            for name, content in {**tables, MANIFEST: manifest.encoded()}.items():
                _put(draft / name, content)
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _sync(folder)
    return opened(version, folder)


def _set_aside_if_broken(folder: Path, version: str) -> None:
    """Frees the name of a version that was harmed since it was written: the same content can be written again."""
    if (folder / version).exists():
        try:
            opened(version, folder)
        except BrokenPackError:
            (folder / version).rename(folder / f"{_BROKEN}{version}-{secrets.token_hex(4)}")


def use(folder: Path, version: str) -> Pack:
    """Makes a version the one in use, after checking it whole. Raises BrokenPackError or PackRefusedError: then the one in
    use stays.
    """
    pack = checked(folder, version)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{_UNFINISHED}{secrets.token_hex(4)}"
    _put(draft, f"{version}\n".encode())
    draft.replace(folder / ACTIVE)
    _sync(folder)
    return pack


def checked(folder: Path, version: str) -> Pack:
    """A version whose tables are what its manifest says, can be read, and hold together.

    Raises BrokenPackError (files) or PackRefusedError (content).
    """
    pack = opened(version, folder)
    problems = _problems_of_what_shipped() if version == SHIPPED else _problems(pack)
    if problems:
        raise PackRefusedError(problems)
    return pack


@cache
def _problems_of_what_shipped() -> tuple[str, ...]:
    """What shipped is part of the program and does not change while it runs: judged once."""
    return _problems(shipped())


def _problems(pack: Pack) -> tuple[str, ...]:
    read = read_tables({name: pack.read(name) for name in TABLES}, pack.manifest.vintage("rome"))
    problems = problems_of(read)
    if read.geography.version != pack.manifest.geography_version:
        problems.append(
            f"le manifeste dit la géographie {pack.manifest.geography_version}, c'est {read.geography.version}"
        )
    return tuple(problems)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Makes a rename in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
