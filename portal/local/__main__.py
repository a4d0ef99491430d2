"""`python -m portal.local run|test|flask|python …`: what the programs in bin/ become; `roles` is for production."""

import os
import sys

from portal.local.problems import Problem


def main(arguments: list[str]) -> int:
    """Run one of the commands; the answer is its exit code."""
    command, *rest = arguments or ["run"]
    # Imported when asked for: a start of the stack waits for nothing that it does not use.
    if command == "run":
        from portal.local.run import main as run

        return run(rest)
    if command == "test":
        from portal.local.testing import main as test

        return test(rest)
    if command == "roles":
        from portal.local.servers import make_production_roles

        make_production_roles(os.environ)
        return 0
    from portal.local.inside import main as inside

    inside(["-m", "flask", *rest] if command == "flask" else rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
