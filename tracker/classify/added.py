"""What was added to a text: many tell how it goes on in the same post, below "Edit:" or "Update 14:20:". Pure."""

from __future__ import annotations

import re

_MARK = re.compile(
    r"(?:^|(?<=[.!?…。！？(\n]))[^\S\n]{0,3}[^\w\s@#]{0,3}[^\S\n]{0,3}"
    r"(?:edit|edited|update|updated|upd|nachtrag|aktualisierung|màj|maj|mise à jour|actualización|actualizado|"
    r"actualització|atualização|aggiornamento|aktualizacja|uppdatering|güncelleme|апд|обновление|追記|更新|続報)"
    r"(?!\w)(?:[^\n:：\]】]|(?<=\d)[:：](?=\d)){0,40}(?:[:：\]】]|\s[-–—]\s)",
    re.IGNORECASE,
)
_LONGEST = 20_000  # characters of a post; of what is longer, nothing is known to be added
_NUMBER = re.compile(r"\d+")


def added_to(text: str) -> str | None:
    """What stands below the last mark of an edit; None without one.

    None, too, for a text that begins with one, which is a later word itself, and where the marks count down: those are
    told newest first.
    """
    marks = list(_MARK.finditer(text)) if len(text) <= _LONGEST else []
    if not marks or not text[: marks[0].start()].strip():
        return None
    first, last = ([int(number) for number in _NUMBER.findall(mark[0])] for mark in (marks[0], marks[-1]))
    return None if first > last else text[marks[-1].end() :]
