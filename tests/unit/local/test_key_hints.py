"""What `ancrage keys` adds to a refusal where a demonstration is the platform that was meant."""

from pathlib import Path

from deploy.commands.keys import beside_a_demonstration


def test_the_home_of_a_demonstration_is_named(tmp_path: Path) -> None:
    assert beside_a_demonstration(tmp_path) == ""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "run.json").write_text("{}")
    assert f"ANCRAGE_HOME={tmp_path / 'demo'}" in beside_a_demonstration(tmp_path)
