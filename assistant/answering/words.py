"""What is said around the quotes, in Chinese and in English. Quotes and addresses stay Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": {
            "expired": "注意：{name}的有效期至{day}，到{today}已经届满。",
            "not_yet": "注意：{name}自{day}起施行，到{today}尚未施行。",
            "unsure": "不确定下面的条款回答了这个问题，请核对原文。",
            "outside": "所选的范围不包括{places}，未查其文件。",
            "not_held": "文件库中没有{places}的政策。",
            "understood": "按这个问题回答：{question}",
            "filter": "没有文件符合所选的范围（{filters}），无法回答。",
            "place": "文件库中没有{places}的政策，无法回答。库中有：{held}。",
            "topic": "文件库中没有找到能回答这个问题的条款。",
            "missing": "这些词在库中没有出现：{words}。",
            "nearest": "最接近的条款：",
            "not_mentioned": "未提及",
            "care": "以上为政策原文摘录，不构成法律意见；办理前请以发文机关的解释为准。",
        },
        "en": {
            "expired": "Note: {name} was valid until {day}; as of {today} it has run out.",
            "not_yet": "Note: {name} takes effect on {day}; as of {today} it is not yet in force.",
            "unsure": "It is not sure that these clauses answer the question; please check.",
            "outside": "The chosen limits leave out {places}, whose texts were not searched.",
            "not_held": "The library holds no policy of {places}.",
            "understood": "Answered as: {question}",
            "filter": "No document matches the chosen limits ({filters}), so there is no answer.",
            "place": "The library holds no policy of {places}, so there is no answer. "
            "It holds: {held}.",
            "topic": "The library holds no clause that answers this question.",
            "missing": "These words occur nowhere in the library: {words}.",
            "nearest": "The nearest clauses:",
            "not_mentioned": "not mentioned",
            "care": "Excerpts from the policies as printed, no legal advice; the issuing body's "
            "interpretation prevails.",
        },
    }
)
