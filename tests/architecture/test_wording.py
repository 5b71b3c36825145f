"""Every answer that refuses is said in both languages."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def calls(source: Path) -> list[ast.Call]:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Problem")
    ]


def french_alone(call: ast.Call) -> bool:
    """Whether a detail is written where the problem is raised, without English. What comes ready-made is in the reader's."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    detail = call.args[1] if len(call.args) > 1 else keywords.get("detail")
    written = isinstance(detail, ast.Constant | ast.JoinedStr | ast.IfExp) and any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()
        for node in ast.walk(detail)
    )
    return written and "en" not in keywords


def test_a_problem_with_words_of_its_own_says_them_in_english_too() -> None:
    sources = [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]
    found = [
        f"{source.relative_to(ROOT)}:{call.lineno}"
        for source in sources
        for call in calls(source)
        if french_alone(call)
    ]
    assert found == []


def test_the_check_sees_a_problem_in_french_alone() -> None:
    one, other = (
        ast.parse(text, mode="eval").body
        for text in ('Problem(KIND, f"Au plus {most} points.")', 'Problem(KIND, "Au plus dix.", en="At most ten.")')
    )
    assert isinstance(one, ast.Call)
    assert isinstance(other, ast.Call)
    assert french_alone(one)
    assert not french_alone(other)
