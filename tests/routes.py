"""Every address of the server by its resolver, for tests that go through all of them."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def list_routes(
    resolver: URLResolver | None = None, space: str = "", above: str = ""
) -> Iterator[tuple[str, str]]:
    """(name, pattern) of every address; one without a name is called by its pattern."""
    for each in (resolver or get_resolver()).url_patterns:
        pattern = f"{above}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from list_routes(each, f"{each.namespace}:" if each.namespace else space, pattern)
        elif isinstance(each, URLPattern):
            yield f"{space}{each.name}" if each.name else pattern, pattern
