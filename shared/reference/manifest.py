"""What a pack says of itself: its tables with their hashes, and where each comes from."""

import hashlib
from collections.abc import Mapping
from typing import Final, Self

import msgspec

# Every table of a pack: "<package of shared>/<file>".
TABLES: Final = (
    "geography/communes.csv.gz",
    "geography/epci.csv.gz",
    "geography/zones_emploi.csv",
    "geography/departements.csv",
    "geography/regions.csv",
    "geography/passages.csv.gz",
    "geography/postal_codes.csv.gz",
    "geography/bassins.csv",
    "geography/commune_bassins.csv.gz",
    "geography/social_dwellings.csv.gz",
    "occupations/rome.csv",
    "occupations/rome_v4.csv",
    "occupations/related.csv",
    "official/figures.csv.gz",
    "official/hiring.csv.gz",
    "official/tensions.csv.gz",
)
# Tables that packs made before them do not have: these take the shipped ones, with the sources of those.
ADDED: Final = frozenset({"official/figures.csv.gz", "official/hiring.csv.gz", "official/tensions.csv.gz"})


class TableFacts(msgspec.Struct, frozen=True):
    """Size and hash of a table's bytes as stored."""

    sha256: str
    size_bytes: int

    @classmethod
    def of(cls, content: bytes) -> Self:
        return cls(hashlib.sha256(content).hexdigest(), len(content))


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where facts come from. `kind` names what they are about; of one kind, a pack holds one source per title.

    `vintage` is the day or version that the producer states. `file` and `sha256` are those of the official file that was
    read; unknown for what shipped.
    """

    kind: str
    title: str
    producer: str
    vintage: str
    licence: str
    derived_by: str
    file: str | None = None
    sha256: str | None = None


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """`version` names the pack; `base` the one that it was made from."""

    version: str
    tables: Mapping[str, TableFacts]
    sources: tuple[Source, ...]
    geography_version: str
    base: str | None = None
    created_at: str | None = None

    def vintage(self, kind: str) -> str:
        """The vintage of the first source of a kind. Raises KeyError if there is none."""
        for source in self.sources:
            if source.kind == kind:
                return source.vintage
        raise KeyError(kind)

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"
