"""A watched folder: each complete file is sent once, its report written, and the file put away.

A file is claimed by moving it to `working/`, sent under a key that its bytes, date and rules make, its report written to
`done/`, then moved there. Killed anywhere in between, the next start sends what is in `working/` again under the same key:
the API passes over what it has, or gives the same report. What the API refuses goes to `failed/` with the reason; what it
cannot take now (no connection, saturated, a key that no longer opens) stays and is tried again.
"""

import itertools
import os
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from deploy.ingesting.report_files import replaced, report_paths, write_report
from deploy.ingesting.sending import DENIED, Interrupted, Refused, Sending, Stopped, send, told
from deploy.ingesting.sources import Unreadable, open_source
from deploy.ingesting.watch_settings import DONE, FAILED, OWN_FOLDERS, WORKING, Folder, WatchSettings
from services.ingest.core.faults import FileRefused
from shared import telemetry
from shared.clock import utc_now

log = telemetry.logger(__name__)


class End(StrEnum):
    """What became of one file."""

    TAKEN = "taken"
    SOME_REJECTED = "some_rejected"
    REFUSED = "refused"
    LATER = "later"  # the API does not answer, or is saturated
    DENIED = "denied"  # the key opens nothing


@dataclass(frozen=True)
class _Sight:
    """A file as it was last seen, and since when (monotonic) it has been so."""

    size: int
    modified_ns: int
    since: float


@dataclass
class _Quiet:
    """Looks on without a word; a log line says when a send starts again."""

    name: str

    def advance(self, size: int) -> None:
        """Nobody looks at a bar here."""

    def lines(self, number: int) -> None:
        """Nobody looks at a bar here."""

    def again(self, reason: str, seconds: float) -> None:
        log.warning("ingest.watch.again", file=self.name, reason=reason, seconds=seconds)


