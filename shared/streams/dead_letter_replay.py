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
from shared.words import Words


@dataclass(frozen=True)
class Retaker:
    """A consumer whose effects are rows, opened where it is needed: a record can be handed to it again.

    `mirrors`: it keeps the newest state per key, so a record that was followed by another is never handed again: an old
    state would revive what was withdrawn since.
    """

    opened: Callable[[], AbstractContextManager[SqlConsumer]]
    mirrors: bool = False


Consumers = Mapping[str, Retaker]

_ELSEWHERE: Final = Words(
    "corriger chez le service qui écrit ce topic, qui publie alors un état plus récent",
    "mend it at the service that writes this topic, which then publishes a newer state",
)
_CUT: Final = Words("contenu absent ou tronqué", "content missing or cut")
_FOLLOWED: Final = Words("un état plus récent du même objet a suivi", "a newer state of the same object followed")
_NOTHING_TO_DO: Final = Words("rien à faire, c'est lui qui compte", "nothing, that one counts")
_MEND_FIRST: Final = Words("corriger le traitement, puis rejouer", "mend the handling, then hand it again")


class ReplayRefused(Exception):
    """The record cannot be handed again; the message (in French) says what to do instead, `remedy` that part alone."""

    def __init__(self, letter: Letter, reason: Words, remedy: Words) -> None:
        super().__init__(f"{letter.id} : {reason.fr}. Remède : {remedy.fr}")
        self.reason = reason
        self.remedy = remedy


def remedy_without_replay(letter: Letter) -> Words:
    """How the owner of the entity says its state again, for what cannot be handed again."""
    key = "" if letter.key is None else letter.key.decode(errors="replace")
    command = f"ancrage ingest republish {key}"
    said = Words(command, command) if key.startswith(("vac_", "off_")) else _ELSEWHERE
    if not letter.consumer.startswith("scoring."):
        return said
    return Words(f"{said.fr}, puis ancrage scoring rebuild", f"{said.en}, then ancrage scoring rebuild")


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
        reason = Words(
            f"{letter.consumer} compte des différences, un ancien enregistrement n'y a plus sa place",
            f"{letter.consumer} counts differences, an old record has no place there any more",
        )
        raise ReplayRefused(letter, reason, remedy)
    if letter.value is None or cut(letter):
        raise ReplayRefused(letter, _CUT, remedy)
    if retaker.mirrors and followed(settings, letter):
        raise ReplayRefused(letter, _FOLLOWED, _NOTHING_TO_DO)
    try:
        event = decode(letter.source.topic, letter.value)
        with retaker.opened() as consumer:
            consumer.hand_again(Record(letter.source, letter.key, letter.value, event))
    except (EventInvalid, RecordInvalid) as error:
        reason = Words(f"refusé de nouveau ({error})", f"refused again ({error})")
        raise ReplayRefused(letter, reason, remedy) from error
    except TRANSIENT:
        raise
    except Exception as error:
        # The defect of the handler is still there; the other letters are handed again all the same.
        what = f"{type(error).__name__}: {error}"
        reason = Words(f"le traitement échoue encore ({what})", f"the handling still fails ({what})")
        raise ReplayRefused(letter, reason, _MEND_FIRST) from error
