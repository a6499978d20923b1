"""Result files as a laboratory writes them: CSV, UTF-8 with BOM, its own words for the outcome.

Refuses nothing: what a file says is the script's.
"""

import csv
import io

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
