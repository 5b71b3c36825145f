"""Each database's migrations are one chain, named by their numbers: two that came in side by side fail here."""

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from deploy.databases import DATABASES, Database


@pytest.mark.parametrize("base", DATABASES, ids=lambda base: base.name)
def test_a_history_is_one_chain_in_the_order_of_its_file_names(base: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(base.migrations))
    config.set_main_option("path_separator", "os")
    revisions = [*ScriptDirectory.from_config(config).walk_revisions()][::-1]
    files = sorted(path.name for path in (base.migrations / "versions").glob("[0-9]*.py"))
    assert [Path(one.path).name for one in revisions] == files
    assert [one.revision for one in revisions] == [name.partition("_")[0] for name in files]
    assert [one.down_revision for one in revisions] == [None, *(one.revision for one in revisions[:-1])]
