"""What a person does at a desk with samples: one function for each act, permission → rule → post.

Refuses by code (ledger.refusals.Refused); nothing is kept of what was refused. Lines of devices do
not come here: for them rules are no gates. Checks and entries share one transaction on the writer,
so two desks cannot both fill the last place of a tube.
"""

from doorstep.operations.sampling.actions.boxes import (
    collect_box,
    hand_over_box,
    receive_box,
    refuse_box,
    refuse_tube,
    seal_box,
)
from doorstep.operations.sampling.actions.common import (
    AT_THE_LABORATORY,
    AT_THE_TABLE,
    COMMANDERS,
    COURIERS,
    READERS,
    list_laboratories,
    pools_of,
)
from doorstep.operations.sampling.actions.paper import PaperLine, enter_paper_form
from doorstep.operations.sampling.actions.people import (
    add_unknown_person,
    sample_people,
    sample_person,
    unsample,
)
from doorstep.operations.sampling.actions.requests import count_requests, end_requests
from doorstep.operations.sampling.actions.results import (
    Plan,
    correct_result,
    plan_results,
    report_result,
    report_results,
)
from doorstep.operations.sampling.actions.settling import MISTAKES, settle_lines, take_back
from doorstep.operations.sampling.actions.tubes import close_tube, issue_tubes, open_tube

__all__ = [
    "AT_THE_LABORATORY",
    "AT_THE_TABLE",
    "COMMANDERS",
    "COURIERS",
    "MISTAKES",
    "READERS",
    "PaperLine",
    "Plan",
    "add_unknown_person",
    "close_tube",
    "collect_box",
    "correct_result",
    "count_requests",
    "end_requests",
    "enter_paper_form",
    "hand_over_box",
    "issue_tubes",
    "list_laboratories",
    "open_tube",
    "plan_results",
    "pools_of",
    "receive_box",
    "refuse_box",
    "refuse_tube",
    "report_result",
    "report_results",
    "sample_people",
    "sample_person",
    "seal_box",
    "settle_lines",
    "take_back",
    "unsample",
]
