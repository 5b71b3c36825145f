"""Why a household says no, in its own words and language. Other reasons of a programme keep their label, in French."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Choice:
    """A reason to choose: its code, its words, and the language that these are in."""

    code: str
    words: str
    tongue: str
    direction: str


_TONGUES: Final = ("fr", "en", "ar", "prs", "uk")
_RIGHT_TO_LEFT: Final = frozenset({"ar", "prs"})
_UNSAID: Final = "no_reason_given"  # to say nothing is to choose nothing
_WORDS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "rent_too_high": (
        "C'est trop cher",
        "It is too expensive",
        "السعر مرتفع جداً",
        "کرایه بسیار بلند است",
        "Це занадто дорого",
    ),
    "home_too_small": (
        "Le logement est trop petit",
        "The home is too small",
        "المسكن صغير جداً",
        "خانه بسیار کوچک است",
        "Житло занадто мале",
    ),
    "home_state": (
        "L'état du logement ne va pas",
        "The home is not in good condition",
        "حالة المسكن غير مناسبة",
        "وضعیت خانه مناسب نیست",
        "Стан житла не підходить",
    ),
    "home_location": (
        "Le quartier ne va pas",
        "The neighbourhood does not suit me",
        "الحي لا يناسبني",
        "محل خانه مناسب نیست",
        "Розташування житла не підходить",
    ),
    "not_accessible": (
        "Le logement n'est pas adapté au handicap",
        "The home is not adapted to a disability",
        "المسكن غير مهيأ لذوي الإعاقة",
        "خانه برای معلولیت مناسب نیست",
        "Житло не пристосоване для людини з інвалідністю",
    ),
    "job_not_suitable": (
        "Ce travail ne me convient pas",
        "This job does not suit me",
        "هذا العمل لا يناسبني",
        "این کار برایم مناسب نیست",
        "Ця робота мені не підходить",
    ),
    "job_conditions": (
        "Le salaire, les horaires ou le contrat",
        "The pay, the hours or the contract",
        "الأجر أو ساعات العمل أو العقد",
        "معاش، ساعات کار یا قرارداد",
        "Зарплата, графік або договір",
    ),
    "commute_too_long": (
        "Le trajet est trop long",
        "The way to work is too long",
        "الطريق إلى العمل طويل جداً",
        "راه تا کار بسیار دور است",
        "Дорога до роботи занадто довга",
    ),
    "employer_refused": (
        "L'employeur ne m'a pas pris",
        "The employer did not take me",
        "صاحب العمل لم يقبلني",
        "کارفرما مرا نپذیرفت",
        "Роботодавець мене не взяв",
    ),
    "territory_not_wanted": (
        "Je ne veux pas vivre dans cette région",
        "I do not want to live in this area",
        "لا أريد العيش في هذه المنطقة",
        "نمی‌خواهم در این منطقه زندگی کنم",
        "Я не хочу жити в цій місцевості",
    ),
    "too_far_from_family": (
        "C'est trop loin de mes proches",
        "It is too far from my family and friends",
        "المكان بعيد جداً عن أهلي وأصدقائي",
        "از خانواده و دوستانم بسیار دور است",
        "Це занадто далеко від моїх близьких",
    ),
    "services_missing": (
        "Il manque l'école, le médecin ou les services",
        "A school, a doctor or services are missing",
        "لا توجد مدرسة أو طبيب أو خدمات",
        "مکتب، داکتر یا خدمات وجود ندارد",
        "Бракує школи, лікаря або послуг",
    ),
    "situation_changed": (
        "Ma situation a changé",
        "My situation has changed",
        "تغيّر وضعي",
        "وضعیت من تغییر کرده است",
        "Моя ситуація змінилася",
    ),
    "needs_time": (
        "Je ne suis pas prêt",
        "I am not ready",
        "لست مستعداً بعد",
        "هنوز آماده نیستم",
        "Я ще не можу вирішити",
    ),
}
KNOWN: Final = frozenset({*_WORDS, _UNSAID})


def choices(reasons: Iterable[Mapping[str, str]], tongue: str) -> list[Choice]:
    """The reasons offered on a page in `tongue`, in the programme's order. `reasons`: code and French label of each."""
    found = []
    for reason in reasons:
        code = reason["code"]
        if code == _UNSAID:
            continue
        written = tongue if code in _WORDS and tongue in _TONGUES else "fr"
        words = _WORDS[code][_TONGUES.index(written)] if code in _WORDS else reason["label"]
        found.append(Choice(code, words, written, "rtl" if written in _RIGHT_TO_LEFT else "ltr"))
    return found
