"""The server's entry point for granian: one process, one writer, one worker for reactions."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
_django = get_wsgi_application()

from doorstep.config import serving  # noqa: E402  needs Django to be set up
from doorstep.field import wsgi as field  # noqa: E402
from doorstep.public import served  # noqa: E402

application = field.before(served.before(_django), serving.BODIES, serving.LARGE)


def _start() -> None:
    from django.conf import settings
    from django.db import connection

    from doorstep.command.plans import readiness
    from doorstep.config import lock, opening
    from doorstep.kit import collector
    from doorstep.ledger import reactions, refolding, writer
    from doorstep.operations.sampling import laboratories

    serving.give_memory_back()
    opening.patiently(lock.take)
    writer.start(serving.read_waiting())
    # what an older version could not fold or folded otherwise, before anything new comes in
    opening.patiently(refolding.bring_up_to_date)
    if connection.vendor == "sqlite":
        # every thread has a connection; only the writer's is worth much memory
        writer.run(lambda: connection.cursor().execute("PRAGMA cache_size=-65536"))
    serving.open_gateway()
    serving.notice_the_vanished()
    reactions.start()
    readiness.start()
    # a laboratory may put its result files here instead of uploading them
    opening.patiently(lambda: laboratories.watch(settings.DATA / "results" / "in"))
    collector.rest()


_start()
