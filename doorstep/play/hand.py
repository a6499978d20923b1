"""What the player is handed before the day begins, as a person would hand it over: who is due, the
tables with their rolls of tubes, the single-use codes to enrol with, the accounts of the desks. No
name, document or phone number of anybody. Refuses a hand that does not fit together (ValueError).
"""

from pathlib import Path

import msgspec


class Due(msgspec.Struct, frozen=True):
    """Somebody on the due list. `building` is its number; `home`: waits there for a team."""

    person: str
    door: str
    building: int
    home: bool = False


class Desk(msgspec.Struct, frozen=True):
    """A device to be enrolled and who writes with it. `place`: a table, or a laboratory's unit.
    `tubes`: the codes of its roll, in order; none for couriers, stewards and laboratories.
    """

    name: str
    code: str
    staff: str
    place: str = ""
    tubes: list[str] = []


class Laboratory(msgspec.Struct, frozen=True):
    """A laboratory: its reception's device and account, its name as its files say it."""

    desk: Desk
    unit: str
    name: str
    account: str


class Hand(msgspec.Struct, frozen=True):
    """All of it. `day` is YYYY-MM-DD in `zone`; `pool` is the tube size of the round. `officer`:
    the account that commands the day; `password` is the one of all accounts.
    """

    zone: str
    day: str
    round: str
    round_area: str
    pool: str
    estate: str
    seed: int
    officer: str
    password: str
    due: list[Due]
    tables: list[Desk]
    home: list[Desk]
    stewards: list[Desk]
    couriers: list[Desk]
    laboratories: list[Laboratory]
    strangers: list[str] = []  # people of another estate, who may turn up at a table here
    unlisted: list[str] = []  # ids for people who are on no roster

    def __post_init__(self) -> None:
        if not (self.due and self.tables and self.home and self.couriers and self.laboratories):
            raise ValueError("a day needs people, tables, a home team, a courier and a laboratory")

    def list_desks(self) -> list[Desk]:
        """Every device of the day."""
        laboratories = [each.desk for each in self.laboratories]
        return [*self.tables, *self.home, *self.stewards, *self.couriers, *laboratories]


def read(path: Path) -> Hand:
    """The hand in a file. Raises ValueError when it is none."""
    return msgspec.json.decode(path.read_bytes(), type=Hand)


def write(path: Path, hand: Hand) -> None:
    """Put the hand into a file only this account can read: the codes enrol devices."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(hand))
