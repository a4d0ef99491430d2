"""An RQ worker for one queue: `python worker.py lanes` or `python worker.py documents`.

Lanes fork a work-horse for each wake-up; documents work in the process itself, which keeps a warm child for rendering.
"""

from __future__ import annotations

import sys

from rq import SimpleWorker, Worker
from rq.worker import BaseWorker

from portal import registry
from portal.app import create_app
from portal.infra import queue
from portal.infra.checks import check_before_serving
from portal.infra.db import db

CLASSES: dict[str, type[BaseWorker]] = {"lanes": Worker, "documents": SimpleWorker}


def main(name: str) -> None:
    """Work on the queue `name` until told to stop; one queue per process, because two can lose a job (`RELIABILITY.md` §8)."""
    app = create_app()
    check_before_serving(app)
    registry.load_worker_parts()
    url = app.extensions["settings"].redis_url
    with app.app_context():
        worker = CLASSES[name](
            [queue.queue_named(name, url)],
            connection=queue.redis_of(url),
            serializer=queue.JSONSerializer,
            job_class=queue.SafeJob,
            worker_ttl=queue.WORKER_TTL_SECONDS,
            maintenance_interval=30,
            job_monitoring_interval=10,
        )
        db.engine.dispose()
        worker.work(logging_level="WARNING")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in CLASSES:
        sys.exit(f"usage: python worker.py {'|'.join(CLASSES)}")
    main(sys.argv[1])
