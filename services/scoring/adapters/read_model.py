"""The Redis read model of scores: written by the scorer through guarded scripts, rebuildable from its topic.

Keys, all under the hash tag {scoring} so that a cluster keeps them together:
- {scoring}:writer             number of the scorer that writes; each one that takes over has a greater one
- {scoring}:current            generation that readers take, "<digest>-<epoch>"
- {scoring}:<generation>:territories   hash, code -> TerritoryScore as JSON
- {scoring}:<generation>:occupations   hash, "<territory>/<letter>" -> its counters by occupation as JSON
- {scoring}:<generation>:references    hash, "reference:<version>" -> the reference that scores of this version come from
- {scoring}:<generation>:guards        hash, code -> position of what is written
- {scoring}:<generation>:revisions     sorted set, code by the revision that last wrote it
- {scoring}:<generation>:revision      last revision; begins at a clock's milliseconds, so it grows even after a loss
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec
import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.scoring.core.generation import Generation
from services.scoring.core.occupation_table import OccupationTable
from services.scoring.core.publication import Told
from services.scoring.core.published_columns import PublishedColumns
from services.scoring.core.reference import Reference, ReferenceInvalid
from shared import telemetry
from shared.clock import utc_now
from shared.events import TerritoryCounters, TerritoryScore

CHUNK: Final = 100
OCCUPATIONS_CHUNK: Final = 500
TIMEOUT_SECONDS: Final = 2.0
CURRENT: Final = "{scoring}:current"
WRITER: Final = "{scoring}:writer"
REFERENCE: Final = "reference:"  # before a version: among codes of places none begins so

log = telemetry.logger(__name__)

_CLAIM: Final = """
local number = math.max(tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or '0') + 1)
redis.call('SET', KEYS[1], string.format('%d', number))
return number
"""
# Nothing is written once a later generation is current or another scorer has taken over.
_GUARD: Final = """
local current = redis.call('GET', KEYS[1])
local epoch = ARGV[1]
if current and string.match(current, '-(.+)$') > epoch then return -1 end
local writer = tonumber(redis.call('GET', KEYS[6]) or '0')
if writer > tonumber(ARGV[3]) then return -2 end
if writer < tonumber(ARGV[3]) then redis.call('SET', KEYS[6], ARGV[3]) end
"""
# A row of a hash (KEYS[2]) is written unless Redis holds one of a later position. Arguments after the first three: code,
# position, body of each row.
_WRITE: Final = (
    _GUARD
    + """
if redis.call('EXISTS', KEYS[5]) == 0 then redis.call('SET', KEYS[5], ARGV[2]) end
local revision = redis.call('INCR', KEYS[5])
local written = 0
for at = 4, #ARGV, 3 do
  local code, position = ARGV[at], ARGV[at + 1]
  local known = redis.call('HGET', KEYS[3], code)
  if not known or tonumber(position) >= tonumber(string.match(known, '^%d+')) then
    redis.call('HSET', KEYS[2], code, ARGV[at + 2])
    redis.call('HSET', KEYS[3], code, position)
    redis.call('ZADD', KEYS[4], revision, code)
    written = written + 1
  end
end
return written
"""
)
# All rows of a hash (KEYS[2]) go but those named by the arguments after the first three.
_KEEP: Final = (
    _GUARD
    + """
local kept, dropped = {}, 0
for at = 4, #ARGV do kept[ARGV[at]] = true end
for _, code in ipairs(redis.call('HKEYS', KEYS[2])) do
  if not kept[code] then
    redis.call('HDEL', KEYS[2], code)
    redis.call('HDEL', KEYS[3], code)
    redis.call('ZREM', KEYS[4], code)
    dropped = dropped + 1
  end
end
return dropped
"""
)
_SWITCH: Final = """
local current = redis.call('GET', KEYS[1])
if current and string.match(current, '-(.+)$') > ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""


class Superseded(RuntimeError):
    """A later generation is current: this writer has nothing more to say."""


