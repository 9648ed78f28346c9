"""Left to cron: runs never overlap, end in order, are silent when well, leave no lock behind; with the real cron."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import click
import pytest
from click.testing import CliRunner, Result
from recording import Recorder, Seen, answer

from tracker.cli import cli, cron, options, running
from tracker.errors import StoreError

RSS = b'<rss version="2.0"><channel><title>S</title><item><guid>1</guid><title>Welcome</title></item></channel></rss>'
TRACKER = [sys.executable, "-c", "from tracker.cli import main; main()"]
LONG = bool(os.environ.get("CI") or os.environ.get("TRACKER_SLOW"))
FEEDS = """\
vendors:
  quick:
    name: Quick
    sources:
      - {{platform: feed, url: "{quick}", every: 1m}}
  slow:
    name: Slow
    sources:
      - {{platform: feed, id: "1", url: "{slow}/1", every: 1h}}
      - {{platform: feed, id: "2", url: "{slow}/2", every: 1h}}
      - {{platform: feed, id: "3", url: "{slow}/3", every: 1h}}
"""


def quick(seen: Seen) -> bytes:
    if seen.header("if-none-match"):
        return answer("304 Not Modified", b"")
    return answer("200 OK", RSS, ETag='"1"')


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a feeds.yaml of a quick and a slow vendor, and nothing else."""
    (tmp_path / "feeds.yaml").write_text(FEEDS.format(quick="http://127.0.5.1:9/f", slow="http://127.0.5.2:9"))
    return tmp_path


@contextmanager
def running_collect(place: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own, which does not outlive the test."""
    command = [*TRACKER, "collect", *words]
    with subprocess.Popen(command, cwd=place, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def until(condition: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


# -- one at a time -----------------------------------------------------------------------------------------------


def stuck(seen: Seen) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    time.sleep(60)
    yield b""


@pytest.fixture
def busy(place: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A run that is at work, and will be for long."""
    with Recorder(stuck, "127.0.5.1") as server:
        (place / "feeds.yaml").write_text(FEEDS.format(quick=server.url("/f"), slow="http://127.0.5.2:9"))
        with running_collect(place) as first:
            until(lambda: server.seen)
            yield place, first


def test_a_second_run_leaves_without_a_word(busy: tuple[Path, subprocess.Popen[str]]) -> None:
    place, first = busy
    began = time.monotonic()
    with running_collect(place, "--json") as second:
        out, err = second.communicate(timeout=60)
    assert (second.returncode, err) == (0, "")
    assert (json.loads(out)["polled"], json.loads(out)["skipped"]) == (0, True), "that is not: nothing was due"
    assert time.monotonic() - began < 15
    assert first.poll() is None


def test_a_second_run_waits_as_long_as_it_is_told(busy: tuple[Path, subprocess.Popen[str]]) -> None:
    place, first = busy
    began = time.monotonic()
    with running_collect(place, "--wait", "1s", "--json") as second:
        out, _ = second.communicate(timeout=60)
    assert time.monotonic() - began >= 1
    assert (second.returncode, json.loads(out)["polled"]) == (0, 0)
    with running_collect(place, "--wait", "--budget", "4s", "--json") as third:
        time.sleep(1.5)
        assert third.poll() is None
        first.kill()
        out, _ = third.communicate(timeout=60)
    assert json.loads(out)["requests"] >= 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_lock_survives_no_crash(busy: tuple[Path, subprocess.Popen[str]], how: signal.Signals) -> None:
    place, first = busy
    first.send_signal(how)
    first.wait(timeout=60)
    with running.alone(place / "data" / "tracker.db") as alone:
        assert alone


def test_the_lock_is_for_one_database(tmp_path: Path) -> None:
    with running.alone(tmp_path / "a" / "one.db") as one, running.alone(tmp_path / "b.db") as other:
        assert one and other
        (tmp_path / "named").symlink_to(tmp_path / "a")
        for name in ("a", "named"):
            with running.alone(tmp_path / name / "one.db") as again:
                assert not again
    with running.alone(tmp_path / "a" / "one.db") as later:
        assert later


def refuse_locks(monkeypatch: pytest.MonkeyPatch, how: int) -> None:
    """Root may write everywhere, so it is the system that refuses to open a lock in this way."""
    opened = os.open

    def refusing(path: Any, flags: int, mode: int = 0o777) -> int:
        if str(path).endswith(".lock") and flags & how:
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refusing)


