"""A server that was restored from a backup older than what phones have told it since: the line of
somebody on no list comes again, and so does the note of who it was.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.offline.conftest import Desk, Handset
from tests.offline.test_added import add, count_notes, number, show, wait_noted, work

MakePhone = Callable[..., Handset]
ESTATE = (4, 300)  # devices, people


def back_up(desk: Desk, file: Path) -> Path:
    """A verified backup, called one in another place."""
    key = file.with_suffix(".key")
    desk.installation.command("backup", "--new-key", str(key))
    words = ("backup", str(file), "--elsewhere", "--key-file", str(key), "--json")
    assert json.loads(desk.installation.command(*words).splitlines()[-1])["verified"]
    return file


def restore(desk: Desk, file: Path) -> None:
    """The server is gone with all it had; another one goes on from the backup."""
    installation = desk.installation
    installation.kill()
    lost = installation.folder / "lost"
    (installation.folder / "data").rename(lost)
    installation.command("restore", str(file), "--key-file", str(file.with_suffix(".key")))
    shutil.copytree(lost / "tls", installation.folder / "data" / "tls", dirs_exist_ok=True)
    desk.start()


def count_kept(phone: Handset) -> int:
    """Notes on the phone's disk, sent or not."""
    return int(phone.run("return (await app.base.getAll('notes')).length;"))


def wait_safe(phone: Handset) -> None:
    """Until the server has told that a backup elsewhere has every line."""
    phone.send_until("phone.outbox.answered.safe === phone.outbox.last.n")


def test_a_note_comes_again_after_a_restore_and_stays_until_a_backup_has_it(
    desk: Desk, make_phone: MakePhone, tmp_path: Path
) -> None:
    phone = make_phone()
    work(phone, desk)
    phone.expected = lambda text: "ERR_" in text or "409" in text
    phone.context.set_offline(False)
    phone.wait_sent()
    before = back_up(desk, tmp_path / "before.backup")
    wait_safe(phone)
    person = add(phone, document := number())
    phone.wait_sent()
    wait_noted(phone, desk, person)
    assert (count_notes(phone), count_kept(phone)) == (0, 1)

    restore(desk, before)
    assert not desk.inside("query", f"SELECT 1 FROM registry_person WHERE id = '{person}'")
    phone.send_until("phone.outbox.answered.safe === 1")
    phone.wait_sent()
    wait_noted(phone, desk, person)
    [_, found] = show(desk, f"/people/?q={document}")
    assert person in found

    # a backup that has the person's line and no later one may be older than the note
    back_up(desk, tmp_path / "after.backup")
    wait_safe(phone)
    assert (count_notes(phone), count_kept(phone)) == (0, 1)
    phone.append(1)
    phone.wait_sent()
    back_up(desk, tmp_path / "later.backup")
    wait_safe(phone)
    assert count_kept(phone) == 0


def test_a_note_that_was_sent_goes_again_with_its_line_as_another_device(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone("other")
    work(phone, desk)
    phone.context.set_offline(False)
    person = add(phone)
    phone.wait_sent()
    wait_noted(phone, desk, person)
    phone.run("await phone.outbox.become(await app.base.get('own', 'device'));")
    assert (count_notes(phone), count_kept(phone)) == (1, 1)


def test_lines_of_an_older_shift_are_forgotten_once_a_backup_has_them(
    desk: Desk, make_phone: MakePhone, tmp_path: Path
) -> None:
    phone = make_phone("shifts")
    phone.enrol(desk.make_code())
    phone.append(2)
    phone.run(  # of yesterday
        """const { ask } = await import("/static/field/base.js");
        await app.base.write(["outbox"], async (store) => {
          for (const line of await ask(store("outbox").getAll())) {
            store("outbox").put({ ...line, at: line.at - 24 * 3600000 });
          }
        });"""
    )
    phone.append(1, start=2)
    phone.wait_sent()
    on_disk = "return (await phone.outbox.list(0)).map(({n}) => n);"
    assert phone.run(on_disk) == [1, 2, 3]
    back_up(desk, tmp_path / "shifts.backup")
    wait_safe(phone)
    phone.run("await until(() => phone.outbox.forgotten.n === 2);")
    assert phone.run(on_disk) == [3]  # what is of this shift stays, as `entries` needs it


def test_lines_that_the_desk_has_dropped_are_told(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone("dropped")
    phone.expected = lambda text: "403" in text
    phone.enrol(desk.make_code())
    words = [{"n": n, "answer": said, "codes": []} for n, said in ((1, "aside"), (2, "dropped"))]
    answer = {"code": "DEVICE_REVOKED", "through": 0, "lines": words}
    phone.context.route(
        "**/field/v1/entries", lambda route: route.fulfill(status=403, body=json.dumps(answer))
    )
    phone.append(2)
    phone.run("await until(() => phone.outbox.answered.trouble === 'revoked');")
    phone.go("#receipt")
    phone.page.wait_for_selector("text=Lines that the desk did not take in, nor set aside: 1.")
