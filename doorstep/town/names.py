"""Names for invented people, with their spelling in Latin letters. Pure data and drawing from it.

The shares are our own and no census. Refuses (by leaving out) the surnames of everybody the source
names, so that no invented person can bear the name of a real one in it.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate

_SURNAMES = """
陈 Chen 96|黄 Huang 72|李 Li 70|梁 Liang 66|林 Lin 40|张 Zhang 40|吴 Wu 36|罗 Luo 32|何 He 40
刘 Liu 36|杨 Yang 24|王 Wang 26|周 Zhou 26|冯 Feng 28|叶 Ye 22|郑 Zheng 20|谭 Tan 22|潘 Pan 20
关 Guan 22|陆 Lu 16|苏 Su 18|蔡 Cai 16|邓 Deng 24|区 Ou 18|霍 Huo 14|简 Jian 8|崔 Cui 8|孔 Kong 14
朱 Zhu 14|徐 Xu 12|赵 Zhao 12|孙 Sun 8|胡 Hu 10|郭 Guo 14|高 Gao 8|马 Ma 6|许 Xu 12|彭 Peng 10
谢 Xie 14|唐 Tang 10|卢 Lu 12|钟 Zhong 12|廖 Liao 10|江 Jiang 8|余 Yu 8|方 Fang 8|温 Wen 6|庞 Pang 8
欧阳 Ouyang 3|招 Zhao 4|老 Lao 2|劳 Lao 3|容 Rong 3|植 Zhi 2|邝 Kuang 5|岑 Cen 4|甘 Gan 4|白 Bai 2
韦 Wei 5|覃 Qin 4|莫 Mo 5|龙 Long 3|石 Shi 3|姚 Yao 4|范 Fan 4|熊 Xiong 3|袁 Yuan 5|董 Dong 3
"""
_OLD_MEN = """
志 Zhi|国 Guo|建 Jian|华 Hua|荣 Rong|强 Qiang|明 Ming|伟 Wei|德 De|永 Yong|炳 Bing|锦 Jin|兆 Zhao
汉 Han|坤 Kun|添 Tian|洪 Hong|成 Cheng|根 Gen|祥 Xiang|旺 Wang|培 Pei|金 Jin|水 Shui|焕 Huan|森 Sen
"""
_OLD_WOMEN = """
秀 Xiu|丽 Li|玉 Yu|芳 Fang|英 Ying|珍 Zhen|兰 Lan|群 Qun|惠 Hui|燕 Yan|凤 Feng|美 Mei|桂 Gui
琼 Qiong|月 Yue|娥 E|妹 Mei|彩 Cai|银 Yin|莲 Lian|爱 Ai|琴 Qin|素 Su|笑 Xiao|少 Shao|细 Xi
"""
_YOUNG_MEN = """
俊 Jun|浩 Hao|宇 Yu|轩 Xuan|梓 Zi|晨 Chen|泽 Ze|嘉 Jia|杰 Jie|文 Wen|睿 Rui|子 Zi|皓 Hao|铭 Ming
天 Tian|乐 Le|宏 Hong|熙 Xi|霖 Lin|然 Ran|毅 Yi|航 Hang|健 Jian|峰 Feng|钧 Jun|朗 Lang
"""
_YOUNG_WOMEN = """
欣 Xin|怡 Yi|诗 Shi|琪 Qi|婷 Ting|雅 Ya|晴 Qing|雨 Yu|思 Si|颖 Ying|静 Jing|梦 Meng|可 Ke|彤 Tong
敏 Min|嘉 Jia|慧 Hui|蕾 Lei|曼 Man|霏 Fei|妍 Yan|洁 Jie|瑶 Yao|心 Xin|乐 Le|晓 Xiao
"""
_FOREIGN_GIVEN = (
    "Amara", "Jonas", "Mirela", "Tomasz", "Aiko", "Rafael", "Ingrid", "Samir", "Noor", "Lucia",
    "Viktor", "Hana",
)  # fmt: skip
_FOREIGN_FAMILY = (
    "Vellimar", "Ostergren", "Katorin", "Ndaruwe", "Belmonti", "Haskovar", "Tirumala", "Okonjet",
)  # fmt: skip
YOUNG_SINCE = 1985  # year of birth from which the newer names are drawn


def _pairs(text: str) -> list[list[str]]:
    return [pair.split() for line in text.split("\n") for pair in line.split("|") if pair.strip()]


_LATIN: dict[str, str] = {}
for _text in (_OLD_MEN, _OLD_WOMEN, _YOUNG_MEN, _YOUNG_WOMEN):
    _LATIN.update(dict(_pairs(_text)))
_FAMILY = {name: latin for name, latin, _ in _pairs(_SURNAMES)}
_WEIGHTS = list(accumulate(int(weight) for _, _, weight in _pairs(_SURNAMES)))
SURNAMES = tuple(_FAMILY)


def _given(*texts: str) -> list[str]:
    signs = [sign for text in texts for sign, _ in _pairs(text)]
    pairs = [a + b for a in signs for b in signs if a != b]
    return pairs + signs * (len(pairs) // (6 * len(signs)))  # one in seven has a single sign


_GIVEN = {
    ("male", False): _given(_OLD_MEN),
    ("female", False): _given(_OLD_WOMEN),
    ("male", True): _given(_YOUNG_MEN),
    ("female", True): _given(_YOUNG_WOMEN),
}


def draw_surnames(rng: random.Random, count: int) -> Iterator[str]:
    """`count` surnames, common ones more often."""
    return iter(rng.choices(SURNAMES, cum_weights=_WEIGHTS, k=count))


def given_names(sex: str, young: bool) -> Sequence[str]:
    """All given names of one sex and age; each is as likely as any other."""
    return _GIVEN[sex, young]


def draw_foreign(rng: random.Random) -> str:
    """A name in Latin letters that belongs to no country."""
    return f"{rng.choice(_FOREIGN_GIVEN)} {rng.choice(_FOREIGN_FAMILY)}"


def latin_of(name: str) -> str:
    """The name in Latin letters, surname first: 陈欣怡 → Chen Xinyi. Other names unchanged."""
    for length in (2, 1):
        family, given = name[:length], name[length:]
        if family in _FAMILY and given and all(sign in _LATIN for sign in given):
            spelt = "".join(_LATIN[sign].lower() for sign in given)
            return f"{_FAMILY[family]} {spelt.capitalize()}"
    return name
