"""By when the next step of a box or tube is due, by the rule pack in force where its round is."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Q

from doorstep.operations.sampling import models
from doorstep.orders import queries as orders
from doorstep.rounds import models as rounds


class Clocks:
    """The clocks of rounds; of something whose round is not known, those that hold where no order
    does. So many statements for one round as for a hundred.
    """

    def __init__(self, named: Collection[str | None]) -> None:
        rows = rounds.Round.objects.filter(id__in={each for each in named if each})
        areas = {str(id_): str(area) for id_, area in rows.values_list("id", "area")}
        found = orders.list_deadlines({*areas.values(), ""})
        self._of = {round_: found[area] for round_, area in areas.items()}
        self._else = found[""]

    def of(self, round_: str | None) -> Mapping[str, int]:
        """How long each step may take in a round, by its name, microseconds."""
        return self._of.get(str(round_), self._else)

    def late(self, step: str, begins: str, now: int) -> Q:
        """Rows with a `round` of which the step that began at the field `begins` takes too long."""
        alike: defaultdict[int, list[str]] = defaultdict(list)
        for round_, allowed in self._of.items():
            alike[allowed[step]].append(round_)
        late = Q(round=None, **{f"{begins}__lt": now - self._else[step]})
        for allowed_, own in alike.items():
            late |= Q(round__in=own, **{f"{begins}__lt": now - allowed_})
        return late


def due_of(box: models.Box, clocks: Clocks) -> int | None:
    """When the box's next step is due; None when there is none."""
    if box.received_at is not None or box.state == "refused":
        return None
    allowed = clocks.of(box.round)
    if box.collected_at is not None:
        return int(box.collected_at) + allowed["laboratory"]
    return int(box.sealed_at) + allowed["collect"] if box.sealed_at is not None else None


def late_boxes(clocks: Clocks, now: int) -> Q:
    """Boxes whose next step should have happened, as `due_of` has it."""
    moving = Q(collected_at__isnull=False) & clocks.late("laboratory", "collected_at", now)
    waiting = Q(collected_at=None) & clocks.late("collect", "sealed_at", now)
    return Q(received_at=None) & ~Q(state="refused") & (moving | waiting)
