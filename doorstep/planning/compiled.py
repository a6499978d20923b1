"""Compiles the number-crunching kernels where numba is installed (the extra `fast`).

Without numba a kernel runs as the plain Python it is: the same answers, slower. Models that have a
second, numpy way for that case choose it by `COMPILES`. A kernel is one file with everything it
calls, since the compiler's cache does not notice that a function of another file has changed.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

numba: Any
try:
    import numba
except ImportError:  # the extra is not installed
    numba = None

COMPILES: Final = numba is not None
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(*, parallel: bool = False, inline: bool = False) -> Callable[[Kernel], Kernel]:
    """Decorates a kernel: compiled at its first call, for the types of its arguments.

    What was compiled is cached beside the code, or in the user's cache; where neither can be
    written it is compiled anew in each process.
    """

    def decorate(kernel: Kernel) -> Kernel:
        if numba is None:
            return kernel
        options: dict[str, Any] = {"parallel": parallel, "nogil": True}
        if inline:
            options["inline"] = "always"
        try:
            return numba.njit(cache=True, **options)(kernel)  # type: ignore[no-any-return]
        except RuntimeError:  # no folder for the cache can be written
            return numba.njit(**options)(kernel)  # type: ignore[no-any-return]

    return decorate
