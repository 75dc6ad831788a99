"""A progress bar on standard error, where a person is waiting at a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 2.0  # seconds until a single image gets a bar


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show a bar over ``total`` images: at once for several, after two seconds for one.

    Yields the function that is told which image is begun. Nothing is shown when ``quiet`` or
    where standard error is no terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    bar = _Bar(total)
    timer = threading.Timer(0.0 if total > 1 else _PATIENCE, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar.begin
    finally:
        timer.cancel()
        bar.close()


class _Bar:
    def __init__(self, total: int) -> None:
        self._total = total
        self._begun = 0
        self._image = ""
        self._lock = threading.Lock()
        self._closed = False
        self._hide: Callable[[], None] | None = None
        self._refresh: Callable[[], None] | None = None

    def begin(self, image: str) -> None:
        with self._lock:
            self._begun += 1
            self._image = image
            if self._refresh is not None:
                self._refresh()

    def show(self) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        with self._lock:
            if self._closed:
                return
            bar = Progress(
                BarColumn(),
                MofNCompleteColumn(),
                Elapsed(),
                TextColumn("{task.description}"),
                console=Console(stderr=True),
                transient=True,
            )
            task = bar.add_task("", total=self._total)

            def refresh() -> None:
                done = max(self._begun - 1, 0)
                bar.update(task, completed=done, description=escape(self._image))

            bar.start()
            refresh()
            self._refresh, self._hide = refresh, bar.stop

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._hide is not None:
                self._hide()
