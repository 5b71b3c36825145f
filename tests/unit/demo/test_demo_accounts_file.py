"""The demonstration writes its sign-ins down for the console's page of accounts."""

import json
from pathlib import Path

from deploy.demo.accounts import Account, Accounts, write_down
from shared.identity import Role
from shared.settings import Settings


def test_a_later_start_keeps_the_passwords_of_people_made_before(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    write_down(settings, Accounts(people=[Account("operateur", "one", Role.OPERATOR)]))
    everyone = write_down(settings, Accounts(people=[Account("bailleur", "two", Role.LANDLORD)]))
    assert everyone == [Account("operateur", "one", Role.OPERATOR), Account("bailleur", "two", Role.LANDLORD)]
    path = settings.home / "demo-accounts.json"
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {"login": "operateur", "password": "one", "role": "operator"},
        {"login": "bailleur", "password": "two", "role": "landlord"},
    ]
    assert path.stat().st_mode & 0o077 == 0
