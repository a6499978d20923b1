"""Late and silent projects are pushed by message to whoever can be reached, once for each day to
answer by, and not once they are answered for.
"""

from collections.abc import Callable, Iterator

import pytest

from doorstep.kit import clock
from doorstep.ledger import models, reactions
from doorstep.operations.programme import reactions as pushing
from doorstep.operations.programme.actions import projects
from doorstep.operations.programme.tests import ground
from doorstep.outside import messages

pytestmark = pytest.mark.django_db
OWNER = "unit:桂城街道办事处"


@pytest.fixture(autouse=True)
def town(cell: models.Cell) -> Iterator[None]:
    before, installed = messages._gateway, list(reactions._reactions)
    ground.build()
    reactions.install(pushing.REACTIONS)
    yield
    reactions.install(installed)
    messages.install(before)


class Reached(messages.StandIn):
    """Keeps messages, and knows of some audiences alone."""

    def __init__(self, *audiences: str) -> None:
        super().__init__()
        self.audiences = audiences

    def has(self, audience: str) -> bool:
        return audience in self.audiences


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """So many days later the worker is at its turn; what was sent by then, audience and text."""
    begun = clock.now()

    def wait(days: int) -> list[str]:
        monkeypatch.setattr(clock, "now", lambda: begun + days * clock.DAY)
        reactions.run_once()
        assert reactions.list_stuck() == []
        sent = messages._gateway.sent.values()  # type: ignore[attr-defined]
        return [f"{each.audience} {each.text}" for each in sent]

    return wait


def test_the_owner_first_and_then_who_steers(wait: Callable[[int], list[str]]) -> None:
    gateway = Reached(OWNER, "programme")
    messages.install(gateway)
    steps = [projects.Step("2021-06-01", ground.describe().steps[0].label)]
    project = projects.describe(ground.OFFICER, ground.describe(steps=steps))
    by = day_after(7)
    first = wait(0)
    assert len(first) == 1 and first[0].startswith(f"{OWNER} 项目“体育公园”已逾期，请于{by}前")
    assert f"Project “A park” is late: report by {by}." in first[0]
    assert wait(7) == first
    both = wait(8)
    assert len(both) == 2 and both[1].startswith("programme 项目“体育公园”应于")
    assert wait(9) == both
    projects.report(ground.LEADER, project, state="under_way", words="")
    assert wait(10) == both
    # until that report grows old
    later = wait(9 + 36)
    assert len(later) == 3 and later[2].startswith(f"{OWNER} 项目“体育公园”已逾期")
    assert all("钱" not in each for each in later)  # nobody is named


def test_a_silent_project_says_so(wait: Callable[[int], list[str]]) -> None:
    messages.install(Reached(OWNER))
    steps = [projects.Step("2099-06-01", ground.describe().steps[0].label)]
    projects.describe(ground.OFFICER, ground.describe(steps=steps, deadline="2099-06-01"))
    assert wait(35) == []
    [said] = wait(36)
    assert "已超过一个月没有报告" in said and "no report for over a month" in said


def test_whoever_has_no_number_is_not_written_to(wait: Callable[[int], list[str]]) -> None:
    messages.install(Reached("programme"))
    steps = [projects.Step("2021-06-01", ground.describe().steps[0].label)]
    projects.describe(ground.OFFICER, ground.describe(steps=steps))
    assert wait(1) == []
    assert len(wait(8)) == 1
    messages.install(messages.Nowhere())
    reactions.run_once()
    assert reactions.list_stuck() == []


def test_what_the_gateway_does_not_take_is_tried_again(wait: Callable[[int], list[str]]) -> None:
    gateway = Reached(OWNER)
    gateway.broken = True
    messages.install(gateway)
    steps = [projects.Step("2021-06-01", ground.describe().steps[0].label)]
    projects.describe(ground.OFFICER, ground.describe(steps=steps))
    reactions.run_once()
    assert len(reactions.list_stuck()) == 1
    gateway.broken = False
    assert len(wait(1)) == 1


def day_after(days: int) -> str:
    """So many days after today."""
    return clock.day_of(clock.now() + days * clock.DAY, "Asia/Shanghai")
