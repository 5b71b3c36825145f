"""Reading the reference pack in use: the shipped one, or the version that `ancrage reference use` has chosen.

HOME/reference/active               the name of the version in use; no file: the shipped pack
HOME/reference/VERSION/manifest.json, geography/…, occupations/…

A process opens one pack, checks it whole and keeps to it until it ends: no look-up ever mixes two versions.
"""

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

import shared
from shared.reference.manifest import ADDED, TABLES, Manifest, TableFacts

SHIPPED: Final = "shipped"
ACTIVE: Final = "active"
MANIFEST: Final = "manifest.json"
_SHARED: Final = Path(shared.__file__).parent


class BrokenPackError(RuntimeError):
    """A pack that cannot be used whole; the message says why, and what to do."""


class Pack(NamedTuple):
    """A verified pack. `folder` is None for the shipped one."""

    manifest: Manifest
    folder: Path | None

    @property
    def version(self) -> str:
        return self.manifest.version

    def read(self, name: str) -> bytes:
        """The bytes of a table of `TABLES`, as stored."""
        package, file = name.split("/")
        if self.folder is None or name not in self.manifest.tables:
            return (_SHARED / package / "data" / file).read_bytes()
        return (self.folder / name).read_bytes()


def reference_folder() -> Path:
    """The folder of versions, by the settings."""
    from shared.settings import Settings

    return Settings().reference_folder


@cache
def shipped() -> Pack:
    """The pack that comes with the project."""
    content = (Path(__file__).parent / "shipped.json").read_bytes()
    return Pack(msgspec.json.decode(content, type=Manifest), None)


def opened(version: str, folder: Path) -> Pack:
    """A version, every table compared with its hash. Raises BrokenPackError; what shipped is taken as it is."""
    if version == SHIPPED:
        return shipped()
    place = folder / version
    try:
        manifest = msgspec.json.decode((place / MANIFEST).read_bytes(), type=Manifest)
        if missing := set(TABLES) - set(manifest.tables) - ADDED:
            raise BrokenPackError(_broken(version, f"sans {', '.join(sorted(missing))}"))
        for name, facts in manifest.tables.items():
            if TableFacts.of((place / name).read_bytes()) != facts:
                raise BrokenPackError(_broken(version, f"{name} n'est pas ce que dit le manifeste"))
    except (OSError, msgspec.DecodeError) as error:
        raise BrokenPackError(_broken(version, str(error))) from error
    if manifest.version != version:
        raise BrokenPackError(_broken(version, f"son manifeste dit {manifest.version}"))
    return Pack(_completed(manifest), place)


def _completed(manifest: Manifest) -> Manifest:
    """A manifest made before the tables of ADDED, with the sources of the shipped ones."""
    if set(TABLES) <= set(manifest.tables):
        return manifest
    known = {source.kind for source in manifest.sources}
    others = tuple(one for one in shipped().manifest.sources if one.kind not in known)
    return msgspec.structs.replace(manifest, sources=(*manifest.sources, *others))


def chosen(folder: Path) -> str:
    """The name of the version in use."""
    try:
        return (folder / ACTIVE).read_text(encoding="utf-8").strip() or SHIPPED
    except FileNotFoundError:
        return SHIPPED


@cache
def active() -> Pack:
    """The pack of this process. Raises BrokenPackError: another version is never taken in its place."""
    folder = reference_folder()
    return opened(chosen(folder), folder)


def table(name: str) -> bytes:
    """The bytes of a table of the pack in use, as stored."""
    return active().read(name)


def _broken(version: str, why: str) -> str:
    return (
        f"référentiel « {version} » inutilisable : {why}. Revenir à un autre : ancrage reference list, "
        f"puis ancrage reference use VERSION (« {SHIPPED} » : celui du logiciel)"
    )
