"""Opening an installation's book, and the question whether a command may write to it now."""

import sys


def open_book(zone: str) -> None:
    """Bring the tables up to date and open the book if it is not open."""
    from django.core.management import call_command

    from doorstep.ledger import book

    call_command("migrate", verbosity=0)
    book.open_cell(zone)


def may_write() -> bool:
    """Take the writer's lock for this process; False, with a word on stderr, while it is taken."""
    from doorstep.config import lock

    try:
        lock.take()
    except lock.Taken:
        print(
            "A server runs on this data folder. Do this on its pages, or stop it first.\n"
            "本数据目录上正有服务在运行。请在页面上操作，或先停止服务。",
            file=sys.stderr,
        )
        return False
    return True
