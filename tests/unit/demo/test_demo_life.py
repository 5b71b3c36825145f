"""The demonstration's life: it withdraws with reasons that the API has, and outlives an API that is away."""

import threading
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo import life as module
from deploy.demo.accounts import ASSOCIATION, FEED, Accounts
from deploy.demo.life import Life
from deploy.demo.load import plan
from shared.settings import Settings
from shared.withdrawals import OfferWithdrawal, VacancyWithdrawal


class FakeApi:
    """Stands in for the four APIs: notes what was asked, answers nothing while `away`."""

    asked: list[tuple[str, str, dict[str, Any]]]
    away = False

    def __init__(self, settings: Settings, key: str) -> None:
        """As `Api`."""

    def __enter__(self) -> "FakeApi":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def send(self, method: str, service: str, path: str, **options: Any) -> httpx.Response:
        if FakeApi.away:
            raise httpx.ConnectError("refused")
        FakeApi.asked.append((method, f"{service} {path}", options))
        return httpx.Response(200, json={"items": []})


class FewWaits(threading.Event):
    """Stops after so many waits, without waiting."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self._left = waits

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self._left -= 1
        return self._left < 0


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Life, list[str]]:
    FakeApi.asked, FakeApi.away = [], False
    monkeypatch.setattr(module, "Api", FakeApi)
    planned = plan("94", without_territory="200043172", households=1)
    keys = dict.fromkeys([FEED, ASSOCIATION, *planned.landlords.values()], "key")
    said: list[str] = []
    life = Life(Settings(home=tmp_path), Accounts(keys=keys), planned, date(2026, 11, 23), said.append)
    return life, said


def test_withdrawals_carry_reasons_that_the_api_takes(lived: tuple[Life, list[str]]) -> None:
    life, _ = lived
    life.run(FewWaits(300))
    reasons = {
        what: {
            options["params"]["reason"]
            for method, path, options in FakeApi.asked
            if method == "DELETE" and what in path
        }
        for what in ("vacancies", "offers")
    }
    assert all(reasons.values())
    assert reasons["vacancies"] <= set(VacancyWithdrawal)
    assert reasons["offers"] <= set(OfferWithdrawal)


def test_an_api_that_is_away_is_said_and_does_not_end_the_demonstration(lived: tuple[Life, list[str]]) -> None:
    life, said = lived
    FakeApi.away = True
    life.run(FewWaits(20))
    assert any("ConnectError" in text for text in said)
    FakeApi.away = False
    life.run(FewWaits(20))
    assert FakeApi.asked
