"""Every word of the widgets is translated, and what is shipped is what was written."""

import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = ROOT / "resources" / "i18n"
TOOLS = Path(sys.executable).parent
LANGUAGES = ("zh_CN", "en")


def messages(file: Path) -> dict[tuple[str, str], xml.Element]:
    """The messages of a file by context and source."""
    return {
        (context.findtext("name", ""), message.findtext("source", "")): message
        for context in xml.parse(file).getroot().iter("context")
        for message in context.iter("message")
    }


def words(message: xml.Element) -> list[str]:
    translation = message.find("translation")
    assert translation is not None
    forms = [form.text or "" for form in translation.iter("numerusform")]
    return forms or [translation.text or ""]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """What the sources say now."""
    found = tmp_path_factory.mktemp("words") / "now.ts"
    files = sorted(str(path) for path in (ROOT / "app" / "desktop").rglob("*.py"))
    subprocess.run(
        [TOOLS / "pyside6-lupdate", *files, "-locations", "none", "-ts", found], check=True, capture_output=True
    )
    return set(messages(found))


def test_every_word_is_in_the_chinese_file(sources: set[tuple[str, str]]) -> None:
    assert sources == set(messages(WORDS / "aidpoint_zh_CN.ts"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_to_translate(language: str) -> None:
    for (context, source), message in messages(WORDS / f"aidpoint_{language}.ts").items():
        translation = message.find("translation")
        assert translation is not None
        assert translation.get("type") is None, f"{context}: {source}"
        assert all(words(message)), f"{context}: {source}"


def test_places_for_facts_are_kept() -> None:
    for (_, source), message in messages(WORDS / "aidpoint_zh_CN.ts").items():
        for place in [part.partition("}")[0] for part in source.split("{")[1:]]:
            assert all(f"{{{place}}}" in form for form in words(message)), source


def test_no_exclamation_marks() -> None:
    for message in messages(WORDS / "aidpoint_zh_CN.ts").values():
        assert not any(mark in form for form in words(message) for mark in "!！")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shipped_is_what_was_written(language: str, tmp_path: Path) -> None:
    written = shutil.copy(WORDS / f"aidpoint_{language}.ts", tmp_path)
    fresh = tmp_path / "fresh.qm"
    subprocess.run([TOOLS / "pyside6-lrelease", "-silent", written, "-qm", fresh], check=True, capture_output=True)
    assert fresh.read_bytes() == (WORDS / f"aidpoint_{language}.qm").read_bytes()
