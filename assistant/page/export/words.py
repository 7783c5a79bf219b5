"""What an export says around the answers, in Chinese and in English.

What answers themselves say (:data:`assistant.answering.words.WORDS`) is not said twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXPORT: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": {
            "title": "政策问答记录",
            "day": "导出日期：{day}",
            "turn": "问题 {turn}：{question}",
            "asked": "问题：{question}",
            "who": "责任单位：{bodies}",
            "between": "、",
            "place": "地区",
            "says": "原文",
            "where": "出处",
            "cited": "引用的条款全文",
            "document": "文件：{name}",
            "region": "地区：{region}",
            "valid": "有效期：{said}",
            "from": "自 {day} 起施行",
            "to": "至 {day}",
            "then": "，",
            "not_yet": "（到 {today} 尚未施行）",
            "expired": "（到 {today} 已届满）",
            "unknown": "文件未写明",
            "source": "来源：{source}",
            "page": "第 {page} 页",
            "path": "上级标题：{path}",
            "footer": "第 {page} 页，共 {pages} 页",
        },
        "en": {
            "title": "Policy questions and answers",
            "day": "Exported on {day}",
            "turn": "Question {turn} – {question}",
            "asked": "Question: {question}",
            "who": "Responsible: {bodies}",
            "between": ", ",
            "place": "Place",
            "says": "What the text says",
            "where": "Where",
            "cited": "The cited clauses in full",
            "document": "Document: {name}",
            "region": "Place: {region}",
            "valid": "Validity: {said}",
            "from": "in force since {day}",
            "to": "until {day}",
            "then": ", ",
            "not_yet": " (not yet in force on {today})",
            "expired": " (run out on {today})",
            "unknown": "the document does not say",
            "source": "Source: {source}",
            "page": "page {page}",
            "path": "Under: {path}",
            "footer": "Page {page} of {pages}",
        },
    }
)
