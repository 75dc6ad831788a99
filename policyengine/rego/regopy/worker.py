"""The process in which regopy runs.

It is started with no environment, under its parent's watch for time and memory, reads requests
from standard input and writes answers to standard output, each a line of JSON. It imports nothing
of this package, and holds no secret but the input it was given. Whatever goes wrong here, a crash
of the library included, is seen by the parent as an answer that did not come.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from typing import Any


def main() -> None:
    """Serve requests until standard input ends."""
    # An interrupt from the terminal is for the parent, which ends this process itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # The library prints to standard output when it fails; that must not look like an answer.
    os.dup2(2, 1)
    setup = json.loads(sys.stdin.readline())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from regopy import Interpreter

    for line in sys.stdin:
        request = json.loads(line)
        if "builtins" in request:
            answer: Any = _examine(Interpreter(), setup, request)
        else:
            answer = _evaluate(Interpreter(), setup, request)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _examine(interpreter: Any, setup: Any, request: Any) -> Any:
    """Tell which functions are not there, and how the data arrives where there are no modules."""
    try:
        unknown = [name for name in request["builtins"] if not interpreter.is_builtin(name)]
        interpreter.add_data_json(setup["data"])
        return {"unknown": unknown, "data": str(interpreter.query(request["query"]))}
    except Exception as error:  # noqa: BLE001  # whatever the library raises is its answer
        return {"error": f"{type(error).__name__}: {error}"}


def _evaluate(interpreter: Any, setup: Any, request: Any) -> Any:
    try:
        for name, source in setup["modules"].items():
            interpreter.add_module(name, source)
        interpreter.add_data_json(setup["data"])
        # As a term the text is taken as it is; as a value quotes and integers would be lost.
        interpreter.set_input_term(request["input"])
        # An answer is believed only if the input arrived as it was sent.
        echoed = str(interpreter.query("echo := input"))
        answer = str(interpreter.query(request["query"]))
    except Exception as error:  # noqa: BLE001  # whatever the library raises is its answer
        return {"error": f"{type(error).__name__}: {error}"}
    return {"echo": echoed, "answer": answer}


if __name__ == "__main__":
    main()
