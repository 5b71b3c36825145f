"""The matrix of rights: what the programmes promise to households and landlords is in the declaration."""

import pytest

from shared.identity import MATRIX, Action, Resource, Role, Scope, scope_of
from shared.identity.rights import SERVICE_RIGHTS


def test_every_resource_may_be_read_by_somebody() -> None:
    read = {resource for resource, action in MATRIX if action is Action.READ}
    assert read == set(Resource) - {Resource.MESSAGE}  # handed over, then read as a delivery


def test_what_one_service_alone_may_do_no_role_may() -> None:
    assert SERVICE_RIGHTS.keys() == {right for right, granted in MATRIX.items() if not granted}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CASEWORKER}), ids=str)
@pytest.mark.parametrize("action", [Action.READ, Action.WRITE])
def test_only_caseworkers_reach_households(role: Role, action: Action) -> None:
    assert scope_of(role, Resource.HOUSEHOLD, action) is None


def test_a_caseworker_reaches_the_households_of_their_organisation_only() -> None:
    assert scope_of(Role.CASEWORKER, Resource.HOUSEHOLD, Action.READ) is Scope.ORGANISATION
    assert scope_of(Role.CASEWORKER, Resource.HOUSEHOLD, Action.WRITE) is Scope.ORGANISATION


def test_only_a_caseworker_decides_about_a_placement() -> None:
    assert MATRIX[Resource.PLACEMENT, Action.DECIDE] == {Role.CASEWORKER: Scope.ORGANISATION}


@pytest.mark.parametrize(
    ("resource", "writer"), [(Resource.VACANCY, Role.LANDLORD), (Resource.OFFER, Role.FEED)], ids=str
)
def test_each_source_writes_what_is_its_own_and_nobody_else_does(resource: Resource, writer: Role) -> None:
    assert MATRIX[resource, Action.WRITE] == {writer: Scope.ORGANISATION}


def test_sources_do_not_see_what_their_competitors_publish() -> None:
    assert scope_of(Role.LANDLORD, Resource.VACANCY, Action.READ) is Scope.ORGANISATION
    assert scope_of(Role.FEED, Resource.OFFER, Action.READ) is Scope.ORGANISATION
    assert scope_of(Role.FEED, Resource.VACANCY, Action.READ) is None
    assert scope_of(Role.LANDLORD, Resource.OFFER, Action.READ) is None


@pytest.mark.parametrize("right", [right for right in MATRIX if Role.TERRITORY in MATRIX[right]], ids=str)
def test_a_territory_reaches_beyond_its_own_only_what_everyone_may_read(right: tuple[Resource, Action]) -> None:
    scope = MATRIX[right][Role.TERRITORY]
    if scope is Scope.ALL:
        assert right[1] is Action.READ
        assert set(MATRIX[right]) == set(Role)


def test_who_writes_may_read_at_least_as_far() -> None:
    width = [Scope.OWN, Scope.TERRITORY, Scope.ORGANISATION, Scope.ALL]
    for (resource, action), granted in MATRIX.items():
        for role, scope in granted.items():
            reads = scope_of(role, resource, Action.READ)
            assert reads is not None, (role, resource, action)
            assert width.index(reads) >= width.index(scope), (role, resource, action)


@pytest.mark.parametrize("declared", [Role, Resource, Action, Scope], ids=lambda declared: declared.__name__)
def test_everything_that_people_read_has_french_words(declared: type[Role | Resource | Action | Scope]) -> None:
    labels = [one.label_fr for one in declared]
    assert all(labels)
    assert len(set(labels)) == len(labels)
