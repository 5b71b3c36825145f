"""Derive shared/official/data from the producers' files, by the loaders of `ancrage reference update`.

Usage: python -m scripts.derive_official_figures --bmo bmo_2024.xlsx --tensions tensions_bassin_rome_2021.csv \
           --programme coeurdeville.js

The programme's list is the ANCT's map layer (github.com/anct-carto/action_coeur_de_ville, commit 6903e5d4): a script that
assigns a FeatureCollection. Only what these files hold is shipped; every other figure is unknown until its file is loaded.
Run scripts.derive_manifest afterwards.
"""

import argparse
import json
import sys
from pathlib import Path

import shared
from deploy.reference.draft import Draft
from deploy.reference.figures import apply_city_programme, apply_hiring, apply_tensions
from deploy.reference.official import read_official
from shared.reference.packs import shipped


def programme_rows(script: Path) -> list[dict[str, str]]:
    """Commune and programme id of each feature of the map layer; codes that lost their leading zero get it back."""
    text = script.read_text(encoding="utf-8")
    layer = json.loads(text[text.index("{") : text.rindex("}") + 1])
    found = [feature["properties"] for feature in layer["features"]]
    return [{"insee_com": str(one["insee_com"]), "id_acv": str(one["id_acv"])} for one in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bmo", type=Path, required=True)
    parser.add_argument("--tensions", type=Path, required=True)
    parser.add_argument("--programme", type=Path, required=True)
    arguments = parser.parse_args()
    draft = Draft.of(shipped())
    apply_hiring(draft, read_official(arguments.bmo).rows)
    apply_tensions(draft, read_official(arguments.tensions).rows)
    apply_city_programme(draft, programme_rows(arguments.programme))
    out = Path(shared.__file__).parent / "official" / "data"
    for name, content in draft.tables().items():
        if name.startswith("official/"):
            (out / name.removeprefix("official/")).write_bytes(content)
            sys.stdout.write(f"{name}: {len(content):,} bytes\n")
    sys.stdout.write("\n".join([*draft.notices, ""]))


if __name__ == "__main__":
    main()
