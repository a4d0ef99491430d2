"""What can stop the local stack, said so that a person knows what to do."""

from pathlib import Path


class Problem(Exception):
    """A sentence for the person who started the command; it ends the command without a traceback."""


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented, for a message about a program that did not start."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
