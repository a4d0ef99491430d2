"""`python -m portal.local run|test|flask|python …`: what the programs in bin/ become."""

import sys

from portal.local.problems import Problem


def main(arguments: list[str]) -> int:
    """Run one of the commands; the answer is its exit code."""
    command, *rest = arguments or ["run"]
    if command == "test":
        from portal.local.testing import main as run
    else:
        raise Problem(f"Unknown command: {command}")
    return run(rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
