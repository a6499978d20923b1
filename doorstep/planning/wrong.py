"""The refusal of a problem: which field, what is wrong with it, what would be right.

The texts are in `planning.codes`, in both languages.
"""


class Wrong(ValueError):
    """A problem that cannot be worked on.

    `field`: the path to it, as in the file ("stations[1].servers"; "" for the whole); `code`: an
    entry of `planning.codes.CODES`; `facts`: what its text names.
    """

    def __init__(self, field: str, code: str, **facts: object) -> None:
        super().__init__(f"{field or '.'}: {code} {facts or ''}".rstrip())
        self.field = field
        self.code = code
        self.facts = facts
