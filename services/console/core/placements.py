"""A placement as its page shows it: the step among steps, the one next action, whose turn it is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ENDED: Final = frozenset({"completed", "refused", "released"})
STEPS: Final = (
    "proposed",
    "verifying",
    "approved",
    "accepted",
    "commission",
    "lease",
    "installed",
    "follow_up",
    "completed",
    "refused",
    "released",
)
_LOOKS: Final = {
    "proposed": "wait",
    "approved": "wait",
    "completed": "done",
    "installed": "done",
    "refused": "bad",
    "released": "off",
}


def look(step: str) -> str:
    """Style of a step: amber waits on someone, red is a loss, green is done."""
    return _LOOKS.get(step, "going")


@dataclass(frozen=True)
class NextAction:
    """The one thing to do. `decision` is sent as it is; `into` the step it leads to, where the words need it."""

    decision: str
    label: str
    into: str | None = None
    needs_landlord: bool = False


def next_action(placement: Mapping[str, Any], programme: Mapping[str, Any] | None) -> NextAction | None:
    """What this reader can do next; None where it is someone else's turn, or nobody's."""
    decisions = placement.get("decisions") or []
    for decision in ("approve", "accept"):
        if decision in decisions:
            return NextAction(decision, f"placements.do.{decision}")
    if "advance" not in decisions:
        return None
    into = step_after(str(placement["step"]), programme)
    held = (programme or {}).get("hold", {}).get("step")
    return NextAction("advance", "placements.do.advance", into, needs_landlord=into is not None and into == held)


def step_after(step: str, programme: Mapping[str, Any] | None) -> str | None:
    """The step that a programme puts after one; None after the last, or where the programme is not known."""
    steps = [one["step"] for one in (programme or {}).get("steps", [])]
    if step not in steps or steps.index(step) + 1 == len(steps):
        return None
    return str(steps[steps.index(step) + 1])


@dataclass(frozen=True)
class Stage:
    """A step on the way: done, here, or ahead."""

    step: str
    state: str


def stages(placement: Mapping[str, Any], programme: Mapping[str, Any] | None) -> list[Stage]:
    """The way of a placement through its programme. Verification is a passage, not a stage of its own."""
    steps = [one["step"] for one in (programme or {}).get("steps", []) if one["step"] != "verifying"]
    at = str(placement["step"])
    if at == "verifying":
        at = str(placement.get("verifying_for") or "approved")
    if at not in steps:
        return [Stage(at, "here")]
    place = steps.index(at)
    found = []
    for number, step in enumerate(steps):
        here = "done" if at == "completed" else "here"
        found.append(Stage(step, "done" if number < place else here if number == place else "ahead"))
    return found


def refusals(programme: Mapping[str, Any] | None, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Coded reasons by what they are about, in the programme's order: (about, [(code, words)])."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in (programme or {}).get("refusals", []):
        groups.setdefault(one["about"], []).append((one["code"], one.get(language) or one["fr"]))
    return list(groups.items())


def programme_of(placement: Mapping[str, Any], programmes: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The definition that a placement follows: its own version, else the newest of its code."""
    same = [one for one in programmes if one["code"] == placement.get("programme")]
    exact = [one for one in same if one["version"] == placement.get("programme_version")]
    return next(iter(exact or sorted(same, key=lambda one: -int(one["version"]))), None)


def short(identifier: str | None) -> str:
    """The end of an identifier, enough for people to tell two apart."""
    return "–" if not identifier else identifier[-6:]


def effort(placement: Mapping[str, Any], household: Mapping[str, Any] | None) -> float | None:
    """Rent with known charges over resources, before housing benefit; None where either is unknown."""
    income = (household or {}).get("income_eur_per_month")
    home = placement.get("home") or {}
    rent = home.get("rent_eur_per_month")
    if not income or rent is None:
        return None
    return float(rent + (home.get("charges_eur_per_month") or 0.0)) / float(income)
