"""What is said around the quotes, in Chinese and in English. Quotes and addresses stay Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": {
            "expired": "注意：{name}的有效期至{day}，到{today}已经届满。",
            "not_yet": "注意：{name}自{day}起施行，到{today}尚未施行。",
            "title_over": "注意：{name}标题所写的年份到{today}已过，文件没有另写有效期，"
            "请核对是否仍在执行。",
            "repealed": "注意：{name}已被{by}废止。",
            "unsure": "不确定下面的条款回答了这个问题，请核对原文。",
            "outside": "所选的范围不包括{places}，未查其文件。",
            "not_held": "文件库中没有{places}的政策。",
            "no_document": "文件库中没有《{titles}》。",
            "too_many": "一次提的问题太多，只回答了前面的几个。",
            "not_found": "下面这个问题没有找到能回答的条款：{question}",
            "at_address": "这个地址对应不止一条，都列在这里。",
            "differs": "同一地方有几份文件谈到这一点，较新的在前。",
            "understood": "按这个问题回答：{question}",
            "filter": "没有文件符合所选的范围（{filters}），无法回答。",
            "filter_outside": "所选的范围（{filters}）不包括{outside}，其中没有能回答的文件。",
            "place": "文件库中没有{places}的政策，无法回答。库中有：{held}。",
            "document": "文件库中没有《{titles}》，无法回答。",
            "topic": "文件库中没有找到能回答这个问题的条款。",
            "chinese": "文件都是中文的，请用中文提问。",
            "clause": "文件库中没有这一条：{wanted}。",
            "no_question": "不客气。请直接提出要查的政策问题。",
            "not_stated": "条款未写明{what}。",
            "damaged": "条款谈到这一点，但原文在这里残缺，看不出{what}。",
            "closest": "与问题最接近的一句是：",
            "missing": "这些词在库中没有出现：{words}。",
            "nearest": "最接近的条款：",
            "not_mentioned": "未提及",
            "full": "条款全文：",
            "who": "责任单位",
            "when": "日期和期限",
            "share": "比例",
            "amount": "金额",
            "count": "数量",
            "condition": "对象和条件",
            "how": "办理的手续和材料",
            "contact": "联系方式",
            "what": "所问的内容",
            "or": "或",
            "care": "以上为政策原文摘录，不构成法律意见；办理前请以发文机关的解释为准。",
        },
        "en": {
            "expired": "Note: {name} was valid until {day}; as of {today} it has run out.",
            "not_yet": "Note: {name} takes effect on {day}; as of {today} it is not yet in force.",
            "title_over": "Note: as of {today} the years in the title of {name} are over, and it "
            "states no other term; check whether it still applies.",
            "repealed": "Note: {name} was repealed by {by}.",
            "unsure": "It is not sure that these clauses answer the question; please check.",
            "outside": "The chosen limits leave out {places}, whose texts were not searched.",
            "not_held": "The library holds no policy of {places}.",
            "no_document": "The library does not hold 《{titles}》.",
            "too_many": "These are too many questions at once; only the first few are answered.",
            "not_found": "No clause was found that answers this one: {question}",
            "at_address": "Several clauses have this address; all are given.",
            "differs": "Several texts of one place speak of this; the newer ones come first.",
            "understood": "Answered as: {question}",
            "filter": "No document matches the chosen limits ({filters}), so there is no answer.",
            "filter_outside": "The chosen limits ({filters}) leave out {outside}, so no document "
            "there answers.",
            "place": "The library holds no policy of {places}, so there is no answer. "
            "It holds: {held}.",
            "document": "The library does not hold 《{titles}》, so there is no answer.",
            "topic": "The library holds no clause that answers this question.",
            "chinese": "The texts are Chinese; please ask in Chinese.",
            "clause": "The library holds no such clause: {wanted}.",
            "no_question": "You are welcome. Ask what you want to know of the policies.",
            "not_stated": "The clause does not state {what}.",
            "damaged": "A clause speaks of this, but its text is damaged here: {what} can't be "
            "made out.",
            "closest": "The sentence nearest to the question:",
            "missing": "These words occur nowhere in the library: {words}.",
            "nearest": "The nearest clauses:",
            "not_mentioned": "not mentioned",
            "full": "The clauses in full:",
            "who": "responsible",
            "when": "dates and terms",
            "share": "share",
            "amount": "amount",
            "count": "number",
            "condition": "for whom, on what condition",
            "how": "how to apply and what with",
            "contact": "contact",
            "what": "what is asked",
            "or": " or ",
            "care": "Excerpts from the policies as printed, no legal advice; the issuing body's "
            "interpretation prevails.",
        },
    }
)
