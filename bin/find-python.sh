# Sourced by the commands beside it: finds a Python that is new enough and hands over to portal/local/bootstrap.py.
set -eu
clone=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)

is_new_enough() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

bootstrap() {
    # A Python that made .venv before is asked first, so that an upgrade of the system changes nothing unasked.
    for python in ${RISITI_PYTHON:-} "$clone/.venv/bin/python" python3.12 python3.11 python3.13 python3.14 python3; do
        if is_new_enough "$python"; then
            exec "$python" "$clone/portal/local/bootstrap.py" "$@"
        fi
    done
    echo "Risiti needs Python 3.11 or newer, and none was found on PATH." >&2
    echo "Install one, for example: sudo apt-get install -y python3 python3-venv   (Debian 12, Ubuntu 24.04)" >&2
    echo "or on macOS: brew install python@3.12" >&2
    exit 1
}
