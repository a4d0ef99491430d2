"""Whether receipts can be drawn as PDF here: WeasyPrint needs the Pango library of the operating system."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
MISSING = (
    "PDF receipts are off: the Pango text library is missing. Install it with: "
    f"sudo apt-get install -y --no-install-recommends {' '.join(PACKAGES)}   "
    "Everything else works; receipts wait until it is there."
)
# WeasyPrint loads all its libraries in one small module; taking that alone costs a tenth of importing everything.
PROBE = """
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
path = Path(find_spec("weasyprint").origin).parent / "text" / "ffi.py"
spec = spec_from_file_location("libraries", path)
spec.loader.exec_module(module_from_spec(spec))
"""


def start_probe() -> subprocess.Popen[bytes]:
    """Try it in another process, because a broken text library ends the process that loads it."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROBE],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )


def works(probe: subprocess.Popen[bytes], seconds: float = 20) -> bool:
    """Whether the probe went well; one that hangs is ended."""
    try:
        return probe.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        probe.kill()
        probe.wait()
        return False


def can_install() -> bool:
    """Whether we may install packages: root on Debian or Ubuntu."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(log: Path) -> bool:
    """Install the library with apt-get; True when that went well."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with log.open("ab") as output:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]):
            answer = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            if answer.returncode != 0 and command[1] == "install":
                return False
    return True