class TakenOver(RuntimeError):
    """Another scorer writes now: this one must end."""


def _portions(rows: Iterable[tuple[str, int, bytes]], size: int) -> Iterator[list[tuple[str, int, bytes]]]:
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part


class _Keys(NamedTuple):
    """Keys of one generation."""

    territories: str
    occupations: str
    references: str
    guards: str
    revisions: str
    revision: str


def _keys(generation: Generation | str) -> _Keys:
    return _Keys(*(f"{{scoring}}:{generation}:{name}" for name in _Keys._fields))


def connect(url: str) -> "Redis[bytes] | Redis":  # type: ignore[type-arg]
    """A client that fails fast: what is not written now is written again later."""
    return Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)


class ReadModelWriter:
    """The scorer's side."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._write = client.register_script(_WRITE)
        self._keep = client.register_script(_KEEP)
        self._switch = client.register_script(_SWITCH)
        self._claim = client.register_script(_CLAIM)
        self._number: int | None = None

    async def incarnation(self, generation: Generation) -> str | None:
        """Names the server's memory; None when this generation is not current there and all must be written again."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.info("server")
        pipeline.get(CURRENT)
        server, current = await pipeline.execute()
        if current is None or current.decode() != str(generation):
            return None
        return str(server["run_id"])

    async def write(self, generation: Generation, scores: Sequence[TerritoryScore]) -> None:
        """Writes rows, from the first time on as the one writer. Raises Superseded, TakenOver,
        redis.exceptions.RedisError."""
        await self.write_told(generation, [Told.of(score) for score in scores])

    async def write_told(self, generation: Generation, told: Sequence[Told]) -> None:
        """Writes rows that are encoded already, like `write`."""
        rows = ((one.score.code, one.score.position, one.body) for one in told)
        await self._write_rows(generation, _keys(generation).territories, rows, CHUNK)

    async def write_occupations(self, generation: Generation, places: Sequence[TerritoryCounters]) -> None:
        """Writes counters by occupation, like `write`."""
        rows = ((place.code, place.position, msgspec.json.encode(place.counters)) for place in places)
        await self._write_rows(generation, _keys(generation).occupations, rows, OCCUPATIONS_CHUNK)

    async def write_references(self, generation: Generation, references: Iterable[Reference]) -> None:
        """Writes references, like `write`; before the scores that come from them, so that readers have both."""
        rows = ((REFERENCE + one.version, 0, orjson.dumps(one.document())) for one in references)
        await self._write_rows(generation, _keys(generation).references, rows, CHUNK)

    async def keep_references(self, generation: Generation, versions: Iterable[str]) -> None:
        """Drops all references but these, like `write`."""
        kept = [REFERENCE + version for version in versions]
        await self._run(self._keep, generation, _keys(generation).references, kept)

    async def _write_rows(
        self, generation: Generation, table: str, rows: Iterable[tuple[str, int, bytes]], chunk: int
    ) -> None:
        for part in _portions(rows, chunk):
            await self._run(self._write, generation, table, [value for row in part for value in row])

    async def _run(self, script: Any, generation: Generation, table: str, arguments: list[Any]) -> None:
        keys = _keys(generation)
        now = int(utc_now().timestamp() * 1000)
        if self._number is None:
            # Once for ever: a scorer that was suspended must not claim again what another has taken.
            self._number = int(await self._claim(keys=[WRITER], args=[now]))
        done = await script(
            keys=[CURRENT, table, keys.guards, keys.revisions, keys.revision, WRITER],
            args=[generation.epoch, now, self._number, *arguments],
        )
        if done == -2:
            raise TakenOver
        if done < 0:
            raise Superseded(str(generation))

    async def switch(self, generation: Generation) -> None:
        """Makes a generation current, once all its rows are written, and drops the one before."""
        former = await self._client.get(CURRENT)
        if not await self._switch(keys=[CURRENT], args=[str(generation), generation.epoch]):
            raise Superseded(str(generation))
        if former is not None and former.decode() != str(generation):
            await self._client.unlink(*_keys(former.decode()))