def test_a_lock_that_another_user_made_is_one_for_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.db.lock").write_text("")
    refuse_locks(monkeypatch, os.O_RDWR)
    with running.alone(tmp_path / "t.db") as one, running.alone(tmp_path / "t.db") as other:
        assert one and not other


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text(FEEDS.format(quick="http://127.0.5.1:9/f", slow="http://127.0.5.2:9"))
    ran = CliRunner().invoke(cli, ["collect", "--db", str(tmp_path / "file" / "a.db"), "--feeds", str(feeds)])
    assert ran.exit_code == 4
    assert "cannot be locked" in ran.stderr


def test_a_folder_that_may_not_be_written_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no lock yet: that it is not there is no news, that it may not be made is."""
    refuse_locks(monkeypatch, os.O_CREAT)
    with pytest.raises(StoreError, match="cannot be locked: Permission denied"), running.alone(tmp_path / "t.db"):
        pass


# -- options -----------------------------------------------------------------------------------------------------


def invoke(place: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--db", str(place / "t.db"), "--feeds", str(place / "feeds.yaml")])


def sources(place: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in invoke(place, "sources", "--json").stdout.splitlines()]


@pytest.mark.parametrize("span", ["soon", "-5s", "0", "5q", "1e9", ""])
def test_what_is_no_span_of_time_is_a_usage_error(place: Path, span: str) -> None:
    ran = invoke(place, "collect", "--budget", span)
    assert ran.exit_code == 2
    assert "write 50s, 2m or 1h" in ran.stderr


@pytest.mark.parametrize(("span", "seconds"), [("50s", 50), ("2m", 120), ("1.5 min", 90), ("1H", 3600), ("7", 7)])
def test_a_span_of_time_is_so_many_seconds(span: str, seconds: float) -> None:
    assert options.seconds(click.Context(cli), click.Option(["--budget"]), span) == seconds


def test_a_budget_ends_a_run_in_order(tmp_path: Path) -> None:
    with Recorder(stuck, "127.0.5.1") as slow, Recorder(quick, "127.0.5.2") as fast:
        (tmp_path / "feeds.yaml").write_text(FEEDS.format(quick=fast.url("/f"), slow=slow.url()[:-1]))
        began = time.monotonic()
        ran = invoke(tmp_path, "collect", "--budget", "4s", "--json")
        took = time.monotonic() - began
    assert ran.exit_code == 0
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["requests"] == 1
    assert took < 12
    states = {one["source"]: one["state"] for one in sources(tmp_path)}
    assert states["quick/feed"] == "ok"
    assert states["slow/1"] == "stale"  # what was cut off is nobody's fault


def test_the_contact_goes_to_the_servers(tmp_path: Path) -> None:
    with Recorder(quick, "127.0.5.1") as server:
        (tmp_path / "feeds.yaml").write_text(FEEDS.format(quick=server.url("/f"), slow="http://127.0.5.2:9"))
        invoke(tmp_path, "collect", "--contact", "https://acme.example/bot")
    assert "(+https://acme.example/bot)" in (server.seen[0].header("user-agent") or "")


def test_metrics_are_written_whole_for_prometheus(tmp_path: Path) -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")
    said = {"vendor": "quick", "source": "quick/feed", "id": "0", "text": "We are investigating an outage of the API."}
    (tmp_path / "said.jsonl").write_text(json.dumps(said | {"seen_at": datetime.now(UTC).isoformat()}))
    assert invoke(tmp_path, "import", str(tmp_path / "said.jsonl")).exit_code == 0
    with Recorder(quick, "127.0.5.1") as server:
        (tmp_path / "feeds.yaml").write_text(FEEDS.format(quick=server.url("/f"), slow="http://127.0.5.2:9"))
        ran = invoke(tmp_path, "collect", "--metrics", str(tmp_path / "tracker.prom"))
    assert ran.exit_code == 0
    families = parser.text_string_to_metric_families((tmp_path / "tracker.prom").read_text())
    samples = {(one.name, *sorted(one.labels.values())): one.value for family in families for one in family.samples}
    assert samples["tracker_run_sources_polled",] == 4
    assert samples["tracker_run_sources_failed",] == 3
    assert samples["tracker_source_up", "feed", "quick", "quick/feed"] == 1
    assert samples["tracker_source_up", "feed", "slow", "slow/1"] == 0
    assert samples["tracker_sources", "unreachable"] == 3
    assert (samples["tracker_open_incidents", "quick"], samples["tracker_open_incidents", "slow"]) == (1, 0)
    assert samples["tracker_source_last_success_timestamp_seconds", "feed", "quick", "quick/feed"] > 1.7e9
    assert list(tmp_path.glob("tracker.prom.*")) == []
    refused = invoke(tmp_path, "collect", "--metrics", str(tmp_path / "none" / "tracker.prom"))
    assert refused.exit_code == 5
    assert "metrics cannot be written" in refused.stderr


def test_the_figures_of_what_left_feeds_yaml_leave_the_metrics(tmp_path: Path) -> None:
    with Recorder(quick, "127.0.5.1") as server:
        old, new = (FEEDS.format(quick=server.url(path), slow="http://127.0.5.2:9") for path in ("/f", "/g"))
        for named in (old, new.replace("quick:", "fast:")):
            (tmp_path / "feeds.yaml").write_text(named)
            assert invoke(tmp_path, "collect", "--metrics", str(tmp_path / "m.prom")).exit_code == 0
    written = (tmp_path / "m.prom").read_text()
    assert ("quick" in written, 'vendor="fast"' in written, 'health="retired"} 1.0' in written) == (False, True, True)


def test_a_source_that_cannot_be_asked_is_not_down_in_the_metrics(tmp_path: Path) -> None:
    silent = "  hush:\n    name: Hush\n    sources:\n      - {platform: x, account: hush, token: $TRACKER_NONE}\n"
    with Recorder(quick, "127.0.5.1") as server:
        feeds = FEEDS.format(quick=server.url("/f"), slow="http://127.0.5.2:9")
        (tmp_path / "feeds.yaml").write_text(feeds + silent)
        assert invoke(tmp_path, "collect", "--metrics", str(tmp_path / "m.prom")).exit_code == 0
    written = (tmp_path / "m.prom").read_text()
    assert ("hush" in written, 'tracker_sources{health="suspended"} 1.0' in written) == (False, True)


def test_the_metrics_are_those_of_the_page(place: Path) -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")
    page = (Path(__file__).parents[1] / "docs" / "running.md").read_text(encoding="utf-8")
    invoke(place, "collect", "--metrics", str(place / "m.prom"))
    families = list(parser.text_string_to_metric_families((place / "m.prom").read_text()))
    rows = "".join(line for line in page.splitlines() if line.startswith("| `tracker_"))
    assert {one.name for one in families} == set(re.findall(r"`(tracker_\w+)`", rows))
    assert {one.type for one in families} == {"gauge"} and all(one.documentation for one in families)


def test_metrics_replace_no_device_and_no_link(place: Path) -> None:
    os.mkfifo(place / "pipe")
    refused = invoke(place, "collect", "--metrics", str(place / "pipe"))
    assert (refused.exit_code, "is no file" in refused.stderr, (place / "pipe").is_fifo()) == (1, True, True)
    (place / "link.prom").symlink_to(place / "real.prom")
    (place / "real.prom").write_text("of before")
    invoke(place, "collect", "--metrics", str(place / "link.prom"))
    assert (place / "link.prom").is_symlink() and "tracker_run_requests" in (place / "real.prom").read_text()
    (place / "loop.prom").symlink_to("loop.prom")  # this one leads nowhere
    invoke(place, "collect", "--metrics", str(place / "loop.prom"))
    assert "tracker_run_requests" in (place / "loop.prom").read_text()


def test_metrics_replace_no_database_and_no_feeds_yaml(place: Path) -> None:
    for name, what in (("t.db", "is a database"), ("feeds.yaml", "is a YAML file")):
        refused = invoke(place, "collect", "--metrics", str(place / name))
        assert refused.exit_code and what in refused.stderr
    assert invoke(place, "sources").exit_code == 0


def test_no_strangers_name_breaks_the_metrics(place: Path) -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")
    said = {"id": "1", "published_at": "2026-03-02T12:00:00Z", "text": "We are investigating an outage."}
    odd = {**said, "vendor": 'a"b\\c\n# TYPE x\0\7', "source": 'a"b\\/\r\n{x="y"} 1\0'}
    half = {**said, "vendor": "\ud800", "source": "\ud800/feed"}
    (place / "in.jsonl").write_text(json.dumps(odd) + "\n" + json.dumps(half) + "\n")
    refused = invoke(place, "import", str(place / "in.jsonl"))
    assert (refused.exit_code, "line 2: " in refused.stderr, "half of a character" in refused.stderr) == (1, True, True)
    invoke(place, "collect", "--metrics", str(place / "tracker.prom"))
    written = (place / "tracker.prom").read_bytes()
    assert not {*written} & {0, 7, 13}
    samples = [each for family in parser.text_string_to_metric_families(written.decode()) for each in family.samples]
    assert len(samples) == len([line for line in written.splitlines() if not line.startswith(b"#")])


# -- what tracker cron prints ------------------------------------------------------------------------------------


def test_cron_prints_what_fits_this_installation(tmp_path: Path) -> None:
    place = tmp_path / 'odd place 50% "quoted" $HOME it\'s'
    place.mkdir()
    (place / "feeds.yaml").write_text(
        "vendors:\n  acme:\n    name: Acme\n    sources:\n      - {platform: x, account: Acme, token: $ACME_TOKEN}\n"
        "      - {platform: mastodon, account: '@acme@social.example'}\n"
    )
    printed = invoke(place, "cron")
    assert printed.exit_code == 0, printed.stderr
    for kind in cron.KINDS:
        assert invoke(place, "cron", kind).stdout in printed.stdout + "\n"
    assert "loginctl enable-linger" in printed.stdout, "or nothing is collected while nobody is logged in"
    line = invoke(place, "cron", "crontab").stdout.splitlines()
    assert line[0].startswith("# ACME_TOKEN=")
    schedule, command = line[1][:9], line[1][10:]
    assert schedule == "* * * * *"
    assert "%" not in command.replace(r"\%", "")
    words = shlex.split(command.replace(r"\%", "%"))
    options = ["--budget", "50s", "--db", str(place / "t.db"), "--feeds", str(place / "feeds.yaml")]
    assert words[-7:] == ["collect", *options]
    assert Path(words[0]).is_file()
    assert '50%% \\"quoted\\" $$HOME it\'s/t.db' in invoke(place, "cron", "service").stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_a_program_in_an_odd_place(tmp_path: Path) -> None:
    program = tmp_path / 'odd 50% "q" $HOME it\'s' / "tracker"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "odd.service").write_text(cron._service([str(program), "collect", "$HOME 5%"], ()))
    verify = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "odd.service")]
    ran = subprocess.run(verify, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a path is no bytes")
def test_cron_prints_the_bytes_of_a_path_whatever_the_locale(tmp_path: Path) -> None:
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for name in ("Störung".encode(), b"\xff\xfe"):
        place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        place.mkdir()
        (place / "feeds.yaml").write_text(FEEDS.format(quick="http://127.0.5.1:9/f", slow="http://127.0.5.2:9"))
        for env in (plain, {**plain, "PYTHONUTF8": "1"}):
            ran = subprocess.run([*TRACKER, "cron"], cwd=place, env=env, capture_output=True, timeout=60)
            assert (ran.returncode, ran.stderr) == (0, b"")
            assert ran.stdout.count(b"/" + name + b"/feeds.yaml") == 2


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_units(place: Path) -> None:
    for kind in ("service", "timer"):
        (place / f"tracker.{kind}").write_text(invoke(place, "cron", kind).stdout)
    units = [str(place / "tracker.service"), str(place / "tracker.timer")]
    ran = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    assert [line for line in (ran.stdout + ran.stderr).splitlines() if "tracker" in line] == []


# -- the real cron -----------------------------------------------------------------------------------------------


def slow(seen: Seen) -> Iterator[bytes]:
    """27 seconds; three in a row on one host make a run that is longer than a minute."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n" % len(RSS)
    time.sleep(27)
    yield RSS


