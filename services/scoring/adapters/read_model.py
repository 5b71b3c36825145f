"""The Redis read model of scores: written by the scorer through two guarded scripts, rebuildable from its topic.

Keys, all under the hash tag {scoring} so that a cluster keeps them together:
- {scoring}:current            generation that readers take, "<digest>-<epoch>"
- {scoring}:<generation>:territories   hash, code -> TerritoryScore as JSON
- {scoring}:<generation>:occupations   hash, "<territory>/<letter>" -> its counters by occupation as JSON
- {scoring}:<generation>:guards        hash, code -> "<position> <digest of what it says>"
- {scoring}:<generation>:revisions     sorted set, code by the revision that last wrote it
- {scoring}:<generation>:revision      last revision; begins at a clock's milliseconds, so it grows even after a loss
- {scoring}:history:<code>     list, newest first, at most 100 published changes
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.scoring.core.generation import Generation
from services.scoring.core.occupation_table import OccupationTable
from services.scoring.core.published_columns import PublishedColumns
from shared.clock import utc_now
from shared.events import TerritoryCounters, TerritoryScore

HISTORY: Final = 100
CHUNK: Final = 100
OCCUPATIONS_CHUNK: Final = 500
TIMEOUT_SECONDS: Final = 2.0
CURRENT: Final = "{scoring}:current"
_GENERATION_KEYS: Final = ("territories", "guards", "revisions", "revision", "occupations")

# A row is written unless Redis holds one of a later position, and nothing at all once a later generation is current.
_WRITE: Final = """
local current = redis.call('GET', KEYS[1])
local epoch = ARGV[1]
if current and string.match(current, '-(.+)$') > epoch then return -1 end
if redis.call('EXISTS', KEYS[5]) == 0 then redis.call('SET', KEYS[5], ARGV[2]) end
local revision = redis.call('INCR', KEYS[5])
local written = 0
for row = 0, (#KEYS - 6) - 1 do
  local at = 4 + row * 5
  local code, position, digest = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local known = redis.call('HGET', KEYS[3], code)
  local known_position, known_digest
  if known then known_position, known_digest = string.match(known, '^(%d+) (.+)$') end
  if not known or tonumber(position) >= tonumber(known_position) then
    redis.call('HSET', KEYS[2], code, ARGV[at + 3])
    redis.call('HSET', KEYS[3], code, position .. ' ' .. digest)
    redis.call('ZADD', KEYS[4], revision, code)
    if known_digest ~= digest then
      redis.call('LPUSH', KEYS[7 + row], ARGV[at + 4])
      redis.call('LTRIM', KEYS[7 + row], 0, tonumber(ARGV[3]) - 1)
    end
    written = written + 1
  end
end
return written
"""
# Counters by occupation: the same guards and revisions, in a hash of their own.
_WRITE_OCCUPATIONS: Final = """
local current = redis.call('GET', KEYS[1])
local epoch = ARGV[1]
if current and string.match(current, '-(.+)$') > epoch then return -1 end
if redis.call('EXISTS', KEYS[5]) == 0 then redis.call('SET', KEYS[5], ARGV[2]) end
local revision = redis.call('INCR', KEYS[5])
local written = 0
for at = 3, #ARGV, 3 do
  local place, position = ARGV[at], ARGV[at + 1]
  local known = redis.call('HGET', KEYS[3], place)
  if not known or tonumber(position) >= tonumber(known) then
    redis.call('HSET', KEYS[6], place, ARGV[at + 2])
    redis.call('HSET', KEYS[3], place, position)
    redis.call('ZADD', KEYS[4], revision, place)
    written = written + 1
  end
end
return written
"""
_SWITCH: Final = """
local current = redis.call('GET', KEYS[1])
if current and string.match(current, '-(.+)$') > ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""


class Superseded(RuntimeError):
    """A later generation is current: this writer has nothing more to say."""


def _keys(generation: str) -> list[str]:
    return [f"{{scoring}}:{generation}:{name}" for name in _GENERATION_KEYS]


def history_key(code: str) -> str:
    return f"{{scoring}}:history:{code}"


def connect(url: str) -> "Redis[bytes] | Redis":  # type: ignore[type-arg]
    """A client that fails fast: what is not written now is written again later."""
    return Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)


