"""Greetings and thanks, which are no questions."""

from __future__ import annotations

import re

from assistant.text import fold

_SAID = re.compile(
    r"你好|您好|大家好|早上好|上午好|下午好|晚上好|hi\b|hello|hey|嗨|哈喽|在吗|在不在|有人吗"
    r"|thank you|thankyou|thanks?|thx|谢谢|多谢|感谢|谢了|辛苦|麻烦了"
    r"|好的|好|行|可以|嗯|哦|噢|okay|ok|收到|明白|了解|知道|清楚|懂|没问题|没事"
    r"|再见|拜拜|bye|回头见|就这样|没有了|没了|不用|先这样|没别的"
    r"|[了啦哈呀吧的你您啊喽\s，,。.!！~～?？、…]"
)
_SIGNS = re.compile(r"[\s，,。.!！~～?？、…了啦哈呀吧的你您啊喽]*")
_LONGEST = 40


def is_courtesy(text: str) -> bool:
    """Whether ``text`` is nothing but a greeting or thanks."""
    folded = fold(text)
    if len(folded) > _LONGEST or _SIGNS.fullmatch(folded):
        return False
    at = 0
    while at < len(folded):
        match = _SAID.match(folded, at)
        if not match:
            return False
        at = match.end()
    return True
