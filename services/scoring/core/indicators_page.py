"""docs/indicators.md, made from the declarations: what people read is what is computed."""

from services.scoring.core.counters import CODE_VERSION
from services.scoring.core.indicators import EMPTY_BLOCKS, INDICATORS, Block, Direction, Indicator, Role, Scale
from services.scoring.core.reference import HIGHEST, LOWEST, Reference
from services.scoring.core.scores import MINIMUM_COVERAGE

_INTRODUCTION = """# Indicateurs

Page produite par `ancrage scoring reference --page docs/indicators.md` à partir de `services/scoring/indicators.toml`.
Ne la modifiez pas à la main : un test compare les deux.

Le score d'un territoire est 100 fois la moyenne géométrique de ses blocs connus : un bloc nul n'est pas compensé. Dans un
bloc, la moyenne des rangs est pondérée, et un chiffre officiel pèse moitié moins à chaque demi-vie depuis son millésime
(compté au premier du mois). Un indicateur inconnu est laissé de côté, et la couverture (part des poids connus)
est montrée. Un territoire où aucun flux vivant ne dit le logement ni l'emploi, ou dont la couverture est sous {minimum}, n'a
pas de score : les chiffres annuels seuls n'en font pas un.

L'emploi est jugé là où l'on peut travailler : la zone d'emploi, et tout ce qui est à 45 minutes. Le temps de route est un
modèle : 35 km à vol d'oiseau en 45 minutes, entre les points moyens des habitants.

**Jamais dans le score** : couleur politique, origine, nationalité, religion, part d'immigrés, délinquance, situation de
famille, santé. Une déclaration qui en parle est refusée au chargement, comme un nom hors de la liste des données lisibles.

Trois cas sont distingués : le zéro observé, l'inconnu (source secrète ou absente) et le flux muet (personne ne publie
pour ce territoire, drapeau `silent_feed`). Sous l'échantillon minimal, la valeur est montrée avec le drapeau
`small_sample` et ne compte pas dans le score.
"""


def render(reference: Reference) -> str:
    """The page, in French, for one reference."""
    minimum = f"{100 * MINIMUM_COVERAGE:.0f} %"
    parts = [_INTRODUCTION.replace("{minimum}", minimum), _about(reference)]
    for block in Block:
        parts.append(f"## {block.label.fr}\n")
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
    rows = {"rôle": indicator.role.label_fr}
    if indicator.computed:
        rows["formule"] = f"`{indicator.formula.text}`"
    rows |= {"source": indicator.source, "maille": indicator.grain.label_fr, "unité": indicator.unit.fr}
    if indicator.role is Role.SCORED:
        rows |= _counting(indicator, reference)
    if indicator.computed:
        rows |= {
            "échantillon minimal": f"{indicator.minimum_sample} {indicator.sample_of}",
            "données lues": _named(indicator.inputs),
        }
    table = "\n".join(f"| {name} | {said} |" for name, said in rows.items())
    cautions = "\n".join(f"- {caution.fr}" for caution in indicator.cautions)
    return f"### {indicator.label.fr} (`{indicator.name}`)\n\n| | |\n| --- | --- |\n{table}\n\n{cautions}\n"


def _counting(indicator: Indicator, reference: Reference) -> dict[str, str]:
    """How what counts is counted."""
    scale = "percentile" if indicator.scale is Scale.RANK else "la valeur elle-même, de 0 à 1"
    if indicator.scale is Scale.RANK and indicator.name not in reference.quantiles:
        scale += " (aucun chiffre livré : sans rang tant qu'une référence ne l'a pas)"
    if indicator.name in reference.simulated:
        scale += " (référence tirée de données simulées)"
    return {
        "sens": "plus haut, meilleur" if indicator.direction is Direction.UP else "plus bas, meilleur",
        "monte avec": _named(indicator.raised_by),
        "baisse avec": _named(indicator.lowered_by),
        "échelle": scale,
        "poids dans le bloc": _number(indicator.weight),
        "plafond": "aucun" if indicator.cap is None else _number(indicator.cap),
        "demi-vie": "sans objet (chiffre vivant)"
        if indicator.half_life_days is None
        else f"{indicator.half_life_days} jours",
    }


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")
