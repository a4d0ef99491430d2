"""The WSGI app that a server runs; it refuses to start where row-level security could be passed."""

from portal.app import create_app
from portal.infra.checks import check_before_serving

app = create_app()
check_before_serving(app)
