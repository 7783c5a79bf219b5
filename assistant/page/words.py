"""The page's own words, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PAGE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": {
            "title": "政策问答",
            "subtitle": "{documents} 篇政策 · {clauses} 条 · 回答均为原文",
            "language": "English",
            "ask": "用自己的话提问，例如：杭州对自建独立站有什么补贴？",
            "ask_label": "问题",
            "send": "提问",
            "chat": "对话",
            "welcome": "问一个政策问题，得到逐字引用的条款和出处。",
            "cited": "引用的条款",
            "nearest": "最接近的条款",
            "empty": "提问后，这里显示引用的条款；点击出处可在文件全文中查看。",
            "closest": "与问题最接近的一句",
            "open": "在文件中查看",
            "back": "返回引用的条款",
            "close": "关闭",
            "valid_to": "有效期至 {day}",
            "expired": "已到期（{day}）",
            "from": "自 {day} 起施行",
            "page": "第 {page} 页",
            "table_place": "地区",
            "table_says": "原文",
            "not_mentioned": "未提及",
            "understood": "按这个问题回答：{question}",
            "care": "以上为政策原文摘录，不构成法律意见；办理前请以发文机关的解释为准。",
            "empty_question": "请输入问题。",
            "long_question": "问题太长（{count} 字），请缩短到 {limit} 字以内。",
            "failed": "这次没有答成：{message}",
            "example": "{place}“{heading}”是怎么规定的？",
        },
        "en": {
            "title": "Policy Q&A",
            "subtitle": "{documents} documents · {clauses} clauses · every answer is a quotation",
            "language": "中文",
            "ask": "Ask in your own words (the texts are Chinese)",
            "ask_label": "Question",
            "send": "Ask",
            "chat": "Conversation",
            "welcome": "Ask about a policy and get the clause that says it, word for word.",
            "cited": "Cited clauses",
            "nearest": "Nearest clauses",
            "empty": "The clauses that an answer cites appear here; a click on an address opens "
            "the document at that place.",
            "closest": "The sentence nearest to the question",
            "open": "Show in the document",
            "back": "Back to the cited clauses",
            "close": "Close",
            "valid_to": "valid until {day}",
            "expired": "run out ({day})",
            "from": "in force since {day}",
            "page": "page {page}",
            "table_place": "Place",
            "table_says": "What the text says",
            "not_mentioned": "not mentioned",
            "understood": "Answered as: {question}",
            "care": "Excerpts from the policies as printed, no legal advice; the issuing body's "
            "interpretation prevails.",
            "empty_question": "Enter a question.",
            "long_question": "The question is too long ({count} characters); the limit is {limit}.",
            "failed": "No answer this time: {message}",
            "example": "{place}“{heading}”是怎么规定的？",
        },
    }
)
