"""What a run left out is said at its end, and `--fail-on-skip` (bin/test --all) does not accept it."""

import pytest

LEFT_OUT = "not browser and not slow"


class SkipReporter:
    """Collects the skipped tests with their reasons; a reason names the command that enables the test."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.skipped: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.skipped and self.config.getoption("fail_on_skip") and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self) -> None:
        lines = [f"Skipped: {count} × {reason}" for reason, count in sorted(self.skipped.items())]
        if self.skipped and self.config.getoption("fail_on_skip"):
            lines.append("Skipped tests fail this run (--fail-on-skip).")
        if self.config.getoption("markexpr") == LEFT_OUT:
            lines.append("Left out: the browser and the slow tests. Enable them with: bin/test --all")
        if lines:
            terminal = self.config.pluginmanager.get_plugin("terminalreporter")
            if terminal is not None:
                terminal.write_line("\n".join(lines))


def register(config: pytest.Config) -> None:
    """Report skips in the process that the user sees, not in its xdist helpers."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipReporter(config), "skip-reporter")
