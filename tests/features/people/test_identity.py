"""Identity numbers, phones, ages, aliases and masks, with the samples verified in `domain.md` section 6."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features.codes import AGE_BAND, ID_DOC_TYPE, ID_WARNING, PHONE_WARNING
from app.features.people.identity import (
    RicFacts,
    age_band,
    age_on,
    check_number,
    check_phone,
    check_ric,
    facts_of_ric,
    is_real_name,
    mask_address,
    mask_name,
    mask_number,
    mask_phone,
    normal_number,
    normal_phone,
    unknown_alias,
)

TODAY = date(2026, 11, 21)
GOOD = ("11010519491231002X", "440524188001010014")
HKMT = ("810000199408230021", "830000199201300022")


def with_check_digit(body: str) -> str:
    """The number that body belongs to, found by trying, not by the rule under test."""
    fits = [body + last for last in "0123456789X" if facts_of_ric(body + last)]
    assert len(fits) == 1
    return fits[0]


@pytest.mark.parametrize("number", GOOD)
def test_verified_samples_pass(number: str) -> None:
    assert check_ric(number, TODAY) is None
    assert check_number("RIC", number, TODAY) is None


@pytest.mark.parametrize(
    "typed",
    ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ", "110105-19491231-002x"],
)
def test_how_it_is_typed_does_not_matter(typed: str) -> None:
    assert normal_number(typed) == "11010519491231002X"
    assert check_ric(typed, TODAY) is None


@pytest.mark.parametrize(
    ("number", "warning"),
    [
        ("110105194912310021", "RIC_CHECK_DIGIT"),
        ("44052418800101001X", "RIC_CHECK_DIGIT"),
        ("440524880101001", "RIC_15_DIGITS"),
        ("4405241880010100", "RIC_LENGTH"),
        ("4405241880010100144", "RIC_LENGTH"),
        ("", "RIC_LENGTH"),
        ("4405241880010100１甲", "RIC_CHARACTERS"),
        ("X10105194912310021", "RIC_CHARACTERS"),
        ("110105194902300021", "RIC_BIRTH_DATE"),
        ("110105190002290021", "RIC_BIRTH_DATE"),
        ("110105194900310021", "RIC_BIRTH_DATE"),
        ("110105202611220021", "RIC_BIRTH_FUTURE"),
        ("810000199408230021", "RIC_IS_HKMT"),
        ("911124198108030024", "RIC_IS_FPR"),
    ],
)
def test_what_is_doubtful_is_named(number: str, warning: str) -> None:
    assert check_ric(number, TODAY) == warning


def test_born_today_is_not_the_future() -> None:
    assert check_ric(with_check_digit("11010520261121002"), TODAY) is None


def test_an_odd_region_is_only_a_remark_after_everything_else() -> None:
    odd = with_check_digit("99010519491231002".replace("99", "18", 1))
    assert check_ric(odd, TODAY) == "RIC_REGION"
    assert check_ric(with_check_digit("11019919491231002"), TODAY) is None, "abolished districts are no matter"


@given(st.sampled_from(GOOD + HKMT), st.integers(0, 17), st.sampled_from("0123456789"))
def test_any_single_wrong_digit_is_noticed(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    if wrong != number:
        assert check_ric(wrong, TODAY) is not None


@given(st.sampled_from(GOOD), st.integers(0, 16))
def test_two_neighbours_swapped_are_noticed(number: str, place: int) -> None:
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if wrong != number:
        assert check_ric(wrong, TODAY) is not None


@given(st.text(max_size=30), st.sampled_from(ID_DOC_TYPE.codes))
def test_any_text_gives_a_known_warning_or_none(text: str, doc_type: str) -> None:
    assert check_number(doc_type, text, TODAY) in (None, *ID_WARNING)
    assert check_ric(text, TODAY) in (None, *ID_WARNING)
    assert check_phone(text) in (None, *PHONE_WARNING)
    facts_of_ric(text)
    for mask in (mask_name, mask_number, mask_phone, mask_address):
        assert isinstance(mask(text), str)


def test_facts_of_a_number() -> None:
    assert facts_of_ric("11010519491231002x") == RicFacts(date(1949, 12, 31), "FEMALE")
    assert facts_of_ric("440524188001010014") == RicFacts(date(1880, 1, 1), "MALE")
    assert facts_of_ric("810000199408230021") == RicFacts(date(1994, 8, 23), "FEMALE")


@pytest.mark.parametrize("number", ["110105194912310021", "440524880101001", "", "张三", "110105194902300021"])
def test_a_doubtful_number_gives_no_facts(number: str) -> None:
    assert facts_of_ric(number) is None


@pytest.mark.parametrize(
    ("doc_type", "number", "warning"),
    [
        *(("HKMT_RES", number, None) for number in HKMT),
        ("HKMT_RES", "810000199408230022", "RIC_CHECK_DIGIT"),
        ("HKMT_RES", "11010519491231002X", "HKMT_REGION"),
        ("HKMT_RES", "81000019940823", "RIC_LENGTH"),
        ("FPR", "ABC110105491231", None),
        ("FPR", "AB1101054912311", "FPR_FORM"),
        ("FPR", "11010519491231002X", "FPR_FORM"),
        ("HKM_PERMIT", "H12345678", None),
        ("HKM_PERMIT", "m1234567890", None),
        ("HKM_PERMIT", "H123456789", "HKM_FORM"),
        ("HKM_PERMIT", "C12345678", "HKM_FORM"),
        ("TW_PERMIT", "12345678", None),
        ("TW_PERMIT", "1234567801", None),
        ("TW_PERMIT", "123456789", "TW_FORM"),
        ("PASSPORT_CN", "E12345678", None),
        ("PASSPORT_FOREIGN", "ab-12345", None),
        ("PASSPORT_FOREIGN", "1234", "PASSPORT_FORM"),
        ("PASSPORT_FOREIGN", "A" * 21, "PASSPORT_FORM"),
        ("TMP_RIC", "110105194912310021", "RIC_CHECK_DIGIT"),
        ("NONE", "1", "NOT_EXPECTED"),
        ("REFUSED", "1", "NOT_EXPECTED"),
        ("NONE", "", None),
        ("RIC", "  ", None),
        ("SSC", "随便写", None),
        ("OTHER", "随便写", None),
    ],
)
def test_each_document_has_its_form(doc_type: str, number: str, warning: str | None) -> None:
    assert check_number(doc_type, number, TODAY) == warning


def test_the_new_permanent_residence_number_starts_with_nine_and_ends_with_its_check_digit() -> None:
    fits = [last for last in "0123456789X" if check_number("FPR", "91112419810803002" + last, TODAY) is None]
    assert len(fits) == 1


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("0373-5089797", "03735089797"),
        ("(0373) 5089797", "03735089797"),
        ("0373-5089797-12", "03735089797-12"),
        ("０３７３－５０８９７９７转12", "03735089797-12"),
        ("021-5089-7970", "02150897970"),
        ("+852 9123 4567", "85291234567"),
        ("00886 912345678", "886912345678"),
        ("无", "无"),
        (" 无 ", "无"),
        ("12345", "12345"),
        ("", ""),
    ],
)
def test_phones_are_stored_as_digits(typed: str, stored: str) -> None:
    assert normal_phone(typed) == stored
    assert normal_phone(stored) == stored, "storing twice changes nothing"
    assert check_phone(typed) is None
    assert check_phone(stored) is None


@pytest.mark.parametrize(
    ("typed", "warning"),
    [
        ("1381234567", "PHONE_MOBILE"),
        ("138123456789", "PHONE_MOBILE"),
        ("5089797", "PHONE_LANDLINE"),
        ("12812345678", "PHONE_FORM"),
        ("911", "PHONE_FORM"),
        ("不知道", "PHONE_FORM"),
        ("13812345678 李", "PHONE_FORM"),
    ],
)
def test_doubtful_phones_are_named(typed: str, warning: str) -> None:
    assert check_phone(typed) == warning


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2008, 11, 21), TODAY, 18),
        (date(2008, 11, 22), TODAY, 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 11, 21), TODAY, 0),
        (date(2027, 1, 1), TODAY, 0),
    ],
)
def test_age_in_full_years(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age


def test_age_bands_meet_without_gap_or_overlap() -> None:
    edges = {0: "A00_06", 6: "A00_06", 7: "A07_13", 13: "A07_13", 14: "A14_15", 15: "A14_15", 16: "A16_17"}
    edges |= {17: "A16_17", 18: "A18_59", 59: "A18_59", 60: "A60P", 120: "A60P"}
    assert {age: age_band(age) for age in edges} == edges
    assert age_band(None) == "UNK"
    assert {age_band(age) for age in [*range(130), None]} == set(AGE_BAND)


def test_the_alias_of_an_unknown_person() -> None:
    assert unknown_alias("MALE", "41020400100101", TODAY, "A07") == "无名氏男-0101-261121-A07"
    assert unknown_alias("FEMALE", "41020400100101", TODAY, "B12") == "无名氏女-0101-261121-B12"
    assert unknown_alias("UNSTATED", "41020400100101", TODAY, "A01") == "无名氏未知-0101-261121-A01"


@pytest.mark.parametrize(
    "words", ["", " ", "无名氏男-0101-261121-A07", "无名", "不详", "未知", "某男", "无", "——", "无名氏"]
)
def test_what_stands_for_no_name_is_no_match_key(words: str) -> None:
    assert not is_real_name(words)
    assert mask_name(words) == words.strip()


@pytest.mark.parametrize("name", ["张三", "无心", "买买提", "John"])
def test_names_are_names(name: str) -> None:
    assert is_real_name(name)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("张三丰", "张*"), ("欧阳锋", "欧阳*"), ("欧阳", "欧*"), (" 张三 ", "张*"), ("John Smith", "J*")],
)
def test_names_are_masked_to_the_surname(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("410105194912310034", "410*************34"),
        ("H12345678", "*******78"),
        ("E1234", "***34"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_numbers_are_masked(number: str, masked: str) -> None:
    assert mask_number(number) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("03735089797", "037****9797"),
        ("5089797", "*****97"),
        ("120", "120"),
        ("无", "无"),
        ("911", "**1"),
        ("", ""),
    ],
)
def test_phones_are_masked(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("开封市鼓楼区西司门街道油坊社区3号楼", "开封市鼓楼区西司门街道***"),
        ("某县城关镇东街12号", "某县城关镇***"),
        ("开封市鼓楼区中山路5号", "开封市鼓楼区***"),
        ("河南省", "河南省"),
        ("中山路5号", "***"),
        ("", ""),
    ],
)
def test_addresses_are_masked_to_the_street(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@given(st.text(alphabet="0123456789X", min_size=6, max_size=20))
def test_a_masked_number_never_shows_its_middle(number: str) -> None:
    masked = mask_number(number)
    assert len(masked) == len(number)
    assert masked.count("*") >= 4
