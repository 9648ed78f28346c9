"""The small world of vendors on loopback that tells stories over time; tests and benchmarks use it too.

``telling`` says what is told, ``world`` what is answered at a given time, ``serving`` puts it on loopback with a
clock that is set, and ``play`` polls it for real.
"""

from __future__ import annotations

from tracker.demo.answers import Page
from tracker.demo.playing import play, run
from tracker.demo.serving import Asked, Fault, Faults, Served, serve
from tracker.demo.world import Truth, World, small_world

__all__ = ["Asked", "Fault", "Faults", "Page", "Served", "Truth", "World", "play", "run", "serve", "small_world"]
