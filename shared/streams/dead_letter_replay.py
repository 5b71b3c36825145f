"""Handing a dead letter again to the consumer that refused it. Nothing is ever produced."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from shared.events import EventInvalid, decode
from shared.settings import Settings
from shared.streams.consumer import TRANSIENT, Record, RecordInvalid, SqlConsumer
from shared.streams.dead_letter_reading import Letter, followed
from shared.streams.dead_letters import MAX_VALUE_BYTES


@dataclass(frozen=True)
class Retaker:
    """A consumer whose effects are rows, opened where it is needed: a record can be handed to it again.

    `mirrors`: it keeps the newest state per key, so a record that was followed by another is never handed again: an old
    state would revive what was withdrawn since.
    """

    opened: Callable[[], AbstractContextManager[SqlConsumer]]
    mirrors: bool = False


Consumers = Mapping[str, Retaker]

_ELSEWHERE: Final = "corriger chez le service qui écrit ce topic, qui publie alors un état plus récent"


class ReplayRefused(Exception):
    """The record cannot be handed again; the message says what to do instead, `remedy` that part alone."""

    def __init__(self, letter: Letter, reason: str, remedy: str) -> None:
        super().__init__(f"{letter.id} : {reason}. Remède : {remedy}")
        self.reason = reason
        self.remedy = remedy


def remedy_without_replay(letter: Letter) -> str:
    """How the owner of the entity says its state again, for what cannot be handed again."""
    key = "" if letter.key is None else letter.key.decode(errors="replace")
    said = f"ancrage ingest republish {key}" if key.startswith(("vac_", "off_")) else _ELSEWHERE
    return f"{said}, puis ancrage scoring rebuild" if letter.consumer.startswith("scoring.") else said


def cut(letter: Letter) -> bool:
    """Whether the record is no longer there as it was received."""
    return letter.value is None or len(letter.value) >= MAX_VALUE_BYTES


def replay(settings: Settings, letter: Letter, consumers: Consumers) -> None:
    """Hands the record again, in a transaction of its own; consumed positions stay as they are.

    Handing one to matching.engine takes its fence: the running engine ends, is started again and takes it back.
    Raises ReplayRefused where the consumer counts differences, where the value was cut, where a mirror knows better, or
    where it is refused again.
    """
    retaker = consumers.get(letter.consumer)
    remedy = remedy_without_replay(letter)
    if retaker is None:
        reason = f"{letter.consumer} compte des différences, un ancien enregistrement n'y a plus sa place"
        raise ReplayRefused(letter, reason, remedy)
    if letter.value is None or cut(letter):
        raise ReplayRefused(letter, "contenu absent ou tronqué", remedy)
    if retaker.mirrors and followed(settings, letter):
        raise ReplayRefused(letter, "un état plus récent du même objet a suivi", "rien à faire, c'est lui qui compte")
    try:
        event = decode(letter.source.topic, letter.value)
        with retaker.opened() as consumer:
            consumer.hand_again(Record(letter.source, letter.key, letter.value, event))
    except (EventInvalid, RecordInvalid) as error:
        raise ReplayRefused(letter, f"refusé de nouveau ({error})", remedy) from error
    except TRANSIENT:
        raise
    except Exception as error:
        # The defect of the handler is still there; the other letters are handed again all the same.
        reason = f"le traitement échoue encore ({type(error).__name__}: {error})"
        raise ReplayRefused(letter, reason, "corriger le traitement, puis rejouer") from error
