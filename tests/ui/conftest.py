"""The UI kit by itself: no app, no database."""

from collections.abc import Callable, Iterator

import jinja2
import pytest

from tests.ui.environment import SHELL, build_environment
from tests.ui.markup import Markup
from tests.ui.site import Site


@pytest.fixture(scope="session")
def kit() -> jinja2.Environment:
    """Templates of the portal in a plain Jinja environment."""
    return build_environment()


@pytest.fixture(scope="session")
def draw(kit: jinja2.Environment) -> Callable[..., Markup]:
    """draw('{{ ui.field("name", "Name") }}') gives the markup of some components."""

    def drawn(source: str, **values: object) -> Markup:
        return Markup(kit.from_string('{% import "components/ui.html" as ui %}' + source).render(**values))

    return drawn


@pytest.fixture(scope="session")
def page(kit: jinja2.Environment) -> Callable[..., str]:
    """page("errors/404.html") gives a whole page, signed in unless person=None."""
    return lambda name, **values: kit.get_template(name).render(**{**SHELL, **values})


@pytest.fixture(scope="session")
def _site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(_site: Site) -> Site:
    """A small server without pages."""
    _site.forget()
    return _site
