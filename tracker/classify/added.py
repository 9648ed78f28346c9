"""What was added to a text: many tell how it goes on in the same post, below "Edit:" or "Update 14:20:". Pure.

Others put the time of day alone before each word, on a line of its own: "3:23pm PST We are aware …".
"""

from __future__ import annotations

import itertools
import re

_SIGN = re.compile(r"[:：\]】]|\s[-–—]\s|\dh\d", re.I)  # of a mark or a time of day: most texts have none
_MARK = (
    r"(?:^|(?<=[.!?…。！？(\n]))[^\S\n]{0,3}[^\w\s@#]{0,3}[^\S\n]{0,3}"
    r"(?:edit|edited|update|updated|upd|nachtrag|aktualisierung|màj|maj|mise à jour|actualización|actualizado|"
    r"actualització|atualização|aggiornamento|aktualizacja|uppdatering|güncelleme|апд|обновление|追記|更新|続報)"
    r"(?!\w)(?:[^\n:：\]】]|(?<=\d)[:：](?=\d)){0,40}(?:[:：\]】]|\s[-–—]\s)"
)
_TIMED = r"^[^\w\n]{0,3}(\d\d?)[:h]([0-5]\d)(?: ?([ap])\.?m\b\.?)?(?=[^\w\n]| ?[A-Z])(?! ?[-–—] ?\d)"
_LONGEST = 20_000  # characters of a post; of what is longer, nothing is known to be added
_NUMBER = re.compile(r"\d+")


def added_to(text: str) -> str | None:
    """What stands below the last mark of an edit, else behind the latest time of day; None without either.

    None, too, for a text that begins with a mark, which is a later word itself, and where the marks count down: those
    are told newest first.
    """
    if len(text) > _LONGEST or not _SIGN.search(text):
        return None
    marks = list(re.finditer(_MARK, text, re.I))
    if not marks:
        return _told_last(text)
    if not text[: marks[0].start()].strip():
        return None
    first, last = ([int(number) for number in _NUMBER.findall(mark[0])] for mark in (marks[0], marks[-1]))
    return None if first > last else text[marks[-1].end() :]


def _told_last(text: str) -> str | None:
    """The words behind the latest of the times of day with which lines begin, which may pass midnight.

    None where there are not two such lines, or where as many go back as go on.
    """
    lines = list(re.finditer(_TIMED, text, re.I | re.M))
    steps = [_minutes(later) - _minutes(line) for line, later in itertools.pairwise(lines)]
    forth = sum((step > 0) - (step < 0) for step in steps)
    if forth == 0:
        return None
    return text[lines[-1].end() :] if forth > 0 else text[lines[0].end() : lines[1].start()]


def _minutes(time: re.Match[str]) -> int:
    """Since midnight."""
    hour = int(time[1])
    if time[3]:
        hour = hour % 12 + 12 * (time[3] in "pP")
    return 60 * hour + int(time[2])
