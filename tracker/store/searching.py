"""What was told in certain words, by the index of the words of all versions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9f]")
"""Letters of Thai, Lao, Burmese, Khmer, Japanese, Chinese and Korean, which the index cannot cut into words."""


def told_in(words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The condition that a row of the index, called ``f``, has all of these words, and what it is asked with, by name.

    A word of the index begins so; what the index cannot cut is looked for in all that is left of the rows.
    """
    inside = [word for word in words if UNSPACED.search(word)]
    begun = " ".join('"{}"*'.format(word.replace('"', '""')) for word in words if word not in inside)
    conditions = ["announcements_fts MATCH :begun"] if begun else []
    if inside:
        holds = "INSTR(LOWER(COALESCE(f.title, '') || ' ' || f.text), LOWER(w.value))"
        conditions.append(f"NOT EXISTS (SELECT 1 FROM json_each(:inside) w WHERE NOT {holds})")
    return " AND ".join(conditions), {"begun": begun, "inside": json.dumps(inside)}
