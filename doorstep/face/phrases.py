"""How words stand one after another in the reader's language. Refuses nothing."""

from collections.abc import Iterable

from django.utils.translation import get_language


def join(parts: Iterable[str]) -> str:
    """Names or codes one after another, as the reader's language parts them."""
    return ("、" if (get_language() or "en").startswith("zh") else ", ").join(parts)
