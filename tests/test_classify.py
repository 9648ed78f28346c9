"""Verdicts: the folder ``classify/`` is the specification; here are its reader, the hostile inputs, packs and model."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.classify import classify, model, signs
from tracker.classify.added import added_to
from tracker.classify.examples import examples
from tracker.classify.packs import Pack, Packs
from tracker.classify.tokens import LONGEST, fold, tokens
from tracker.classify.words import judged
from tracker.models import FORGOTTEN, Action, Announcement, Correction, Phase

HERE = Path(__file__).parent / "classify"
PHRASES = Path(model.__file__).with_name("phrases")
MEGABYTE = 1 << 20


def said(text: str, **more: object) -> Announcement:
    return Announcement(source="ripple/x", vendor="ripple", id="1", text=text, **more)  # type: ignore[arg-type]


def cases() -> list[tuple[str, str, str]]:
    """(phase, language, text) of every line of the folder."""
    found = []
    for file in sorted(HERE.glob("*.tsv")):
        for line in file.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                phase, lang, text = line.split("\t")
                found.append((phase, lang, text))
    return found


@pytest.mark.parametrize(("phase", "lang", "text"), cases())
def test_words_are_read_right(phase: str, lang: str, text: str) -> None:
    verdict = classify(said(text, lang=lang))
    assert verdict.phase == phase, verdict.because


def test_what_was_added_last_counts_unless_it_is_told_newest_first() -> None:
    began, now, over = "Mail is down, we are investigating.", "Mail is still down.", "Mail works again."
    verdict = classify(said(f"{began}\n\nUpdate 9:30: {now}\n\nUpdate 10:15: {over}"))
    assert verdict.phase is Phase.RESOLVED and verdict.because.startswith("of what was added it says")
    assert added_to(f"{began}\nUpdate 10:15: {over}\nUpdate 9:30: {now}") is None
    assert added_to(f"Update: {over}") is None


def test_of_words_behind_times_of_day_the_latest_count() -> None:
    began, now, over = "We know that threads do not load.", "We are still on it.", "Threads load again."
    log = f"4:50pm PST {began}\n11:15pm PST {now}\n8:05am PST A fix is out.\n9:40am PST {over}"
    assert classify(said(log)).phase is Phase.RESOLVED
    assert classify(said(f"15:10 - {over}\n14:20 - {began}")).phase is Phase.RESOLVED
    assert added_to(f"14:20 Uhr: {began}\n15:10 Uhr: {over}") == f" Uhr: {over}"
    assert added_to(f"15:10: {over}\n14:20: {began}") == f": {over}\n"
    assert added_to(f"9:50 {began}\n12:10 {over}") == f" {over}"
    assert added_to(f"11:50 AM PST {began}\n12:10 PM PST {over}") == f" PST {over}"
    assert added_to(f"14:20: {began}") is None
    assert added_to("10:00 - 12:00 Ternby\n13:00 - 14:00 Orley") is None


def test_the_language_need_not_be_told() -> None:
    wrong = [text for phase, _, text in cases() if classify(said(text)).phase != phase]
    assert len(wrong) <= len(cases()) // 20, wrong


def test_korean_is_known_by_one_word_of_its_own() -> None:
    """Its words take many endings, of which the pack has few."""
    verdict = classify(said("예매 시스템이 장애로 멈췄네요, 창구에서는 표를 팝니다."))
    assert verdict.phase == "outage-start" and "language" not in verdict.because


# --- the declared state ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("Investigating", "outage-start"), ("identified", "update"), ("RESOLVED", "resolved"),
        ("Postmortem", "resolved"), ("Onderzoeken", "outage-start"), ("Identificado", "update"),
        ("Überwachung", "update"), ("Gelöst", "resolved"), ("Résolu", "resolved"), ("調査中", "outage-start"),
        ("復旧済み", "resolved"), ("monitoring", "update"), ("Service is operating normally", "resolved"),
        ("Mitigated", "resolved"), ("NOTSTARTEDYET", "maintenance"), ("Scheduled", "maintenance"),
        ("maintenance_in_progress", "maintenance"),
    ],
)  # fmt: skip
def test_the_declared_state_comes_first(status: str, phase: str) -> None:
    verdict = classify(said("Words that say little.", status=status))
    assert verdict.phase == phase
    assert status in verdict.because


def test_words_against_the_declared_state_are_named() -> None:
    verdict = classify(said("Fixed! Everything has been fully restored and is back to normal.", status="investigating"))
    assert verdict.phase is Phase.OUTAGE_START
    assert "yet its words say resolved" in verdict.because
    assert verdict.confidence < 0.9


@pytest.mark.parametrize(
    ("denies", "text"),
    [
        (True, "Logins are still failing and we keep working on a fix."),
        (True, "The fix is out, but sign-in has not yet been fully restored and errors continue."),
        (True, "Die Störung ist noch nicht behoben, wir arbeiten weiter daran."),
        # A log of the whole incident that ends well.
        (False, "08:10 Bills are late. 08:55 Bills are still late, we continue to work on it. 10:20 Back to normal."),
        # Of neither trouble nor an end.
        (False, "After a customer opens a statement in the old app, the new address is shown by default."),
    ],
)
def test_the_last_sentence_that_speaks_of_an_end_tells_whether_words_deny_it(denies: bool, text: str) -> None:
    verdict = classify(said(text, status="resolved"))
    assert verdict.phase is Phase.RESOLVED
    assert ("yet its words say" in verdict.because) is denies


def test_planned_work_stays_maintenance_whatever_its_words() -> None:
    assert classify(said("All is back to normal.", planned=True, status="completed")).phase is Phase.MAINTENANCE


@pytest.mark.parametrize("told", [{"status": "Resolved"}, {"status": "Investigating"}, {"planned": True}])
def test_a_verdict_tells_whether_the_vendor_or_its_words_decided(told: dict[str, object]) -> None:
    words = "Fixed! Everything has been fully restored and is back to normal."
    assert classify(said(words, **told)).is_declared
    assert not any(classify(said(text, status=None)).is_declared for text in (words, "The vendor is down.", "", "ok"))
    assert not classify(said(words, status="Notice")).is_declared


# --- the reason -----------------------------------------------------------------------------------------------


def test_the_reason_names_phrases_as_they_were_written() -> None:
    verdict = classify(said("Alles läuft wieder, danke für eure Geduld!"))
    assert "“alles läuft” (back)" in verdict.because


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("You can't log in, and we've spotted it.", ["“can't log in” (broken)", "“we've spotted” (aware)"]),
        ("You can’t log in, and we’ve spotted it.", ["“can’t log in” (broken)", "“we’ve spotted” (aware)"]),
        ("You can't log-in, and we've spotted it.", ["“can't log-in” (broken)"]),
        ("Log-in works again.", ["“works again” (back)"]),
    ],
)
def test_the_reason_keeps_apostrophes_and_hyphens(text: str, phrases: list[str]) -> None:
    because = classify(said(text)).because
    assert all(phrase in because for phrase in phrases), because


def test_the_reason_names_what_speaks_against() -> None:
    verdict = classify(said("Fixed for most of you; a few still see errors."))
    assert "for resolved speaks “fixed” (fixed)" in verdict.because


def test_the_reason_says_where_no_single_word_decides() -> None:
    verdict = classify(said("works"))
    assert verdict.because == "no single word decides it; for maintenance speaks “works” (planned)"


def test_what_stands_for_erased_words_is_not_judged() -> None:
    verdict = classify(said(FORGOTTEN))
    assert (verdict.phase, verdict.because) == ("unrelated", "its words were erased") and verdict.confidence <= 0.4


def test_an_unknown_language_is_said_so() -> None:
    verdict = classify(said("Huduma yetu imerejea sasa, asanteni sana kwa uvumilivu wenu wote"))
    assert verdict.confidence <= 0.4
    assert "language" in verdict.because


@pytest.mark.parametrize(
    "text",
    [
        "Momentálne evidujeme výpadok platobnej brány.",
        "Applikaatio ei toimi tällä hetkellä, selvitämme syytä.",
        "האפליקציה אינה זמינה כעת, אנחנו בודקים את הסיבה",
        "بوابة الدفع لا تعمل حاليا ونحن نبحث عن السبب",
    ],
)
def test_in_an_unknown_language_nothing_is_over(text: str) -> None:
    """Of words that it does not know the model only has what it leans to, which is the end."""
    verdict = classify(said(text))
    assert verdict.phase != "resolved"
    assert verdict.confidence <= 0.4


# --- hostile inputs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\U0001f600",
        "https://ripple.example/x",
        "<b></b>",
        "\x00\x1b[2J\x07",
        "ไม่มีอะไร",
        "सेवा बहाल हो गई",
        "الخدمة تعمل الآن",
        "\ud800",
        "@ripple",
        "12:30",
        "!!!???",
    ],
)
def test_too_little_is_said_so(text: str) -> None:
    verdict = classify(said(text))
    assert verdict.confidence <= 0.5
    assert verdict.because


@pytest.mark.parametrize("unit", ["messages are down ", "<", "&", "@a", "復旧", "a", "1:", "́", "\U0001f600", "is "])
def test_of_a_megabyte_only_the_beginning_is_read(unit: str) -> None:
    text = unit * (MEGABYTE // len(unit))
    assert classify(said(text)) == classify(said(text[: 2 * LONGEST]))


def test_markup_is_no_evidence() -> None:
    plain, marked = "Calls are failing.", "<p class='resolved fixed'>Calls are <b>failing</b>.</p>"
    assert classify(said(marked)) == classify(said(plain))


@given(st.text(max_size=300))
def test_any_text_has_a_verdict(text: str) -> None:
    verdict = classify(said(text, title=text[:20], lang=text[:2], status=None))
    assert 0 <= verdict.confidence <= 1
    assert verdict.because
    assert verdict == classify(said(text, title=text[:20], lang=text[:2], status=None))


# --- packs ----------------------------------------------------------------------------------------------------


def groups(pack: Path) -> dict[str, list[str]]:
    """Cue to its phrases, as written."""
    found: dict[str, list[str]] = {}
    cue = ""
    for line in pack.read_text("utf-8").splitlines():
        if line.startswith("["):
            cue = line[1:-1]
            assert cue not in found, f"{pack.name}: [{cue}] is there twice"
            found[cue] = []
        elif not line.startswith("#"):
            found[cue] += [phrase.strip() for phrase in line.split(",")]
    return found


ALL = sorted(PHRASES.glob("*.txt"))


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.stem)
def test_a_pack_has_the_cues_that_all_have(pack: Path) -> None:
    assert set(groups(pack)) == set(groups(PHRASES / "en.txt"))


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.stem)
def test_a_phrase_is_written_as_posts_are_read(pack: Path) -> None:
    for cue, phrases in groups(pack).items():
        for phrase in phrases:
            bare = phrase.replace("*", "").replace("-", " ").replace("'", " ").strip("【】")
            read = [token.key for token in tokens(bare) if token.kind != "sign"]
            assert phrase, f"{pack.name}: an empty phrase in [{cue}]"
            if pack.stem in ("ja", "th", "zh"):
                assert "".join(read) == fold(bare).replace(" ", "") or bare.isascii(), f"{pack.name} [{cue}]: {phrase}"
            else:
                assert read == fold(bare).split() or re.search(r"\d", bare), f"{pack.name} [{cue}]: {phrase}"


def cues(text: str, spoken: Pack) -> list[str]:
    return [cue.name for cue in Packs([spoken]).cues(tokens(text), [spoken])]


def test_a_longer_phrase_hides_the_shorter_ones_in_it() -> None:
    pack = Pack("en", "[fixed]\nresolved\n[unfixed]\nnot resolved")
    assert (cues("It is not resolved", pack), cues("It is resolved", pack)) == (["unfixed"], ["fixed"])


def test_a_phrase_in_brackets_is_a_heading() -> None:
    pack = Pack("ja", "[fixed]\n【復旧】\n[broken]\n障害")
    assert cues("【復旧】サーバー障害", pack) == cues("復旧: サーバー障害", pack) == ["fixed", "broken"]
    assert cues("障害の復旧を急いでいます", pack) == ["broken"]


def test_more_after_a_not_of_the_sentence_is_no_longer() -> None:
    pack = Pack("de", "[not]\nkeine\n[more]\nmehr\n[broken]\nfehler")
    assert cues("Keine Fehler mehr", pack) == ["not", "broken", "no-longer"]
    assert cues("Mehr Fehler", pack) == ["more", "broken"]
    assert cues("Keine Angst. Mehr folgt", pack) == ["not", "more"]


def test_a_stem_behind_another_word_stands_for_all_words_that_begin_with_it() -> None:
    pack = Pack("en", "[fixed]\nit work*")
    assert [cues(f"Now it {verb}", pack) for verb in ("works", "worked", "burns")] == [["fixed"], ["fixed"], []]


def test_thai_is_known_by_its_letters_and_its_phrases_are_found_within_a_run() -> None:
    text = "รถไฟฟ้าสายสีเขียวกลับมาให้บริการแล้ว"
    thai = Packs([Pack("ja", ""), Pack("th", "[back]\nกลับมาให้บริการ\n[transport]\nรถไฟฟ้า"), Pack("zh", "")])
    spoken, _ = thai.languages(tokens(text))
    assert [pack.language for pack in spoken] == ["th"]
    assert [cue.name for cue in thai.cues(tokens(text), spoken)] == ["transport", "back"]
    face = thai.languages(tokens("復旧しました (´ค｀)"))[0]
    assert [pack.language for pack in face] == ["ja"]


def test_a_phrase_is_found_wherever_it_stands_between_signs_without_spaces() -> None:
    pack = Pack("ja", "[fixed]\n復旧")
    assert [cues(f"{before}復旧", pack) for before in ("", "全", "全面")] == [["fixed"]] * 3


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (["clock", "span"], "Between 8:45 and about 10 am calls dropped"),
        (["clock", "span"], "De 14h20 à 15h05, plus de réseau"),
        (["span"], "Van 11.05 tot 11.50 uur geen bereik"),
        (["span"], "Dalle 8.20 alle 9.35 niente rete"),
        (["clock", "span"], "9時10分から9時50分まで"),
        (["clock"], "The 8:45 runs late"),
        (["clock", "clock"], "The 8:45 to Corby and Kettering is late, take the 9:10"),
        ([], "Version 1.20 of the app, 3 new features"),
    ],
)
def test_two_times_of_day_close_together_are_a_span(times: list[str], text: str) -> None:
    assert cues(text, Pack("en", "")) == times


# --- model ----------------------------------------------------------------------------------------------------


def test_the_model_is_small() -> None:
    assert model.FILE.stat().st_size < 5_000_000


def test_what_is_written_is_read() -> None:
    held = [1, 2, 127, -1, -127]
    data = model.write((0.5, -0.5, 0.0, 1.0, -1.0), ((0.2, 0.8), (0.3, 0.9)), 0.25, {7: held, 3: [0] * 5})
    read = model.read(data)
    one, two, most = 0.25 * 0.04, 0.25 * (1.04**2 - 1), 0.25 * (1.04**127 - 1)
    assert read.row(7) == pytest.approx((one, two, most, -one, -most))
    assert read.row(3) == (0.0,) * 5
    assert read.row(8) == (0.0,) * 5
    assert read.calibrated(0.1) == pytest.approx(0.3)
    assert read.calibrated(0.5) == pytest.approx(0.6)
    assert read.calibrated(1.0) == pytest.approx(0.9)


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129, 256, 257, 1000])
def test_each_known_sign_is_found_and_none_between_them(count: int) -> None:
    held = {2 * n + 1: [n % 127 + 1, 0, 0, 0, 0] for n in range(count)}
    read = model.read(model.write((0.0,) * 5, ((0.2, 0.8), (0.3, 0.9)), 0.25, held))
    asked = range(2 * count + 300)
    assert [sign for sign in asked if any(read.row(sign))] == list(held)
    assert read.rows(asked) == [read.row(sign) for sign in held]


def test_a_long_post_does_not_shout() -> None:
    short, long = judged(None, "Calls are failing."), judged(None, "Calls are failing. " * 100)
    assert short.phase is long.phase is Phase.OUTAGE_START


def test_signs_of_a_word_have_its_ends() -> None:
    """ "up" begins like "ups" and ends like "cup", and has nothing of "cups"."""
    up, ups, cup, cups = (set(signs.of_pieces(word, "word")) for word in ("up", "ups", "cup", "cups"))
    assert (len(up & ups), len(up & cup), len(up & cups)) == (1, 1, 0)


def test_classifying_needs_no_heavy_library() -> None:
    script = (
        "import sys; from tracker.classify import classify; from tracker.models import Announcement;"
        "classify(Announcement(source='a/b', vendor='a', id='1', text='We are back'));"
        "print(*sorted({'numpy', 'scipy', 'sklearn', 'click', 'httpx'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == []


def test_a_model_that_is_written_over_ends_no_process_that_judges(tmp_path: Path) -> None:
    """A shorter file under what runs would be a signal that nothing catches."""
    file = tmp_path / "model.bin"
    file.write_bytes(model.FILE.read_bytes())
    script = (
        "import sys, pathlib; from tracker.classify import model; from tracker.classify.words import judged;"
        "model.FILE = pathlib.Path(sys.argv[1]); judged(None, 'Uploads fail.');"
        "model.FILE.write_bytes(b''); print(judged(None, 'The outage of our search is over.').phase)"
    )
    command = [sys.executable, "-c", script, str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "resolved"


# --- corrections ----------------------------------------------------------------------------------------------


def test_corrections_become_labelled_posts() -> None:
    one, other = ("ripple/x", "1"), ("ripple/x", "2")
    corrections = [
        Correction(action=Action.PHASE, first=one, phase=Phase.UPDATE),
        Correction(action=Action.PHASE, first=one, phase=Phase.RESOLVED),
        Correction(action=Action.PHASE, first=one, phase=Phase.UNRELATED, revision=2),
        Correction(action=Action.IGNORE, first=one),
        Correction(action=Action.TOGETHER, first=one, second=other),
        Correction(action=Action.PHASE, first=other, phase=Phase.UPDATE),
    ]
    held = {(*one, 1): said("We are back.", lang="en", title="Ripple"), (*one, 2): said("")}
    assert examples(corrections, held) == [
        {
            "id": "ripple/x#1",
            "source": "ripple/x",
            "account": "ripple",
            "label": "resolved",
            "lang": "en",
            "title": "Ripple",
            "text": "We are back.",
        }
    ]
