"""``python -m tracker.classify.training``: rebuild ``model.bin`` from the corpora and our own sentences."""

from __future__ import annotations

import hashlib

import numpy as np

from tracker.classify.model import FILE
from tracker.classify.training import corpora, fit


def main() -> None:
    """Read, fit, calibrate on accounts that the fit did not see, write."""
    labelled = corpora.labelled() + corpora.read_by_us() + corpora.labelled(corpora.GOLD)
    pages, own = corpora.status_updates(), fit.own_posts()
    table = fit.tabled(labelled + pages + own)
    data = fit.file(table, fit.fit(table), _knots(table, len(labelled)))
    FILE.write_bytes(data)
    print(f"{FILE.name}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    print(f"{len(labelled):,} labelled posts, {len(pages):,} status updates, {len(own):,} texts of our own")


def _knots(table: fit.Table, labelled: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of real operators, and of voices, that the fit did not see; both halves count the same."""
    posts = table.posts
    voices = fit.voices(posts)
    heard = [number for number, post in enumerate(posts) if any(post.operator in group for group in voices)]
    real = list(range(labelled))
    raw = np.vstack(
        [
            fit.unseen(table, real, fit.folds(posts[:labelled])),
            fit.unseen(table, heard, voices),
        ]
    )
    right = raw.argmax(axis=1) == [corpora.PHASES.index(posts[number].phase) for number in (*real, *heard)]
    weight = [fit.weights([posts[number] for number in part]) for part in (real, heard)]
    halves = np.concatenate([part / part.sum() for part in weight])
    return fit.calibration(raw.max(axis=1), right.astype(float), halves)


main()
