"""Who may import whom (`ARCHITECTURE.md` §2): the house stays a house because this test walks it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEATURES = [
    "audit", "identity", "tenants", "tokens", "devices", "codelists", "submissions", "customers", "catalogue", "stock",
    "sales", "receipts", "sharing", "downloads", "purchases", "customs", "reports", "golive",
]  # fmt: skip
OUTER = {"api", "operator", "ops", "cli"}
TOP = {"app", "registry", "shell", "settings", "errors"}
MAY_USE_KRA = {"kra", "devices", "codelists", "submissions"}


def imports_of(path: Path) -> list[tuple[int, str]]:
    """(line, module) of everything of ours that a file imports, inside functions too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, name.name) for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            base = node.module
            # `from portal.infra import db` imports a module when there is one of that name.
            for name in node.names:
                path_of = ROOT / base.replace(".", "/") / f"{name.name}.py"
                package = ROOT / base.replace(".", "/") / name.name
                found.append((node.lineno, f"{base}.{name.name}" if path_of.exists() or package.is_dir() else base))
    return [(line, module) for line, module in found if module == "portal" or module.startswith("portal.")]


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "portal"


def offences(path: Path, module: str) -> list[str]:
    """What is wrong with the imports of one file; `module` is its dotted name."""
    here, wrong = part_of(module), []
    for line, there_module in imports_of(path):
        there = part_of(there_module)
        if there != here and (reason := forbidden(here, module, there, there_module)):
            wrong.append(f"{path}:{line}: {module} imports {there_module}: {reason}")
    return wrong


def forbidden(here: str, module: str, there: str, there_module: str) -> str | None:
    """Why a part of the house may not import another one; None when it may."""
    if there == "simulator" or here == "simulator":
        return "the simulator stands alone"
    if here == "fiscal":
        return "the fiscal core is pure"
    if here == "kra" and there != "fiscal":
        return "the port knows the fiscal core only"
    if here == "infra" and there not in {"settings", "errors"} and there_module != "portal.fiscal.money":
        return "infra knows no feature, and at most fiscal.money"
    if there == "kra" and here in [*FEATURES, *OUTER] and here not in MAY_USE_KRA and not module.endswith(".submission"):
        return "KRA's port is for devices, codelists, submissions and submission.py"
    if here in FEATURES and there in FEATURES and FEATURES.index(there) >= FEATURES.index(here):
        return "a feature imports only features to its left"
    if here in FEATURES and there in OUTER | {"app", "local", "registry", "shell"}:
        return "nobody imports the outer rooms"
    if here in OUTER and there in {"app", "local"}:
        return "nobody imports app or local"
    return None


def modules() -> list[tuple[Path, str]]:
    return [
        (path, ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        for path in sorted((ROOT / "portal").rglob("*.py"))
    ]


def test_every_import_follows_the_house_rules() -> None:
    wrong = [offence for path, module in modules() for offence in offences(path, module)]
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("portal.fiscal.tax", "from portal.infra.db import db"),
        ("portal.infra.web", "import portal.sales.services"),
        ("portal.stock.services", "from portal.sales.models import Document"),
        ("portal.sales.views", "from portal.kra.gateway import Gateway"),
        ("portal.simulator.sales", "from portal.fiscal import money"),
        ("portal.sales.services", "def late():\n    from portal.receipts import services"),
    ],
)
def test_the_rule_catches_what_breaks_it(module: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text(line, encoding="utf-8")
    assert len(offences(path, module)) == 1


def test_only_settings_reads_the_environment() -> None:
    allowed = {"portal.settings"}
    readers = [
        module
        for path, module in modules()
        if ("os.environ" in (text := path.read_text(encoding="utf-8")) or "os.getenv" in text)
        and module not in allowed
        and part_of(module) not in {"local", "simulator"}
    ]
    assert readers == []


def test_the_web_process_cannot_decrypt_a_key() -> None:
    """Nothing that the web app loads brings in the module that decrypts (`RELIABILITY.md` §10)."""
    program = (
        "import sys; from portal.app import create_app; from portal.settings import Settings;"
        "create_app(Settings.from_env({'DATABASE_URL': 'postgresql://x@127.0.0.1/x', 'REDIS_URL': 'redis://127.0.0.1',"
        " 'SECRET_KEY': 's', 'ENCRYPTION_KEYS': 'k:x'}));"
        "print([name for name in sys.modules if name in ('portal.devices.units', 'portal.devices.jobs', 'weasyprint')])"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "[]", answer.stdout + answer.stderr


def test_plain_set_and_unscoped_settings_are_not_used() -> None:
    """A plain SET would follow the pooled connection to the next tenant (`RELIABILITY.md` §9)."""
    wrong = [
        module
        for path, module in modules()
        if "SET app." in (text := path.read_text(encoding="utf-8")) or "'app.tenant_id', %s, false" in text
    ]
    assert wrong == []


def test_user_written_html_is_never_rendered() -> None:
    wrong = [str(path) for path in (ROOT / "templates").rglob("*.html") if "|safe" in path.read_text(encoding="utf-8").replace(" ", "")]
    assert wrong == []
