"""The public's pages of the programme: what they tell, what they never tell, and how they are given
out.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import models
from doorstep.operations.programme import catalogue, queries
from doorstep.operations.programme.actions import projects
from doorstep.operations.programme.tests import ground
from doorstep.public import faces, programme, served
from doorstep.registry import household_codes
from doorstep.registry import models as registry
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(cell: models.Cell) -> str:
    ground.build()
    programme._wrong.clear()
    programme._read = None
    made = projects.describe(ground.OFFICER, ground.describe(code="JD01", budget=12_345_678))
    projects.show_picture(ground.LEADER, made, moment="before", data=ground.photo())
    projects.report(ground.LEADER, made, state="under_way", words="钱项目说：下周开工")
    return made


def crawl(client: Client, start: str) -> dict[str, str]:
    """Every public page that links lead to, with its text."""
    seen: dict[str, str] = {}
    waiting = [start]
    while waiting:
        address = waiting.pop()
        if address in seen or not address.startswith("/public/"):
            continue
        answer = client.get(address)
        assert answer.status_code == 200, address
        kind = answer["Content-Type"]
        seen[address] = answer.content.decode("utf-8", "replace")
        if kind.startswith("text/html"):
            found = re.findall(r'(?:href|src)="([^"#?]+)', seen[address])
            waiting += [each for each in found if each.startswith("/")]
        if len(seen) > 400:
            break
    return seen


def test_a_list_asks_as_much_for_many_projects_as_for_one(project: str) -> None:
    addresses = ("", "categories/culture", f"communities/{ground.COMMUNITY}")
    client = Client()

    def count() -> dict[str, int]:
        counted = {}
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(f"/public/en/{address}").status_code == 200, address
            counted[address] = len(asked)
        return counted

    count()
    first = count()
    for number in range(12):
        more = projects.describe(ground.OFFICER, ground.describe(code=f"JD{number + 10}"))
        projects.show_picture(ground.LEADER, more, moment="after", data=ground.photo())
    assert "0 of 13" in client.get("/public/en/").content.decode()
    assert count() == first


@pytest.mark.parametrize("face", faces.FACES)
def test_nothing_of_a_person_is_reached_from_the_public_face(project: str, face: str) -> None:
    """Crawled to its end: no name of a resident or of who works there, no door, no budget, no word
    that was written inside.
    """
    client = Client()
    pages = crawl(client, f"/public/{face}/")
    assert len(pages) >= 8
    secrets = {
        *registry.Staff.objects.values_list("name", flat=True),
        *registry.Person.objects.values_list("name", flat=True),
        *(str(id_) for id_ in registry.Person.objects.values_list("id", flat=True)),
        *(str(id_) for id_ in registry.Staff.objects.values_list("id", flat=True)),
        *(str(d.id) for d in registry.Place.objects.filter(kind="door")),
        "12345678", "12,345,678", "下周开工",
    }  # fmt: skip
    for address, text in pages.items():
        assert not {each for each in secrets if each in text}, address
        if address != "/public/orders":  # the office's frame, for who is at the office
            assert "csrf" not in text and "<script" not in text, address


def test_a_project_tells_its_story_in_both_languages(project: str) -> None:
    client = Client()
    english = client.get(f"/public/en/projects/{project}").content.decode()
    assert "A park" in english and "Courts and paths." in english and "桂城街道办事处" in english
    assert "0 of 2 milestones reached" in english and "/public/en/photos/" in english
    chinese = client.get(f"/public/zh-large/projects/{project}").content.decode()
    assert "体育公园" in chinese and 'data-text="large"' in chinese and "A park" not in chinese
    assert f"/public/en-large/projects/{project}" in chinese


def test_a_page_says_by_its_tag_whether_it_would_be_another(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [clock.now() // programme._HELD * programme._HELD]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    client, address = Client(), f"/public/en/projects/{project}"

    def ask(tag: str) -> tuple[int, str]:
        answer = client.get(address, headers={"If-None-Match": tag})
        return answer.status_code, answer["ETag"]

    tag = client.get(address)["ETag"]
    assert ask(tag) == (304, tag)
    assert ask(client.get(f"/public/zh/projects/{project}")["ETag"])[0] == 200
    door = street.door_id(1, 1)
    given = {"code": household_codes.issue([door])[door]} | dict.fromkeys(catalogue.QUESTIONS, "5")
    changes: list[Callable[[], object]] = [
        lambda: projects.report(ground.LEADER, project, state="topped_out"),
        lambda: client.post("/public/en/survey", given),
        lambda: now.__setitem__(0, now[0] + programme._HELD),  # a name may have changed
    ]
    for change in changes:
        change()
        status, other = ask(tag)
        assert status == 200 and other != tag
        tag = other


@pytest.mark.parametrize("page", ["", "survey", "say"])
def test_a_page_says_which_language_it_speaks(project: str, page: str) -> None:
    for face, language in (("zh-large", "zh-hans"), ("en", "en")):
        answer = Client().get(f"/public/{face}/{page}", headers={"Accept-Language": "fr"})
        assert answer["Content-Language"] == language


def test_an_address_without_a_language_leads_on(project: str) -> None:
    client = Client()
    for rest in ("", f"projects/{project}", "survey"):
        answer = client.get(f"/public/{rest}", headers={"Accept-Language": "zh-CN"})
        assert (answer.status_code, answer["Location"]) == (302, f"/public/zh/{rest}")
        answer = client.get(f"/public/{rest}", headers={"Accept-Language": "fr"})
        assert answer["Location"] == f"/public/en/{rest}"
    assert client.get("/public/survey?code=AB12")["Location"].endswith("/survey?code=AB12")


@pytest.mark.parametrize(
    "address",
    ["fr/", "en/projects/x", f"en/projects/{street.ESTATE}", "en/categories/moon",
     "en/communities/x", "en/weeks/2021-W60", "en/weeks/x", f"en/photos/{'0' * 64}.jpg",
     "en/photos/x.jpg"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(project: str, address: str) -> None:
    assert Client().get(f"/public/{address}").status_code == 404


def test_a_photo_that_is_taken_back_is_public_no_more(project: str) -> None:
    [photo] = queries.list_pictures(project)["before"]
    address = f"/public/en/photos/{photo}.jpg"
    client = Client()
    answer = client.get(address)
    assert answer["Content-Type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"
    entry = next(act.entry for act in queries.list_history(project) if act.body.get("moment"))
    projects.take_back(ground.LEADER, project, entry=entry, reason="wrong_content")
    assert client.get(address).status_code == 404


def test_a_household_answers_once_and_says_what_worries_it(project: str) -> None:
    door = street.door_id(1, 1)
    code = household_codes.issue([door])[door]
    client = Client(enforce_csrf_checks=True)  # nobody is signed in
    assert code in client.get(f"/public/en/survey?code={code}").content.decode()
    given = {"code": code, "gain": "4", "happiness": "4", "safety": "5"}
    short = client.post("/public/en/survey", given | {"gain": ""})
    assert short.status_code == 409 and b"Answer all three questions" in short.content
    assert client.post("/public/en/survey", given).status_code == 200
    again = client.post("/public/zh/survey", given)
    assert again.status_code == 409 and "本月已作答" in again.content.decode()
    assert "no-store" in again["Cache-Control"]
    said = {"code": code, "sort": "worry", "words": "路灯坏了", "category": "roads"}
    assert client.post("/public/zh/say", said).status_code == 200
    phone = client.post("/public/zh/say", said | {"words": "找我13800138000"})
    assert phone.status_code == 409
    assert [each.words for each in queries.list_voices(["/"], "2021-06-21")] == ["路灯坏了"]


def test_whoever_tries_codes_is_asked_to_wait(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    door = street.door_id(1, 1)
    code = household_codes.issue([door])[door]
    client = Client()
    wrong = {"code": "23456789ABCD", "gain": "1", "happiness": "1", "safety": "1"}
    for _ in range(20):
        assert "HOUSEHOLD_CODE_UNKNOWN" in client.post("/public/en/survey", wrong).content.decode()
    for given in (wrong, wrong | {"code": code}):
        assert "TOO_MANY_TRIES" in client.post("/public/en/survey", given).content.decode()
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")
    assert elsewhere.post("/public/en/survey", wrong | {"code": code}).status_code == 200
    now[0] += 11 * clock.MINUTE
    assert "HOUSEHOLD_CODE_UNKNOWN" in client.post("/public/en/survey", wrong).content.decode()


def test_no_figure_of_the_survey_under_five(project: str) -> None:
    doors = [street.door_id(1, n) for n in range(1, 6)]
    codes = household_codes.issue(doors)
    client = Client()
    for number, door in enumerate(doors, 1):
        client.post(
            "/public/en/survey",
            {"code": codes[door], "gain": "5", "happiness": "5", "safety": "5"},
        )
        text = client.get("/public/en/").content.decode()
        assert ("A sense of gain" in text) == (number >= 5)


def test_a_week_is_told_and_drawn(project: str) -> None:
    day = clock.day_of(clock.now(), "Asia/Shanghai")
    first = queries.get_project(project, day)
    assert first is not None
    step = first.milestones[0].id
    projects.reach(ground.LEADER, project, milestone=step, on="2021-06-16")
    client = Client()
    text = client.get("/public/en/weeks/2021-W24").content.decode()
    assert "Of 1 projects 1 milestone was reached" in text
    other = client.get("/public/en/weeks/2021-W23").content.decode()
    assert "0 milestones were reached" in other
    picture = client.get("/public/zh/weeks/2021-W24.png")
    assert picture["Content-Type"] == "image/png" and picture.content[:4] == b"\x89PNG"


# ---- how copies are given out (served) ----


class Site:
    """An application that counts how often it was asked, and a clock that is set by hand."""

    def __init__(self, **said: str) -> None:
        self.asked: list[dict[str, Any]] = []
        self.now = 0.0
        self.status = "200 OK"
        self.headers = {"Content-Type": "text/html", "Cache-Control": "public, max-age=10"} | said
        self.ask = served.before(self._answer, lambda: self.now)

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.asked.append(environ)
        start(self.status, list(self.headers.items()))
        return [b"page %d " % len(self.asked) * 50]

    def get(self, path: str, **more: str) -> tuple[str, dict[str, str], bytes]:
        said: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], problem: Any = None) -> None:
            said.update(status=status, headers=dict(headers))

        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": "here"} | more
        body = b"".join(self.ask(environ, start))
        return said["status"], said["headers"], body


def test_one_copy_is_given_to_all_until_it_is_old() -> None:
    site = Site()
    first = site.get("/public/en/")
    assert site.get("/public/en/", HTTP_COOKIE="doorstep_session=x")[2] == first[2]
    assert site.get("/public/zh/")[2] != first[2]
    assert len(site.asked) == 2 and "HTTP_COOKIE" not in site.asked[0]
    site.now = faces.FRESH + 0.1
    assert site.get("/public/en/")[2] != first[2]


def test_a_reader_who_has_it_is_told_so_and_whoever_can_gets_it_packed() -> None:
    site = Site()
    _status, headers, body = site.get("/public/en/")
    status, _headers, nothing = site.get("/public/en/", HTTP_IF_NONE_MATCH=headers["ETag"])
    assert (status, nothing) == ("304 Not Modified", b"")
    _status, packed, short = site.get("/public/en/", HTTP_ACCEPT_ENCODING="gzip, br")
    assert packed["Content-Encoding"] == "gzip" and len(short) < len(body)
    _status, head, empty = site.get("/public/en/", REQUEST_METHOD="HEAD")
    assert empty == b"" and head["Content-Length"] == str(len(body))


def test_a_style_is_copied_too_and_a_part_of_a_file_is_not() -> None:
    site = Site(ETag='W/"1"')
    first = site.get("/static/face/face.css", HTTP_ACCEPT_ENCODING="gzip")
    assert site.get("/static/face/face.css", HTTP_ACCEPT_ENCODING="gzip") == first
    assert len(site.asked) == 1 and "HTTP_ACCEPT_ENCODING" not in site.asked[0]
    assert not first[1]["ETag"].startswith("W/")
    site.get("/static/face/face.css", HTTP_HOST="elsewhere", HTTP_ACCEPT_ENCODING="gzip")
    assert len(site.asked) == 1  # whoever makes up hosts makes up no copies
    site.get("/static/face/face.css", HTTP_RANGE="bytes=0-9")
    assert len(site.asked) == 2


def test_what_has_not_changed_is_not_made_anew() -> None:
    site = Site(ETag='"first"')
    body = site.get("/public/en/")[2]
    for later in (1, 2):
        site.now = later * (faces.FRESH + 1)
        site.status = "304 Not Modified"
        assert site.get("/public/en/")[0::2] == ("200 OK", body)
        assert site.asked[later]["HTTP_IF_NONE_MATCH"] == '"first"'
        assert site.get("/public/en/")[2] == body and len(site.asked) == later + 1
    site.now, site.status = 3 * (faces.FRESH + 1), "200 OK"
    assert site.get("/public/en/")[2] != body


def test_what_is_public_no_more_is_not_given_out_again() -> None:
    site = Site()
    site.get("/public/en/")
    site.now, site.status = faces.FRESH + 1, "404 Not Found"
    assert site.get("/public/en/")[0].startswith("404")
    site.now, site.status = 0, "200 OK"  # as if the old copy were new
    assert site.get("/public/en/")[2].startswith(b"page 3")


@pytest.mark.parametrize(
    ("path", "more"),
    [("/public/orders", {}), ("/rounds/", {}), ("/public/en/", {"QUERY_STRING": "code=1"}),
     ("/public/en/survey", {"REQUEST_METHOD": "POST"})],
)  # fmt: skip
def test_nothing_else_is_kept(path: str, more: dict[str, str]) -> None:
    site = Site()
    site.get(path, **more)
    site.get(path, **more)
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    "said", [{"Cache-Control": "no-store"}, {"Set-Cookie": "a=b"}, {"Cache-Control": "private"}]
)
def test_what_is_somebodys_own_is_never_kept(said: dict[str, str]) -> None:
    site = Site(**said)
    site.get("/public/en/survey")
    site.get("/public/en/survey")
    assert len(site.asked) == 2


def test_a_mistake_is_not_kept_and_copies_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    site.status = "500 Internal Server Error"
    assert site.get("/public/en/")[0].startswith("500")
    site.status = "200 OK"
    assert site.get("/public/en/")[0] == "200 OK"
    monkeypatch.setattr(served, "MOST", 3)
    for number in range(5):
        site.get(f"/public/en/projects/{number}")
    site.get("/public/en/projects/4")
    assert len(site.asked) == 2 + 5
    site.get("/public/en/projects/0")
    assert len(site.asked) == 2 + 6
