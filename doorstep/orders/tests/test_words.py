"""Document numbers fit; sentences, names, identity numbers and phones do not."""

import pytest

from doorstep.orders import words


@pytest.mark.parametrize(
    "text",
    [
        "南防指示例〔2021〕31号",
        "南防指（2021）第31号",
        "粤卫[2021]7号",
        "第15号通告",
        "第十五号通告",
        "南海区第13号",
        "2021-31",
        "NF-2021-31",
        "LAB.21.0617",
    ],
)
def test_a_document_number_is_taken(text: str) -> None:
    assert words.is_document(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "张三",
        "张三的诉求",
        "张三欠款不还要求赔偿",
        "he complained about the bank",
        "440605199001011234",
        "13800138000",
        "ID-440605199001011234",
        "第15号通告 张三",
        "第15号通告，张三",
        "南防指〔2021〕31号\n",
        "南" * 30 + "〔2021〕31号",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    assert not words.is_document(text)
