"""Routes of dead letters: what a service's consumers refused, and handing it again. For operators only."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from kafka.errors import KafkaError
from pydantic import BaseModel, Field

from shared import telemetry
from shared.identity import Action, Resource
from shared.settings import Settings
from shared.streams.consumer import TRANSIENT
from shared.streams.dead_letter_reading import Letter, newest_letters, one_letter, topics_with_letters
from shared.streams.dead_letter_replay import Consumers, ReplayRefused, cut, remedy_without_replay, replay
from shared.topics import dlq
from shared.web.access import Access, requires
from shared.web.paging import CursorText, decode_cursor, encode_cursor, page
from shared.web.problems import Problem, ProblemType, language

SHOWN_CHARACTERS: Final = 100_000
T = TypeVar("T")

log = telemetry.logger(__name__)
Reader = Annotated[Access, Depends(requires(Resource.DEAD_LETTER, Action.READ))]
Writer = Annotated[Access, Depends(requires(Resource.DEAD_LETTER, Action.WRITE))]
LetterId = Annotated[str, Path(max_length=200, description="Topic, partition et position de l'enregistrement gardé")]


class LetterShown(BaseModel):
    """A record that a consumer refused; not its content, which may hold anything."""

    id: str
    source: str = Field(description="Topic, partition et position de l'enregistrement refusé.")
    consumer: str
    reason: str
    refused_at: str
    key: str | None
    bytes: int | None
    replayable: bool
    remedy: str | None = Field(description="Ce qu'il faut faire quand il ne peut être présenté de nouveau.")


class LetterDetail(LetterShown):
    """With the content as text: bytes that are no UTF-8 stand as \\xNN."""

    value: str | None
    complete: bool = Field(description="Faux : le contenu est coupé, ici ou déjà à la réception.")


class LetterPage(BaseModel):
    items: list[LetterShown]
    next: str | None


class Replayed(BaseModel):
    """The record was handed again and taken."""

    id: str
    result: Literal["replayed"] = "replayed"


def dead_letter_router(settings: Settings, service: str, consumers: Consumers) -> APIRouter:
    """Routes for the letters of a service's consumers. `consumers` are those that take a record again; none: no replay."""
    router = APIRouter(prefix="/v1", tags=["dead letters"])
    topics = topics_with_letters()

    @router.get("/dead-letters", summary="Lister les enregistrements refusés", response_model=LetterPage)
    def listing(
        access: Reader,  # noqa: ARG001 - the right is what it asks for
        request: Request,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: CursorText = None,
        topic: Annotated[str | None, Query(max_length=100, description="Topic d'origine")] = None,
    ) -> dict[str, Any]:
        """Newest first."""
        if topic is not None and topic not in topics:
            raise Problem(ProblemType.INVALID_FIELDS, field="topic", value=topic, remedy=", ".join(topics))
        asked = topics if topic is None else [topic]
        before = _before(cursor, asked)
        letters, following = _reached(
            lambda: newest_letters(settings, asked, before, consumers=f"{service}.", limit=limit)
        )
        after = encode_cursor(*(following.get(dlq(name), 0) for name in asked)) if following else None
        return page([_shown(letter, consumers, language(request)) for letter in letters], after)

    @router.get("/dead-letters/{letter}", summary="Lire un enregistrement refusé", response_model=LetterDetail)
    def show(letter: LetterId, access: Reader, request: Request) -> dict[str, Any]:  # noqa: ARG001
        """With its content."""
        found = _found(settings, service, letter)
        value = None if found.value is None else found.value.decode(errors="backslashreplace")
        complete = not cut(found) and len(value or "") <= SHOWN_CHARACTERS
        return {
            **_shown(found, consumers, language(request)),
            "value": value and value[:SHOWN_CHARACTERS],
            "complete": complete,
        }

    if consumers:

        @router.post("/dead-letters/{letter}:replay", summary="Présenter de nouveau un enregistrement refusé")
        def replay_one(letter: LetterId, access: Writer) -> Replayed:
            """To the consumer that refused it; nothing is published. 409 with the remedy where that cannot be."""
            found = _found(settings, service, letter)
            try:
                _reached(lambda: replay(settings, found, consumers))
            except ReplayRefused as refused:
                log.warning("dead_letter.refused_again", letter=found.id, by=access.actor.id, reason=refused.reason.en)
                raise Problem(
                    ProblemType.CONFLICT,
                    refused.reason.fr,
                    field="letter",
                    value=found.id,
                    remedy=refused.remedy.fr,
                    en=refused.reason.en,
                    remedy_en=refused.remedy.en,
                ) from refused
            log.info("dead_letter.replayed", letter=found.id, consumer=found.consumer, by=access.actor.id)
            return Replayed(id=found.id)

    return router


def _found(settings: Settings, service: str, identifier: str) -> Letter:
    found = _reached(lambda: one_letter(settings, identifier))
    if found is None or not found.consumer.startswith(f"{service}."):
        raise Problem(ProblemType.NOT_FOUND)
    return found


def _reached(call: Callable[[], T]) -> T:
    """What needs the broker and the database. Raises Problem 503 without them."""
    try:
        return call()
    except (KafkaError, *TRANSIENT) as error:
        name = type(error).__name__
        raise Problem(
            ProblemType.UNAVAILABLE,
            f"Kafka ou PostgreSQL : {name}",
            en=f"Kafka or PostgreSQL: {name}",
            headers={"Retry-After": "5"},
        ) from error


def _shown(letter: Letter, consumers: Consumers, lang: str) -> dict[str, Any]:
    replayable = letter.consumer in consumers and not cut(letter)
    return {
        **letter.as_json(),
        "replayable": replayable,
        "remedy": None if replayable else remedy_without_replay(letter).said(lang),
    }


def _before(cursor: str | None, topics: list[str]) -> dict[str, int]:
    values = decode_cursor(cursor, len(topics))
    if values is None:
        return {}
    if not all(isinstance(value, int) and 0 <= value < 2**63 for value in values):
        raise Problem(
            ProblemType.INVALID_FIELDS, "Curseur inconnu.", field="cursor", remedy="« next »", en="Unknown cursor."
        )
    return {dlq(name): value for name, value in zip(topics, values, strict=True)}
