"""The server's entry point for granian: one process, one writer, one worker for reactions."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
application = get_wsgi_application()


def _start() -> None:
    from doorstep.config import lock
    from doorstep.ledger import book, folding, reactions, writer

    lock.take()
    writer.start()
    # lines an older version could not fold, before anything new comes in
    writer.run(lambda: folding.fold_again(book.get_cell().zone))
    reactions.start()


_start()
