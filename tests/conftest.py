"""What holds for every test: speed is measured in benchmarks and never a reason to fail, on the busiest machine."""

from __future__ import annotations

import signal

from hypothesis import settings

# A shell that runs the tests in its background has them ignore Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("tracker", deadline=None)
settings.load_profile("tracker")
