"""The console command, also as ``python -m tracker``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; a Ctrl-C while it is still being imported ends it as quietly as a later one."""
    try:
        from tracker.cli import main
    except KeyboardInterrupt:
        sys.exit(128 + 2)
    main()


if __name__ == "__main__":
    main()
