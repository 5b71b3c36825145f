"""The same offer by several feeds: one counts, whatever the order of arrival."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.core.duplicates import Claim, Groups, claim_of
from services.ingest.schemas import OfferBody
from shared.events import Offer, OfferOrigin, OfferStatus
from shared.offer_origins import canonical_url, origin_key
from tests.scoring_history import offer

PARTNER = OfferOrigin(partner="Jobs d'Auvergne", reference="A-12")


@pytest.mark.parametrize(
    "same",
    [
        "https://jobs.example/offres/12",
        "http://jobs.example/offres/12",
        "HTTPS://Jobs.Example/offres/12/",
        "https://jobs.example:443/offres/12",
        "https://jobs.example./offres/12#postuler",
        "https://jobs.example/offres/12?utm_source=ft&gclid=1",
        "  https://jobs.example/offres/12  ",
    ],
)
def test_an_address_has_one_writing(same: str) -> None:
    assert canonical_url(same) == "jobs.example/offres/12"


@pytest.mark.parametrize(
    "other",
    [
        "https://jobs.example/offres/13",
        "https://jobs.example/Offres/12",
        "https://www.jobs.example/offres/12",
        "https://jobs.example:8443/offres/12",
        "https://jobs.example/offres/12?id=2",
    ],
)
def test_what_may_lead_elsewhere_is_another_address(other: str) -> None:
    assert canonical_url(other) != "jobs.example/offres/12"


def test_the_order_of_parameters_does_not_count_and_their_values_do() -> None:
    assert canonical_url("https://j.example/o?b=2&a=1") == canonical_url("https://j.example/o?a=1&utm_medium=x&b=2")
    assert canonical_url("https://j.example/o?a=1") != canonical_url("https://j.example/o?a=2")


def test_a_partner_is_the_same_in_any_letter_case_and_spacing_but_its_reference_is_not() -> None:
    assert origin_key(PARTNER) == origin_key(OfferOrigin(partner="JOBS  d'auvergne ", reference=" A-12"))
    assert origin_key(PARTNER) != origin_key(OfferOrigin(partner="Jobs d'Auvergne", reference="a-12"))
    assert origin_key(OfferOrigin(partner="Jobs d'Auvergne")) is None
    assert origin_key(OfferOrigin(partner="A", reference="1", url="https://j.example")) == "url:j.example"


def test_only_an_open_offer_that_states_its_origin_makes_a_claim() -> None:
    assert claim_of(offer("off_1")) is None
    assert claim_of(offer("off_1", origin=PARTNER, status=OfferStatus.EXPIRED)) is None
    assert claim_of(offer("off_1", origin=PARTNER)) is not None


def claim(name: str, **changed: Any) -> Claim:
    made = claim_of(offer(name, **{"feed": f"org_{name}", "origin": PARTNER, **changed}))
    assert made is not None
    return made


def test_the_partner_itself_counts_before_who_published_earlier() -> None:
    direct = claim("b", origin=OfferOrigin(PARTNER.partner, PARTNER.reference, direct=True))
    again = claim("a", published_at="2020-01-01T00:00:00Z")
    groups = Groups.of([])
    assert groups.settle("a", again) is None
    assert groups.settle("b", direct) is None
    assert dict(groups.to_restate()) == {"a": "b"}


def test_of_those_who_publish_again_the_first_published_counts_as_an_instant_and_not_as_a_text() -> None:
    early = claim("b", published_at="2026-11-01T01:00:00+02:00")
    late = claim("a", published_at="2026-11-01T00:00:00Z")
    unknown = claim("0", published_at=None)
    assert sorted([unknown, late, early], key=lambda one: one.order) == [early, late, unknown]


OFFERS = ("a", "b", "c", "d")
CLAIMS = st.builds(
    lambda name, url, direct, published: claim(
        name, origin=OfferOrigin(url=f"https://j.example/{url}", direct=direct), published_at=published
    ),
    st.sampled_from(OFFERS),
    st.integers(0, 1),
    st.booleans(),
    st.sampled_from([None, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"]),
)
STEPS = st.lists(st.one_of(CLAIMS, st.sampled_from(OFFERS)), max_size=20)


def apply(groups: Groups, steps: list[Claim | str]) -> None:
    for step in steps:
        if isinstance(step, str):
            groups.settle(step, None)
        else:
            groups.settle(step.offer, step)
        for name, found in list(groups.to_restate()):
            groups.stated[name] = found


@given(STEPS)
def test_after_every_step_exactly_one_of_each_origin_counts(steps: list[Claim | str]) -> None:
    groups = Groups.of([])
    live: dict[str, Claim] = {}
    for step in steps:
        apply(groups, [step])
        if isinstance(step, str):
            live.pop(step, None)
        else:
            live[step.offer] = step
        assert groups.claims == live
        for key in {one.key for one in live.values()}:
            members = [one for one in live.values() if one.key == key]
            first = min(members, key=lambda one: one.order)
            assert {one.offer: groups.stated[one.offer] for one in members} == {
                one.offer: None if one is first else first.offer for one in members
            }


@given(st.lists(CLAIMS, max_size=6), st.randoms(use_true_random=False))
def test_which_one_counts_does_not_depend_on_the_order_of_arrival(made: list[Claim], chance: random.Random) -> None:
    last = list({one.offer: one for one in made}.values())
    one, other = Groups.of([]), Groups.of([])
    apply(one, list(last))
    apply(other, chance.sample(last, len(last)))
    assert {name: one.stated[name] for name in one.claims} == {name: other.stated[name] for name in other.claims}


def test_groups_read_from_a_store_say_only_what_differs() -> None:
    first, second = claim("a"), claim("b")
    groups = Groups.of([(first, None), (second, "a")])
    assert list(groups.to_restate()) == []
    assert groups.settle("a", None) is None
    assert dict(groups.to_restate()) == {"b": None}
    assert groups.changed == {"a"}


@pytest.mark.parametrize(
    "origin",
    [
        {},
        {"partner": "A"},
        {"reference": "1"},
        {"url": "ftp://j.example"},
        {"url": "https://[half"},
        {"url": "https://j.example:x"},
        {"partner": "A", "reference": "1", "colour": "red"},
    ],
)
def test_an_origin_that_says_too_little_is_refused(origin: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OfferBody.model_validate({"rome": "F1703", "contract": "CDI", "origin": origin})


def test_an_offer_says_whether_it_counts() -> None:
    made: list[Offer] = [offer("a"), offer("a", duplicate_of="b"), offer("a", status=OfferStatus.EXPIRED)]
    assert [one.counts for one in made] == [True, False, False]
