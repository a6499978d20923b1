"""How an act at a desk is refused. Lines of devices are never refused; they get verdicts."""


class Refused(Exception):
    """An act that a rule forbids. `code` is in ledger.codes; `facts` fill its text."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