def crontab_of(place: Path) -> str:
    """The line that `tracker cron` prints, with a longer budget, its words and its exit codes kept."""
    line = invoke(place, "cron", "crontab").stdout.strip().removeprefix("* * * * * ")
    line = line.replace("--budget 50s", "--budget 110s")
    log, said = shlex.quote(str(place / "log")), shlex.quote(str(place / "said"))
    path = f"PYTHONPATH={os.environ['PYTHONPATH']}\n" if "PYTHONPATH" in os.environ else ""
    return f'MAILTO=""\n{path}* * * * * echo begin >> {log}; {line} >> {said} 2>&1; echo end $? >> {log}\n'


def daemon(place: Path) -> subprocess.Popen[bytes]:
    """cron in a mount namespace of its own: it sees this crontab alone, and nothing of the system is touched."""
    for name in ("crontabs", "empty", "run"):
        (place / name).mkdir()
    (place / "crontabs").chmod(0o1730)
    (place / "crontabs" / "root").write_text(crontab_of(place))
    (place / "crontabs" / "root").chmod(0o600)
    (place / "crontab").write_text("")
    # In a container no login can be registered, and then cron's own rules let no job begin.
    (place / "pam").write_text("".join(f"{kind} sufficient pam_permit.so\n" for kind in ("auth", "account", "session")))
    mounts = {"crontabs": "/var/spool/cron/crontabs", "empty": "/etc/cron.d", "run": "/run", "crontab": "/etc/crontab"}
    mounts |= {"pam": "/etc/pam.d/cron"}
    mounting = [f"mount --bind {shlex.quote(str(place / own))} {theirs}" for own, theirs in mounts.items()]
    return subprocess.Popen(["unshare", "--mount", "sh", "-c", " && ".join([*mounting, "exec cron -f"])])


