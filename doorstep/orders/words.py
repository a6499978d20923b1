"""What may stand in a line of an order besides ids, days and moments: no free text, ever.

A document number has one of the forms offices use; no sentence, name or identity number has one.
"""

import re
from typing import Annotated

import msgspec

_HAN = "一-鿿"
_COUNTED = "0-9０-９一二三四五六七八九十百零〇"
# 南防指示例〔2021〕31号 · 第15号通告 · 2021-31 · NF-2021-31. At most six digits stand together, so
# that no identity number or phone fits.
DOCUMENT_PATTERN = (
    rf"^(?:[{_HAN}]{{1,16}}[〔\[（(［][0-9]{{4}}[〕\]）)］]第?[0-9]{{1,6}}号"
    rf"|[{_HAN}]{{0,8}}第[{_COUNTED}]{{1,6}}号[{_HAN}]{{0,4}}"
    r"|[0-9]{4}[-/][0-9]{1,6}"
    r"|[A-Z]{1,8}(?:[-./][0-9A-Z]{1,6}){1,4})\Z"
)
AUTHORITY_PATTERN = r"^[0-9A-Z]{2,12}\Z"  # the pack says which of these may decide

Document = Annotated[str, msgspec.Meta(pattern=DOCUMENT_PATTERN, max_length=40)]
Authority = Annotated[str, msgspec.Meta(pattern=AUTHORITY_PATTERN)]
PackKey = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,23}\Z")]


def is_document(text: str) -> bool:
    """Whether this is written as a document number is."""
    return len(text) <= 40 and re.match(DOCUMENT_PATTERN, text) is not None


def is_authority(text: str) -> bool:
    """Whether this is written as an authority's code is."""
    return re.match(AUTHORITY_PATTERN, text) is not None
