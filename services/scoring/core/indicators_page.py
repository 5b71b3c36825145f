"""docs/indicators.md, made from the declarations: what people read is what is computed."""

from services.scoring.core.counters import CODE_VERSION
from services.scoring.core.indicators import EMPTY_BLOCKS, INDICATORS, Block, Direction, Indicator, Scale
from services.scoring.core.reference import HIGHEST, LOWEST, Reference
from services.scoring.core.scores import MINIMUM_COVERAGE

_INTRODUCTION = """# Indicateurs

Page produite par `ancrage scoring reference --page docs/indicators.md` à partir de `services/scoring/core/indicators.py`.
Ne la modifiez pas à la main : un test compare les deux.

Le score d'un territoire est 100 fois la moyenne géométrique de ses blocs connus : un bloc nul n'est pas compensé. Dans un
bloc, la moyenne des rangs est pondérée. Un indicateur inconnu est laissé de côté, et la couverture (part des poids connus)
est montrée. Un territoire dont ni le logement ni l'emploi ne sont connus, ou dont la couverture est sous {minimum}, n'a
pas de score.

Trois cas sont distingués : le zéro observé, l'inconnu (source secrète ou absente) et le flux muet (personne ne publie
pour ce territoire, drapeau `silent_feed`). Sous l'échantillon minimal, la valeur est montrée avec le drapeau
`small_sample` et ne compte pas dans le score.
"""


def render(reference: Reference) -> str:
    """The page, in French, for one reference."""
    minimum = f"{100 * MINIMUM_COVERAGE:.0f} %"
    parts = [_INTRODUCTION.replace("{minimum}", minimum), _about(reference)]
    for block in Block:
        parts.append(f"## {block.label_fr}\n")
        if block in EMPTY_BLOCKS:
            parts.append("Aucun indicateur déclaré : le bloc n'entre pas dans la moyenne.\n")
        parts += [_one(indicator, reference) for indicator in INDICATORS if indicator.block is block]
    return "\n".join(parts)


def _about(reference: Reference) -> str:
    limits = ", ".join(f"{limit:g}".replace(".", ",") for limit in reference.class_breaks)
    return (
        f"Rangs : percentile dans la référence figée « {reference.version} », borné à {LOWEST:.0%}–{HIGHEST:.0%}. "
        f"Classes 1 à 5 : limites {limits}. Version du code des compteurs : {CODE_VERSION}.\n"
    )


def _one(indicator: Indicator, reference: Reference) -> str:
    cap = "aucun" if indicator.cap is None else f"{indicator.cap:g}".replace(".", ",")
    scale = "percentile" if indicator.scale is Scale.RANK else "la valeur elle-même, de 0 à 1"
    if indicator.name in reference.simulated:
        scale += " (référence tirée de données simulées)"
    rows = {
        "formule": f"`{indicator.formula}`",
        "source": indicator.source,
        "maille": indicator.grain.label_fr,
        "unité": indicator.unit,
        "sens": "plus haut, meilleur" if indicator.direction is Direction.UP else "plus bas, meilleur",
        "échelle": scale,
        "poids dans le bloc": f"{indicator.weight:g}".replace(".", ","),
        "plafond": cap,
        "échantillon minimal": f"{indicator.minimum_sample} {indicator.sample_of}",
        "données lues": ", ".join(f"`{name}`" for name in indicator.inputs),
    }
    table = "\n".join(f"| {name} | {said} |" for name, said in rows.items())
    cautions = "\n".join(f"- {caution}" for caution in indicator.cautions)
    return f"### {indicator.label_fr} (`{indicator.name}`)\n\n| | |\n| --- | --- |\n{table}\n\n{cautions}\n"