def missing() -> str | None:
    """Why the real cron cannot be run here."""
    if not LONG:
        return "takes four minutes: runs in CI, or with TRACKER_SLOW=1"
    if os.geteuid() != 0:
        return "cron needs root"
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode
    ):
        return "no mount namespace can be made here"
    if shutil.which("cron") is None and not os.environ.get("CI"):
        return "cron is not installed"
    return None


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
def test_the_real_cron_runs_it_every_minute_and_an_overlapping_run_leaves(tmp_path: Path) -> None:
    with Recorder(quick, "127.0.5.1") as fast, Recorder(slow, "127.0.5.2") as slowly:
        (tmp_path / "feeds.yaml").write_text(FEEDS.format(quick=fast.url("/f"), slow=slowly.url()[:-1]))
        cron_daemon = daemon(tmp_path)
        log = tmp_path / "log"
        try:
            until(lambda: log.exists() and log.read_text().count("end") >= 3, 240)
        finally:
            cron_daemon.terminate()
            cron_daemon.wait(timeout=10)
    # The first run was not yet over when the second began: that one left at once, and well; the third did its work.
    assert log.read_text().split("\n")[:6] == ["begin", "begin", "end 0", "end 0", "begin", "end 0"]
    assert (tmp_path / "said").read_text() == ""
    assert len(slowly.seen) == 3
    assert slowly.most_at_once == 1
    assert [seen.header("if-none-match") for seen in fast.seen] == [None, '"1"']
    (gap,) = fast.gaps()
    assert 110 < gap < 130
    assert {one["state"] for one in sources(tmp_path)} == {"ok"}


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="the line is for jq and curl")
def test_the_line_for_a_chat_loses_nothing_and_has_nothing_to_mail_when_well(place: Path) -> None:
    """What a chat refused is sent with the next news; what it answers ("ok") is not printed."""
    page = (Path(__file__).parents[1] / "docs/running.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^    [*]/10 [* ]+cd /srv/tracker && (.*CHAT.*)$", page, re.MULTILINE)
    program = place / ".venv/bin/tracker"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.join(TRACKER)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (place / "data").mkdir()

    def said(id_: str, text: str) -> None:
        told = {"vendor": "quick", "source": "quick/feed", "id": id_, "text": text, "status": "investigating",
                "incident_key": "k", "published_at": "2026-03-04T09:00Z"}  # fmt: skip
        ran = CliRunner().invoke(cli, ["import", "-", "--db", str(place / "data/tracker.db")], input=json.dumps(told))
        assert ran.exit_code == 0, ran.output

    class Chat(BaseHTTPRequestHandler):
        heard: ClassVar[list[str]] = []

        def do_POST(self) -> None:
            self.heard.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["text"])
            self.send_response(503 if len(self.heard) < 2 else 200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    def sent(port: int) -> tuple[int, str, str]:
        environ = {**os.environ, "CHAT": f"http://127.0.5.9:{port}/hook"}
        words = ["sh", "-c", line.replace(" github", " quick")]
        ran = subprocess.run(words, cwd=place, env=environ, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout, ran.stderr

    with ThreadingHTTPServer(("127.0.5.9", 0), Chat) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        said("1", 'Letters "A" do not arrive.')
        code, printed, complaint = sent(server.server_port)
        assert code and "503" in complaint and not printed
        said("2", "Letters arrive late.")
        assert sent(server.server_port) == (0, "", "")
        assert 'Letters "A" do not arrive.' in Chat.heard[1] and "Letters arrive late." in Chat.heard[1]
        assert sent(server.server_port) == (0, "", "") and len(Chat.heard) == 2, "what was sent is not sent again"
        server.shutdown()
