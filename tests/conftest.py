"""What holds for every test: speed is measured in benchmarks and never a reason to fail, on the busiest machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tracker", deadline=None)
settings.load_profile("tracker")
