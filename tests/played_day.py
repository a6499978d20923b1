"""The sampling day of one building, played to its end and served, with what people have left lying:
a roster and a result file half worked on, lines set aside, a filled-in form nobody could read, an
order and a destruction that wait for their second person. Tells a real argument for every address.

Run by its path, it leaves these things in the installation that DOORSTEP_DATA names.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from doorstep.play import clocks, hand, player, script, stage

ROOT = Path(__file__).parents[1]
TABLES = 3
PHOTO = bytes.fromhex(  # a white picture of one pixel
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415478da63f8ff"
    "ff3f0005fe02fe0def46b80000000049454e44ae426082"
)

Arguments = dict[str, list[str]]


def play(folder: Path) -> tuple[stage.Stage, Arguments]:
    """A server on which the day is over, and what its addresses take. Whoever asked stops it.

    Raises:
        stage.Failed: a command or the server did not do what was asked.
    """
    scene = stage.Stage(folder)
    scene.ask("town", "load", "--estate", "中海锦城国际花园", "--buildings", "1")
    scene.ask("town", "programme")
    scene.ask("town", "open-day", "--tables", str(TABLES))
    scene.start()
    try:
        handed = hand.read(scene.play / "hand.json")
        played = clocks.PlayedClock(scene.clock)
        performer = player.Player(
            handed, script.write_script(handed), url=scene.url, folder=scene.play,
            played=played, speed=None,
        )  # fmt: skip
        performer.enrol()
        performer.run()
        return scene, ask_inside(scene)
    except BaseException:
        scene.stop()
        raise


def ask_inside(scene: stage.Stage) -> Arguments:
    """Leave things in the installation; every argument by its name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.played_day"],
        cwd=ROOT, env=scene.environment, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise stage.Failed(done.stderr)
    told: Arguments = json.loads(done.stdout.splitlines()[-1])
    return told


def leave_things() -> Arguments:
    """Inside: what people have left lying, and the arguments of every address. Where something
    looks different in different states there is one of each.
    """
    from doorstep.command import uploads
    from doorstep.command.plans import questions
    from doorstep.ledger import erasure, models, store
    from doorstep.operations.sampling import laboratories
    from doorstep.orders import queries as orders
    from doorstep.registry import models as registry
    from doorstep.registry.tests import block
    from doorstep.rounds import models as rounds
    from tests import kept_plan

    def ids(what: str, where: str) -> list[str]:
        return [str(each) for (each,) in store.query(f"SELECT MIN({what}) FROM {where}")]

    officer = registry.Staff.objects.get(account="hq1")
    opened = rounds.Round.objects.get(parent=None)
    roster = block.csv(
        block.line("1-1-1301", "某人", block.number(1)),
        block.line("1-1-1302", "另一人", "440605199001011234"),  # a wrong check character
    )
    tubes = ids("tube", "sampling_tube GROUP BY state, outcome, held > 0, pool")
    rows = f"管码,结果,检测时间,报告时间\r\n{tubes[0]},阴性,2021-06-21 18:00,2021-06-21 18:30\r\n"
    [line, *_] = models.Line.objects.filter(kind="person.sampled")
    models.AsideLine.objects.create(
        device_id=line.device_id, number=999, content=bytes(line.content),
        received_at=line.received_at,
    )  # fmt: skip
    pack = orders.list_adopted()[0].digest
    wanted = erasure.Wanted("operation", "operation_closed", pack, opened.opened_at, 9)
    served = f"registry_unit WHERE serves = '{opened.area}'"
    [unit] = ids("unit", f"registry_staff WHERE unit IN (SELECT id FROM {served})")
    plans = kept_plan.leave(officer, opened.area, unit, opened.day)
    people = ids("subject", "rounds_subject WHERE state <> 'extra' GROUP BY state")
    pictured, photo = _leave_programme(officer)
    built = "registry_place WHERE kind = 'building'"
    return {
        "asked": [erasure.ask(str(officer.id), str(officer.unit), wanted)],
        "box": ids("box", "sampling_box GROUP BY balanced"),
        "device": ids("id", "ledger_device WHERE role IN ('courier', 'registrar') GROUP BY role"),
        "door": ids("door", "registry_residence"),
        "estate": [opened.area],
        "form": [str(_leave_form(opened))],
        "key": ["results_missing"],
        "language": ["en"],
        "leaf": ["0"],
        "number": ["0"],
        "order": [*ids("id", "orders_order GROUP BY axis"), _leave_order(officer)],
        "path": ["0/000"],
        "plan": plans,
        "model": list(questions.QUESTIONS),
        "unit": [unit],
        "plans:sheet plan": plans[-1:],
        "plans:replan plan": plans[-1:],
        "person": people,
        "roll": _read_hand().tables[0].tubes[-3:],
        "round": [str(opened.id), *ids("id", "rounds_round WHERE parent IS NOT NULL")],
        "size": ["192"],
        "staff": [str(officer.id)],
        "subject": people,
        "table": ids("table_id", "sampling_tube"),
        "tube": tubes,
        "upload": [uploads.begin(str(officer.id), "底册.csv", roster, opened.area).id],
        "category": ["culture"],
        "digest": [photo],
        "face": ["en", "en-large"],
        "project": [*ids("project", "programme_project GROUP BY state, asked IS NULL"), pictured],
        "public:community place": ids("at_place", "programme_project WHERE level = 'community'"),
        "public:project project": [pictured],
        "programme:codes place": ids("id", built),
        "programme:replace_code place": ids("door", "registry_residence"),
        "programme:evidence project": [pictured],
        "programme:edit project": [pictured],
        "voice": ids("voice", "programme_voice GROUP BY state, sort"),
        "week": ["2021-W25", "2021-W01"],
        "command:checkpoint number": ids("id", "ledger_checkpoint"),
        "command:correct_person person": people[:1],
        "command:home_of person": people[:1],
        "command:line entry": ids("entry", "ledger_line WHERE kind IN "
                                  "('order.proposed', 'person.sampled') GROUP BY kind"),
        "sampling:correct entry": ids("entry", "sampling_result WHERE outcome = 'positive'"),
        "sampling:labels entry": ids("entry", "sampling_issue"),
        "sampling:results digest": [laboratories.keep_waiting(rows.encode())],
        "sampling:settle entry": ids("entry", "ledger_verdict WHERE held GROUP BY code"),
        "zones:adopt digest": [pack],
        "zones:pack digest": [pack],
        "zones:take_back entry": ids("entry", "orders_evidence"),
    }  # fmt: skip


