"""What the API tells of files received, the fates of their lines, and what full lists decided."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from services.ingest.adapters.runs import RunState
from services.ingest.core.fates import Fate
from services.ingest.core.full_lists import SnapshotState
from services.ingest.schemas.fields import ShownInstant


class LineError(BaseModel):
    """What is wrong with a line, where, and how to mend it."""

    line: int | None = Field(description="Première ligne physique de l'enregistrement, à partir de 1.")
    reference: str | None = None
    field: str
    message: str
    value: Any = None
    remedy: str | None = None


class SnapshotShown(BaseModel):
    """What a full list decided about the absent."""

    id: str
    run: str
    organisation: str
    organisation_name: str
    kind: Literal["vacancies", "offers"]
    state: SnapshotState
    words: str = Field(description="La décision et ses chiffres, en une phrase.")
    observed_at: ShownInstant
    made_at: ShownInstant
    known: int = Field(description="Références publiées avant la liste.")
    absent: int = Field(description="Références publiées que la liste ne contient pas.")
    unreadable: int = Field(description="Lignes dont la référence est illisible.")
    max_percent: int
    minimum: int
    withdrawn: int
    decided_at: ShownInstant | None = None
    decided_by: str | None = None


class SnapshotDetail(SnapshotShown):
    """A snapshot with the first references that would be withdrawn, while that is open."""

    absent_references: list[str]


class RunShown(BaseModel):
    """A file received. `lines` is the sum of the fates from `created` to `ignored`."""

    run: str
    organisation: str
    organisation_name: str
    kind: Literal["vacancies", "offers"]
    mode: Literal["changes", "full"]
    form: Literal["ndjson", "csv"]
    dry_run: bool
    state: RunState
    observed_at: ShownInstant
    started_at: ShownInstant
    updated_at: ShownInstant
    finished_at: ShownInstant | None
    lines: int
    created: int
    updated: int
    unchanged: int
    superseded: int
    rejected: int
    ignored: int
    withdrawn: int
    unreadable: int


class RunReport(RunShown):
    """The report of a file: counts, and its first errors; the fate of every line is at /v1/runs/{run}/lines."""

    found: dict[str, Any] | None = Field(
        None, description="Ce qui a été trouvé d'un fichier CSV : codage, séparateur, colonnes que rien ne lit."
    )
    errors: list[LineError] = Field(description="Les 1 000 premières erreurs.")
    snapshot: SnapshotShown | None = Field(None, description="Ce qu'une liste complète a décidé des absents.")
    resumed_after_lines: int | None = Field(
        None, description="Lignes déjà écrites lors d'un envoi précédent sous la même clé."
    )


class LineShown(BaseModel):
    """The fate of a line; `line` is null for a withdrawal by absence, `id` for a rejected line and in a dry run."""

    line: int | None
    outcome: Fate
    reference: str | None
    id: str | None
    version: int | None
    errors: list[dict[str, Any]] | None = None
    notices: list[dict[str, Any]] | None = Field(None, description="Ce qui a été compris sous une autre forme.")


class RunPage(BaseModel):
    items: list[RunShown]
    next: str | None


class LinePage(BaseModel):
    items: list[LineShown]
    next: str | None


class SnapshotPage(BaseModel):
    items: list[SnapshotShown]
    next: str | None
