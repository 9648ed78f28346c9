"""How the model comes about: our own sentences are the same everywhere; a small fit gives the same bytes twice."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tracker.classify.training import corpora, sentences, written  # noqa: E402

every_language = pytest.mark.parametrize("language", sentences.languages())


def test_each_phrase_pack_has_sentences() -> None:
    packs = {path.stem for path in (ROOT / "tracker/classify/phrases").glob("*.txt")}
    assert set(sentences.languages()) == packs


@every_language
def test_every_choice_and_slot_is_filled(language: str) -> None:
    for phase in corpora.PHASES:
        for post in sentences.sentences(language, phase, 400):
            assert not re.search(r"[{}|$]", post), post


@every_language
def test_choices_close(language: str) -> None:
    for line in (sentences.HERE / f"{language}.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            assert line.count("{") == line.count("}"), line


def test_the_same_sentences_each_time() -> None:
    once = list(sentences.sentences("fr", "resolved", 50))
    assert once == list(sentences.sentences("fr", "resolved", 50))
    assert len(set(once)) == len(once)


def test_no_sentence_stands_under_two_phases() -> None:
    for language in sentences.languages():
        seen: dict[str, str] = {}
        for phase in corpora.PHASES:
            for post in sentences.sentences(language, phase, 200):
                assert seen.setdefault(post, phase) == phase, f"{language}: {post}"


def test_every_written_post_has_its_phase_and_stands_once() -> None:
    posts = written.written()
    assert {post.phase for post in posts} == set(corpora.PHASES)
    assert {post.language for post in posts} == set(sentences.languages())
    texts = [_folded(post.text) for post in posts]
    assert len(texts) == len(set(texts))
    assert all(post.text == " ".join(post.text.split()) for post in posts)


def test_what_one_account_said_is_told_by_one_voice() -> None:
    """Accounts stand together, so that leaving a voice out leaves out their house phrases."""
    first = [post.operator for post in written.written() if post.operator.startswith("natural en")][: written.RUN]
    assert len(set(first)) == 1


@pytest.mark.skipif(not corpora.folder().is_dir(), reason="the corpora lie beside the checkout, or at TRACKER_SHARED")
def test_no_captured_post_is_among_the_written_ones() -> None:
    captured = {
        _folded(post.text) for name in ("labelled_posts", "gold_dev", "web_posts_dev") for post in _captured(name)
    }
    assert not [post.text for post in written.written() if len(post.text) > 60 and _folded(post.text) in captured]


def test_what_measures_the_classifier_is_nothing_that_it_learnt() -> None:
    lines = (Path(__file__).parent / "classify" / "voices.jsonl").read_text("utf-8").splitlines()
    measured = {_folded(json.loads(line)["text"]) for line in lines}
    assert len(measured) == len(lines) == 600
    assert not measured & {_folded(post.text) for post in written.written()}


@pytest.mark.skipif(not corpora.folder().is_dir(), reason="the corpora lie beside the checkout, or at TRACKER_SHARED")
def test_each_label_of_ours_names_a_captured_post() -> None:
    lines = corpora.LABELS.read_text("utf-8").splitlines()
    assert len(corpora.read_by_us()) == len({line.split("\t")[0] for line in lines}) == len(lines)
    held_out = {post.text for name in ("gold_dev", "web_posts_dev", "told_dev") for post in _captured(name)}
    assert not held_out & {post.text for post in corpora.read_by_us()}


def _captured(name: str) -> list[corpora.Post]:
    return corpora.labelled(f"{name}.jsonl")


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def test_one_organisation_is_one_operator() -> None:
    assert {corpora.operator(name) for name in ("Ligne8_RATP", "RER_A", "RERE_T4_SNCF", "T13_IDFM")} == {"paris"}
    assert corpora.operator("rod2sudcat") == corpora.operator("rodalies")
    assert corpora.operator("GitHub") == "github"


def test_a_small_fit_twice_gives_the_same_bytes() -> None:
    pytest.importorskip("sklearn", reason="training needs the extra `train`")
    from tracker.classify.training import fit

    posts = [
        corpora.Post(text, phase, f"own {number % 3}", language)
        for language in ("en", "de")
        for phase in corpora.PHASES
        for number, text in enumerate(sentences.sentences(language, phase, 40))
    ]
    table = fit.tabled(posts)
    made = [fit.file(table, fit.fit(table), ((0.2, 0.9), (0.3, 0.9))) for _ in range(2)]
    assert made[0] == made[1]
