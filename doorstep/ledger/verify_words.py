"""What a check of the book can find, as codes with facts, and a sentence for each in English and
Chinese. Every finding says where: the line's leaf, device and number, the push, the tile, the
checkpoint. Refuses to list more than LISTED; what comes after is counted.
"""

import msgspec

LISTED = 1_000

_LINE = (
    "line {leaf} (device {device}, number {number}): ",
    "第{leaf}行（设备{device}，编号{number}）：",
)
_PUSH = (
    "push {push} (device {device}, numbers {first} to {last}): ",
    "上传{push}（设备{device}，编号{first}至{last}）：",
)
_TILE = ("tile {level}/{number}: ", "分块{level}/{number}：")
_CHECKPOINT = (
    "checkpoint {checkpoint} (epoch {epoch}, {size} lines): ",
    "检查点{checkpoint}（第{epoch}纪元，{size}行）：",
)
_DEVICE = ("device {device}: ", "设备{device}：")

_TEXTS = {
    "LINES_MISSING": (
        ("", ""),
        "lines {first} to {last} are missing: the tree expects line {first} here",
        "缺少第{first}至{last}行：此处应为第{first}行",
    ),
    "LINE_OUTSIDE": (_LINE, "outside the book of {size} lines", "在账本的{size}行之外"),
    "LINE_BYTES": (
        _LINE,
        "the bytes are not those of the stored hash",
        "内容与所存的散列不符",
    ),
    "LINE_LEAF": (
        _LINE,
        "hash {at} of tile 0/{tile} is of another line (device, number, time or hash)",
        "分块0/{tile}的第{at}个散列属于另一行（设备、编号、时间或散列不同）",
    ),
    "LINE_MOVED": (
        _LINE,
        "in the tree it is number {true_number} of device {true_device}, received at {true_at}",
        "树中它是设备{true_device}的编号{true_number}，收到时间{true_at}",
    ),
    "LINE_NUMBER": (_LINE, "the chain expects number {expected}", "链上此处应为编号{expected}"),
    "LINE_CUSTODY": (
        _LINE,
        "custody is {stored}, and by the bytes it is {true}",
        "所存处置为{stored}，按内容应为{true}",
    ),
    "LINE_ENTRY": (
        _LINE,
        "its entry's id is {true}, not {stored}",
        "记录号应为{true}，而非{stored}",
    ),
    "LINE_KIND": (
        _LINE,
        "its kind is {true}, not {stored}",
        "记录类型应为{true}，而非{stored}",
    ),
    "LINE_CLOCK": (
        _LINE,
        "clock_off is {stored}, and by its push it is {true}",
        "时钟标记为{stored}，按其上传应为{true}",
    ),
    "LINE_LEFT": (
        _LINE,
        "its class was destroyed so far, and its bytes are still here",
        "该类记录已按令销毁至此，而此行内容仍在",
    ),
    "LINE_EMPTIED": (
        _LINE,
        "its bytes are gone, and entry {by} did not order that",
        "内容已失，而记录{by}并未下令销毁此行",
    ),
    "LINE_TIME": (
        _LINE,
        "not received with push {push}, which covers it",
        "与覆盖它的上传{push}收到时间不同",
    ),
    "UNSIGNED": (
        _LINE,
        "its device signed only through {through}; no push covers numbers {first} to {last}",
        "设备只签名到编号{through}；没有上传覆盖编号{first}至{last}",
    ),
    "PUSH_SIGNATURE": (_PUSH, "not signed by the device", "不是该设备的签名"),
    "PUSH_HEAD": (
        _PUSH,
        "its head is not the head of the lines",
        "其链头与各行的链头不符",
    ),
    "PUSH_PREVIOUS": (
        _PUSH,
        "it does not go on from the head before its first line",
        "未从其首行之前的链头接续",
    ),
    "PUSH_NOTHING": (
        _PUSH,
        "it adds no line to what came before it",
        "没有增加任何行",
    ),
    "PUSH_LINES": (_PUSH, "its lines are not in the book", "其各行不在账本中"),
    "PUSH_ORDER": (_PUSH, "not in the order of the lines", "与各行的次序不符"),
    "PUSH_REST": (
        _PUSH,
        "the book has its lines only through number {through}",
        "账本中只有其到编号{through}为止的行",
    ),
    "TILE_MISSING": (_TILE, "missing", "缺失"),
    "TILE_LENGTH": (
        _TILE,
        "has {stored} bytes instead of {expected}",
        "有{stored}字节，应为{expected}",
    ),
    "TILE_HASH": (
        _TILE,
        "hash {at} is not the root of tile {below}/{child}",
        "第{at}个散列不是分块{below}/{child}的根",
    ),
    "TILE_STRAY": (_TILE, "no part of the tree", "不属于此树"),
    "CELL_SIZE": (
        ("", ""),
        "cell: it says {size} lines, and the lines end before {end}",
        "单元库：记为{size}行，而各行止于第{end}行之前",
    ),
    "CELL_NODES": (
        ("", ""),
        "cell: its frontier is not that of the lines: another root",
        "单元库：其边界散列与各行不符，树根不同",
    ),
    "CELL_EPOCH": (
        ("", ""),
        "cell: epoch {stored}, and checkpoints up to epoch {expected}",
        "单元库：第{stored}纪元，而检查点已到第{expected}纪元",
    ),
    "DEVICE_MISSING": (_DEVICE, "it wrote lines, and has no row", "写有各行，而无设备记录"),
    "DEVICE_HEAD": (
        _DEVICE,
        "its head is not the head of its lines",
        "所存链头与其各行的链头不符",
    ),
    "DEVICE_THROUGH": (
        _DEVICE,
        "it says {stored} lines, and the book has {true}",
        "记为{stored}行，账本中有{true}行",
    ),
    "DEVICE_ENROLMENT": (
        _DEVICE,
        "role or place is not that of the code that enrolled it",
        "职责或地点与注册码不符",
    ),
    "DEVICE_STRANGE": (_DEVICE, "no code has enrolled it", "没有注册码对应"),
    "DEVICE_REVOKED": (
        _DEVICE,
        "the book says that it was revoked, and its row does not",
        "账本记有其停用，而设备记录未标为停用",
    ),
    "CHECKPOINT_NOTE": (_CHECKPOINT, "{why}", "签名文本有误：{why}"),
    "CHECKPOINT_ROOT": (
        _CHECKPOINT,
        "its root is not that of the lines; the first {sound} lines are as signed",
        "其树根与各行不符；前{sound}行与签名一致",
    ),
    "CHECKPOINT_LATER": (
        ("", ""),
        "checkpoints: {count} after it have other roots too",
        "检查点：其后另有{count}个树根不符",
    ),
    "CHECKPOINT_SIZE": (
        _CHECKPOINT,
        "signed for more lines than there are ({lines})",
        "所签行数多于现有行数（{lines}）",
    ),
    "SIGNER": (
        ("", ""),
        "signer {signer}: {why}",
        "签名密钥{signer}：{why}",
    ),
    "ATTACHMENT": (
        ("", ""),
        "attachment {digest}: its bytes are not those of the digest",
        "附件{digest}：内容与摘要不符",
    ),
    "DESTRUCTION": (
        ("", ""),
        "destruction {entry}: no desk has written what is kept of it",
        "销毁{entry}：所存内容与席位记录不符",
    ),
    "DESTRUCTION_ALONE": (
        ("", ""),
        "destruction {entry}: nobody of another unit asked for it",
        "销毁{entry}：没有另一单位的人员申请",
    ),
    "DESTRUCTION_UNDONE": (
        ("", ""),
        "destruction {entry}: the list names it, and in this book it was not carried out",
        "销毁{entry}：清单列有此次销毁，而本账本未曾执行",
    ),
    "BALANCE": (
        ("", ""),
        "closing balance of destruction {entry}: {why}",
        "销毁{entry}的期末余额：{why}",
    ),
    "BALANCE_MISSING": (
        ("", ""),
        "closing balance of destruction {entry}: missing",
        "销毁{entry}的期末余额：缺失",
    ),
    "TABLE": (
        ("", ""),
        "table {table}: {live} rows only live, {replayed} rows only replayed",
        "表{table}：{live}行仅见于现有表，{replayed}行仅见于重放",
    ),
    "TABLE_STALE": (
        ("", ""),
        "table {table} is stale, made by an older version's folds ({live} rows only live, "
        "{replayed} rows only replayed): doorstep ledger refold {kinds}",
        "表{table}已过时，为旧版本的过账所得（{live}行仅见于现有表，{replayed}行仅见于重放）："
        "doorstep ledger refold {kinds}",
    ),
}  # fmt: skip


class Finding(msgspec.Struct, array_like=True):
    """One thing that is wrong, and where."""

    code: str
    facts: dict[str, str | int]

    def text(self, language: str = "en") -> str:
        """A sentence in English (`en`) or Chinese (any other)."""
        where, english, chinese = _TEXTS[self.code]
        if language == "en":
            return (where[0] + english).format(**self.facts)
        return (where[1] + chinese).format(**self.facts)


class Findings(msgspec.Struct):
    """What was found so far: the first LISTED, and how many in all."""

    listed: list[Finding] = []
    count: int = 0

    def add(self, code: str, **facts: str | int) -> None:
        """Note a finding."""
        self.count += 1
        if len(self.listed) < LISTED:
            self.listed.append(Finding(code, facts))
