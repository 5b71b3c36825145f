"""Scoring's processes on a real broker, shared by the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.scoring_live import Live, live_scoring


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_scoring(tmp_path_factory.mktemp("scoring")) as found:
        yield found
