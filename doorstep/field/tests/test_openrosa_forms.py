"""What another field app reads: its own rounds' forms and lists, masked, in both languages."""

import shutil
from hashlib import md5, sha256
from pathlib import Path
from xml.etree import ElementTree

import pytest

from doorstep.field.openrosa import forms, sampling
from doorstep.field.tests.collect import (
    LISTS,
    MANIFEST,
    Collect,
    fill,
)
from doorstep.kit import clock
from doorstep.ledger import desk
from doorstep.operations.sampling.tests import ground
from doorstep.rounds import actions as rounds
from doorstep.rounds import models as round_models
from doorstep.rounds.tests import street


def test_the_app_is_challenged_and_then_finds_its_rounds_form_and_lists(
    app: Collect, laid: ground.Ground
) -> None:
    issued = {"kind": "tubes.issued", "round": laid.round, "table": ground.TABLE}
    desk.post(ground.LI, [issued | {"first": "GC000001", "last": "GC000003"}])
    asked = app.http.get("/field/openrosa/formList", secure=True)
    assert asked.status_code == 401 and asked.headers["X-OpenRosa-Version"] == "1.0"
    listed = app.read("/field/openrosa/formList")
    assert listed.status_code == 200 and "text/xml" in listed.headers["Content-Type"]
    assert listed.headers["X-OpenRosa-Version"] == "1.0" and "GMT" in listed.headers["Date"]
    [xform] = ElementTree.fromstring(listed.content)
    said = {each.tag.removeprefix(LISTS): each.text or "" for each in xform}
    assert said["formID"] == f"doorstep.sampling.{laid.round}" and said["version"] == "1"
    assert "中海锦城" in said["name"] and said["downloadUrl"].startswith("https://testserver/")
    form = app.read(said["downloadUrl"]).content
    assert said["hash"] == "md5:" + md5(form, usedforsecurity=False).hexdigest()
    assert said["formID"].encode() in form
    files = {}
    for media in ElementTree.fromstring(app.read(said["manifestUrl"]).content):
        fields = {each.tag.removeprefix(MANIFEST): each.text or "" for each in media}
        content = app.read(fields["downloadUrl"]).content
        assert fields["hash"] == "md5:" + md5(content, usedforsecurity=False).hexdigest()
        files[fields["filename"]] = content.decode().splitlines()
    assert files["tubes.csv"] == ["name,label", *(f"GC00000{n},GC00000{n}" for n in (1, 2, 3))]
    assert files["people.csv"][0] == "name,label" and len(files["people.csv"]) == 13
    assert all(line.endswith(" 王*") and "1座 1单元" in line for line in files["people.csv"][1:])


def test_the_list_shrinks_to_who_is_still_due_and_a_closed_round_goes(
    app: Collect, laid: ground.Ground
) -> None:
    path = f"/field/openrosa/forms/{laid.round}/people.csv"
    assert laid.people[0] in app.read(path).content.decode()
    app.send(fill(laid.round, laid.people[:2]))
    left = app.read(path).content.decode()
    assert not any(each in left for each in laid.people[:2]) and laid.people[2] in left
    round_models.Round.objects.filter(id=laid.round).update(state="closed")
    assert app.read(path).status_code == 404
    assert len(ElementTree.fromstring(app.read("/field/openrosa/formList").content)) == 0


def test_another_estates_round_is_not_shown(app: Collect, laid: ground.Ground) -> None:
    day = clock.day_of(clock.now(), "Asia/Shanghai")
    zhao = street.Staff(street.ZHAO)
    hut = street.door_id(9, 1)
    street.add_hut(hut, street.OTHER_ESTATE)
    street.live_in({street.person_id(9, 1, 1): hut})
    other = rounds.open_round(zhao, round_kind="sampling", area=street.OTHER_ESTATE, day=day)
    assert other not in app.read("/field/openrosa/formList").content.decode()
    for name in ("form.xml", "manifest", "people.csv", "tubes.csv"):
        assert app.read(f"/field/openrosa/forms/{other}/{name}").status_code == 404
    assert app.read(f"/field/openrosa/forms/{laid.round}/staff.csv").status_code == 404


def test_one_form_can_be_asked_for(app: Collect, laid: ground.Ground) -> None:
    path = "/field/openrosa/formList?formID="
    assert len(ElementTree.fromstring(app.read(f"{path}doorstep.sampling.{laid.round}").content))
    assert not len(ElementTree.fromstring(app.read(f"{path}other").content))


FORM = forms.Form("doorstep.sampling.x", "x", "Title 标题", sampling.VERSION, "ten")


def test_a_form_that_changes_gets_a_new_version() -> None:
    """Raise sampling.VERSION with any change of the form, keep the old one READABLE, and only then
    put the new digest here.
    """
    assert (sampling.VERSION, sha256(forms.make_xform(FORM)).hexdigest()[:16]) == PUBLISHED
    assert sampling.VERSION in sampling.READABLE


def test_the_form_says_everything_in_both_languages() -> None:
    rows = [*sampling.list_questions("ten"), *sampling.list_choices()]
    for row in rows:
        shown = [value for name, value in row.items() if name in ("label", "constraint_message")]
        assert all(len(pair) == 2 and all(pair) for pair in shown)
    asked = [row for row in rows if row.get("required")]
    assert asked and all("label" in row for row in asked)


@pytest.mark.skipif(shutil.which("java") is None, reason="ODK Validate needs Java")
@pytest.mark.parametrize("pool", ["single", "household", None])
def test_odk_validate_accepts_the_form(pool: str | None, tmp_path: Path) -> None:
    from pyxform.validators.odk_validate import check_xform  # type: ignore[import-untyped]

    path = tmp_path / "form.xml"
    path.write_bytes(forms.make_xform(FORM._replace(pool=pool)))
    assert check_xform(str(path)) == []


PUBLISHED = ("1", "5eba619bdf88808e")
