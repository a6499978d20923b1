"""A phone that only looks: Chromium's camera is given a film, and the desk's QR in it enrols the
phone; then a tube's label and a person's QR in another film put the person into the tube, once,
however often the camera sees them.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import segno

from doorstep.operations.sampling import labels
from tests.offline.conftest import Desk, Handset
from tests.offline.test_sampling import tube_code

MakePhone = Callable[..., Handset]
ESTATE = (1, 40)
WIDTH, HEIGHT = 640, 480
WALL, LIGHT, DARK = 0xD0, 0xE8, 0x18  # how bright
RATE = 5  # pictures a second
SHOWN = 8  # of them each code is held before the camera
Rows = list[bytes]  # of a code, from its top: a byte for each point, 1 is dark


def draw_qr(text: str) -> Rows:
    """As the desk's page, a badge and a letter have it."""
    return [bytes(row) for row in segno.make(text, error="m").matrix_iter(scale=6, border=4)]


def draw_label(code: str) -> Rows:
    """The bars of a tube's label, as it is printed, with the white beside them."""
    bars = bytes(10) + labels._bars(code) + bytes(10)
    return [bytes(dot for dot in bars for _ in range(3))] * 90


def film(path: Path, codes: Iterable[Rows]) -> None:
    """One code after the other before a wall, over and over: 640 by 480, YUV 4:2:0."""
    frames = b""
    for code in codes:
        rows = [bytearray([WALL]) * WIDTH for _ in range(HEIGHT)]
        top, left = (HEIGHT - len(code)) // 2, (WIDTH - len(code[0])) // 2
        assert top > 0 and left > 0, "the code is larger than the picture"
        for y, row in enumerate(code):
            bright = bytes(DARK if dot else LIGHT for dot in row)
            rows[top + y][left : left + len(row)] = bright
        picture = b"FRAME\n" + b"".join(rows) + b"\x80" * (WIDTH * HEIGHT // 2)
        frames += picture * SHOWN
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n"
    path.write_bytes(head.encode() + frames)


def test_a_phone_is_enrolled_and_works_a_table_by_camera_alone(
    desk: Desk, make_phone: MakePhone, tmp_path: Path
) -> None:
    seen = tmp_path / "seen.y4m"
    film(seen, [draw_qr(f"{desk.address}/field/#enrol={desk.make_code()}")])
    camera = [
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={seen}",
    ]
    phone = make_phone(args=camera)
    phone.go()
    phone.page.locator(".form >> text=Camera").click()
    phone.page.wait_for_selector(".people .button")
    phone.choose_pin()
    tube, person = tube_code(9_001), desk.world["people"][0]
    phone.context.close()
    film(seen, [draw_label(tube), draw_qr(person)])
    phone.open()
    phone.go()
    phone.unlock()
    phone.page.click("text=Sampling table")
    phone.page.wait_for_selector(".tube")
    phone.page.locator(".dock >> text=Camera").click()
    phone.page.wait_for_selector(".tube__count:has-text('1/10')")
    phone.page.wait_for_selector("text=in this tube already")  # the film has begun anew
    phone.wait_sent()
    told = phone.run("return phone.entries();")
    assert [(each["kind"], each["codes"]) for each in told] == [
        ("tube.opened", []),
        ("person.sampled", []),
    ]
    assert told[1]["how"] == "scan"
    rows = f"SELECT person, tube FROM sampling_sample WHERE tube = '{tube}'"
    assert desk.inside("query", rows) == [[person, tube]]
