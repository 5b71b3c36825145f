"""The README's commands to publish a vacancy, run as written on a platform started by `ancrage up`'s own supervisor."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.supervisor import CHECKOUT, Platform
from shared.settings import Settings
from tests.servers import free_port_base


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's example needs curl")
def test_the_readme_publishes_a_vacancy(tmp_path: Path) -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"## Publish a vacancy\n(.*?)\n## ", readme, re.DOTALL)
    block = "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    base = free_port_base()
    settings = Settings(home=tmp_path, cache=Settings().cache_folder, port_base=base)
    script = re.sub(r"127\.0\.0\.1:80(\d\d)", lambda found: f"127.0.0.1:{base + int(found[1])}", block)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANCRAGE_")}
    with Platform(settings) as platform:
        done = subprocess.run(
            ["sh", "-euc", script],
            cwd=CHECKOUT,
            env={**clean, **platform.environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert '"result":"created"' in done.stdout
    assert '"code":"241500230"' in done.stdout
    assert '"dry_run":true' in done.stdout
    assert '"created":1' in done.stdout
