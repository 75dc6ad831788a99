"""A thread is deep beyond Python's own limit while another takes back what was added to it.

The argument says who takes it back. In a process of its own: Python 3.11 ends it where a thread
handles an error so far beyond the limit.
"""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager

from policyengine.rego.syntax.stack import evaluation_frames, more_frames


def main(taken_back_by: str) -> None:
    deep, taken_back = threading.Event(), threading.Event()

    def descend(frames: int) -> str:
        if frames:
            return descend(frames - 1)
        deep.set()
        taken_back.wait()
        try:
            return str(int("no number"))
        except ValueError:
            return "handled"

    def run() -> None:
        sys.stdout.write(f"{descend(2500)}\n")

    before = sys.getrecursionlimit()
    added: AbstractContextManager[object] = (
        evaluation_frames(3000) if taken_back_by == "evaluation" else more_frames(3000)
    )
    with added:
        thread = threading.Thread(target=run)
        thread.start()
        deep.wait()
    # Alone now, and with a lower limit of its own.
    with evaluation_frames(10):
        pass
    taken_back.set()
    thread.join()
    with more_frames(1):
        pass
    if sys.getrecursionlimit() <= before + 10:
        sys.stdout.write("taken back\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
