"""What a number, a phone or a name tells, and how it is shown to those who need not see it.

Rules of `domain.md` section 6. Everything a clerk types is kept: a finding is a warning beside the field, as the code
of a table (`ID_WARNING`, `PHONE_WARNING`), never a refusal, for people say numbers as they remember them. Who is the
same as whom is not decided here.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from app.base.pinyin import surname_length

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_HKMT_REGIONS = ("810000", "820000", "830000")
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71")
_ANY = re.compile(r".*")
_FORMS = {
    "PASSPORT_CN": (re.compile(r"[A-Z0-9]{5,20}"), "PASSPORT_FORM"),
    "PASSPORT_FOREIGN": (re.compile(r"[A-Z0-9]{5,20}"), "PASSPORT_FORM"),
    "HKM_PERMIT": (re.compile(r"[HM](\d{8}|\d{10})", re.ASCII), "HKM_FORM"),
    "TW_PERMIT": (re.compile(r"\d{8}(\d{2})?", re.ASCII), "TW_FORM"),
}
_OLD_FPR = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
_EIGHTEEN = re.compile(r"\d{17}[\dX]", re.ASCII)

NO_PHONE = "无"
"""What is typed, and kept, where somebody has no phone."""

_SHORT_PHONES = frozenset(("110", "120", "119", "12345", "12349", "12338", "12348"))
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0\d{9,11}(-\d{1,6})?", re.ASCII)
_ABROAD = re.compile(r"(852|853)\d{8}|886\d{8,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RicFacts:
    """What an 18-digit number says of its holder; `gender` is a code of GENDER."""

    birth_date: date
    gender: str


def normal_number(text: str) -> str:
    """A document number as it is stored and compared: capitals, no spaces or dashes, x as X."""
    return re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", text)).upper()


def check_number(doc_type: str, text: str, today: date) -> str | None:
    """The warning (ID_WARNING) for the number of a document of that type (ID_DOC_TYPE), None where all is well."""
    number = normal_number(text)
    if not number:
        return None
    if doc_type in ("RIC", "TMP_RIC"):
        return check_ric(number, today)
    if doc_type == "HKMT_RES":
        return _check_hkmt(number, today)
    if doc_type == "FPR":
        fits = _OLD_FPR.fullmatch(number) or (number.startswith("9") and _check_digit_fits(number))
        return None if fits else "FPR_FORM"
    if doc_type in ("NONE", "REFUSED"):
        return "NOT_EXPECTED"
    form, warning = _FORMS.get(doc_type, (_ANY, None))
    return None if form.fullmatch(number) else warning


def check_ric(text: str, today: date) -> str | None:
    """The warning (ID_WARNING) for a resident identity number (GB 11643), None where all is well.

    The region is looked at last and by province only, because cards outlive the codes of districts.
    """
    number = normal_number(text)
    if re.fullmatch(r"[0-9]{15}", number):
        return "RIC_15_DIGITS"
    if not re.fullmatch(r"[0-9]*X?", number):
        return "RIC_CHARACTERS"
    if len(number) != 18:
        return "RIC_LENGTH"
    if number.startswith("9"):
        return "RIC_IS_FPR"
    if number.startswith(_HKMT_REGIONS):
        return "RIC_IS_HKMT"
    return _check_body(number, today) or (None if _PROVINCE.match(number) else "RIC_REGION")


def facts_of_ric(text: str) -> RicFacts | None:
    """Birth date and sex from a resident's or a 港澳台居民 number; None unless its check digit and date hold."""
    number = normal_number(text)
    birth = _birth_in(number)
    if birth is None or number.startswith("9") or not _check_digit_fits(number):
        return None
    return RicFacts(birth, "MALE" if int(number[16]) % 2 else "FEMALE")


