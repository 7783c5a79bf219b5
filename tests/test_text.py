"""Text as it is compared, shown and cut into sentences."""

from __future__ import annotations

import pytest

from assistant.text import sentences, without_bold


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("给予补贴。  最高10万元；\n其他。", ["给予补贴。", "最高10万元；", "其他。"]),
        ("**支持上规模。** 奖励10万元。", ["支持上规模。", "奖励10万元。"]),
        ("- （一）补贴20万元；\n* 补贴50万元。", ["（一）补贴20万元；", "补贴50万元。"]),
        ("> 责任单位：县商务局", ["责任单位：县商务局"]),
        ("| 1000平方米 | 10万元 |\n|---|---|", ["1000平方米 | 10万元"]),
        ("**奖励10万元**", ["奖励10万元"]),
        ("- **标签**：对象；**奖励**。", ["**标签**：对象；", "**奖励**。"]),
        ("对**企业**给予补贴。-5℃以下。", ["对**企业**给予补贴。", "-5℃以下。"]),
        (" \n** \n。", []),
    ],
)
def test_sentences_begin_and_end_with_words(text: str, found: list[str]) -> None:
    """Without white space and the marks that Markdown puts before an item, a quotation, a cell and
    words in bold; marks within a sentence stay, as what is quoted is a slice of the text."""
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == found


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("**一、主体培育**", "一、主体培育"),
        ("一、主体培育**", "一、主体培育"),
        ("1. **支持上规模", "1.支持上规模"),
        ("支持**海外仓**建设", "支持海外仓建设"),
        ("20**年度 申报表__年__月", "20**年度 申报表__年__月"),
    ],
)
def test_headings_are_without_the_marks_of_bold(line: str, bare: str) -> None:
    """Pairs, and the half of one at an end or behind a number; blanks to be filled in stay."""
    assert without_bold(line) == bare
