"""bin/run: the whole of Risiti on this machine."""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from portal.local import demo, pango
from portal.local.account import Account
from portal.local.check import check
from portal.local.console import Console, Stopwatch
from portal.local.environment import given, read
from portal.local.places import Places, home_folder
from portal.local.problems import Problem
from portal.local.status import Status, become_supervisor, is_running, is_used, read_status, wait_for_running_stack
from portal.local.supervisor import Supervisor, log_of, stop_on_signals


def main(arguments: Sequence[str]) -> int:
    """Do what was asked for; the answer is the exit code."""
    options = _parser().parse_args(arguments)
    account = Account.for_servers()
    places = Places.of(home_folder(), account)
    if options.check:
        return check(places, account)
    if options.reset:
        return reset(places, options.yes)
    places.make(account)
    watch = Stopwatch(float(os.environ.get("RISITI_STARTED", time.time())))
    console = Console(places.logs, shows_logs=not options.demo, stream=sys.stderr if options.demo else sys.stdout)
    lock = become_supervisor(places)
    while lock is None:
        status = wait_for_running_stack(places)
        if status is not None:
            return _use_running(places, status, console, watch, options.demo, options.port)
        if is_running(places):
            raise Problem(f"Another start in this clone takes too long; its logs are in {places.logs}.")
        lock = become_supervisor(places)
    with lock:
        places.status.unlink(missing_ok=True)
        supervisor = Supervisor(places, console, watch, options.port, is_temporary=options.while_used)
        return _run(supervisor, options)


def _run(supervisor: Supervisor, options: argparse.Namespace) -> int:
    """Start, do the one thing or stay, and stop in any case."""
    stop_on_signals()
    wants_demo = not options.no_demo and given().get("PORTAL_ENV") != "production"
    found: demo.Demo | None = None
    try:
        supervisor.start()
        if wants_demo:
            found = _demo(supervisor, fails=options.demo)
        if not options.demo:
            _stay(supervisor, found)
    except KeyboardInterrupt:
        if options.demo:
            return 130
    finally:
        supervisor.console.say("Stopping …")
        supervisor.stop()
        supervisor.console.say("Stopped. Everything is kept; bin/run starts it again.")
    if options.demo and found is not None:
        return _print_demo(found, supervisor.url, supervisor.watch)
    return 0


def _stay(supervisor: Supervisor, found: "demo.Demo | None") -> None:
    if found is not None:
        found.tell(supervisor.console, supervisor.url)
    supervisor.console.say(f"Ready after {supervisor.watch.seconds():.1f} s: {supervisor.url}   Ctrl-C stops it.")
    grace = time.monotonic() + 5  # the command that has started a temporary stack needs a moment to use it
    supervisor.keep_running(
        lambda: supervisor.is_temporary and time.monotonic() > grace and not is_used(supervisor.places)
    )


def _demo(supervisor: Supervisor, fails: bool) -> demo.Demo | None:
    known = None if fails else demo.remembered(supervisor.places, supervisor.settings)
    if known is not None:
        return known
    try:
        found = demo.issue_demo_invoice(supervisor.settings, supervisor.console.open_log("demo"), supervisor.draws_pdf)
    except Problem as problem:
        if fails:
            raise
        supervisor.console.say(str(problem))
        return None
    demo.remember(supervisor.places, supervisor.settings, found)
    return found


def _print_demo(found: demo.Demo, url: str, watch: Stopwatch) -> int:
    print(found.as_json(url, watch), flush=True)
    return 0 if found.has_pdf else demo.NO_PDF


def _use_running(
    places: Places, status: Status, console: Console, watch: Stopwatch, wants_demo: bool, port: int | None
) -> int:
    console.say(f"Risiti is already running at {status.url}")
    if status.is_temporary:
        console.say("It was started by bin/flask or bin/python and stops when that ends.")
    if port is not None and not status.url.endswith(f":{port}"):
        console.say(f"To use port {port}, stop it first (Ctrl-C where it runs).")
    if not wants_demo:
        return 0
    draws_pdf = pango.works(pango.start_probe())
    if not draws_pdf:
        console.say(pango.MISSING)
    found = demo.issue_demo_invoice(read(places.environment), log_of(places, "demo"), draws_pdf)
    return _print_demo(found, status.url, watch)


def reset(places: Places, yes: bool) -> int:
    """Delete every business, invoice, key and receipt of this local stack, after asking."""
    if is_running(places):
        status = read_status(places)
        raise Problem(f"Risiti is running at {status.url if status else 'this clone'}. Stop it first (Ctrl-C there).")
    folders = sorted(folder for folder in {places.home, places.servers, places.aside} if folder.exists())
    if not yes:
        print("This deletes all local data of Risiti: " + ", ".join(str(folder) for folder in folders))
        try:
            answer = input("Type yes to delete it: ")
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            print("Nothing was deleted.")
            return 1
    places.delete()
    print("Deleted. bin/run starts from nothing.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/run",
        description="Starts Risiti on this machine: PostgreSQL, Redis, a simulated KRA, web and workers.",
    )
    parser.add_argument("--demo", action="store_true", help="issue the demo invoice, print it as one JSON line, stop")
    parser.add_argument("--no-demo", action="store_true", help="start without the demo business")
    parser.add_argument("--port", type=int, help="port of the web server (default: 8000, or the next free one)")
    parser.add_argument("--check", action="store_true", help="say what is there and what is missing; starts nothing")
    parser.add_argument("--reset", action="store_true", help="delete all local data, after asking")
    parser.add_argument("--yes", action="store_true", help="with --reset: do not ask")
    parser.add_argument("--while-used", action="store_true", help=argparse.SUPPRESS)
    return parser