class FolderWatch:
    """Watches the folders of its settings until `stop`, or once."""

    def __init__(self, settings: WatchSettings, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client
        self._stopping = threading.Event()
        self._seen: dict[Path, _Sight] = {}

    def stop(self) -> None:
        """Ends after the block in hand; a file that is then half sent is resumed at the next start."""
        self._stopping.set()

    def run(self) -> None:
        """Takes complete files until `stop`, polling: network shares tell nothing."""
        for folder in self._settings.folders:
            _prepare(folder)
        while not self._stopping.is_set():
            for folder in self._settings.folders:
                try:
                    self._take(folder)
                except OSError as error:  # a share that is away for a while
                    log.error("ingest.watch.folder", folder=str(folder.path), error=str(error))
            self._stopping.wait(self._settings.poll_seconds)

    def run_once(self) -> list[End]:
        """Takes what is complete now, and returns what became of each file. Looks twice, `settle_seconds` apart."""
        ends: list[End] = []
        for folder in self._settings.folders:
            _prepare(folder)
            self._settled(folder)
        if any(folder.marker is None for folder in self._settings.folders):
            self._stopping.wait(self._settings.settle_seconds)
        for folder in self._settings.folders:
            ends += self._take(folder)
        return ends

    def _take(self, folder: Folder) -> list[End]:
        ends = [self._send(folder, path) for path in sorted((folder.path / WORKING).iterdir()) if path.is_file()]
        if any(end in {End.LATER, End.DENIED} for end in ends):
            return ends  # the files that follow would end the same, and in order they count the same
        for path in self._settled(folder):
            if self._stopping.is_set():
                break
            claimed = _claim(folder, path)
            if claimed is not None:
                ends.append(self._send(folder, claimed))
                if ends[-1] in {End.LATER, End.DENIED}:
                    break
        return ends

    def _settled(self, folder: Folder) -> list[Path]:
        """Files that are complete, those written first before the others."""
        now = time.monotonic()
        found: list[tuple[int, Path]] = []
        present = dict(_files(folder))
        for path in [known for known in self._seen if known.parent == folder.path and known not in present]:
            del self._seen[path]
        for path, status in present.items():
            sight = _Sight(status.st_size, status.st_mtime_ns, now)
            before = self._seen.get(path)
            if before is not None and (before.size, before.modified_ns) == (sight.size, sight.modified_ns):
                sight = before
            self._seen[path] = sight
            if folder.marker is not None:
                complete = _marker(folder, path.name).is_file()
            else:
                complete = before is sight and now - sight.since >= self._settings.settle_seconds
            if complete:
                found.append((sight.modified_ns, path))
        return [path for _, path in sorted(found)]

    def _send(self, folder: Folder, path: Path) -> End:
        name = path.name
        sending: Sending | None = None
        try:
            source = open_source(path)
            # What a share with a fast clock dates in the future is dated by its reception.
            observed_at = source.modified_at if source.modified_at <= utc_now() else None
            sending = Sending(folder.kind, source, folder.conversion(), folder.is_full(name), observed_at=observed_at)
            run = send(
                self._client,
                sending,
                _Quiet(name),
                patience_seconds=self._settings.patience_seconds,
                stop=self._stopping,
            )
            end = End.SOME_REJECTED if run["rejected"] else End.TAKEN
            self._put_away(folder, path, source.modified_at, run, sending)
        except Refused as refused:
            if refused.status in DENIED:
                log.error("ingest.watch.denied", file=name, reason=str(refused))
                return End.DENIED
            return self._fail(folder, path, refused.problem)
        except FileRefused as refused:
            return self._fail(
                folder, path, {"title": "Fichier refusé", "errors": [one.shown("fr") for one in refused.faults]}
            )
        except Unreadable as error:
            return self._fail(folder, path, {"title": "Fichier illisible", "detail": str(error)})
        except Stopped:
            log.info("ingest.watch.stopped", file=name)
            return End.LATER
        except (Interrupted, httpx.HTTPError) as error:
            log.warning("ingest.watch.later", file=name, reason=str(error) or type(error).__name__)
            return End.LATER
        counts = {sort: run[sort] for sort in ("lines", "created", "updated", "unchanged", "rejected", "withdrawn")}
        log.info("ingest.watch.file", file=name, end=end.value, run=run["run"], full=sending.full, **counts)
        return end

    def _put_away(self, folder: Folder, path: Path, at: datetime, run: dict[str, Any], sending: Sending) -> None:
        target = _free(folder.path / DONE, path.name, at)
        write_report(self._client, run, sending.conversion, target, every_line=folder.every_line)
        path.rename(target)

    def _fail(self, folder: Folder, path: Path, problem: dict[str, Any]) -> End:
        target = _free(folder.path / FAILED, path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))
        reason = told(problem)
        with replaced(report_paths(target)[1]) as report:
            report.write(f"{reason}\r\n".encode())
        path.rename(target)
        log.error("ingest.watch.file", file=path.name, end=End.REFUSED.value, reason=reason)
        return End.REFUSED


def _files(folder: Folder) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.path.iterdir():
        if folder.takes(path.name):
            try:
                status = path.stat()
            except FileNotFoundError:  # taken away meanwhile
                continue
            if stat.S_ISREG(status.st_mode):
                yield path, status


def _marker(folder: Folder, name: str) -> Path:
    return folder.path / f"{name}{folder.marker}"


def _prepare(folder: Folder) -> None:
    """Makes our folders, and takes away the markers of files that were claimed before a kill."""
    for name in OWN_FOLDERS:
        (folder.path / name).mkdir(exist_ok=True)
    if folder.marker is not None:
        for path in (folder.path / WORKING).iterdir():
            _marker(folder, path.name).unlink(missing_ok=True)


def _claim(folder: Folder, path: Path) -> Path | None:
    """Moves a complete file to `working/`; None where one of its name is still there, or it is gone."""
    claimed = folder.path / WORKING / path.name
    if claimed.exists():
        return None
    try:
        path.rename(claimed)
    except FileNotFoundError:
        return None
    if folder.marker is not None:
        _marker(folder, path.name).unlink(missing_ok=True)
    return claimed


def _free(folder: Path, name: str, at: datetime) -> Path:
    """A name of its own for a file put away: exports have the same name every night."""
    dated = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}_{name}"
    numbers = itertools.count(2)
    target = folder / dated
    while target.exists():
        target = folder / f"{next(numbers)}_{dated}"
    return target