def normal_phone(text: str) -> str:
    """A phone as it is stored and compared: digits alone, an extension behind one dash, or 无.

    +86 falls away; +852, +853 and +886 stay as digits in front.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    if typed == NO_PHONE:
        return NO_PHONE
    parted = re.fullmatch(r"(.+?)\s*(?:[-‐-―]|转|分机)+\s*([0-9]{1,6})", typed)
    if parted and _LANDLINE.fullmatch(head := _digits(parted[1])):
        return f"{head}-{parted[2]}"
    return _digits(typed)


def check_phone(text: str) -> str | None:
    """The warning (PHONE_WARNING) for a phone as typed or stored, None where all is well."""
    phone = normal_phone(text)
    if not text.strip() or phone == NO_PHONE or phone in _SHORT_PHONES:
        return None
    if re.search(r"[^0-9\s+()\-‐-―转分机]", unicodedata.normalize("NFKC", text)):
        return "PHONE_FORM"
    if any(form.fullmatch(phone) for form in (_MOBILE, _LANDLINE, _ABROAD)):
        return None
    if re.match(r"1[3-9]", phone):
        return "PHONE_MOBILE"
    return "PHONE_LANDLINE" if len(phone) in (7, 8) else "PHONE_FORM"


def age_on(birth: date, day: date) -> int:
    """Full years on that day; who is born on 29 February turns on 1 March. Before birth it is 0."""
    years = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    return max(0, years)


def age_band(age: int | None) -> str:
    """The AGE_BAND of an age in full years."""
    if age is None:
        return "UNK"
    steps = ((6, "A00_06"), (13, "A07_13"), (15, "A14_15"), (17, "A16_17"), (59, "A18_59"))
    return next((band for most, band in steps if age <= most), "A60P")


def unknown_alias(gender: str, point_code: str, day: date, letter_and_serial: str) -> str:
    """What an unknown person is called: 无名氏男-0101-261121-A07.

    `letter_and_serial` starts with the device's letter, so that two offline laptops never give the same.
    """
    sex = {"MALE": "男", "FEMALE": "女"}.get(gender, "未知")
    return f"无名氏{sex}-{point_code[-4:]}-{day:%y%m%d}-{letter_and_serial}"


def is_real_name(name: str) -> bool:
    """Whether the words are a name at all; 无名氏 and the like are never a match key."""
    bare = re.sub(r"[\W_]", "", name)
    return bool(bare) and not re.match(r"(无名|不详|不明|未知|某|佚名|无$)", bare)


def mask_name(name: str) -> str:
    """张*: the surname alone. What stands for an unknown person is not anybody's name and stays whole."""
    bare = name.strip()
    if not is_real_name(bare):
        return bare
    return f"{bare[: surname_length(bare)]}*"


def mask_number(number: str) -> str:
    """410*************34, of the same length; a short number shows its last two alone."""
    bare = number.strip()
    first = 3 if len(bare) >= 10 else 0
    last = 2 if len(bare) >= 5 else 0
    return bare[:first] + "*" * (len(bare) - first - last) + bare[len(bare) - last :]


def mask_phone(phone: str) -> str:
    """138****1234; a public short number and 无 are nobody's secret."""
    bare = phone.strip()
    if bare == NO_PHONE or bare in _SHORT_PHONES:
        return bare
    first, last = (3, 4) if len(bare) >= 10 else (0, 2)
    last = min(last, len(bare) // 2)
    return bare[:first] + "*" * (len(bare) - first - last) + bare[len(bare) - last :]


def mask_address(address: str) -> str:
    """The address down to street or town, or to what stands before it; 金明区油坊街道***."""
    bare = address.strip()
    for ends in (r"街道|镇|乡", r"区|县|旗", r"市|州|盟", r"省"):
        found = re.match(rf".*?(?:{ends})", bare)
        if found:
            return found.group() + ("***" if len(found.group()) < len(bare) else "")
    return "***" if bare else ""


def _digits(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", text)
    return re.sub(r"^(?:00)?86(?=1[3-9][0-9]{9}$)|^00(?=85[23]|886)", "", digits)


def _check_hkmt(number: str, today: date) -> str | None:
    if not number.startswith(_HKMT_REGIONS):
        return "HKMT_REGION"
    if len(number) != 18:
        return "RIC_LENGTH"
    return _check_body(number, today)


def _check_body(number: str, today: date) -> str | None:
    """Birth date and check digit of 18 characters."""
    birth = _birth_in(number)
    if birth is None:
        return "RIC_BIRTH_DATE"
    if birth > today:
        return "RIC_BIRTH_FUTURE"
    return None if _check_digit_fits(number) else "RIC_CHECK_DIGIT"


def _birth_in(number: str) -> date | None:
    if not _EIGHTEEN.fullmatch(number):
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _check_digit_fits(number: str) -> bool:
    """ISO 7064 MOD 11-2 over the first seventeen."""
    if not _EIGHTEEN.fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == number[17]
