"""The household's page in plain words, in the languages of those who receive it.

Figures come from the proposal. A trade's name stays in French, as on the contract and on the employer's door.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.console.core.languages import best_of


@dataclass(frozen=True)
class Tongue:
    """A language of the page: its code, its own name, its direction."""

    code: str
    name: str
    direction: str = "ltr"


TONGUES: Final = (
    Tongue("fr", "Français"),
    Tongue("en", "English"),
    Tongue("ar", "العربية", "rtl"),
    Tongue("prs", "دری", "rtl"),
    Tongue("uk", "Українська"),
)
BY_CODE: Final = {tongue.code: tongue for tongue in TONGUES}
ANSWERS: Final = ("yes", "no", "time", "call")

TEXTS: Final[dict[str, dict[str, str]]] = {
    "fr": {
        "title": "Un logement et un travail pour vous",
        "lead": "Votre accompagnant vous propose ceci. C'est vous qui décidez.",
        "home": "Le logement",
        "home_place": "À {place}",
        "home_size": "{rooms} pièces, {surface} m²",
        "home_size_one": "1 pièce, {surface} m²",
        "home_from": "Libre à partir du {day}",
        "work": "Le travail",
        "work_at": "{occupation}, à {place}",
        "work_source": "Source de l'offre : {source}",
        "work_updated": "mise à jour le {day}",
        "work_lead": "Ce n'est pas encore une embauche : l'employeur doit vous rencontrer.",
        "no_work": "Pas encore de piste de travail : on la cherche avec vous.",
        "school": "L'école",
        "school_ask": "Des enfants ? Parlez de l'école avec votre accompagnant.",
        "money": "L'argent",
        "rent": "Loyer : {rent} € par mois, avant les aides.",
        "date": "Répondre avant la fin du",
        "change": "Vous pourrez changer d'avis jusqu'à la signature du bail.",
        "place": "Vous pouvez dire non. Vous gardez votre place.",
        "yes": "Oui, je veux ce logement",
        "no": "Non, je ne veux pas",
        "time": "J'ai besoin de temps",
        "call": "Appelez-moi",
        "why": "Pourquoi ? (vous pouvez ne pas répondre)",
        "send_no": "Envoyer mon « non »",
        "waiting": "Nous attendons votre réponse.",
        "said_time": "Vous avez demandé du temps. Vous pouvez répondre ici quand vous voulez, avant la date.",
        "said_call": "Vous avez demandé un appel. Votre accompagnant vous appelle.",
        "closed": "Cette proposition n'attend plus de réponse.",
        "said_yes": "Vous avez dit oui. Votre accompagnant prépare la suite avec vous.",
        "said_no": "Vous avez dit non. C'est noté. Votre accompagnant vous appelle.",
        "gone": "Ce lien n'est plus valable. Appelez votre accompagnant.",
        "broken": "Cela n'a pas marché. Attendez une minute et réessayez, ou appelez votre accompagnant.",
        "language": "Langue",
        "machine": "Un calcul a préparé cette proposition ; une personne l'a vérifiée "
        "et choisie (CRPA L311-3-1). Vous pouvez demander pourquoi.",
    },
    "en": {
        "title": "A home and a job for you",
        "lead": "Your caseworker proposes this to you. You decide.",
        "home": "The home",
        "home_place": "In {place}",
        "home_size": "{rooms} rooms, {surface} m²",
        "home_size_one": "1 room, {surface} m²",
        "home_from": "Free from {day}",
        "work": "The job",
        "work_at": "{occupation}, in {place}",
        "work_source": "Source of the offer: {source}",
        "work_updated": "updated on {day}",
        "work_lead": "You are not hired yet: the employer has to meet you.",
        "no_work": "No job lead yet: we look for one with you.",
        "school": "School",
        "school_ask": "Any children? Talk about school with your caseworker.",
        "money": "Money",
        "rent": "Rent: €{rent} a month, before benefits.",
        "date": "Answer before the end of",
        "change": "You can change your mind until the lease is signed.",
        "place": "You can say no. You keep your place.",
        "yes": "Yes, I want this home",
        "no": "No, I do not want it",
        "time": "I need time",
        "call": "Call me",
        "why": "Why? (you do not have to answer)",
        "send_no": "Send my “no”",
        "waiting": "We are waiting for your answer.",
        "said_time": "You asked for time. You can answer here when you want, before the date.",
        "said_call": "You asked for a call. Your caseworker will call you.",
        "closed": "This proposal no longer waits for an answer.",
        "said_yes": "You said yes. Your caseworker prepares the next steps with you.",
        "said_no": "You said no. It is noted. Your caseworker will call you.",
        "gone": "This link is no longer valid. Call your caseworker.",
        "broken": "It did not work. Wait a minute and try again, or call your caseworker.",
        "language": "Language",
        "machine": "A computation prepared this proposal; a person checked "
        "and chose it (CRPA L311-3-1). You can ask why.",
    },
    "ar": {
        "title": "سكن وعمل لكم",
        "lead": "مرافقكم الاجتماعي يقترح عليكم هذا. القرار لكم.",
        "home": "السكن",
        "home_place": "في {place}",
        "home_size": "عدد الغرف: {rooms}، المساحة {surface} م²",
        "home_size_one": "غرفة واحدة، المساحة {surface} م²",
        "home_from": "متاح ابتداءً من {day}",
        "work": "العمل",
        "work_at": "{occupation}، في {place}",
        "work_source": "مصدر العرض: {source}",
        "work_updated": "آخر تحديث {day}",
        "work_lead": "لم يتم التوظيف بعد: يجب أن يقابلكم صاحب العمل.",
        "no_work": "لا توجد فرصة عمل بعد: نبحث عنها معكم.",
        "school": "المدرسة",
        "school_ask": "لديكم أطفال؟ تحدثوا عن المدرسة مع مرافقكم.",
        "money": "المال",
        "rent": "الإيجار: {rent} € في الشهر، قبل المساعدات.",
        "date": "أجيبوا قبل نهاية يوم",
        "change": "يمكنكم تغيير رأيكم حتى توقيع عقد الإيجار.",
        "place": "يمكنكم أن تقولوا لا. تحتفظون بمكانكم.",
        "yes": "نعم، أريد هذا السكن",
        "no": "لا، لا أريده",
        "time": "أحتاج إلى وقت",
        "call": "اتصلوا بي",
        "why": "لماذا؟ (يمكنكم عدم الإجابة)",
        "send_no": "إرسال «لا»",
        "waiting": "ننتظر جوابكم.",
        "said_time": "طلبتم وقتاً. يمكنكم الإجابة هنا متى شئتم قبل التاريخ المحدد.",
        "said_call": "طلبتم اتصالاً. سيتصل بكم مرافقكم.",
        "closed": "هذا الاقتراح لم يعد ينتظر جواباً.",
        "said_yes": "قلتم نعم. مرافقكم يحضّر الخطوات التالية معكم.",
        "said_no": "قلتم لا. تم تسجيل ذلك. سيتصل بكم مرافقكم.",
        "gone": "هذا الرابط لم يعد صالحاً. اتصلوا بمرافقكم.",
        "broken": "لم تنجح العملية. انتظروا دقيقة ثم حاولوا من جديد، أو اتصلوا بمرافقكم.",
        "language": "اللغة",
        "machine": "أعدّ هذا الاقتراح برنامج حسابي، ثم تحقق منه شخص واختاره (CRPA L311-3-1). يمكنكم أن تسألوا لماذا.",
    },
    "prs": {
        "title": "یک خانه و یک کار برای شما",
        "lead": "همراه اجتماعی شما این را به شما پیشنهاد می‌کند. تصمیم با شماست.",
        "home": "خانه",
        "home_place": "در {place}",
        "home_size": "{rooms} اتاق، {surface} متر مربع",
        "home_size_one": "1 اتاق، {surface} متر مربع",
        "home_from": "آماده از تاریخ {day}",
        "work": "کار",
        "work_at": "{occupation}، در {place}",
        "work_source": "منبع آگهی: {source}",
        "work_updated": "آخرین به‌روزرسانی {day}",
        "work_lead": "هنوز استخدام نشده‌اید: کارفرما باید شما را ببیند.",
        "no_work": "هنوز کاری پیدا نشده است: همراه شما جستجو می‌کنیم.",
        "school": "مکتب",
        "school_ask": "طفل دارید؟ در باره مکتب با همراه خود گپ بزنید.",
        "money": "پول",
        "rent": "کرایه: {rent} € در ماه، پیش از کمک‌ها.",
        "date": "تا پایان این روز جواب بدهید:",
        "change": "تا امضای قرارداد کرایه می‌توانید نظر خود را تغییر دهید.",
        "place": "می‌توانید نه بگویید. نوبت شما حفظ می‌شود.",
        "yes": "بلی، این خانه را می‌خواهم",
        "no": "نخیر، نمی‌خواهم",
        "time": "به وقت ضرورت دارم",
        "call": "به من زنگ بزنید",
        "why": "چرا؟ (می‌توانید جواب ندهید)",
        "send_no": "فرستادن «نه»",
        "waiting": "منتظر جواب شما هستیم.",
        "said_time": "شما وقت خواستید. پیش از تاریخ، هر وقت خواستید اینجا جواب دهید.",
        "said_call": "شما خواستید که به شما زنگ بزنیم. همراه شما زنگ می‌زند.",
        "closed": "این پیشنهاد دیگر منتظر جواب نیست.",
        "said_yes": "شما بلی گفتید. همراه شما مراحل بعدی را با شما آماده می‌کند.",
        "said_no": "شما نه گفتید. ثبت شد. همراه شما به شما زنگ می‌زند.",
        "gone": "این لینک دیگر اعتبار ندارد. به همراه خود زنگ بزنید.",
        "broken": "نشد. یک دقیقه صبر کنید و دوباره کوشش کنید، یا به همراه خود زنگ بزنید.",
        "language": "زبان",
        "machine": "این پیشنهاد را یک محاسبه آماده کرده و یک شخص آن را بررسی و "
        "انتخاب کرده است (CRPA L311-3-1). می‌توانید بپرسید چرا.",
    },
    "uk": {
        "title": "Житло і робота для вас",
        "lead": "Ваш соціальний працівник пропонує вам це. Вирішуєте ви.",
        "home": "Житло",
        "home_place": "Місто: {place}",
        "home_size": "Кімнат: {rooms}, площа {surface} м²",
        "home_size_one": "1 кімната, площа {surface} м²",
        "home_from": "Вільне з {day}",
        "work": "Робота",
        "work_at": "{occupation}, {place}",
        "work_source": "Джерело пропозиції: {source}",
        "work_updated": "оновлено {day}",
        "work_lead": "Вас ще не прийнято на роботу: роботодавець має з вами зустрітися.",
        "no_work": "Поки немає пропозиції роботи: шукаємо разом з вами.",
        "school": "Школа",
        "school_ask": "Маєте дітей? Поговоріть про школу зі своїм соціальним працівником.",
        "money": "Гроші",
        "rent": "Оренда: {rent} € на місяць, до вирахування допомоги.",
        "date": "Дайте відповідь до кінця дня",
        "change": "Ви можете передумати до підписання договору оренди.",
        "place": "Ви можете сказати «ні». Ваше місце в черзі зберігається.",
        "yes": "Так, я хочу це житло",
        "no": "Ні, я не хочу",
        "time": "Мені потрібен час",
        "call": "Зателефонуйте мені",
        "why": "Чому? (можна не відповідати)",
        "send_no": "Надіслати «ні»",
        "waiting": "Ми чекаємо на вашу відповідь.",
        "said_time": "Ви попросили час. Ви можете відповісти тут будь-коли до вказаної дати.",
        "said_call": "Ви попросили зателефонувати. Ваш соціальний працівник зателефонує вам.",
        "closed": "Ця пропозиція більше не чекає на відповідь.",
        "said_yes": "Ви сказали «так». Ваш соціальний працівник готує наступні кроки разом з вами.",
        "said_no": "Ви сказали «ні». Це записано. Ваш соціальний працівник зателефонує вам.",
        "gone": "Це посилання більше не дійсне. Зателефонуйте своєму соціальному працівникові.",
        "broken": "Не вийшло. Зачекайте хвилину і спробуйте ще раз або зателефонуйте своєму соціальному працівникові.",
        "language": "Мова",
        "machine": "Цю пропозицію підготував розрахунок; людина перевірила й "
        "вибрала її (CRPA L311-3-1). Ви можете запитати чому.",
    },
}
_MONTHS: Final[dict[str, str]] = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "prs": "جنوری فبروری مارچ اپریل می جون جولای اگست سپتمبر اکتوبر نومبر دسمبر",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
}


def tongue_of(asked: str | None, accepted: str | None) -> Tongue:
    """The language of the page: what the address asks, else what the phone prefers ("fa" reads Dari), else French."""
    if asked in BY_CODE:
        return BY_CODE[asked]
    best = best_of(accepted, ("fr", "en", "ar", "prs", "fa", "uk"))
    return BY_CODE["prs" if best == "fa" else best]


def day_in_words(text: str | None, code: str) -> str | None:
    """12 décembre 2026, in the language's months; None for no date."""
    if not text:
        return None
    given = date.fromisoformat(text[:10])
    return f"{given.day} {_MONTHS[code].split()[given.month - 1]} {given.year}"


