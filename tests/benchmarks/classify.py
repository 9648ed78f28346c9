"""What judging costs: posts a second in ``tracker classify --jsonl``, and what classifying adds to the start.

    python tests/benchmarks/classify.py [--posts N] [FILE.jsonl …]

Without files, the posts are those of tests/classify, told again and again; files have lines {"text": …}. Times are
processor time (user and system) of the command, the best of some runs, so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def texts(files: list[Path]) -> list[str]:
    """The posts to judge."""
    if files:
        return [json.loads(line)["text"] for file in files for line in file.read_text("utf-8").split("\n") if line]
    found = []
    for file in sorted((HERE.parent / "classify").glob("*.tsv")):
        lines = file.read_text("utf-8").splitlines()
        found += [line.split("\t")[2] for line in lines if line and not line.startswith("#")]
    return found


def seconds(command: list[str], stdin: bytes = b"", rounds: int = 5) -> float:
    """Processor seconds of the best of some runs of a command."""
    best = float("inf")
    for _ in range(rounds):
        began = spent()
        subprocess.run(command, input=stdin, stdout=subprocess.DEVNULL, check=True)
        best = min(best, spent() - began)
    return best


def spent() -> float:
    """Processor seconds of all commands so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Time both and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--posts", type=int, default=20_000)
    asked = parser.parse_args()
    posts = texts(asked.files)
    lines = "".join(
        json.dumps({"id": number, "text": posts[number % len(posts)]}, ensure_ascii=False) + "\n"
        for number in range(asked.posts)
    )
    tracker = [sys.executable, "-c", "from tracker.cli import main; main()"]
    start = seconds([*tracker, "classify", "--help"])
    one = seconds([*tracker, "classify", "We are back online"])
    whole = seconds([*tracker, "classify", "--jsonl"], lines.encode(), rounds=3)
    print(f"{asked.posts:,} posts in {whole:.2f} s: {asked.posts / whole:,.0f} posts a second, start-up included")
    print(
        f"start-up: {start * 1000:.0f} ms without, {one * 1000:.0f} ms with a verdict: {(one - start) * 1000:+.0f} ms"
    )


if __name__ == "__main__":
    main()
