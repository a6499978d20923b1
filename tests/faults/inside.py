"""What the tests of stops do inside the installation they stop: lay it out, look at all of it, say
what its tables mean. Called in a process of its own, by the nursery.
"""

from typing import Any

from django.conf import settings

from doorstep.bench import inside
from doorstep.kit import clock, ids
from doorstep.ledger import desk, devices, models, reactions, replay, store, verify
from doorstep.registry.models import Staff

PEOPLE = 450
MEMBERS = 3  # people in a tube, all in one push
POSITIVE = 4  # every so many-th tube of a phone
LABORATORY = "0190a0a0-0000-7000-8000-00000001ab01"
TESTED = {
    "tested_at": clock.to_moment(1_624_260_000 * clock.SECOND, "UTC"),
    "reported_at": clock.to_moment(1_624_263_600 * clock.SECOND, "UTC"),
}


def build(phones: int) -> dict[str, Any]:
    """A little estate, a round, a code for each phone; and a laboratory so quick that it has
    reported tubes before their phones send them.
    """
    (settings.DATA / "messages.toml").write_text('gateway = "stand-in"\n')
    inside.BUILDINGS, inside.DOORS, inside.PEOPLE = 4, 150, PEOPLE
    world = inside.fill(phones, 1)
    for phone in range(phones):
        for number in range(0, PEOPLE // MEMBERS // phones, POSITIVE):
            said = {"kind": "result.reported", "tube": tube(phone, number), "outcome": "positive"}
            desk.post(world["by"], [said | {"laboratory": LABORATORY} | TESTED])
    return world


def build_estate(phones: int) -> dict[str, Any]:
    """A large estate, a round, and a code for each phone: of registrars at tables, who work in the
    whole estate, of registrars in single buildings, and of couriers; where each works, and who
    lives there.
    """
    world = inside.fill(phones, 1)
    [[estate]] = store.query("SELECT id FROM registry_place WHERE kind = 'estate'")
    lived = store.query(
        "SELECT r.person, d.building FROM registry_residence r "
        "JOIN registry_place d ON d.id = r.door"
    )
    people: dict[str, list[str]] = {str(estate): [str(person) for person, _ in lived]}
    for person, building in lived:
        people.setdefault(str(building), []).append(str(person))
    _, *buildings = people
    posts = []
    for number, table in enumerate(world["tables"]):
        role = "courier" if number % 3 == 2 else "registrar"
        place = buildings[number % len(buildings)] if number % 3 == 1 else table
        code = devices.make_code(role, minutes=600, place=place, people=[world["by"]])
        area = place if number % 3 == 1 else str(estate)
        posts.append({"code": code, "role": role, "place": place, "area": area})
    return {"by": world["by"], "round": world["rounds"][0], "posts": posts, "people": people}


def tube(phone: int, number: int) -> str:
    """The code of a phone's tube."""
    return f"T{phone}{number:04}"


def check() -> dict[str, Any]:
    """The whole book verified and folded anew, and the lines of each device in their order."""
    report = verify.check_book()
    lines: dict[str, list[str]] = {}
    for device, hashed in store.query(
        "SELECT l.device_id, l.hash FROM ledger_line l JOIN ledger_device d ON d.id = l.device_id "
        "WHERE d.role <> 'desk' ORDER BY l.device_id, l.number"
    ):
        lines.setdefault(str(device), []).append(bytes(hashed).hex())
    failed = models.Verdict.objects.filter(code="FOLD_FAILED").count()
    return {
        "findings": report["findings"],
        "different": replay.replay()["different"],
        "failed": failed,
        "lines": lines,
        "size": report["lines"],
    }


def count_waiting() -> int:
    """How much of what follows from commits is not done, or is no longer wanted and not undone."""
    count = 0
    for reaction in reactions._reactions:
        done = models.Done.objects.filter(reaction=reaction.name, state="done")
        count += len({*reaction.wanted()} ^ {*done.values_list("subject", "fact")})
    return count


def mean(begun: int) -> dict[str, list[str]]:
    """The folded tables and what was done after commits, with that nameless which the server made
    itself since `begun` (µs): ids it gave, moments of its clock. Two installations to which the
    same happened have the same. Without the lists of rounds that were not opened: a stop before the
    opening leaves them, and nobody sees them.
    """
    own = {
        str(entry)
        for (entry,) in store.query(
            "SELECT l.entry FROM ledger_line l JOIN ledger_device d ON d.id = l.device_id "
            "WHERE d.role = 'desk' AND l.received_at >= %s",
            [begun],
        )
    }
    own |= {
        str(round_)
        for (round_,) in store.query("SELECT id FROM rounds_round WHERE opened_at >= %s", [begun])
    }
    unopened = {
        str(round_)
        for (round_,) in store.query(
            "SELECT DISTINCT round FROM rounds_due WHERE round NOT IN (SELECT id FROM rounds_round)"
        )
    }
    told = {}
    for model in [*replay.list_state_models(), models.Done]:
        names = [
            field.column
            for field in model._meta.concrete_fields
            if field.get_internal_type() != "BigAutoField"
        ]
        rows = store.query(f"SELECT {', '.join(names)} FROM {model._meta.db_table}")
        told[model._meta.db_table] = sorted(
            str(_name(dict(zip(names, row, strict=True)), own, begun))
            for row in rows
            if not unopened & set(map(str, row))
        )
    return told


def _name(row: dict[str, Any], own: set[str], begun: int) -> list[Any]:
    named = {name: str(value) if name != "held" else bool(value) for name, value in row.items()}
    if own & set(named.values()):  # a day is the server's too, and a digest is of its ids
        named = {name: value for name, value in named.items() if name not in ("day", "digest")}
    return [
        "own" if value in own else "now" if value.isdigit() and int(value) >= begun else value
        for value in map(str, named.values())
    ]


def sign_in() -> str:
    """The session cookie of an administrator of the estate."""
    [[top]] = store.query("SELECT id FROM registry_place WHERE kind = 'subdistrict'")
    officer = Staff.objects.create(id=ids.new(), name="陈值班", account="chen", password="!")
    granted = {"staff": officer.id, "role": "administrator", "at_place": str(top)}
    desk.post(officer.id, [{"kind": "role.granted"} | granted])
    return inside._sign_in(officer)


def find_lines(device: str) -> list[int]:
    """How long the book is, and the places of a device's lines in it."""
    [[size]] = store.query("SELECT size FROM ledger_cell")
    rows = store.query("SELECT leaf FROM ledger_line WHERE device_id = %s ORDER BY leaf", [device])
    return [size, *(leaf for (leaf,) in rows)]


def count_connections() -> int:
    """How many processes of PostgreSQL serve somebody, this one too."""
    [[count]] = store.query("SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL")
    return int(count)
