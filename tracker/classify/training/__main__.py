"""``python -m tracker.classify.training``: rebuild ``model.bin`` from the corpora and our own sentences."""

from __future__ import annotations

import hashlib

import numpy as np

from tracker.classify.model import FILE
from tracker.classify.training import corpora, fit


def main() -> None:
    """Read, fit, calibrate on posts of operators that the fit did not see, write."""
    labelled, pages, own = corpora.labelled(), corpora.status_updates(), fit.own_posts()
    posts = labelled + pages + own
    found = [fit.signs_of(post) for post in posts]
    raw = fit.unseen(posts, found, len(labelled))
    right = raw.argmax(axis=1) == [corpora.PHASES.index(post.phase) for post in labelled]
    weight = fit.weights(labelled)
    knots = fit.calibration(raw.max(axis=1), right.astype(float), weight)
    data = fit.file(fit.fit(posts, found), knots)
    FILE.write_bytes(data)
    print(f"{FILE.name}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    print(f"{len(labelled):,} labelled posts, {len(pages):,} status updates, {len(own):,} sentences of our own")
    print(f"by operator: accuracy {np.mean(right):.3f}")


main()
