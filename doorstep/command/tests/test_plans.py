"""Planning a centre on its pages: three fields and a button to numbers and pictures; what is wrong
is named at its field; sliders, bad days, papers; who may.
"""

import hashlib
import re

import pytest
from django.test import Client

from doorstep.command import models
from doorstep.command.plans import asking
from doorstep.command.tests import conftest
from doorstep.planning.wrong import Wrong
from doorstep.rounds import plans
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
SMALL = {"people": "380", "by": "12:30", "opens": "08:00"}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("reach 380 by 12:30", "Doses over the day", "a projection")),
     ("zh-hans", ("12:30前完成380剂", "全天接种进度", "推算"))],
)  # fmt: skip
def test_three_fields_and_a_button_give_numbers_and_pictures(
    estate: None, language: str, words: tuple[str, ...]
) -> None:
    chen = conftest.sign_in(street.Staff(street.CHEN), language)
    empty = chen.get("/plans/").content.decode()
    assert 'name="people"' in empty and "<svg" not in empty.split("<form", 1)[1]
    page = chen.get("/plans/", SMALL).content.decode()
    assert not [each for each in words if each not in page]
    assert page.count('class="drawing"') == 3
    assert 'hx-get="/plans/bad-days?' in page and 'type="range"' in page


def test_what_is_wrong_is_named_at_its_field_and_nothing_typed_is_lost(chen: Client) -> None:
    for field, text, said in (
        ("by", "07:00", "after 08:00"), ("people", "many", "right would be"),
        ("people", "99999999", "out of its bounds"), ("slot", "-5", "out of its bounds"),
        ("no_show", "95", "0 … 90"), ("desk", "0", "out of its bounds"), ("by", "25:99", "HH:MM"),
    ):  # fmt: skip
        answer = chen.get("/plans/", SMALL | {"stall": "77", field: text})
        page = answer.content.decode()
        assert answer.status_code == 422 and said in page, (field, page[:2000])
        assert f'id="{field}-error"' in page and 'value="77"' in page
        assert "<svg" not in page.split("<form", 1)[1]


def test_a_slider_asks_for_days_with_its_numbers(chen: Client) -> None:
    few = chen.get("/plans/try", SMALL | {"desks": "2", "stalls": "2"}).content.decode()
    many = chen.get("/plans/try", SMALL | {"desks": "12", "stalls": "12"}).content.decode()
    shares = [int(re.search(r"(\d+) % of the played days", each)[1]) for each in (few, many)]  # type: ignore[index]
    assert shares[0] == 0 and shares[1] > 90 and many.count('class="drawing"') == 3
    for wrong in ("0", "x", "9999", ""):
        answer = chen.get("/plans/try", SMALL | {"desks": wrong, "stalls": "3"})
        # a good answer: the page puts it where the numbers were
        assert answer.status_code == 200 and "out of its bounds" in answer.content.decode()


def test_bad_days_limits_and_the_frontier_come_beside(chen: Client) -> None:
    page = chen.get("/plans/bad-days", SMALL).content.decode()
    for said in ("As planned", "half-hour slots", "a tenth slower", "What limits", "Desks +1",
                 "Days that reach it, %"):  # fmt: skip
        assert said in page
    assert page.count('class="drawing"') == 1
    assert "This is missing" in chen.get("/plans/bad-days").content.decode()


def test_the_plan_is_a_file_too(chen: Client) -> None:
    answer = chen.get("/plans/plan.pdf", SMALL | {"desks": "4", "stalls": "4"})
    assert answer["Content-Type"] == "application/pdf" and answer.content[:5] == b"%PDF-"
    assert len(answer.content) > 10_000
    assert chen.get("/plans/plan.pdf").status_code == 409  # nothing was asked


def test_a_plan_is_a_draft_until_it_is_accepted_and_the_book_has_its_digests(chen: Client) -> None:
    form = SMALL | {"desks": "4", "stalls": "4", "day": "2021-06-22"}
    assert chen.post("/plans/keep", form | {"day": "soon"}).status_code == 422
    assert chen.post("/plans/keep", form | {"by": "07:00"}).status_code == 409
    kept = chen.post("/plans/keep", form)["Location"]
    draft = models.Draft.objects.get()
    assert kept == f"/plans/kept/{draft.id}" and draft.day == "2021-06-22"
    page = chen.get(kept).content.decode()
    assert "Draft" in page and "Accept the plan" in page and page.count('class="drawing"') == 3
    assert chen.post(f"{kept}/withdraw", {"reason": "mistake"}).status_code == 409
    assert chen.post(f"{kept}/accept").status_code == 302
    assert chen.post(f"{kept}/accept").status_code == 409
    standing = plans.find([str(draft.id)])[str(draft.id)]
    assert standing.problem == hashlib.sha256(draft.problem.encode()).hexdigest()
    assert standing.result == hashlib.sha256(draft.result.encode()).hexdigest()
    for which, digest in (("problem", standing.problem), ("result", standing.result)):
        body = chen.get(f"{kept}/{which}.json").content
        assert hashlib.sha256(body).hexdigest() == digest
    page = chen.get(kept).content.decode()
    assert "Accepted" in page and standing.problem in page and "Accept the plan" not in page
    assert "Accepted" in chen.get("/plans/kept").content.decode()
    models.Draft.objects.update(result=draft.result.replace("centre", "center") + " ")
    assert "is not what was accepted" in chen.get(kept).content.decode()
    assert chen.post(f"{kept}/withdraw", {"reason": "whim"}).status_code == 422
    assert chen.post(f"{kept}/withdraw", {"reason": "circumstances"}).status_code == 302
    page = chen.get(kept).content.decode()
    assert "Withdrawn" in page and "Circumstances have changed" in page
    assert chen.post(f"{kept}/accept").status_code == 302  # the latest word counts


def test_a_kept_plan_is_seen_where_one_holds_a_role(chen: Client) -> None:
    kept = chen.post("/plans/keep", SMALL | {"desks": "4", "stalls": "4", "day": "2021-06-22"})
    address = kept["Location"]
    elsewhere = conftest.sign_in(street.STRANGER)
    assert elsewhere.get(address).status_code == 403
    assert elsewhere.get(f"{address}/problem.json").status_code == 403
    assert elsewhere.post(f"{address}/accept").status_code == 403
    assert address not in elsewhere.get("/plans/kept").content.decode()
    assert chen.get(f"/plans/kept/{street.round_id(9)}").status_code == 404


def test_nobody_plans_who_commands_nothing(estate: None) -> None:
    lin = conftest.sign_in(street.STEWARD)
    for address in ("/plans/", "/plans/kept", "/plans/try", "/plans/bad-days", "/plans/plan.pdf"):
        assert lin.get(address, SMALL).status_code == 403


def test_so_many_are_booked_that_enough_come() -> None:
    """10,590 for 10,000 at 5 %, as measured; never the bare share."""
    assert asking.bookings_for(10_000, 0.05) == pytest.approx(10_590, abs=10)
    assert asking.bookings_for(10_000, 0.0) == 10_000
    with pytest.raises(Wrong) as caught:
        asking.read({"people": "1e400"})
    assert caught.value.field == "people"
