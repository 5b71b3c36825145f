"""The national replay as the relays would publish it: every offer and every vacant social dwelling of the shipped stock is
created once, and a tenth are changed or withdrawn later, in an order that a seed decides.
"""

import random
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from deploy.demo.stock import load
from shared.events import Change, Contract, Typology, encode, new_event, with_sequence
from shared.topics import OFFERS, VACANCIES
from tests.scoring_history import AT, Published, offer, vacancy

CHANGED: Final = 0.1
WITHDRAWN: Final = 0.5  # of those that change
GAP: Final = 20_000  # creations, about, between an entity's two versions
CONTRACTS: Final = (Contract.CDI, Contract.CDD)
TYPOLOGIES: Final = tuple(Typology)


def national_events(seed: int, *, entities: int | None = None) -> Iterator[Published]:
    """Records in order; `entities` takes the first ones of the shuffled stock alone."""
    stock, pick = load(), random.Random(seed)
    rows: list[tuple[str | None, str | None]] = []
    for given in stock.offers:
        rows += [(given.commune, given.rome)] * given.offers
    for home in stock.vacancies:
        rows += [(home.commune, None)] * (home.vacant or 0)
    pick.shuffle(rows)
    waiting: deque[tuple[int, str, str, Any]] = deque()
    sequence = 0
    for number, (commune, rome) in enumerate(islice(rows, entities)):
        topic, key = (VACANCIES, f"vac_n{number}") if rome is None else (OFFERS, f"off_n{number}")
        state = _home(key, commune, pick) if rome is None else _offer(key, commune, rome, pick)
        sequence += 1
        yield Published(topic, key, _event(topic, key, sequence, 1, None, state))
        if pick.random() < CHANGED:
            waiting.append((number + pick.randrange(GAP), topic, key, state))
        while waiting and waiting[0][0] <= number:
            _, topic, key, before = waiting.popleft()
            after = None if pick.random() < WITHDRAWN else _changed(topic, key, before, pick)
            sequence += 1
            yield Published(topic, key, _event(topic, key, sequence, 2, before, after))
            if after is None:
                yield Published(topic, key, None)


def _event(topic: str, key: str, sequence: int, version: int, before: Any, after: Any) -> bytes:
    change = Change(version=version, before=before, after=after)
    return with_sequence(encode(new_event(topic, key, change, source="/test", at=AT)), sequence)


def _home(key: str, commune: str | None, pick: random.Random) -> Any:
    return vacancy(
        key,
        commune=commune,
        typology=pick.choice(TYPOLOGIES),
        surface_m2=pick.randint(18, 110),
        rent_eur_per_month=pick.randint(180, 900),
    )


def _offer(key: str, commune: str | None, rome: str, pick: random.Random) -> Any:
    return offer(
        key,
        commune=commune,
        rome=rome,
        contract=pick.choice(CONTRACTS),
        openings=pick.choice((None, 1, 1, 2, 5)),
        licence_required=pick.choice((None, True, False)),
    )


def _changed(topic: str, key: str, before: Any, pick: random.Random) -> Any:
    if topic == VACANCIES:
        return _home(key, before.commune, pick)
    return _offer(key, before.commune, before.rome, pick)
