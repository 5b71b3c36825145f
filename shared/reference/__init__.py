"""Versions of the reference data: the pack that ships with the project, and newer ones made from official files."""

from shared.reference.manifest import Manifest, Source, TableFacts
from shared.reference.packs import SHIPPED, BrokenPackError, Pack, active, opened, reference_folder, table

__all__ = [
    "SHIPPED",
    "BrokenPackError",
    "Manifest",
    "Pack",
    "Source",
    "TableFacts",
    "active",
    "opened",
    "reference_folder",
    "table",
]
