"""The one catalogue of codes a person or a device may meet: number, English, Chinese.

Numbers are for ever: a code that is no longer used keeps its number. Texts are sentences for a
person; `{fact}` stands for what the refusal carries.
"""

CODES: dict[str, tuple[int, str, str]] = {
    # 1xx what the book itself says of a line
    "GARBLED": (100, "This line cannot be read. It is kept as it came.",
        "此行无法识别，已按原样保存。"),
    "KIND_UNKNOWN": (101, "This server does not know this kind of entry yet. It is kept.",
        "本服务器尚不认识此类记录，已保存。"),
    "ID_REUSED": (102, "Two different entries bear the same id. Neither counts.",
        "两条不同的记录使用了同一编号，均不生效。"),
    "NOT_ALLOWED": (103, "This device or person may not write this. It waits for a person.",
        "该设备或人员无权写入此类记录，等待人工核定。"),
    "CLOCK_OFF": (104, "The device's clock is off by more than five minutes.",
        "设备时钟偏差超过五分钟。"),
    "FOLD_FAILED": (105, "The server could not work on this line. It is kept and tried again.",
        "服务器未能处理此行，已保存，稍后重试。"),
    # 2xx enrolment and push
    "CODE_INVALID": (200, "This code is unknown, used or expired.",
        "此注册码不存在、已使用或已过期。"),
    "KEY_INVALID": (201, "This key cannot be used.", "此密钥无法使用。"),
    "PROOF_INVALID": (202, "The proof is not this key's signature.", "证明不是该密钥的签名。"),
    "REQUEST_INVALID": (203, "The request is not right.", "请求格式不正确。"),
    # 3xx acts at a desk
    "NOT_YOURS": (300, "You have no role for this here. Nothing was changed.",
        "您在此处没有相应的职责，未作任何更改。"),
    "NOT_FOUND": (301, "This does not exist, or is not yours to see.", "不存在，或您无权查看。"),
    # 50x rounds
    "ROUND_EXISTS": (500, "A round of this kind is already open here on {day}.",
        "此处{day}的同类任务轮次尚未关闭。"),
    "ROUND_KIND_UNKNOWN": (501, "There is no kind of round called {round_kind}.",
        "没有名为{round_kind}的任务种类。"),
    "POOL_NOT_ALLOWED": (502, "Tubes of this size may not be used here.",
        "此处不得使用该混采规格。"),
    "ROUND_CLOSED": (503, "This round is closed. Reopen it first.", "该轮次已关闭，请先重新打开。"),
    "ROUND_OPEN": (504, "This round is not closed.", "该轮次尚未关闭。"),
    "ROUND_EMPTY": (505, "Nobody is on the list of this round.", "该轮次名单为空。"),
    "ROUND_NOT_SETTLED": (506, "The round cannot be closed: {count} things are still open.",
        "该轮次不能关闭：尚有{count}项未了结。"),
    "NOT_ON_LIST": (507, "Not on the list of this round.", "不在该轮次名单上。"),
    "REASON_UNKNOWN": (508, "This round knows no such reason.", "该轮次没有此项原因。"),
    # 60x-62x orders
    "ORDER_TWICE": (600, "Two proposals bear the same order. Neither counts until one is chosen.",
        "同一管控措施有两份登记，核定其一之前均不生效。"),
    "NOT_SECOND": (601, "The second name must be another person's, of another unit.",
        "第二审批人须为另一单位的另一人。"),
    "LIFT_NOT_THEIRS": (602, "Only the authority that decided ({authority}) prolongs or lifts it.",
        "只有作出决定的机关（{authority}）可以延长或解除。"),
    "ORDER_NOT_COMPETENT": (603, "{authority} may not decide this. The county or district, or a "
        "level above it, decides; the subdistrict applies.",
        "{authority}无权作出此项决定。须由县（区）级以上决定，街道负责申请和执行。"),
    "ORDER_END_PAST": (604, "The end must lie ahead, and after the start.",
        "结束时间须晚于开始时间和现在。"),
    "ORDER_TOO_LONG": (605, "The pack lets this run {days} days at most before it is renewed.",
        "按规则包，此项措施最长{days}天，届满须续期。"),
    "ORDER_REVIEW_OUTSIDE": (606, "The review must come within {days} days, and before the end.",
        "复核日须在{days}天之内，且不晚于结束日。"),
    "ORDER_CALENDAR_FIXED": (607, "The pack fixes the test days of this rule.",
        "此规则的检测日由规则包固定。"),
    "PACK_ADOPTED": (608, "Pack {pack} is adopted already.", "规则包{pack}已采用。"),
    "PACK_NOT_ADOPTED": (609, "This pack is not adopted here. Adopt it first.",
        "本处尚未采用此规则包，请先采用。"),
    "RULE_UNKNOWN": (610, "The pack has no such rule.", "规则包中没有此项规则。"),
    "ORDER_PLACES": (611, "Choose at least one place, and at most {most}.",
        "请至少选择一处，最多{most}处。"),
    "ORDER_LEVEL": (612, "The rule is not made for a place of this kind.",
        "此规则不适用于该级别的地点。"),
    "AUTHORITY_FORM": (613, "The authority is given by its division code, such as 440605.",
        "决定机关以行政区划代码填写，例如440605。"),
    "DOCUMENT_FORM": (614, "This is not written as a document number, such as 南防指〔2021〕31号, "
        "第15号通告 or NF-2021-31.",
        "文号格式不符。例如：南防指〔2021〕31号、第15号通告、NF-2021-31。"),
    "EVIDENCE_MISSING": (615, "An order needs evidence: choose at least one entry.",
        "管控措施须有依据，请至少选择一条记录。"),
    "EVIDENCE_UNFIT": (616, "This evidence is of no kind the rule names, or not of all these "
        "places.",
        "所选依据不属于该规则规定的种类，或与所选地点无关。"),
    "EVIDENCE_LEVEL": (617, "Nobody may record this of a place of this kind.",
        "不得在该级别的地点登记此项事实。"),
    "EVIDENCE_FUTURE": (618, "The day lies ahead.", "日期晚于今天。"),
    "FACT_UNKNOWN": (619, "The pack has no such fact.", "规则包中没有此项事实。"),
    "NO_UNIT": (620, "You belong to no unit, so nobody can tell whether two units agreed.",
        "您没有所属单位，无法确认是否由两个单位共同确认。"),
    "ORDER_NOT_PENDING": (621, "Nothing waits for a second person here, or several things do.",
        "此处没有待第二人审批的事项，或有多项待选。"),
    "ORDER_NOT_IN_FORCE": (622, "This order is not in force.", "此项管控措施不在生效期内。"),
    "ORDER_OVER": (623, "This order is over.", "此项管控措施已经结束。"),
    "ORDER_NOT_AFTER": (624, "This rule follows only when the stricter one was lifted here.",
        "此规则仅在上一级措施在此处解除之后适用。"),
    "LIFT_BEFORE_START": (625, "It cannot be lifted from before it began.",
        "解除时间不能早于措施开始时间。"),
    # 72x-73x sampling, at a desk
    "CODE_UNREADABLE": (720, "“{code}” is no code: 4 to 20 letters and digits.",
        "“{code}”不是有效编码：应为4至20位字母和数字。"),
    "TUBE_IN_USE": (721, "Tube {tube} is in the book already (table: {table}). Take another.",
        "采样管{tube}已有记录（采样台：{table}），请换一支。"),
    "TUBE_IS_CLOSED": (722, "Tube {tube} is closed. Scan the next one.",
        "采样管{tube}已封管，请扫下一支。"),
    "TUBE_IS_FULL": (723, "Tube {tube} is for {size} and has room for {room} more; {count} were to "
        "go in. Scan the next tube.", "采样管{tube}限{size}人，还可容纳{room}人，本次{count}人。"
        "请扫下一支采样管。"),
    "TUBE_OTHER_HOUSEHOLD": (724,
        "Tube {tube} is for one household, and these are several: {doors}.",
        "采样管{tube}为一户一管，而这些人分属多户：{doors}。"),
    "TUBE_IS_EMPTY": (725, "Nobody is in tube {tube}.", "采样管{tube}内没有人员。"),
    "TUBE_COUNT_DIFFERS": (726, "You counted {counted} swabs in tube {tube}; {count} people are "
        "recorded in it.", "采样管{tube}清点为{counted}支拭子，系统记录为{count}人。"),
    "TUBE_UNKNOWN": (727, "The book knows no tube {tube}.", "账本中没有采样管{tube}。"),
    "TUBE_STILL_OPEN": (728, "Tube {tube} is still open. Close it first.",
        "采样管{tube}尚未封管，请先封管。"),
    "TUBE_BOXED": (729, "Tube {tube} is in box {box} already.", "采样管{tube}已在转运箱{box}中。"),
    "TUBE_REPORTED": (730, "Tube {tube} has its result. Only the duty officer may change this.",
        "采样管{tube}已出结果，只有值班员可以更改。"),
    "TUBE_REFUSED": (731, "Tube {tube} is refused already.", "采样管{tube}已被拒收。"),
    "ALREADY_SAMPLED": (732, "This person is sampled in this round already, in tube {tube}.",
        "该人员本轮已采样，在采样管{tube}中。"),
    "ALREADY_TAKEN_BACK": (733, "This is taken back already.", "此记录已撤销。"),
    "PERSON_NOT_LISTED": (734, "This person is not on the list of this round.",
        "该人员不在本轮应检名单上。"),
    "PERSON_NAMELESS": (735, "A name is needed, as the person gives it.", "请填写本人所报姓名。"),
    "MOMENT_WRONG": (736, "This moment lies ahead of us, or more than a week back.",
        "该时间晚于现在，或早于一周以前。"),
    "FORM_EMPTY": (737, "There is nobody on this form.", "此登记表没有人员。"),
    "FORM_KNOWN": (738, "Everybody on this form is in tube {tube} already.",
        "此登记表的人员都已在采样管{tube}中。"),
    "RUN_WRONG": (739, "{first} to {last} is no run of consecutive codes.",
        "{first}至{last}不是连续的编码。"),
    "RUN_OVERLAPS": (740, "Some of these are issued already: {first} to {last}.",
        "其中部分已发放：{first}至{last}。"),
    # 741-745 boxes
    "BOX_EXISTS": (741, "Box {box} is sealed already. A box code is used once: take another.",
        "转运箱{box}已封箱。箱码只用一次，请换一个。"),
    "BOX_EMPTY": (742, "There is no tube to go into the box.", "没有可装箱的采样管。"),
    "BOX_COUNT_DIFFERS": (743, "{counted} tubes counted, {count} in the system: a difference of "
        "{difference}.", "清点{counted}支，系统{count}支，相差{difference}支。"),
    "BOX_UNKNOWN": (744, "The book knows no sealed box {box}. Its seal may still be on a phone "
        "without a network.", "账本中没有已封的转运箱{box}。封箱记录可能还在未联网的手机上。"),
    "BOX_STATE": (745, "Box {box} is past this step already.", "转运箱{box}已过此步骤。"),
    "SEAL_DIFFERS": (746, "The seal on box {box} should be {seal}, not {read}.",
        "转运箱{box}的封签应为{seal}，而不是{read}。"),
    # 747-749 results by hand, settling
    "OUTCOME_UNKNOWN": (747, "Choose an outcome.", "请选择检测结果。"),
    "RESULT_KNOWN": (748, "The book has this result already.", "账本中已有此结果。"),
    "SET_CHANGED": (749, "These lines have changed since you looked. Look again.",
        "这些记录在您查看后已有变化，请重新查看。"),
    # 76x rows and files of results, beyond what cannot be read
    "LABORATORY_UNKNOWN": (760, "No laboratory of this name is known here.",
        "未登记该名称的实验室。"),
    "TIMES_WRONG": (761, "The report lies before the test, or ahead of us.",
        "报告时间早于检测时间，或晚于现在。"),
    "CORRECTS_NOTHING": (762, "There is no one result of this tube that it corrects.",
        "该管没有唯一的、可供更正的结果。"),
    "ALREADY_CORRECTED": (763, "Another correction came first. Look at the tube again.",
        "已有另一更正在先，请重新查看该管。"),
    "ACCESSION_WRONG": (764, "The laboratory's number has up to 32 letters, digits and hyphens.",
        "实验室编号限32位字母、数字和连字符。"),
    "FILE_GONE": (765, "This file is no longer kept here. Upload it again.",
        "此文件已不在服务器上，请重新上传。"),
    # 77x laboratory files as they are read
    "ROW_UNREADABLE": (770, "From this row on the file cannot be read: a quote is wrong.",
        "自此行起文件无法读取：引号有误。"),
    "ROW_LINE_BREAK": (771, "A cell holds a line break; a quote may have swallowed rows.",
        "单元格内有换行，可能因引号吞掉了后续行。"),
    "ROW_TOO_MANY_COLUMNS": (772, "The row has more cells than the heading.",
        "此行的列数多于表头。"),
    "ROW_TOO_FEW_COLUMNS": (773, "The row lacks cells that must be filled.", "此行缺少必填列。"),
    "RESULT_PRELIMINARY": (774, "A preliminary result is not taken. Send the final one.",
        "不接受初步结果，请上报最终结果。"),
    "TUBE_UNREADABLE": (775, "This is no tube code.", "管码无法识别。"),
    "RESULT_UNKNOWN": (776, "This outcome is not known: 阴性, 阳性, 可疑 or 无效.",
        "结果无法识别：应为阴性、阳性、可疑或无效。"),
    "TIME_UNREADABLE": (777, "The time cannot be read; it needs day, hour and minute.",
        "时间无法识别：须含日期和时分。"),
    "CT_UNREADABLE": (778, "The Ct value cannot be read.", "Ct值无法识别。"),
    "STATUS_UNKNOWN": (779, "The status is neither F (final) nor C (corrected).",
        "结果状态应为F（最终）或C（更正）。"),
    "FILE_TOO_MANY_COLUMNS": (780, "The file has too many columns.", "文件列数过多。"),
    "COLUMN_TWICE": (781, "This column is there twice.", "此列重复。"),
    "COLUMN_MISSING": (782, "This column is missing.", "缺少此列。"),
    "TEXT_TOO_LONG": (783, "This text is too long.", "文字过长。"),
    "NO_TUBE_OPEN": (784, "No tube is open. Scan a tube first; the person is kept below.",
        "尚未开管。请先扫采样管；该人员已保留在下方。"),
}  # fmt: skip


def text_of(code: str, language: str, **facts: object) -> str:
    """The sentence for a code, in Chinese for any `zh…`, else in English; the code itself if it
    has no sentence.
    """
    if code not in CODES:
        return code
    _, english, chinese = CODES[code]
    sentence = chinese if language.startswith("zh") else english
    return sentence.format_map(_Facts(facts))


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"