def facts(page: Mapping[str, Any], code: str) -> dict[str, Any]:
    """The card's lines from the proposal's figures."""
    given, words = page["facts"], TEXTS[code]
    occupation = given.get("occupation")
    return {
        "home": [
            words["home_place"].format(place=given["commune"]),
            words["home_size_one" if given["rooms"] == 1 else "home_size"].format(
                rooms=given["rooms"], surface=f"{given['surface_m2']:.0f}"
            ),
            words["home_from"].format(day=day_in_words(given["available_from"], code)),
        ],
        "work": [
            words["work_at"].format(occupation=occupation, place=given["work_commune"]),
            words["work_lead"],
            *_source(given.get("work_source"), code),
        ]
        if occupation
        else [words["no_work"]],
        "school": [words["school_ask"]],
        "money": [words["rent"].format(rent=f"{given['rent_eur_per_month']:.0f}")],
        "until": day_in_words(given.get("answer_until"), code),
    }


def _source(source: Mapping[str, Any] | None, code: str) -> list[str]:
    """Where the offer comes from, when it was updated there, and under which licence: its licence asks for all three."""
    if not source or not source.get("name"):
        return []
    day = day_in_words(source.get("updated_at"), code)
    updated = TEXTS[code]["work_updated"].format(day=day) if day else None
    parts = [part for part in (source["name"], updated, source.get("licence")) if part]
    return [TEXTS[code]["work_source"].format(source=", ".join(parts))]


def state_key(page: Mapping[str, Any]) -> str:
    """Which sentence tells where the answer stands."""
    if page["open"]:
        return {"time": "said_time", "call": "said_call"}.get(str(page.get("answer")), "waiting")
    return {"yes": "said_yes", "no": "said_no"}.get(str(page.get("answer")), "closed")
