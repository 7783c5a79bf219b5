"""Text as it is compared, shown and cut into sentences."""

from __future__ import annotations

import pytest

from assistant.text import sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("给予补贴。  最高10万元；\n其他。", ["给予补贴。", "最高10万元；", "其他。"]),
        ("**支持上规模。** 奖励10万元。", ["支持上规模。", "奖励10万元。"]),
        ("- （一）补贴20万元；\n* 补贴50万元。", ["（一）补贴20万元；", "补贴50万元。"]),
        ("> 责任单位：县商务局", ["责任单位：县商务局"]),
        ("| 1000平方米 | 10万元 |\n|---|---|", ["1000平方米 | 10万元"]),
        ("对**企业**给予补贴。-5℃以下。", ["对**企业**给予补贴。", "-5℃以下。"]),
        (" \n** \n。", []),
    ],
)
def test_sentences_begin_and_end_with_words(text: str, found: list[str]) -> None:
    """Without white space and the marks that Markdown puts before an item, a quotation, a cell and
    words in bold; marks within a sentence stay, as what is quoted is a slice of the text."""
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == found
