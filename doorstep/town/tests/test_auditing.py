"""What the day's report calls doubled: looked for in every round, not in the day's own alone."""

import pytest

from doorstep.ledger import models as ledger
from doorstep.ledger import store
from doorstep.operations.sampling import models as sampling
from doorstep.rounds.tests import street
from doorstep.town import auditing

pytestmark = pytest.mark.django_db
COLUMNS = ["entry", "round", "person", "tube", "at", "device", "number", "state"]


def test_somebody_counted_twice_in_a_recheck_is_doubled(cell: ledger.Cell) -> None:
    day, recheck = street.round_id(1), street.round_id(2)
    somebody, device = street.person_id(1, 1, 1), street.round_id(3)
    # once in each round is right; what was settled away counts nowhere
    swabs = [(day, "TUBE1", "effective"), (recheck, "TUBE2", "effective"),
             (recheck, "TUBE3", "rejected")]  # fmt: skip
    rows = [
        (street.entry_id(n), round_, somebody, tube, n, device, n, state)
        for n, (round_, tube, state) in enumerate(swabs, 1)
    ]
    store.insert("sampling_sample", COLUMNS, rows)
    assert auditing.count_doubled([]) == 0
    sampling.Sample.objects.filter(tube="TUBE3").update(state="effective")
    assert auditing.count_doubled([]) == 1