def _leave_programme(officer: Any) -> tuple[str, str]:
    """A closing that waits for a second person, and voices in every state. A project with photos
    and the digest of one.
    """
    from doorstep.operations.programme import models, queries
    from doorstep.operations.programme.actions import projects, voices
    from doorstep.registry import models as registry
    from doorstep.town import programme

    leader = registry.Staff.objects.get(account=programme.ACCOUNT)
    pictured = models.Project.objects.get(code="JD03")
    projects.ask_closing(leader, str(pictured.project))
    first, second, third, fourth, *_ = models.Voice.objects.exclude(sort="thanks").order_by("at")
    voices.merge(officer, str(second.voice), into=str(first.voice))
    voices.answer(officer, str(third.voice), words="已安排送餐。")
    voices.adopt(officer, str(fourth.voice), project=str(pictured.project))
    [photo, *_] = queries.list_pictures(str(pictured.project))["after"]
    return str(pictured.project), photo


def _leave_form(opened: Any) -> int:
    """A form of another field app that says it is older than any we can read, with a photo."""
    from doorstep.field.models import Account, Submission
    from doorstep.field.openrosa import accounts, submissions
    from doorstep.field.tests import collect
    from doorstep.registry import models as registry

    table = registry.Place.objects.filter(kind="table", estate=opened.area).first()
    staff = registry.Staff.objects.get(account="table1")
    assert table is not None
    made = accounts.make_account(table=str(table.id), person=str(staff.id), label="ODK Collect")
    account = Account.objects.get(user=made.user)
    people = [each.person for each in _read_hand().due[:2]]
    submissions.take(account, collect.fill(str(opened.id), people, version="0"), [PHOTO])
    return int(Submission.objects.get().id)


def _leave_order(officer: Any) -> str:
    """A second order on the estate, which waits for a second person."""
    from doorstep.orders import actions, models

    found = models.Order.objects.filter(axis="risk").latest("start_at")
    return actions.propose_order(
        officer,
        pack=found.pack, rule=found.rule, places=json.loads(found.places),
        authority=found.authority, document=found.document.replace("号", "1号"),
        evidence=json.loads(found.evidence), start=found.start_at, end=found.end_at,
        review=found.review_on,
    )  # fmt: skip


def _read_hand() -> hand.Hand:
    from django.conf import settings

    return hand.read(Path(settings.DATA) / "play" / "hand.json")


if __name__ == "__main__":
    import os

    os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
    import django

    django.setup()
    print(json.dumps(leave_things()))
