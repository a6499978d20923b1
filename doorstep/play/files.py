"""Result files as a laboratory writes them: CSV, UTF-8 with BOM, its own words for the outcome.

A file appears in the folder whole or not at all. Refuses nothing: what a file says is the script's.
"""

import csv
import io
import os
from pathlib import Path

from doorstep.kit import clock
from doorstep.play import acts

_HEADER = ("采样管编号", "检测结果", "检测时间", "报告时间", "检测机构", "ORF1ab", "N", "状态")
_OUTCOMES = {
    "negative": "阴性", "positive": "阳性", "inconclusive": "可疑", "invalid": "无效",
}  # fmt: skip


def write(file: acts.File, laboratory: str, zone: str, shift: int) -> bytes:
    """The bytes of the file, its times `shift` µs later than the script has them."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(_HEADER)
    for row in file.rows:
        ct = "" if row.ct is None else f"{row.ct:.2f}"
        moments = [clock.to_moment(each + shift, zone) for each in (row.tested_at, row.reported_at)]
        times = [each.strftime("%Y-%m-%d %H:%M:%S") for each in moments]
        table.writerow([row.tube, _OUTCOMES[row.outcome], *times, laboratory, ct, ct, "F"])
    return out.getvalue().encode("utf-8-sig")


def put(folder: Path, file: acts.File, laboratory: str, zone: str, shift: int) -> None:
    """Put the file into a laboratory's folder under its final name, whole."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{file.name}.part"
    fresh.write_bytes(write(file, laboratory, zone, shift))
    os.replace(fresh, folder / file.name)
