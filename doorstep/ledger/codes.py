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
    "RECORDS_DESTROYED": (106, "What this is about was destroyed when its time was over. The line "
        "has no effect.", "所涉记录已按保存期限销毁，此行不生效。"),
    # 2xx enrolment and push
    "CODE_INVALID": (200, "This code is unknown, used or expired.",
        "此注册码不存在、已使用或已过期。"),
    "KEY_INVALID": (201, "This key cannot be used.", "此密钥无法使用。"),
    "PROOF_INVALID": (202, "The proof is not this key's signature.", "证明不是该密钥的签名。"),
    "REQUEST_INVALID": (203, "The request is not right.", "请求格式不正确。"),
    # 21x where the book lies
    "DISK_FULL": (210, "The disk is full and nothing more can be kept. Make room on it; devices "
        "keep what they have and send it again.",
        "磁盘已满，无法再保存。请腾出空间；终端会保留数据并自动重发。"),
    "DISK_READ_ONLY": (211, "The disk or the database can only be read, so nothing can be kept. "
        "Make it writable again; devices keep what they have and send it again.",
        "磁盘或数据库当前只读，无法保存。请恢复其可写状态；终端会保留数据并自动重发。"),
    "DISK_FAILS": (212, "The disk does not take or give what it should. Look at the disk and have "
        "a backup ready; devices keep what they have and send it again.",
        "磁盘读写出错。请检查磁盘并备好备份；终端会保留数据并自动重发。"),
    "DATABASE_GONE": (213, "The database does not answer. Start it again; this server goes on by "
        "itself as soon as it is there.",
        "数据库没有响应。请启动数据库；恢复后本服务会自动继续。"),
    "DATABASE_BUSY": (214, "The database has no room for this server just now: something else "
        "holds it. It is tried again by itself.",
        "数据库被其他程序占用，暂时无法处理，稍后自动重试。"),
    "DATABASE_DAMAGED": (215, "The database is damaged. Stop the server, keep a copy of what is "
        "there, and restore the newest backup.",
        "数据库已损坏。请停止服务，另存现有文件，并恢复最新的备份。"),
    "MEMORY_FULL": (216, "This machine has no memory left. End what else runs on it; it is tried "
        "again by itself.", "本机内存不足。请关闭其他程序，稍后自动重试。"),
    # 22x backups
    "BACKUP_NO_BOOK": (220, "There is no book here yet.", "此处尚无账本。"),
    "BACKUP_EXISTS": (221, "There is a file {file} already. Nothing is written over it.",
        "文件{file}已存在，不会覆盖。"),
    "BACKUP_BUSY": (222, "Another backup is being written to {file}.", "另一备份正在写入{file}。"),
    "BACKUP_KEY_INVALID": (223, "{file} is no key for backups.", "{file}不是备份密钥文件。"),
    "BACKUP_PASSPHRASE_SHORT": (224, "A passphrase has at least {least} characters.",
        "口令至少{least}个字符。"),
    "BACKUP_KEY_WRONG": (225, "This is not the key or passphrase of this backup. Nothing was "
        "written.", "密钥或口令与此备份不符，未写入任何内容。"),
    "BACKUP_UNREADABLE": (226, "This file is no backup of Doorstep. Nothing was written.",
        "此文件不是本系统的备份，未写入任何内容。"),
    "BACKUP_DAMAGED": (227, "The backup is damaged or not whole, from byte {at} on. Take another "
        "copy of it. Nothing was written.",
        "备份自第{at}字节起已损坏或不完整，请换用另一份。未写入任何内容。"),
    "BACKUP_NEWER": (228, "The backup is of a newer version of Doorstep ({what}). Install that "
        "first. Nothing was written.",
        "备份来自更新的版本（{what}），请先安装该版本。未写入任何内容。"),
    "BACKUP_BOOK_DAMAGED": (229, "The backup is as it was written, but the book in it is damaged: "
        "run doorstep ledger verify. It does not count as verified.",
        "备份与写入时一致，但其中的账本已损坏：请运行 doorstep ledger verify。此备份不算已验证。"),
    "BACKUP_SAME_DISK": (230, "The backup lies on the disk of the book, so no device may rely on "
        "it yet. Bring a copy to another place and run doorstep backup --check COPY there.",
        "备份与账本在同一磁盘上，终端尚不可依赖。请将副本存放到别处，"
        "再对副本运行 doorstep backup --check。"),
    "RESTORE_NOT_EMPTY": (231, "This installation is not empty: {what}. Nothing was written.",
        "此处并非空的安装：{what}。未写入任何内容。"),
    "RESTORE_DIFFERS": (232, "What was restored is not what the backup holds ({what}). Nothing "
        "was kept of it.", "恢复的内容与备份不一致（{what}），已全部撤销。"),
    "RESTORE_UNSOUND": (233, "The book in this backup is damaged: {found} findings. Nothing was "
        "kept of it. Another backup may be sound.",
        "此备份中的账本有{found}处损坏，已全部撤销。其他备份可能完好。"),
    "RESTORE_EPOCH": (234, "The epoch must be higher than that of the backup, {epoch}.",
        "期号须大于备份的期号{epoch}。"),
    "BACKUP_KEY_MISSING": (235, "Give --key-file or --passphrase-file, or type the same "
        "passphrase twice.",
        "请用 --key-file 或 --passphrase-file 指定密钥，或两次输入相同的口令。"),
    "KEY_LOST": (236, "The file {file} is not there, or is not the key that has signed this book. "
        "Put it back from a backup or from another server; nothing works without it. If it is "
        "lost for good: docs/how-to/keys.md.",
        "密钥文件{file}不存在，或不是本账本签名所用的密钥。请从备份或另一台服务器取回；"
        "没有它什么都无法进行。若确已丢失，见 docs/how-to/keys.md。"),
    "KEY_NOT_LOST": (237, "The installation's key is the one that signs this book. To sign with a "
        "new one run doorstep ledger rotate-key.",
        "本系统的密钥正是本账本签名所用的密钥。如需更换签名密钥，"
        "请运行 doorstep ledger rotate-key。"),
    "BOOK_FORKED": (238, "The book is not the one that was signed last, so nothing is signed. "
        "Keep a copy of the data folder and run doorstep ledger verify.",
        "账本与上次签名时不一致，因此不予签名。请另存数据目录，并运行 doorstep ledger verify。"),
    # 24x destroying records
    "DESTRUCTION_NOT_ASKED": (240, "Nobody has asked for this, it has been done, or the asking is "
        "more than 7 days old.", "无人申请此项销毁，或已执行，或申请已超过7天。"),
    "DESTRUCTION_NO_RULE": (241, "No adopted rule pack says how long these records are held. "
        "They stay.", "已采用的规则包均未规定此类记录的保存期限，予以保留。"),
    "DESTRUCTION_EARLY": (242, "These records are held for {days} days. The last day that may be "
        "destroyed now is {day}.", "此类记录须保存{days}天，目前最晚可销毁至{day}。"),
    "DESTRUCTION_ORDERS": (243, "{count} orders are in force or waiting. The operation is not "
        "over.", "尚有{count}项管控措施生效或待批，应急处置尚未结束。"),
    "DESTRUCTION_ROUNDS": (244, "{count} rounds of that time are still open. Close them first.",
        "该时段尚有{count}个轮次未结束，请先结束。"),
    "DESTRUCTION_FIRST": (245, "Records of the operation still name these people. Destroy all of "
        "those first.", "应急处置记录仍涉及这些人员，请先全部销毁处置记录。"),
    "DESTRUCTION_NOTHING": (246, "There is nothing of this class up to that day.",
        "截至该日没有此类记录。"),
    "BACKUP_NOT_LATER": (247, "First take a backup after the destruction, in another "
        "place: else devices rely on one that is gone.",
        "请先在销毁后于别处另做备份，否则终端所依赖的备份将不复存在。"),
    "DESTRUCTION_UNDOING": (248, "{count} messages or requests about results that do not hold are "
        "just being taken back. Try again in a moment.",
        "有{count}项基于失效结果的通知或请求正在撤回，请稍后再试。"),
    # 25x other field apps (OpenRosa)
    "OPENROSA_KEPT": (250, "Kept.", "已保存。"),
    "OPENROSA_FORM": (251, "Kept. This form is not known here, so the duty officer must look at "
        "it.", "已保存。本服务器没有此表单，须由值班员处理。"),
    "OPENROSA_VERSION": (252, "Kept. This version of the form is not known here, so the duty "
        "officer must look at it.", "已保存。本服务器不认识此表单版本，须由值班员处理。"),
    "OPENROSA_CHANGED": (253, "Kept. The same form came before with other content, so the duty "
        "officer must look at it.", "已保存。同一表单先前已提交，内容不同，须由值班员处理。"),
    "OPENROSA_CORRECTED": (254, "Kept. It corrects a form that was sent before, so the duty "
        "officer must look at it.", "已保存。此表单是对已提交表单的更正，须由值班员处理。"),
    "OPENROSA_FIELDS": (255, "Kept. The tube, a time or the count cannot be read, so the duty "
        "officer must look at it.", "已保存。采样管、时间或数量无法识别，须由值班员处理。"),
    "OPENROSA_PERSON": (256, "Kept. Somebody on the form is not told by the code that was scanned, "
        "so the duty officer must look at it. The others are in the book.",
        "已保存。有人员的身份码无法识别，须由值班员处理；其余人员已入账。"),
    "OPENROSA_XML": (257, "This is no filled-in form. Nothing is kept; it stays on the phone.",
        "这不是可识别的表单，未保存；数据仍在手机上。"),
    "OPENROSA_INSTANCE": (258, "This form has no instanceID. Nothing is kept; it stays on the "
        "phone.", "此表单没有 instanceID，未保存；数据仍在手机上。"),
    "OPENROSA_LARGE": (259, "This is too large to be sent at once. Nothing is kept; it stays on "
        "the phone. Take a smaller photo.", "内容过大，未保存；数据仍在手机上。请缩小照片。"),
    "OPENROSA_FULL": (260, "There is no room for more of this account. Nothing is kept; it stays "
        "on the phone. Tell the duty officer.",
        "此账号的存储空间已满，未保存；数据仍在手机上。请告知值班员。"),
    "OPENROSA_HTTPS": (261, "Only https is answered here. Correct the address in the settings.",
        "此处仅支持 https，请在设置中更正服务器地址。"),
    "OPENROSA_SIGN_IN": (262, "User and password are not right.", "用户名或密码不正确。"),
    "OPENROSA_WAIT": (263, "Too many wrong passwords. Wait a quarter of an hour.",
        "密码错误次数过多，请十五分钟后再试。"),
    "OPENROSA_GONE": (264, "This account writes here no more. Nothing is kept; it stays on the "
        "phone. Ask the desk for a new account, and send it with that.",
        "此账号已停用，未保存；数据仍在手机上。请向指挥部申请新账号后重新提交。"),
    "OPENROSA_BUSY": (265, "Too much is being sent just now. It stays on the phone; try again in a "
        "moment.", "当前提交过多，数据仍在手机上，请稍候再试。"),
    "OPENROSA_FAILED": (266, "It could not be kept. It stays on the phone; try again later.",
        "未能保存，数据仍在手机上，请稍后再试。"),
    "SUBMISSIONS_HELD": (267, "Forms of other field apps that wait for a person: {count}. Look at "
        "them first (Devices).",
        "有{count}份其他采集软件提交的表单待人工处理，请先处理（见“设备”）。"),
    # 29x the destruction list
    "LIST_MISSING": (290, "There is no destruction list {file}. Records that were destroyed after "
        "this backup would be back. Give the newest list of this book with --list, or say "
        "--without-list if there is none anywhere. Nothing was written.",
        "没有销毁清单{file}。此备份之后销毁的记录会因恢复而重现。请用 --list 指定本账本最新的清单；"
        "确无清单时请用 --without-list。未写入任何内容。"),
    "LIST_OLDER": (291, "The destruction list {file} is older than this backup. Give the newest "
        "one with --list, or say --without-list if there is none anywhere. Nothing was written.",
        "销毁清单{file}早于此备份。请用 --list 指定最新的清单；确无清单时请用 --without-list。"
        "未写入任何内容。"),
    "LIST_UNREADABLE": (292, "{file} is no destruction list that this installation has written, or "
        "it was changed. Nothing was done with it.",
        "{file}不是本系统写成的销毁清单，或已被改动，未作任何处理。"),
    "LIST_OF_ANOTHER": (293, "The destruction list {file} is of another book. Nothing was done "
        "with it.", "销毁清单{file}属于另一账本，未作任何处理。"),
    "LIST_PARTED": (294, "This book has destroyed records by itself since it was restored, so the "
        "list cannot be carried out in it any more. Destroy by hand what the list names.",
        "本账本恢复后已另行销毁记录，无法再按清单执行。请人工销毁清单所列记录。"),
    "LIST_UNKNOWN": (295, "The list beside this backup names {count} destructions that this book "
        "knows nothing of: it was restored from before them, and the records are back. Stop the "
        "server and run doorstep ledger destroy-again {file}.",
        "此备份旁的清单列有本账本未知的{count}次销毁：账本恢复自销毁之前的备份，记录已重现。"
        "请停止服务并运行 doorstep ledger destroy-again {file}。"),
    # 3xx acts at a desk
    "NOT_YOURS": (300, "You have no role for this here. Nothing was changed.",
        "您在此处没有相应的职责，未作任何更改。"),
    "NOT_FOUND": (301, "This does not exist, or is not yours to see.", "不存在，或您无权查看。"),
    "TOO_MANY_ROWS": (302, "A spreadsheet has room for {most} rows, and this list has more. Narrow "
        "it above, by day, device, kind or state, and take the parts one by one.",
        "电子表格最多容纳{most}行，此列表超出。请在上方按日期、终端、类别或状态筛选后分批导出。"),
    "TOO_MANY_BADGES": (303, "More than {most} people are on duty. Take the badges unit by unit, "
        "on the page of units.", "值守人员超过{most}人，请在单位页面按单位领取工作证。"),
    # 4xx the registry: rosters, places, staff
    "ID_MISSING": (400, "There is no identity number.", "没有证件号码。"),
    "ID_LENGTH": (401, "The identity number has too many or too few characters.",
        "证件号码位数不对。"),
    "ID_CHARACTERS": (402, "The identity number has characters that do not belong in it.",
        "证件号码含有不应有的字符。"),
    "ID_DATE": (403, "The date of birth in the identity number does not exist.",
        "证件号码中的出生日期不存在。"),
    "ID_CHECKSUM": (404, "The last character of the identity number does not fit the others.",
        "证件号码校验位不符。"),
    "ID_DESTROYED": (405, "The spreadsheet has lost digits of this number. Type it as text.",
        "表格已丢失该号码的部分数字，请以文本格式重新填写。"),
    "ID_TWICE": (406, "Another name in this file has the same identity number.",
        "本文件中另有姓名使用同一证件号码。"),
    "ID_TAKEN": (407, "Somebody else in the book has this identity number.",
        "底册中已有他人使用此证件号码。"),
    "NAME_MISSING": (408, "There is no name.", "没有姓名。"),
    "NAME_TOO_LONG": (409, "The name is too long.", "姓名过长。"),
    "DOOR_MISSING": (410, "There is no flat number.", "没有房号。"),
    "DOOR_DESTROYED": (411, "The spreadsheet has made a date of this flat number.",
        "表格已将房号变成日期，请以文本格式重新填写。"),
    "BUILDING_MISSING": (412, "There is no building, and the estate has several.",
        "没有楼栋，而小区不止一栋。"),
    "UNIT_MISSING": (413, "There is no unit, and the building has several.",
        "没有单元，而该楼不止一个单元。"),
    "PLACE_UNKNOWN": (414, "The book has no such place.", "底册中没有此处。"),
    "PHONE_DESTROYED": (415, "The spreadsheet has lost digits of this phone number.",
        "表格已丢失该电话号码的部分数字。"),
    "PHONE_UNREADABLE": (416, "This is no phone number.", "无法识别为电话号码。"),
    "DATE_UNREADABLE": (417, "This is no date.", "无法识别为日期。"),
    "PRESENCE_UNREADABLE": (418, "It is not clear whether the person lives here.",
        "无法判断是否在住。"),
    "TWO_DOORS": (419, "This person is listed as present behind two doors.",
        "此人在两处均列为在住。"),
    "PERSON_ELSEWHERE": (435, "This person is listed in a place where you have no role. Have them "
        "marked as moved out there first.",
        "此人已登记在您无权限的其他地点，请先由该处登记迁出。"),
    "FILE_EMPTY": (420, "The file is empty.", "文件为空。"),
    "FILE_TOO_LARGE": (421, "The file is too large. Send it in parts.", "文件过大，请分批上传。"),
    "FILE_INFLATES_TOO_LARGE": (422, "The file unpacks to something far too large.",
        "文件解压后过大。"),
    "FILE_TOO_MANY_ROWS": (423, "The file has too many rows. Send it in parts.",
        "文件行数过多，请分批上传。"),
    "FILE_PROTECTED": (424, "The file is protected by a password.", "文件有密码保护。"),
    "FILE_UNREADABLE": (425, "The file is damaged and cannot be read.", "文件已损坏，无法读取。"),
    "FILE_KIND_UNKNOWN": (426, "This kind of file cannot be read. Send .xlsx, .xls or .csv.",
        "无法读取此类文件，请上传 .xlsx、.xls 或 .csv。"),
    "FILE_ENCODING_UNKNOWN": (427, "The text of the file is in an unknown encoding.",
        "文件的文字编码无法识别。"),
    "HEADER_NOT_FOUND": (428, "No line names the columns: at least name, flat number and one more.",
        "找不到表头：至少应有姓名、房号及另一列。"),
    "ROSTER_OUTRUN": (429, "Somebody imported the same people just now. Send the file again.",
        "刚才有人导入了相同人员，请重新上传。"),
    "PLACE_NOT_ESTATE": (430, "A roster belongs to an estate or a building, not to {name}.",
        "底册应导入到小区或楼栋，而不是{name}。"),
    "PLACE_EXISTS": (431, "There is already a {name} here.", "此处已有{name}。"),
    "PLACE_MISPLACED": (432, "{name} cannot stand under such a place.", "{name}不能设在该处之下。"),
    "PLAN_IMPOSSIBLE": (433, "No estate can be built like that.", "楼栋数据不合理。"),
    "PLACE_AMBIGUOUS": (434, "Several places could be meant. Name one of them, or give its id.",
        "符合的地点不止一处，请写明名称或编号。"),
    "DOOR_UNKNOWN": (436, "No door here is called “{text}”. Say it as 12-803, or leave it empty.",
        "此处没有“{text}”这一房号。请按12-803的格式填写，或留空。"),
    "DOOR_NOT_ONE": (437, "{count} doors are called “{text}”. Say building, unit and flat, as "
        "12-1-803.",
        "有{count}处房号为“{text}”，请写明楼栋、单元和房号：12-1-803。"),
    "NOTHING_CHANGED": (438, "Nothing was filled in that differs from what is known.",
        "没有填写与现有信息不同的内容。"),
    "STANDING_MOMENT": (439, "It cannot begin ahead of us, nor end before now.",
        "开始时间不能晚于现在，结束时间不能早于现在。"),
    "ACCOUNT_TAKEN": (440, "The account {account} is taken.", "账号{account}已被使用。"),
    "ACCOUNT_MISSING": (441, "A password needs an account.", "设置密码须有账号。"),
    "PASSWORD_WEAK": (442, "The password is too short or too common. Use ten characters or more.",
        "密码过短或过于常见，请至少使用十个字符。"),
    "ROLE_UNKNOWN": (443, "There is no role called {role}.", "没有名为{role}的角色。"),
    "LAST_ADMINISTRATOR": (444, "Somebody must remain administrator.",
        "至少须保留一名系统管理员。"),
    # 445-452 lists of vaccinated people
    "TIME_MISSING": (445, "There is a day and no time. Hours are counted from it: give both.",
        "只有日期，没有时间。须从接种时刻起计算小时数，请填写日期和时间。"),
    "DATE_MISSING": (446, "There is a time and no day.", "只有时间，没有日期。"),
    "DOSES_NO_HEADER": (447, "No line names the columns: at least identity number and time of "
        "vaccination.", "找不到表头：至少应有证件号码和接种时间两列。"),
    "DOSE_PERSON_UNKNOWN": (448, "On the roster, as far as it is yours to see, this number belongs "
        "to nobody, or to more than one.", "在您可查看的底册中，没有人或不止一人使用此证件号码。"),
    "DOSE_NAME_DIFFERS": (449, "The roster has another name for this number.",
        "底册中此证件号码对应的姓名不同。"),
    "DOSE_AHEAD": (451, "This time lies ahead of us.", "接种时间晚于现在。"),
    "DOSE_TWICE": (452, "Another row says another time on the same day for this person.",
        "另有一行为此人填写了同一天的不同时间。"),
    # 50x rounds
    "SHIFTS_NO_HEADER": (454, "No line names the columns: people by name; cover by place, shift "
        "and number; shifts by name, start and hours.",
        "找不到表头：人员需有姓名；需求需有地点、班次、人数；班次需有名称、开始和小时数。"),
    "SHIFT_BOOK_INCOMPLETE": (455, "The workbook needs people, cover and shifts, a sheet each; of "
        "one of them no row could be taken.",
        "工作簿须有人员、需求、班次三张表，其中一张没有可用的行。"),
    "SHIFT_MISSING": (456, "There is no shift.", "没有班次。"),
    "PLACE_MISSING": (457, "There is no place.", "没有地点。"),
    "SHIFT_UNKNOWN": (458, "No row of the shifts has this name.", "班次表中没有此名称。"),
    "PLACE_NOT_COVERED": (459, "No row of the cover has this place.", "需求表中没有此地点。"),
    "DAY_OUTSIDE": (460, "This day lies outside the plan.", "该日超出排班天数。"),
    "DAYS_UNREADABLE": (461, "Days are numbers from 1, such as 3, 5-7.",
        "日期应为从1开始的序号，如3、5-7。"),
    "NUMBER_UNREADABLE": (462, "This is no number that can be.", "此处数字无效。"),
    "CLOCK_UNREADABLE": (463, "The time cannot be read; write it as 07:30.",
        "时间无法识别，请写作07:30。"),
    "ROW_TWICE": (464, "Another row says this already.", "已有另一行填写此项。"),
    "DUTY_UNKNOWN": (465, "Nobody on duty whom you may plan is called so.",
        "您可安排的值守人员中没有此人。"),
    "DUTY_AMBIGUOUS": (466, "Several on duty are called so; give the account.",
        "有多名同名值守人员，请填写账号。"),
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
    "ROUND_NOBODY": (509, "Nobody is present here, so there is nobody to list. Import the roster, "
        "or open the round where people live.",
        "此处无人在住，没有可列入名单的人。请先导入底册，或在有人居住的地方开启轮次。"),
    "ROUND_UNLISTED": (510, "{count} people are present who are on no list of this round. Put them "
        "on the list, or say why the round ends without them.",
        "有{count}名在住人员不在该轮次名单上。请将其列入名单，或说明为何不等他们就结束。"),
    "ROUND_MARKED": (511, "Something is noted in this round already. It can be closed, but not be "
        "withdrawn.", "该轮次已有记录，只能关闭，不能撤回。"),
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
    "EVIDENCE_MISSING": (615, "An order needs evidence: choose one to twenty entries.",
        "管控措施须有依据，请选择1至20条记录。"),
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
    "ORDER_RENEWED_EARLY": (626, "An order is renewed in the last {days} days before its end, not "
        "earlier.", "管控措施只能在期满前{days}天内续期，不得提前。"),
    "EVIDENCE_NOT_NEW": (627, "A renewal needs evidence recorded since the order was last put on "
        "record.", "续期须有新的依据：至少一条须为上次登记之后的记录。"),
    "PACK_UNREADABLE": (628, "This is no rule pack: {why}.", "这不是规则包：{why}。"),
    "PACK_KEY_USED": (629, "Another pack has the key {pack} and version {version}. Give yours "
        "another key, or the next version.",
        "已有编号为{pack}、版本为{version}的规则包，请另用编号或改为下一版本。"),
    # 70x sampling, what the rules say of a line
    "TUBE_OVERFULL": (700, "More people are in this tube than it may hold. All are kept. Check the "
        "tube and take back who is not in it.",
        "该管人数超过混采上限，记录全部保留。请核对采样管，撤回误绑人员。"),
    "TUBE_CLOSED": (701, "This swab was bound after the tube was closed. It counts. Check that the "
        "tube was not full.", "封管之后又绑定了人员，记录有效。请核对该管是否已满。"),
    "TUBE_REUSED": (702, "Two rounds or two tables claim this tube. Nobody in it counts until the "
        "duty officer says whose it is.",
        "两个轮次或两个采样台使用了同一支采样管。在值班员核定归属之前，管内人员均不计。"),
    "PERSON_UNKNOWN": (703, "This person is on no roster. Add the person, or take the swab back "
        "and bind the right one.", "名册中没有此人。请补录人员，或撤回后绑定正确的人员。"),
    "PERSON_TWICE": (704, "This person is in two tubes of one round. Neither counts until the duty "
        "officer says which one stands.",
        "同一人在同一轮次出现在两支采样管中。在值班员核定之前均不计。"),
    "WRONG_ROUND": (705, "This person does not belong to this round. The swab is kept. Check the "
        "round on the device.", "此人不属于该轮次，样本已保留。请核对设备上选择的轮次。"),
    "BOX_UNBALANCED": (706, "Count or seal of this box does not agree with what went into it. "
        "Count the tubes again and compare the lists.",
        "转运箱的数量或封签与装箱记录不符。请重新清点并核对清单。"),
    "RESULT_WITHOUT_TUBE": (707, "This result is for a tube that nobody was sampled into or that "
        "was never shipped. It acts on nobody. Ask the laboratory, or wait for late lines.",
        "该结果对应的采样管没有采样人员或未装箱，不对任何人生效。请询问实验室，或等待迟到的记录。"),
    "RESULT_CONTRADICTS": (708, "Results or refusals for this tube or person exclude each other. "
        "None acts until the duty officer says which one stands.",
        "同一采样管或同一人的结果（或拒收）互相矛盾。在值班员核定之前均不生效。"),
    "SAMPLED_AFTER_TEST": (709, "This swab was taken after its tube was tested, so the result is "
        "not this person's. It does not count until the duty officer says that only the clock was "
        "wrong; else sample the person again.",
        "采样时间晚于该管检测时间，结果不属于此人。在值班员核定仅为设备时钟有误之前不计，否则请重新采样。"),
    "TUBES_WITHOUT_RESULT": (710, "Tubes that hold a swab and have no final result: {count}. "
        "Wait for the laboratory, or let it refuse them.",
        "{count}支有样本的采样管没有最终结果。请等待实验室报告或拒收。"),
    "LINES_HELD": (711, "{count} lines are held. Settle them first.",
        "{count}条记录待核，请先核定。"),
    "BOXES_NOT_RECEIVED": (712, "Boxes sealed that no laboratory has received: {count} ({boxes}). "
        "Let the laboratory receive or refuse them.",
        "已封箱但没有实验室接收的转运箱：{count}个（{boxes}）。请由实验室接收或拒收。"),
    "PREFIX_MISSING": (713, "Say the first letters of the codes: 1 to 6 letters or digits that no "
        "other place uses.", "请填写编码开头：1至6位字母或数字，且其他地方未使用。"),
    "FILE_NOT_CSV": (714, "This is an Excel workbook. Save it as CSV and send that.",
        "这是Excel工作簿。请另存为CSV后再发送。"),
    "TUBE_OF_ONE_ROUND": (715, "Swabs of two rounds cannot both stand in one tube. Choose the "
        "round that it belongs to.",
        "同一支采样管中不能同时保留两个轮次的样本，请选定其所属轮次。"),
    "LINE_HELD": (716, "This line is held with others that exclude it. Settle them together on "
        "the review list.", "此记录与其他记录相互矛盾，已列入待核定清单，请一并核定。"),
    # 72x-73x sampling, at a desk
    "CODE_UNREADABLE": (720, "“{text}” is no code: 4 to 20 letters and digits.",
        "“{text}”不是有效编码：应为4至20位字母和数字。"),
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
    "TUBE_COUNT_DIFFERS": (726, "Counted in tube {tube}: {counted}. Recorded in it: {count}.",
        "采样管{tube}清点为{counted}支拭子，系统记录为{count}人。"),
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
    "LABORATORY_NOT_YOURS": (766, "What a laboratory reports, receives or refuses is said by its "
        "own staff or by the duty officer. You do not serve in this laboratory.",
        "实验室的结果、接收和拒收须由本实验室人员或值班员填报，您不属于该实验室。"),
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
    "PERSON_EXCLUDED": (788, "This person is excused from sampling at this time, as within the "
        "hours after a vaccination.", "该人员此时免予采样（如接种疫苗后规定时限内）。"),
    "NO_TUBE_OPEN": (784, "No tube is open. Scan a tube first; who was found is kept below.",
        "尚未开管。请先扫采样管；找到的人员已保留在下方。"),
    "TOO_MANY_LABELS": (786, "At most {most} labels at once. Issue shorter runs.",
        "一次最多打印{most}张标签，请分段发放。"),
    "LABEL_TOO_NARROW": (787, "The code {tube} does not fit this sticker. Choose a larger one.",
        "编码{tube}放不下此标签，请选更大的标签。"),
    "COUNT_MISSING": (785, "Count, and type the number.", "请清点并填写数量。"),
    # 80x the command post
    "FILE_NOT_CHOSEN": (800, "Choose an estate and a file.", "请选择小区和文件。"),
    "UPLOAD_GONE": (801, "This file is no longer kept here. Send it again.",
        "该文件已不再保存，请重新上传。"),
    "UPLOAD_NOT_READY": (802, "This file is not ready to be taken, or has been taken already.",
        "该文件尚未就绪，或已导入。"),
    "NOT_YOURSELF": (803, "Nobody takes themselves off duty. Ask another administrator.",
        "不能将自己停用，请联系其他系统管理员。"),
    "REVOKING_UNSAID": (804, "Say why the device is revoked: it stands in the book.",
        "请选择停用终端的原因：该原因将记入账本。"),
    "PLAN_ACCEPTED": (805, "This plan is accepted already.", "该测算已被采用。"),
    "PLAN_NOT_ACCEPTED": (806, "This plan is not accepted, so there is nothing to withdraw.",
        "该测算未被采用，无需撤回。"),
    "PLAN_WRONG": (807, "This cannot be planned: {why}", "无法测算：{why}"),
    # 81x the end of an operation
    "CLOSING_NOT_ASKED": (810, "Nobody has asked for this, it has been done, or the asking is "
        "more than 7 days old.", "无人申请，或已执行，或申请已超过7天。"),
    "CLOSING_DAY": (811, "Choose today, or one of the 7 days after it.",
        "请选择今天或此后7天内的日期。"),
    "CLOSING_NOT_TODAY": (812, "The operation ends on {day}. Confirm it on that day; for another "
        "day ask anew.", "处置于{day}结束，请于当日确认；改期须重新申请。"),
    "CLOSING_HELD": (813, "{count} orders are held. Settle them first.",
        "有{count}项管控措施待核定，请先处理。"),
    "CLOSING_PAPER": (814, "Give the number of the document by which {authority} lifts its "
        "orders.", "请填写{authority}解除管控措施的文号。"),
    "CLOSING_UNSAID": (815, "Of {count} things that are not finished nobody has said why: orders "
        "whose conditions are not met, open rounds, devices that have not sent all they wrote. "
        "Finish them, or say why and ask anew.",
        "有{count}项未了事项未说明原因：解除条件未满足的管控措施、未结束的轮次、未传完的终端。"
        "请先办结，或说明原因后重新申请。"),
    # 82x the civic programme
    "TEXT_NAMES_SOMEBODY": (820, "This text has a phone or document number in it. What is said of "
        "a project is told to everybody: leave it out.",
        "文字中含有电话或证件号码。项目内容对外公开，请删去。"),
    "TITLE_MISSING": (821, "Give the project a title in Chinese.", "请填写项目名称。"),
    "CATEGORY_UNKNOWN": (822, "There is no such category.", "没有这个类别。"),
    "LEVEL_UNKNOWN": (823, "A project is the subdistrict's or a community's.",
        "层级应为街道或社区。"),
    "PROJECT_PLACE_UNKNOWN": (824, "There is no such place.", "没有这个地点。"),
    "UNIT_UNKNOWN": (825, "There is no such unit.", "没有这个单位。"),
    "LEADER_UNKNOWN": (826, "Nobody on duty has this account.", "没有使用该账号的工作人员。"),
    "DAY_WRONG": (827, "This is no day. Write it as 2021-06-21.",
        "日期无法识别，请写成2021-06-21。"),
    "DEADLINE_BEFORE_START": (828, "The deadline is before the start.", "完成期限早于开始日期。"),
    "MILESTONES_WRONG": (829, "Give each milestone on a line of its own, its day first: "
        "2021-09-30 Opened.", "每个节点写一行，日期在前：2021-09-30 投入使用。"),
    "BUDGET_WRONG": (830, "The budget is a number of yuan.", "预算应为数字（元）。"),
    "STATE_UNKNOWN": (831, "Choose how the project stands.", "请选择项目状态。"),
    "REASON_NEEDED": (832, "Say why it is delayed or dropped.", "请说明延期或取消的原因。"),
    "PROJECT_IS_CLOSED": (833, "This project is closed. Open it again first.",
        "该项目已销号，请先恢复。"),
    "NOT_FINISHED": (834, "Only what is in use or done can be closed. Report that first.",
        "只有已投入使用或已完成的项目才能销号，请先报告。"),
    "PROOF_MISSING": (835, "Closing needs evidence: a photo of afterwards, or a milestone with "
        "its photo or document.", "销号须有佐证：完成后的照片，或附照片、文件的节点。"),
    "CLOSING_WAITS": (836, "It is asked for already and waits for a second person.",
        "已提交销号申请，等待第二人核定。"),
    "NOT_THE_SECOND": (837, "Whoever asks for a closing, and whoever leads the project, does not "
        "confirm it. Ask somebody else.", "申请人和项目负责人不能核定，请由他人核定。"),
    "CLOSING_IS_NOT_ASKED": (838, "Nobody asks for this closing any more.", "该销号申请已不存在。"),
    "PICTURE_UNREADABLE": (839, "This is no picture that can be read (JPEG, PNG or WebP).",
        "无法识别为图片（JPEG、PNG或WebP）。"),
    "PICTURE_TOO_LARGE": (840, "This file is too large: at most {most} MB.",
        "文件过大，最多{most}MB。"),
    "EVIDENCE_UNREADABLE": (841, "Evidence is a picture (JPEG, PNG, WebP) or a PDF.",
        "佐证应为图片（JPEG、PNG、WebP）或PDF。"),
    "WORDS_MISSING": (842, "Say it in words.", "请填写内容。"),
    "VOICE_IS_SETTLED": (843, "This is answered, adopted or merged already.",
        "该诉求已答复、立项或合并。"),
    "HOUSEHOLD_CODE_UNKNOWN": (844, "This household code is not known. Type it as it stands on the "
        "paper.", "住户码不存在，请按纸上所印输入。"),
    "SURVEY_ANSWERED": (845, "Your household has answered this month already. Thank you.",
        "您家本月已作答，谢谢。"),
    "SURVEY_INCOMPLETE": (846, "Answer all three questions.", "请回答全部三个问题。"),
    "TOO_MANY_TRIES": (847, "Too many wrong codes. Try again in some minutes.",
        "错误次数过多，请几分钟后再试。"),
    "CODE_TWICE": (848, "This number stands on another row as well.", "该编号与另一行重复。"),
    "PROJECT_CODE_WRONG": (849, "A number has 4 to 20 capital letters and digits.",
        "编号由4至20个大写字母或数字组成。"),
    "PROGRAMME_NO_HEADER": (850, "No line names the columns: number, title, category, level, "
        "place, unit, leader, start, deadline, milestones.",
        "未找到表头：编号、项目名称、类别、层级、地点、责任单位、负责人、开始、期限、节点。"),
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
