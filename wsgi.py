"""The WSGI app that a server runs; it refuses to start where row-level security could be passed."""

import contextlib

from portal.app import create_app
from portal.infra import static
from portal.infra.checks import check_before_serving

# A phone loads 60 KB then instead of 330. An image that may not write here has them from its build.
with contextlib.suppress(OSError):
    static.compress()
app = create_app()
check_before_serving(app)
