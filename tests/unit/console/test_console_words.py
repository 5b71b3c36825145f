"""Every word is in the catalogue once, in both languages, and used; every colour can be read."""

import re
from pathlib import Path
from string import Formatter

import pytest

from services.console.core.languages import Language
from services.console.core.messages import _WRITTEN, MESSAGES, label, plural, text, typeset

ROOT = Path(__file__).parents[3] / "services" / "console"
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("**/*.py")]
    if "messages" not in path.parts
}
CSS = (ROOT / "assets" / "console.css").read_text(encoding="utf-8")
KEY = re.compile(r"""["']([a-z_]+(?:\.[a-z_0-9*]+)*)["']""")
CALLED = re.compile(r"""\b(?:t|say)\(\s*["']([a-z_0-9.]+)["']\s*[,)]""")
COUNTED = re.compile(r"""\btn\(\s*["']([a-z_0-9.]+)["']""")
BUILT = re.compile(r"""["']([a-z_.]+\.)["'] ~|f["']([a-z_.]+\.)\{""")


def test_every_key_that_a_page_asks_for_exists() -> None:
    missing = [
        (path.name, key)
        for path, source in SOURCES.items()
        for key in [*CALLED.findall(source), *(f"{one}.one" for one in COUNTED.findall(source))]
        if key not in MESSAGES
    ]
    assert missing == []


def test_every_word_is_used() -> None:
    whole = "\n".join(SOURCES.values())
    keys = set(KEY.findall(whole))
    built = {first or second for first, second in BUILT.findall(whole)}
    unused = [
        key
        for key in MESSAGES
        if key not in keys
        and re.sub(r"\.(one|other)$", "", key) not in keys
        and not key.startswith("label.")
        and not any(key.startswith(prefix) for prefix in built)
    ]
    assert unused == []


def test_no_template_holds_words_of_its_own() -> None:
    found = []
    for path, source in SOURCES.items():
        if path.suffix != ".html":
            continue
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", source, flags=re.DOTALL)
        found += [(path.name, word) for word in re.findall(r"[A-Za-zÀ-ÿ]{3,}", bare) if word not in {"Esc", "doctype"}]
    assert found == []


@pytest.mark.parametrize("key", sorted(_WRITTEN))
def test_both_languages_say_something_about_the_same_values(key: str) -> None:
    french, english = _WRITTEN[key]
    assert french.strip()
    assert english.strip()
    named = [{part[1] for part in Formatter().parse(said) if part[1]} for said in (french, english)]
    assert named[0] == named[1]


def test_counted_words_follow_each_language() -> None:
    assert plural("territories.count", 0, Language.FR) == "0 territoire"
    assert plural("territories.count", 0, Language.EN) == "0 territories"
    assert plural("territories.count", 1, Language.EN) == "1 territory"
    assert plural("territories.count", 1259, Language.FR, shown="1 259") == "1 259 territoires"


def test_a_code_without_words_is_shown_as_it_is() -> None:
    assert label("step", "proposed", Language.FR) == "À décider"
    assert label("step", "something_new", Language.FR) == "something_new"
    assert label("step", None, Language.EN) == "unknown"


def test_french_punctuation_keeps_to_its_word() -> None:
    assert typeset("« Oui » : vraiment ?") == "«\u00a0Oui\u00a0»\u00a0: vraiment\u00a0?"
    with pytest.raises(KeyError):
        text("no.such.key", Language.FR)


def _tokens(css: str) -> tuple[dict[str, str], dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\n *\}", css, flags=re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block)) for block in blocks[:2])
    return light, {**light, **dark}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(mode: int) -> None:
    colours = _tokens(CSS)[mode]
    body = [("text", "ground"), ("text", "surface"), ("text", "tint"), ("text", "sunk")]
    other = [
        ("text-quiet", "ground"), ("text-quiet", "surface"), ("text-quiet", "tint"), ("text-quiet", "sunk"),
        ("action", "surface"), ("action", "ground"), ("on-action", "action"), ("on-action", "action-strong"),
        ("wait", "wait-ground"), ("wait", "surface"), ("bad", "bad-ground"), ("bad", "surface"), ("done", "done-ground"),
        ("action", "tint"), ("action", "bad-ground"),
    ]  # fmt: skip
    assert all(contrast(colours[ink], colours[ground]) >= 7 for ink, ground in body)
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in other}
    assert {pair: found for pair, found in weak.items() if found < 4.5} == {}


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_the_five_classes_go_one_way_in_lightness(mode: int) -> None:
    colours = _tokens(CSS)[mode]
    steps = [_luminance(colours[f"c{number}"]) for number in range(1, 6)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert all(contrast(colours[f"c{n}"], colours[f"c{n + 1}"]) >= 1.2 for n in range(1, 5))


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_fields_buttons_and_focus_stand_out(mode: int) -> None:
    colours = _tokens(CSS)[mode]
    for name in ("line-strong", "focus"):
        assert contrast(colours[name], colours["surface"]) >= 3
        assert contrast(colours[name], colours["ground"]) >= 3
