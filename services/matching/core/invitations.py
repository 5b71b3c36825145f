"""What a household is told with its answer link: a text message and a short e-mail, in the languages of its page.

Nothing of the household or of the home is said: the phone may be shared. The link leads to the rest.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Language = Literal["fr", "en", "ar", "prs", "uk"]
LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en", "ar", "prs", "uk")
_RIGHT_TO_LEFT: Final = frozenset({"ar", "prs"})

# One SMS holds 160 characters of GSM 7-bit, or 70 where one is outside that alphabet: the sentences are short for the
# link's sake.
_SMS: Final[dict[Language, str]] = {
    "fr": "Votre accompagnant vous propose un logement. Répondez au plus tard le {day} : {link}",
    "en": "Your caseworker proposes a home to you. Answer by {day}: {link}",
    "ar": "مرافقكم الاجتماعي يقترح عليكم سكنا. أجيبوا قبل نهاية {day}: {link}",
    "prs": "همراه اجتماعی شما یک خانه پیشنهاد می‌کند. تا پایان {day} جواب بدهید: {link}",
    "uk": "Ваш соціальний працівник пропонує вам житло. Відповідь до кінця {day}: {link}",
}
_SUBJECT: Final[dict[Language, str]] = {
    "fr": "Un logement vous est proposé : votre réponse",
    "en": "A home is proposed to you: your answer",
    "ar": "يُقترح عليكم سكن: جوابكم",
    "prs": "یک خانه به شما پیشنهاد شده: جواب شما",
    "uk": "Вам пропонують житло: ваша відповідь",
}
_PARAGRAPHS: Final[dict[Language, tuple[str, ...]]] = {
    "fr": (
        "Votre accompagnant vous propose un logement. C'est vous qui décidez.",
        "Répondez au plus tard le {day}. Vous pouvez dire non : vous gardez votre place.",
    ),
    "en": (
        "Your caseworker proposes a home to you. You decide.",
        "Answer by {day}. You can say no: you keep your place.",
    ),
    "ar": (
        "مرافقكم الاجتماعي يقترح عليكم سكنا. القرار لكم.",
        "أجيبوا قبل نهاية يوم {day}. يمكنكم أن تقولوا لا: تحتفظون بمكانكم.",
    ),
    "prs": (
        "همراه اجتماعی شما یک خانه به شما پیشنهاد می‌کند. تصمیم با شماست.",
        "تا پایان {day} جواب بدهید. می‌توانید نه بگویید: نوبت شما حفظ می‌شود.",
    ),
    "uk": (
        "Ваш соціальний працівник пропонує вам житло. Вирішуєте ви.",
        "Дайте відповідь до кінця дня {day}. Ви можете сказати «ні»: ваше місце в черзі зберігається.",
    ),
}
_LINK_LABEL: Final[dict[Language, str]] = {
    "fr": "Voir et répondre",
    "en": "See and answer",
    "ar": "انظروا وأجيبوا",
    "prs": "ببینید و جواب بدهید",
    "uk": "Переглянути й відповісти",
}


@dataclass(frozen=True)
class Invitation:
    """The words of one link. `direction` is "ltr" or "rtl"."""

    language: Language
    direction: str
    sms: str
    subject: str
    paragraphs: tuple[str, ...]
    link: str
    link_label: str


def invitation(language: Language, link: str, last_day: date | None) -> Invitation:
    """The words that go with `link`; `last_day` is the last day to answer, None where there is none."""
    page = link if language == "fr" else f"{link}?langue={language}"
    day = f"{last_day.day:02}/{last_day.month:02}" if last_day else "…"
    return Invitation(
        language=language,
        direction="rtl" if language in _RIGHT_TO_LEFT else "ltr",
        sms=_SMS[language].format(day=day, link=page),
        subject=_SUBJECT[language],
        paragraphs=tuple(text.format(day=day) for text in _PARAGRAPHS[language]),
        link=page,
        link_label=_LINK_LABEL[language],
    )
