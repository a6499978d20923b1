"""The forms of the planner's models but the centre's: their fields, and the question that comes of
what was typed and what the book knows. Knows no page.

Refuses by the planner's `Wrong`, with the field of the form; and, as everywhere, places where one
holds no role.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from msgspec.structs import replace

from doorstep.command import scopes
from doorstep.command.plans import catalog, live, shift_form
from doorstep.command.plans.typed import clock_of, number_of, whole_of
from doorstep.ledger import refusals
from doorstep.planning import problems
from doorstep.planning.hours import minutes_of
from doorstep.planning.pulse import Pulse
from doorstep.planning.wrong import Wrong
from doorstep.registry import access

Text = str | Promise
ESTATE, UNIT = "estate", "unit"


class Field(NamedTuple):
    """A field of a form. `front`: one of the few that stand above; `slider`: its ends, for one that
    is tried out below; `source`: its choices come from the book, ESTATE or UNIT; `empty`: left
    empty it says something, and not what stands in it at first.
    """

    name: str
    text: Text
    value: str = ""
    type: str = "text"
    hint: Text = ""
    front: bool = False
    choices: tuple[tuple[str, Text], ...] = ()
    slider: tuple[int, int] | None = None
    source: str = ""
    empty: bool = False


class Rows(NamedTuple):
    """Rows of a form, as many as somebody needs. `takes(name)`: whether a field is theirs;
    `read(said)`: their fields, with what stands in them; `sliders(typed)`: those that are tried out
    below: name, text, low, high, value; `describe(said, mine, place)`: what the template shows.
    """

    takes: Callable[[str], bool]
    read: Callable[[Mapping[str, str]], dict[str, str]]
    sliders: Callable[[Mapping[str, str]], list[dict[str, Any]]]
    describe: Callable[[Mapping[str, str], Collection[str], str], dict[str, Any]]


class Question(NamedTuple):
    """`build(staff, said, pulse)`: the problem of what was typed, and what sliders stand at that
    were left empty; `paths`: fields of the problem → fields of the form; `rows`: of a form that has
    rows besides its fields; `note`: what the page cannot be told.
    """

    model: str
    title: Text
    ask: Text
    fields: tuple[Field, ...]
    build: Callable[[Mapping[str, str], Collection[str], Pulse], tuple[Any, dict[str, str]]]
    paths: Mapping[str, str] = {}
    rows: Rows | None = None
    note: Text = ""

    @property
    def place(self) -> str:
        """The field that names what the plan is for."""
        return next(each.name for each in self.fields if each.source)


_ESTATE: Final = Field(ESTATE, _("Estate"), front=True, source=ESTATE)
_POOLS: Final = (
    ("10", _("10 : 1")), ("1", _("1 : 1")), ("5", _("5 : 1")), ("20", _("20 : 1")),
    ("household", _("One tube a household")),
)  # fmt: skip


def _sampling(
    said: Mapping[str, str], mine: Collection[str], pulse: Pulse
) -> tuple[Any, dict[str, str]]:
    from doorstep.planning.sampling import problem, rounds

    buildings: dict[str, list[dict[str, Any]]] = {}
    most = whole_of("most", said["most"])
    if not 20 <= most <= 5_000:
        raise Wrong("most", "BOUND", right="20 … 5,000")
    for each in _stairwells(said, mine):
        parts = _parts(each.households, most)
        for number, households in enumerate(parts, 1):
            name = each.unit or each.building
            if len(parts) > 1:
                name = f"{name} ({number}/{len(parts)})"
            place = {"name": name, "households": households}
            buildings.setdefault(each.building, []).append(place)
    starts, by = clock_of("starts", said["starts"]), clock_of("by", said["by"])
    if by <= starts:
        raise Wrong("by", "LATER", than=starts)
    asked = problems.read(problem.Round, {
        "buildings": [{"name": name, "stairwells": each} for name, each in buildings.items()],
        "starts": starts,
        "teams": whole_of("teams", said["teams"]) if said["teams"] else 1,
        "pool": said["pool"],
        "swabs_an_hour": number_of("swabs_an_hour", said["swabs_an_hour"]),
        "minutes_to_a_stairwell": number_of("to_a_stairwell", said["to_a_stairwell"]),
        "queue_minutes": number_of("queue", said["queue"]),
        "collect_minutes": number_of("collect", said["collect"]),
        "drive_minutes": number_of("drive", said["drive"]),
        "limit_minutes": number_of("limit", said["limit"]),
        "laboratory_tubes_an_hour": number_of("laboratory", said["laboratory"]),
        "positivity": number_of("positivity", said["positivity"]) / 100
        if said["positivity"] else None,
    })  # fmt: skip
    if said["teams"]:
        return asked, {}
    fewest = rounds.fewest_teams(asked, minutes_of(by) - minutes_of(starts), pulse)
    return replace(asked, teams=fewest), {"teams": str(fewest)}


def _parts(households: Sequence[int], most: int) -> list[list[int]]:
    """A stairwell in parts of neighbouring doors, as equal as can be, of at most `most` people."""
    count = -(-sum(households) // most)
    wanted, people = sum(households) / count, 0
    parts: list[list[int]] = [[]]
    for each in households:
        if parts[-1] and people + each / 2 > wanted * len(parts):
            parts.append([])
        parts[-1].append(each)
        people += each
    return parts


def _visits(
    said: Mapping[str, str], mine: Collection[str], pulse: Pulse
) -> tuple[Any, dict[str, str]]:
    from doorstep.planning.walks import problem

    all_doors = said["doors"] != "needy"
    stairwells = [
        {"building": each.building, "name": each.unit or each.building,
         "doors": len(each.households) if all_doors else each.needy}
        for each in _stairwells(said, mine)
    ]  # fmt: skip
    if not any(each["doors"] for each in stairwells):
        raise Wrong("doors", "EMPTY")
    return problems.read(problem.Visits, {
        "stairwells": stairwells,
        "minutes_a_visit": number_of("minutes", said["minutes"]),
        "shift_minutes": number_of("shift", said["shift"]),
        "people_together": whole_of("together", said["together"]),
        "minutes_to_a_stairwell": number_of("to_a_stairwell", said["to_a_stairwell"]),
        "minutes_to_a_building": number_of("to_a_building", said["to_a_building"]),
    }), {}  # fmt: skip


def _supply(
    said: Mapping[str, str], mine: Collection[str], pulse: Pulse
) -> tuple[Any, dict[str, str]]:
    from doorstep.planning.walks import problem

    households: Counter[str] = Counter()
    for each in _stairwells(said, mine):
        households[each.building] += len(each.households)
    row = whole_of("row", said["row"])
    if not 1 <= row <= 100:
        raise Wrong("row", "BOUND", right="1 … 100")
    apart, packs = whole_of("apart", said["apart"]), whole_of("packs", said["packs"])
    stops = [
        {"name": name, "packs": doors * packs, "x_metres": apart * (number % row + 1),
         "y_metres": apart * (number // row + 1)}
        for number, (name, doors) in enumerate(households.items())
    ]  # fmt: skip
    return problems.read(problem.Supply, {
        "stops": stops,
        "carts": whole_of("carts", said["carts"]),
        "cart_packs": whole_of("cart_packs", said["cart_packs"]),
        "minutes_a_stop": number_of("a_stop", said["a_stop"]),
        "loading_minutes": number_of("loading", said["loading"]),
    }), {}  # fmt: skip


def _projection(
    said: Mapping[str, str], mine: Collection[str], pulse: Pulse
) -> tuple[Any, dict[str, str]]:
    from doorstep.command.plans import projection_report
    from doorstep.planning.projection import problem

    sizes: dict[str, Counter[str]] = {}
    for each in _stairwells(said, mine):
        building = sizes.setdefault(each.building, Counter())
        building.update(str(min(count, problem.MOST_HOUSEHOLD)) for count in each.households)
    every = whole_of("every", said["every"])
    measures: dict[str, Any] = {
        "name": projection_report.ASKED,
        "sealed_from": whole_of("sealed", said["sealed"]) if said["sealed"] else None,
        "test_every": every or None,
        "pool": whole_of("pool", said["pool"]),
        "result_days": whole_of("result", said["result"]),
        "isolate_household": said["isolate"] == "household",
    }
    return problems.read(problem.Projection, {
        "name": "estate",
        "disease": "trial",
        "buildings": [{"households": dict(each)} for each in sizes.values()],
        "measures": [{"name": projection_report.NOTHING}, measures],
        "infected": whole_of("infected", said["infected"]),
        "days": whole_of("days", said["days"]),
        "release_days": whole_of("release", said["release"]),
        "runs": RUNS,
    }), {}  # fmt: skip


RUNS: Final = 200  # of a projection that somebody waits for


def _shifts(
    said: Mapping[str, str], mine: Collection[str], pulse: Pulse
) -> tuple[Any, dict[str, str]]:
    from doorstep.planning.shifts import problem

    if said[UNIT] not in mine:
        raise refusals.Refused("NOT_YOURS")
    posts = live.read_duty(said[UNIT])
    asked = shift_form.ask(shift_form.read(said), posts)
    rules = {
        "most_run": whole_of("run", said["run"]),
        "most_days": whole_of("most", said["most"]),
        "most_nights": whole_of("nights", said["nights"]),
    }
    if said["off"]:
        rules["off_run"] = whole_of("off", said["off"])
    people = [
        {"name": each, "skills": [word for word, can in asked.skills.items() if each in can]}
        for each in posts
    ]
    try:
        roster = problems.read(problem.Roster, {
            "name": said[UNIT],
            "first_day": said["first"],
            "days": whole_of("days", said["days"]),
            "shifts": asked.shifts,
            "people": people,
            "cover": asked.cover,
            "effort": {"moves": 3_000_000, "rounds": 20},
            "rules": rules,
        })  # fmt: skip
        problem.check(roster)
    except Wrong as wrong:
        field = shift_form.find_field(asked, wrong.field)
        raise Wrong(field, wrong.code, **wrong.facts) from None
    return roster, {}


QUESTIONS: Final[dict[str, Question]] = {
    catalog.SAMPLING: Question(
        catalog.SAMPLING,
        _("Plan a sampling round"),
        _("How many teams sample an estate by when?"),
        (
            _ESTATE,
            Field("starts", _("Teams set out"), "08:00", "time", front=True),
            Field("by", _("Done by"), "12:00", "time", front=True),
            Field("pool", _("People in a tube"), "10", choices=_POOLS),
            Field("swabs_an_hour", _("Swabs an hour, of a team"), "86",
                  hint=_("A team of five, Panyu 2021: 86")),
            Field("to_a_stairwell", _("Minutes to a stairwell"), "4"),
            Field("most", _("People of a stairwell at one table, at most"), "120",
                  hint=_("A larger one is called in parts, floor by floor")),
            Field("queue", _("Minutes in the queue, at most"), "15"),
            Field("collect", _("Minutes between courier runs"), "60"),
            Field("drive", _("Minutes to the laboratory"), "30"),
            Field("limit", _("Minutes from swab to laboratory, at most"), "120"),
            Field("laboratory", _("Tubes an hour, of the laboratory"), "500"),
            Field("positivity", _("Positive, % of people"), "",
                  hint=_("For advice on the pool; may stay empty")),
            Field("teams", _("Teams"), "", slider=(1, 80)),
        ),
        _sampling,
        {"swabs_an_hour": "swabs_an_hour", "queue_minutes": "queue", "collect_minutes": "collect",
         "drive_minutes": "drive", "limit_minutes": "limit", "pool": "pool",
         "laboratory_tubes_an_hour": "laboratory", "minutes_to_a_stairwell": "to_a_stairwell",
         "by_minute": "by", "buildings": ESTATE, "teams": "teams", "positivity": "positivity"},
    ),
    catalog.VISITS: Question(
        catalog.VISITS,
        _("Plan visits from door to door"),
        _("How many people visit every door in one shift?"),
        (
            _ESTATE,
            Field("minutes", _("Minutes at a door"), "4", front=True, slider=(1, 30)),
            Field("shift", _("Minutes of a shift"), "360", front=True),
            Field("doors", _("Which doors"), "all", choices=(
                ("all", _("Every door where somebody lives")),
                ("needy", _("Doors with a special need")))),
            Field("together", _("People who go together"), "2"),
            Field("to_a_stairwell", _("Minutes to a stairwell"), "3"),
            Field("to_a_building", _("Minutes to a building"), "5"),
        ),
        _visits,
        {"minutes_a_visit": "minutes", "shift_minutes": "shift", "people_together": "together",
         "minutes_to_a_stairwell": "to_a_stairwell", "minutes_to_a_building": "to_a_building",
         "stairwells": ESTATE},
        note=_(
            "The roster does not say where buildings stand: here every building is as far as the "
            "next, in the order of the roster. A plan from a file can say it in metres."
        ),
    ),
    catalog.SUPPLY: Question(
        catalog.SUPPLY,
        _("Plan a supply round"),
        _("How many carts bring a pack to every household?"),
        (
            _ESTATE,
            Field("carts", _("Carts"), "4", front=True, slider=(1, 20)),
            Field("cart_packs", _("Packs on a cart"), "300", front=True),
            Field("packs", _("Packs for a household"), "1"),
            Field("row", _("Buildings in a row"), "8", hint=_("No map is in the book: they are "
                  "taken to stand in rows, from the gate on, in their order")),
            Field("apart", _("Metres between buildings"), "80"),
            Field("a_stop", _("Minutes at a building, besides unloading"), "3"),
            Field("loading", _("Minutes to load a cart"), "10"),
        ),
        _supply,
        {"carts": "carts", "cart_packs": "cart_packs", "minutes_a_stop": "a_stop",
         "loading_minutes": "loading", "stops": ESTATE},
        note=_(
            "The roster does not say where buildings stand: here they stand in rows. A plan from a "
            "file can say it in metres."
        ),
    ),
    catalog.SHIFTS: Question(
        catalog.SHIFTS,
        _("Plan shifts"),
        _("Who works which shift?"),
        (
            Field(UNIT, _("Unit"), front=True, source=UNIT),
            Field("first", _("First day"), "", "date", front=True),
            Field("days", _("Days"), "14", front=True),
            Field("most", _("Days of work of a person, at most"), "11"),
            Field("run", _("Days of work in a row, at most"), "6"),
            Field("nights", _("Nights of a person, at most"), "4"),
            Field("off", _("Days off together, once in the plan"), "",
                  hint=_("Empty: two in a plan of a week or longer, else none"), empty=True),
        ),
        _shifts,
        {"days": "days", "first_day": "first", "rules.most_days": "most", "rules.most_run": "run",
         "rules.most_nights": "nights", "rules.off_run": "off", "cover": "people1-1",
         "people": UNIT},
        Rows(shift_form.takes, shift_form.read_fields, shift_form.list_sliders,
             shift_form.describe),
    ),
    catalog.PROJECTION: Question(
        catalog.PROJECTION,
        _("Project what measures do"),
        _("What do sealing and testing do inside an estate?"),
        (
            _ESTATE,
            Field("infected", _("Infected when it begins"), "3", front=True),
            Field("every", _("Days between tests of everybody"), "2", front=True, slider=(0, 14),
                  hint=_("0: no tests")),
            Field("sealed", _("Sealed from day"), "1", hint=_("Empty: not sealed"), empty=True),
            Field("pool", _("People in a tube"), "10"),
            Field("result", _("Days until a result"), "1"),
            Field("isolate", _("Isolated with the person found"), "household", choices=(
                ("household", _("The household")), ("alone", _("Nobody")))),
            Field("days", _("Days"), "30"),
            Field("release", _("Days without a new infection, for a release"), "14"),
        ),
        _projection,
        {"infected": "infected", "measures[1].test_every": "every",
         "measures[1].sealed_from": "sealed", "measures[1].pool": "pool",
         "measures[1].result_days": "result", "days": "days", "release_days": "release",
         "buildings": ESTATE},
    ),
}  # fmt: skip


def list_choices(staff: access.Staff, source: str, roles: Collection[str]) -> list[tuple[str, str]]:
    """What a field may be that the book knows the choices of: (id, name). Of estates only those
    that are somebody's as a whole: the answer says how many live in each stairwell.
    """
    if source == UNIT:
        return [(str(each.id), each.name) for each in live.list_units(staff, roles)]
    estates = scopes.list_estates(staff, roles)
    mine = access.where(staff, roles, {str(each.id) for each in estates})
    return [(str(each.id), each.name) for each in estates if str(each.id) in mine]


def read(
    question: Question, said: Mapping[str, str], mine: Collection[str], pulse: Pulse
) -> tuple[Any, dict[str, str]]:
    """The problem of a form, and all that stands in the form then. `mine`: what may be chosen where
    the book knows the choices.

    Raises:
        Wrong: `field` is a field of the form or of the problem (`Question.paths`).
        Refused: NOT_YOURS.
    """
    typed = {each.name: (said.get(each.name) or each.value).strip() for each in question.fields}
    for each in question.fields:
        if each.empty and each.name in said:
            typed[each.name] = said[each.name].strip()
    if question.rows:
        typed |= question.rows.read(said)
    for each in question.fields:
        if each.choices and typed[each.name] not in dict(each.choices):
            raise Wrong(each.name, "TYPE", right=" / ".join(dict(each.choices)),
                        got=typed[each.name][:20])  # fmt: skip
    if not typed[question.place]:
        raise Wrong(question.place, "MISSING")
    problem, found = question.build(typed, mine, pulse)
    return problem, typed | found


def _stairwells(said: Mapping[str, str], mine: Collection[str]) -> list[live.Stairwell]:
    if said[ESTATE] not in mine:
        raise refusals.Refused("NOT_YOURS")
    found = live.read_stairwells(said[ESTATE])
    if not found:
        raise Wrong(ESTATE, "EMPTY")
    return found


def place_of(question: Question, typed: Mapping[str, str]) -> str:
    """The place a plan is for."""
    if question.place == UNIT:
        return str(live.serves(typed[UNIT]))
    return typed[ESTATE]
