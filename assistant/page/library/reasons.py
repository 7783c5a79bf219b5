"""The reader's reasons and the build's errors, as a visitor of the page reads them: in Chinese
where that is wanted, and without a path of the machine."""

from __future__ import annotations

import re

from assistant.errors import (
    AssistantError,
    IndexAwayError,
    IndexBusyError,
    IndexStateError,
    ModelError,
    NoDocumentsError,
)

_FETCH, _OCR = "请重新获取文件。", "请先做文字识别（OCR）。"
_WORD = "请用 Word 或 WPS 打开，另存为 .docx。"
_PRINT = "请用 PDF 阅读器打开，重新打印成 PDF。"
_UTF8 = "请另存为 UTF-8 文本。"
_SIDECAR = "请更正旁边的 .toml 文件。"

_IN_CHINESE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"the file is empty\.", "文件是空的。"),
        (r"the file is binary, not text\.", f"文件不是文本。{_UTF8}"),
        (r"the file is marked as (\S+) but", rf"文件标明的编码（\1）与内容不符。{_UTF8}"),
        (r"the file is no text in", f"不是 UTF-8、GB18030 或 UTF-16 编码的文本。{_UTF8}"),
        (r"the file is damaged", f"文件已损坏。{_FETCH}{_WORD}"),
        (r"the file has no text\.", f"文件没有文字。如果是图片，{_OCR}"),
        (r"this is a file of Word before 2007", f"这是旧版 Word 文件（.doc）。{_WORD}"),
        (r"this is no Word file", f"这不是 Word 文件（.docx）。{_WORD}"),
        (r"there is no Word text in the file", f"文件里没有 Word 正文。{_WORD}"),
        (r"the file asks for a password", "文件有密码。请去掉密码后再保存。"),
        (r"the file is encrypted and asks", "文件已加密，需要密码。请去掉密码后再保存。"),
        (
            r"the file unpacks to ([\d,]+) bytes; the limit is ([\d,]+)",
            r"文件解压后有 \1 字节，超过 \2 的上限。请拆分，或把文字另存为新文件。",
        ),
        (r"its elements are nested", "网页的嵌套太深。请用浏览器重新保存。"),
        (r"the page has no text", "网页没有文字。请重新保存。"),
        (r"the file is no pdf, or its insides", f"不是 PDF，或文件已损坏。{_PRINT}"),
        (r"the file does not begin as a pdf", f"文件内容不是 PDF。{_FETCH}"),
        (r"the text can't be read out", f"PDF 的字体没有说明文字，读不出来。{_OCR}"),
        (r"a scan: pictures of pages", f"这是扫描件，只有图片。{_OCR}"),
        (r"no page has any text", "没有一页有文字。"),
        (
            r"(?:it|its|an?) .*(?:more than|more characters|without end|has no end)",
            f"PDF 太大，或内部结构异常。请拆分，或{_PRINT.removeprefix('请')}",
        ),
        (r"the link leads nowhere", "链接指向的文件不存在。"),
        (r"the link leads out of", "链接指向文件夹之外。请把文件复制进来。"),
        (
            r"the file has ([\d,]+) bytes; the limit is ([\d,]+)",
            r"文件有 \1 字节，超过 \2 的上限。请拆分。",
        ),
        (r"this is no file's name", "文件名无效。"),
        (r"there is no such file", "文件不存在。"),
        (r"the file can't be read", "文件无法读取。请检查权限。"),
        (r"this is a folder", "这是文件夹的链接，或打不开的文件夹。请把文件复制进来。"),
        (r"nothing in the file reads as a policy", "文件里没有政策正文。"),
        (
            r"files of type (\S+|\(no ending\)) can't be read",
            r"不能读取 \1 类型的文件。请存成 .docx、.pdf、.html 或 .txt。",
        ),
        (r"no clause was found in the file", "文件里没有找到条款。"),
        (r"internal error", "读取时程序出错。"),
        (r"it speaks of \d+ documents", f"说明文件提到的篇数比文件里的多。{_SIDECAR}"),
        (r"there is no field", f"说明文件里有不认识的字段。{_SIDECAR}"),
        (r"the title is empty", f"说明文件里的标题是空的。{_SIDECAR}"),
        (r"\S+ is no list of tables", f"说明文件的格式不对。{_SIDECAR}"),
        (r"\S+ = .* is not", f"说明文件里有一个值不对。{_SIDECAR}"),
    )
)
"""What a reason says after the file's name, and how it is said in Chinese."""
_TOML = re.compile(r"\.toml: ")
_ERRORS: tuple[tuple[type[AssistantError], str, str], ...] = (
    (
        NoDocumentsError,
        "文件夹里没有能读取的政策文件，索引没有更新。",
        "The documents folder holds no file that can be read; the index stays as it was.",
    ),
    (
        IndexBusyError,
        "另一个程序正在更新索引，请稍后再试。",
        "Another program is building the index. Try again when it is done.",
    ),
    (
        IndexAwayError,
        "存放向量的服务器没有响应，索引没有更新。",
        "The server that holds the vectors does not answer; the index stays as it was.",
    ),
    (
        IndexStateError,
        "索引无法写入，仍在使用原来的索引。请管理员检查磁盘空间和权限。",
        (
            "The index can't be written; the one in use is untouched. Have disk and permissions "
            "checked."
        ),
    ),
    (
        ModelError,
        "模型无法载入，索引没有更新。",
        "The model can't be loaded; the index stays as it was.",
    ),
)
_FAILED = (
    "更新索引时程序出错，仍在使用原来的索引。",
    "The build failed; the index stays as it was.",
)
_PATH = re.compile(
    r"(?<![\w./\\])(?:[A-Za-z]:[\\/]|\\\\|~?/)[^\s'\"()（）;,，；:：]*[\\/]([^\s'\"()（）;,，；:：/\\]*)"
)


def reason_in(language: str, source: str, reason: str) -> str:
    """Why a file could not be read, without the file's own name before it."""
    for name in (source, source.rsplit("/", 1)[-1]):
        reason = reason.removeprefix(f"{name}: ")
    if language != "zh":
        return without_paths(reason)
    *sidecar, tail = _TOML.split(reason, maxsplit=1)
    for pattern, said in _IN_CHINESE:
        if match := pattern.match(tail):
            return match.expand(said)
    return f"说明文件读不出来。{_SIDECAR}" if sidecar else without_paths(reason)


def error_in(language: str, error: AssistantError) -> str:
    """Why a build broke off."""
    for kind, chinese, english in _ERRORS:
        if isinstance(error, kind):
            return chinese if language == "zh" else english
    return _FAILED[language != "zh"]


def without_paths(text: str) -> str:
    """``text`` with each absolute path in it cut down to its last name."""
    return _PATH.sub(r"\1", text)