_COUNTERS: Final = msgspec.json.Decoder(dict[str, int])


class ReadModelAbsent(RuntimeError):
    """Redis answers but holds no scores yet: the scorer is writing them."""


@dataclass
class ReadModel:
    """The API's side: a copy of all rows, the references that they come from and counters by occupation, brought up to date
    by what changed since the last look. A reference that Redis does not have, or that is of other indicators than this
    software's, is not among `references`. `refresh` raises ReadModelAbsent or redis.exceptions.RedisError."""

    client: Any
    generation: str | None = None
    revision: int = 0
    rows: dict[str, TerritoryScore] = field(default_factory=dict)
    occupations: OccupationTable = field(default_factory=lambda: OccupationTable(()))
    published: PublishedColumns = field(default_factory=lambda: PublishedColumns(()))
    references: dict[str, Reference] = field(default_factory=dict)
    _decoder: msgspec.json.Decoder[TerritoryScore] = field(default_factory=lambda: msgspec.json.Decoder(TerritoryScore))

    async def refresh(self) -> None:
        current = await self.client.get(CURRENT)
        if current is None:
            raise ReadModelAbsent
        generation = current.decode()
        keys = _keys(generation)
        revision = int(await self.client.get(keys.revision) or 0)
        if generation != self.generation or revision < self.revision:
            pipeline = self.client.pipeline(transaction=False)
            pipeline.hgetall(keys.territories)
            pipeline.hgetall(keys.occupations)
            found, counted = await pipeline.execute()
            self.rows = self._decoded(found.values())
            self.published.replace(self.rows.values())
            self.occupations.replace({place.decode(): _COUNTERS.decode(value) for place, value in counted.items()})
            self.references = {}
            await self._take_references(keys)
            self.generation, self.revision = generation, revision
        elif revision > self.revision:
            await self._take_changes(keys)
            self.revision = revision
        if not self.rows:
            raise ReadModelAbsent

    async def _take_changes(self, keys: _Keys) -> None:
        changed = await self.client.zrangebyscore(keys.revisions, f"({self.revision}", "+inf")
        places = [code for code in changed if b"/" in code]
        again = [code for code in changed if code.startswith(REFERENCE.encode())]
        codes = [code for code in changed if b"/" not in code and code not in again]
        pipeline = self.client.pipeline(transaction=False)
        if codes:
            pipeline.hmget(keys.territories, codes)
        if places:
            pipeline.hmget(keys.occupations, places)
        found = await pipeline.execute()
        if codes:
            rows = self._decoded(found[0])
            self.rows = self.rows | rows
            for score in rows.values():
                self.published.put(score)
        for place, value in zip(places, found[-1] if places else (), strict=True):
            self.occupations.put(place.decode(), _COUNTERS.decode(value) if value is not None else {})
        for code in again:
            self.references.pop(code.decode().removeprefix(REFERENCE), None)
        await self._take_references(keys)

    async def _take_references(self, keys: _Keys) -> None:
        """The references that rows name, by what is known of them and what Redis has: it has each before the first row."""
        named = {score.reference_version for score in self.rows.values()}
        self.references = {version: one for version, one in self.references.items() if version in named}
        missing = sorted(named - self.references.keys())
        if not missing:
            return
        found = await self.client.hmget(keys.references, [REFERENCE + version for version in missing])
        for version, document in zip(missing, found, strict=True):
            if document is None:
                continue
            try:
                self.references[version] = Reference.parse(orjson.loads(document))
            except ReferenceInvalid as error:
                log.warning("reference.unfit", version=version, reason=str(error))

    def _decoded(self, values: Iterable[bytes | None]) -> dict[str, TerritoryScore]:
        scores = [self._decoder.decode(value) for value in values if value is not None]
        return {score.code: score for score in scores}


UNAVAILABLE: Final = (RedisError, ReadModelAbsent, OSError, TimeoutError)
