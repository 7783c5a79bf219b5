"""Greetings and thanks, which are no questions."""

from __future__ import annotations

import re

from assistant.text import fold

_MARKS = r"[\s，,。.!！~～?？、…]*"
_SAID = (
    "你好|您好|大家好|早上好|上午好|下午好|晚上好|hi|hello|hey|嗨|哈喽|在吗|在不在|有人吗",
    "谢谢|多谢|感谢|谢了|辛苦了?|麻烦了?|thanks?|thankyou|thank you|thx",
    "好的?|行|可以|嗯+|哦+|噢|ok|okay|收到|明白|了解|知道|清楚|懂|没问题|没事",
    "再见|拜拜|bye|回头见|就这样|没有?了|不用了?|先这样|没别的了?",
)
_TAIL = "(?:了|啦|哈|呀|吧|的|你|您|啊|喽)*"
_COURTESY = re.compile(rf"^{_MARKS}(?:(?:{'|'.join(_SAID)}){_TAIL}{_MARKS})+$")


def is_courtesy(text: str) -> bool:
    """Whether ``text`` is nothing but a greeting or thanks."""
    return bool(_COURTESY.match(fold(text)))
