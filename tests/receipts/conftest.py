"""What tests of papers can ask for: a press, and a documents worker that does what is due."""

from tests.support.documents import press, work  # noqa: F401 - fixtures
