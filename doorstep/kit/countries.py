"""Countries as a passport or a roster names them: ISO 3166 alpha-3 codes with the words for them.

Refuses to guess: a name it does not know has no code. ICAO Doc 9303 adds a few codes of its own.
"""

import re
import unicodedata
from typing import Final

_WORDS: Final = """
AFG 阿富汗 afghanistan|ARE 阿联酋 uae|ARG 阿根廷 argentina|AUS 澳大利亚 australia|AUT 奥地利 austria
BEL 比利时 belgium|BGD 孟加拉国 bangladesh|BRA 巴西 brazil|CAN 加拿大 canada|CHE 瑞士 switzerland
CHL 智利 chile|CHN 中国 china|CIV 科特迪瓦 ivorycoast|CMR 喀麦隆 cameroon|COD 刚果金 congo
COG 刚果布|COL 哥伦比亚 colombia|CUB 古巴 cuba|CZE 捷克 czechia|D 德国 germany|DNK 丹麦 denmark
DZA 阿尔及利亚 algeria|EGY 埃及 egypt|ESP 西班牙 spain|ETH 埃塞俄比亚 ethiopia|FIN 芬兰 finland
FRA 法国 france|GBR 英国 britain unitedkingdom|GHA 加纳 ghana|GIN 几内亚 guinea|GRC 希腊 greece
HUN 匈牙利 hungary|IDN 印度尼西亚 印尼 indonesia|IND 印度 india|IRL 爱尔兰 ireland|IRN 伊朗 iran
IRQ 伊拉克 iraq|ISR 以色列 israel|ITA 意大利 italy|JOR 约旦 jordan|JPN 日本 japan
KAZ 哈萨克斯坦 kazakhstan|KEN 肯尼亚 kenya|KHM 柬埔寨 cambodia|KOR 韩国 korea southkorea
KWT 科威特 kuwait|LAO 老挝 laos|LBN 黎巴嫩 lebanon|LKA 斯里兰卡 srilanka|MAR 摩洛哥 morocco
MDG 马达加斯加 madagascar|MEX 墨西哥 mexico|MLI 马里 mali|MMR 缅甸 myanmar|MNG 蒙古 mongolia
MYS 马来西亚 malaysia|NGA 尼日利亚 nigeria|NLD 荷兰 netherlands|NOR 挪威 norway|NPL 尼泊尔 nepal
NZL 新西兰 newzealand|PAK 巴基斯坦 pakistan|PER 秘鲁 peru|PHL 菲律宾 philippines|POL 波兰 poland
PRK 朝鲜 northkorea|PRT 葡萄牙 portugal|QAT 卡塔尔 qatar|ROU 罗马尼亚 romania|RUS 俄罗斯 russia
SAU 沙特阿拉伯 saudiarabia|SDN 苏丹 sudan|SEN 塞内加尔 senegal|SGP 新加坡 singapore
SRB 塞尔维亚 serbia|SWE 瑞典 sweden|SYR 叙利亚 syria|THA 泰国 thailand|TUN 突尼斯 tunisia
TUR 土耳其 turkey|TZA 坦桑尼亚 tanzania|UGA 乌干达 uganda|UKR 乌克兰 ukraine|USA 美国 america
UTO 乌托邦 utopia|UZB 乌兹别克斯坦 uzbekistan|VEN 委内瑞拉 venezuela|VNM 越南 vietnam|YEM 也门 yemen
ZAF 南非 southafrica|ZMB 赞比亚 zambia|ZWE 津巴布韦 zimbabwe|HKG 香港 hongkong|MAC 澳门 macau macao
TWN 台湾 taiwan|UNO 联合国 unitednations|XXA 无国籍 stateless
"""
_BY_WORD: Final = {
    word: line.split()[0]
    for line in re.split(r"[|\n]", _WORDS)
    if line
    for word in line.split()[1:]
}
# Germany's passports say D; its ISO code is DEU
_CODES_SEEN: Final = {code: code for code in _BY_WORD.values()} | {"DEU": "D"}
_ASIDE: Final = re.compile(r"护照|国籍|passport|[()\-_.,/:;]+")
CODES: Final = tuple(sorted(set(_BY_WORD.values())))


def find(text: str) -> str:
    """The code of the country named in `text`, in Chinese, English or as a code; "" for none.
    The word passport may stand beside it.
    """
    if not text:
        return ""
    plain = _ASIDE.sub(" ", unicodedata.normalize("NFKC", text).lower())
    joined = "".join(plain.split())
    if code := _BY_WORD.get(joined):
        return code
    return _CODES_SEEN.get(joined.upper(), "") if len(joined) == 3 else ""
