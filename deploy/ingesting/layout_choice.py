"""Which layout a file is read in: none of ours (the API reads it), the register's, or that of a mapping file."""

import hashlib
from pathlib import Path

from deploy.ingesting.conversion import Conversion
from services.ingest.core.faults import Fault, FileRefused
from services.ingest.core.mapping import read_mapping
from services.ingest.core.rpls import Rpls
from shared.words import Words


def conversion_for(kind: str, *, layout: str | None, vintage: int | None, mapping: Path | None) -> Conversion | None:
    """None where the API reads the file itself. Raises FileRefused for a mapping that cannot be used."""
    if mapping is not None:
        try:
            text = mapping.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FileRefused(_unusable(mapping, str(error))) from error
        read = read_mapping(text)
        if read.kind != kind:
            raise FileRefused(_unusable(mapping, f"kind = {read.kind!r}, {kind!r} attendu / expected"))
        return Conversion(read, "mapping:" + hashlib.sha256(text.encode()).hexdigest())
    return Conversion(Rpls(vintage), f"rpls:{vintage}") if layout == "rpls" else None


def _unusable(mapping: Path, why: str) -> Fault:
    return Fault(
        str(mapping),
        None,
        Words(f"Correspondance inutilisable : {why}", f"A mapping that cannot be used: {why}"),
        Words("Voir docs/ingest-mapping.example.toml.", "See docs/ingest-mapping.example.toml."),
    )