class ReadModelWriter:
    """The scorer's side."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._write = client.register_script(_WRITE)
        self._write_occupations = client.register_script(_WRITE_OCCUPATIONS)
        self._switch = client.register_script(_SWITCH)

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
        """Writes rows. Raises Superseded, redis.exceptions.RedisError."""
        started_at = int(utc_now().timestamp() * 1000)
        for start in range(0, len(scores), CHUNK):
            part = scores[start : start + CHUNK]
            arguments: list[Any] = [generation.epoch, started_at, HISTORY]
            for score in part:
                entry = msgspec.json.encode(history_entry(score))
                body = msgspec.json.encode(score)
                arguments += [score.code, score.position, _digest(score), body, entry]
            keys = [CURRENT, *_keys(str(generation)), *(history_key(score.code) for score in part)]
            if await self._write(keys=keys, args=arguments) < 0:
                raise Superseded(str(generation))

    async def write_occupations(self, generation: Generation, places: Sequence[TerritoryCounters]) -> None:
        """Writes counters by occupation. Raises Superseded, redis.exceptions.RedisError."""
        started_at = int(utc_now().timestamp() * 1000)
        for start in range(0, len(places), OCCUPATIONS_CHUNK):
            arguments: list[Any] = [generation.epoch, started_at]
            for place in places[start : start + OCCUPATIONS_CHUNK]:
                arguments += [place.code, place.position, msgspec.json.encode(place.counters)]
            if await self._write_occupations(keys=[CURRENT, *_keys(str(generation))], args=arguments) < 0:
                raise Superseded(str(generation))

    async def switch(self, generation: Generation) -> None:
        """Makes a generation current, once all its rows are written, and drops the one before."""
        former = await self._client.get(CURRENT)
        if not await self._switch(keys=[CURRENT], args=[str(generation), generation.epoch]):
            raise Superseded(str(generation))
        if former is not None and former.decode() != str(generation):
            await self._client.unlink(*_keys(former.decode()))


class HistoryEntry(msgspec.Struct, frozen=True):
    """One published change."""

    as_of: str
    score: float | None
    score_class: int | None
    coverage: float
    counters: dict[str, int]
    reference_version: str


def history_entry(score: TerritoryScore) -> HistoryEntry:
    return HistoryEntry(
        score.as_of, score.score, score.score_class, score.coverage, score.counters, score.reference_version
    )


def _digest(score: TerritoryScore) -> str:
    said = (score.score, score.coverage, sorted(score.counters.items()), score.reference_version)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:12]


_COUNTERS: Final = msgspec.json.Decoder(dict[str, int])


class ReadModelAbsent(RuntimeError):
    """Redis answers but holds no scores yet: the scorer is writing them."""


@dataclass
class ReadModel:
    """The API's side: a copy of all rows and counters by occupation, brought up to date by what changed since the last
    look. `refresh` raises ReadModelAbsent or redis.exceptions.RedisError."""

    client: Any
    generation: str | None = None
    revision: int = 0
    rows: dict[str, TerritoryScore] = field(default_factory=dict)
    occupations: OccupationTable = field(default_factory=lambda: OccupationTable(()))
    published: PublishedColumns = field(default_factory=lambda: PublishedColumns(()))
    _decoder: msgspec.json.Decoder[TerritoryScore] = field(default_factory=lambda: msgspec.json.Decoder(TerritoryScore))

    async def refresh(self) -> None:
        current = await self.client.get(CURRENT)
        if current is None:
            raise ReadModelAbsent
        generation = current.decode()
        territories, _, revisions, revision_key, occupations = _keys(generation)
        revision = int(await self.client.get(revision_key) or 0)
        if generation != self.generation or revision < self.revision:
            pipeline = self.client.pipeline(transaction=False)
            pipeline.hgetall(territories)
            pipeline.hgetall(occupations)
            found, counted = await pipeline.execute()
            self.rows = self._decoded(found.values())
            self.published.replace(self.rows.values())
            self.occupations.replace({place.decode(): _COUNTERS.decode(value) for place, value in counted.items()})
            self.generation, self.revision = generation, revision
        elif revision > self.revision:
            await self._take_changes(territories, revisions, occupations)
            self.revision = revision
        if not self.rows:
            raise ReadModelAbsent

    async def _take_changes(self, territories: str, revisions: str, occupations: str) -> None:
        changed = await self.client.zrangebyscore(revisions, f"({self.revision}", "+inf")
        places = [code for code in changed if b"/" in code]
        codes = [code for code in changed if b"/" not in code]
        pipeline = self.client.pipeline(transaction=False)
        if codes:
            pipeline.hmget(territories, codes)
        if places:
            pipeline.hmget(occupations, places)
        found = await pipeline.execute()
        if codes:
            rows = self._decoded(found[0])
            self.rows = self.rows | rows
            for score in rows.values():
                self.published.put(score)
        for place, value in zip(places, found[-1] if places else (), strict=True):
            self.occupations.put(place.decode(), _COUNTERS.decode(value) if value is not None else {})

    def _decoded(self, values: Iterable[bytes | None]) -> dict[str, TerritoryScore]:
        scores = [self._decoder.decode(value) for value in values if value is not None]
        return {score.code: score for score in scores}

    async def history(self, code: str, limit: int) -> list[HistoryEntry]:
        """Published changes of a territory, newest first."""
        found = await self.client.lrange(history_key(code), 0, limit - 1)
        return [msgspec.json.decode(entry, type=HistoryEntry) for entry in found]


UNAVAILABLE: Final = (RedisError, ReadModelAbsent, OSError, TimeoutError)
