"""Datasette on the record, read-only: ``plugin`` says what is shown how, ``metadata.yaml`` what it is called."""

from __future__ import annotations

import contextlib
import socket
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.errors import AskError
from tracker.store.opening import stands_alone

if TYPE_CHECKING:
    from datasette.app import Datasette

PORT = 8001  # Datasette's own
# How long a page waits for each facet, and to find out whether a column suits one: both read the whole table.
SETTINGS = {
    "truncate_cells_html": 400,
    "sql_time_limit_ms": 3000,
    "facet_time_limit_ms": 100,
    "facet_suggest_time_limit_ms": 2,
}


def datasette(db: Path) -> Datasette:
    """Datasette on one record.

    It opens the file with ``mode=ro``, so a collector may go on writing: readers of a WAL see whole transactions and
    hold nobody up. In a read-only folder without a WAL the file cannot change, and is opened as immutable.
    """
    from datasette.app import Datasette
    from datasette.plugins import pm

    from tracker.browse import plugin

    if not pm.is_registered(plugin):  # its entry point does that only where the tracker is installed
        pm.register(plugin, name="tracker")
    file, fixed = str(db.resolve()), stands_alone(db.resolve())
    return Datasette([] if fixed else [file], immutables=[file] if fixed else [], settings=SETTINGS)


def serve(db: Path, port: int | None, open_browser: bool) -> None:
    """Serve the record on this machine until it is interrupted. AskError where the port is taken."""
    app: Any = datasette(db)
    import uvicorn

    listening = _listen(port)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}{app.urls.database(db.resolve().stem)}"
    server = uvicorn.Server(uvicorn.Config(app.app(), log_level="warning", lifespan="on"))
    with listening, contextlib.suppress(KeyboardInterrupt):
        print(f"{url}  (Ctrl-C ends it)", file=sys.stderr, flush=True)
        if open_browser:
            webbrowser.open(url)
        server.run(sockets=[listening])


def _listen(port: int | None) -> socket.socket:
    """A socket at the port; where none was asked for, at Datasette's own, else at any that is free."""
    for wanted in (PORT, 0) if port is None else (port,):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", wanted))
            listening.listen(128)
            return listening
        except OSError as error:
            listening.close()
            problem = error
    raise AskError(f"port {port} cannot be listened on: {problem.strerror}") from problem
