"""The rendering child: `python -m portal.receipts.child`, kept warm by the documents worker, told pages on stdin.

It ends itself on a refused address and when memory is short; whatever else goes wrong with a page is an answer.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from portal.receipts import limits, messages

Answer = tuple[dict[str, Any], bytes]


def main() -> int:
    """Answer one message after the other until stdin ends; returns the exit code."""
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # a library that prints must not speak into our answers
    limits.limit_memory()
    try:
        from portal.receipts.work import Work
    except (ImportError, OSError):
        return messages.NO_TEXT_LIBRARY
    work = Work()
    limits.forbid_the_outside()
    # A page makes a hundred thousand objects and drops them together: looking for cycles meanwhile costs a fifth of it.
    gc.collect()
    gc.freeze()
    gc.disable()
    _send(sink, ({"ok": True, "word": messages.READY}, b""))
    while True:
        try:
            head, body = messages.unpacked(source)
        except EOFError:
            return 0
        limits.limit_next_job()
        code, answer = _answer(partial(work.do, head, body), work.fatal)
        _send(sink, answer)
        if code:
            return code
        gc.collect()


def _answer(do: Callable[[], Answer], fatal: type[BaseException]) -> tuple[int, Answer]:
    """The exit code (0: go on) and the answer; the fatal one derives from BaseException, so it is caught by name."""
    try:
        return 0, do()
    except fatal as refusal:
        return messages.REFUSED_ADDRESS, ({"ok": False, "problem": str(refusal), "last": True}, b"")
    except MemoryError:
        return messages.OUT_OF_MEMORY, ({"ok": False, "problem": "out of memory", "last": True}, b"")
    except Exception as error:
        return 0, ({"ok": False, "problem": f"{type(error).__name__}: {error}"[:500]}, b"")


def _send(sink: BinaryIO, answer: Answer) -> None:
    data = memoryview(messages.packed(*answer))
    while data:
        data = data[sink.write(data) or 0 :]


def _leave_no_folder() -> None:
    """Take away the folder of fonts that a press made for us: one that was killed cannot."""
    folder = Path(tempfile.gettempdir())
    if folder.name.startswith(messages.FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    # No clean-up of libraries: after a page that went wrong they may not be in a state for it.
    code = main()
    sys.stderr.flush()
    _leave_no_folder()
    os._exit(code)
