"""A small estate as the player would be handed it: two buildings, three tables, no server."""

from doorstep.kit import codes
from doorstep.play.hand import Desk, Due, Hand, Laboratory


def id_of(kind: int, number: int) -> str:
    return f"0190a0a0-{kind:04x}-7000-8000-{number:012x}"


def desk(name: str, number: int, tubes: int = 0) -> Desk:
    roll = [codes.make("ZH", number * 1_000 + at, 7) for at in range(tubes)]
    return Desk(name, f"code-{name}", id_of(4, number), id_of(5, number), roll)


def make_hand(pool: str = "household", *, tables: int = 3, homes: int = 90, seed: int = 7) -> Hand:
    """Homes of three people each, every twentieth with somebody who waits there."""
    due = [
        Due(id_of(1, home * 10 + n), id_of(2, home), 1 + home % 2, home % 20 == 0 and n == 0)
        for home in range(homes)
        for n in range(3)
    ]
    return Hand(
        zone="Asia/Shanghai",
        day="2021-06-21",
        round=id_of(6, 1),
        round_area=id_of(6, 2),
        pool=pool,
        estate="甲园",
        seed=seed,
        officer="hq1",
        password="doorstep-2021",
        due=due,
        tables=[desk(f"table-{n:02}", n, 300) for n in range(1, tables + 1)],
        home=[desk(f"home-{n}", 50 + n, 300) for n in range(1, 3)],
        stewards=[desk("steward-1", 60)],
        couriers=[desk("courier-1", 70)],
        laboratories=[Laboratory(desk("laboratory-1", 80), id_of(7, 1), "甲实验室", "lab1")],
        strangers=[id_of(8, 1)],
        unlisted=[id_of(9, n) for n in range(4)],
    )
