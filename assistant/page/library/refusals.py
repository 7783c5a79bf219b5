"""Why an upload, a removal or a download is refused: a sentence in either language and an HTTP
status. No sentence gives a path of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from assistant.errors import AssistantError

REFUSALS: Mapping[str, tuple[int, str, str]] = MappingProxyType(
    {
        "not_allowed": (
            403,
            "你没有修改文件库的权限。",
            "You may not change the library.",
        ),
        "elsewhere": (
            403,
            "这个请求来自另一个网站，未予执行。",
            "The request comes from another site; nothing was done.",
        ),
        "name_empty": (400, "文件没有名称。", "The file has no name."),
        "name_path": (
            400,
            "文件名不能带路径。请只用文件名，例如“政策.docx”。",
            "A file's name may not hold a path. Give the name alone, for example policy.docx.",
        ),
        "name_characters": (
            400,
            "文件名里有不能使用的字符（{characters}）。请改名后再上传。",
            "The file's name holds characters that can't be used ({characters}). Rename it.",
        ),
        "name_edges": (
            400,
            "文件名不能以空格或句点开头或结尾。请改名后再上传。",
            "A file's name may not begin or end with a space or a full stop. Rename it.",
        ),
        "name_reserved": (
            400,
            "“{name}”是系统保留的名称。请改名后再上传。",
            "The system keeps the name “{name}” for itself. Rename the file.",
        ),
        "name_long": (
            400,
            "文件名太长（{bytes} 字节，最多 {limit}）。请改短后再上传。",
            "The file's name is too long ({bytes} bytes, at most {limit}). Shorten it.",
        ),
        "name_none": (
            400,
            "名为“{name}”的文件不会被当作政策文件。请改名后再上传。",
            "A file named “{name}” is never read as a policy. Rename it.",
        ),
        "type": (
            415,
            "不能读取 {ending} 文件。请存成 {formats} 之一。",
            "Files of type {ending} can't be read. Save it as one of {formats}.",
        ),
        "not_there": (404, "文件库里没有“{name}”。", "The library has no file “{name}”."),
        "exists": (
            409,
            "已有同名文件“{name}”。",
            "There is a file of that name already: “{name}”.",
        ),
        "alike": (
            409,
            "已有只差大小写或字符写法的文件“{name}”。请改名，或用原来的名称替换它。",
            (
                "There is a file “{name}”, whose name differs only in case or in how its "
                "characters are written. Rename yours, or replace that one under its own name."
            ),
        ),
        "last": (
            409,
            "“{name}”是最后一个文件，不能删除：文件库至少要有一个文件。请先上传别的文件。",
            (
                "“{name}” is the last file and stays: a library holds at least one. Upload another "
                "first."
            ),
        ),
        "many": (
            409,
            "文件库已有 {count} 个文件，最多 {limit} 个。请先删除一些。",
            "The library has {count} files, and may have {limit}. Remove some first.",
        ),
        "large": (
            413,
            "文件超过 {limit} MB 的上限。请拆分，或请管理员调高上限。",
            "The file is larger than the limit of {limit} MB. Split it, or have the limit raised.",
        ),
        "slow": (408, "上传中断了。请再试一次。", "The upload stopped. Try once more."),
        "space": (
            507,
            "服务器磁盘空间不足，没有保存。请管理员腾出空间。",
            "The server's disk is full; nothing was saved. Have room made on it.",
        ),
        "unwritable": (
            500,
            "文件夹不能写入（{reason}），没有改动。请管理员检查权限。",
            (
                "The documents folder can't be written ({reason}); nothing was changed. Have its "
                "permissions checked."
            ),
        ),
        "outside": (
            409,
            "“{name}”经由链接指向文件夹之外，不能在这里改动。",
            "“{name}” leads out of the documents folder by a link and can't be changed here.",
        ),
        "read_long": (
            422,
            "读取“{name}”用时太长，没有收下。请拆分后再上传。",
            "Reading “{name}” takes too long; it was not taken. Split it.",
        ),
        "read_memory": (
            422,
            "读取“{name}”需要的内存太多，没有收下。请拆分后再上传。",
            "Reading “{name}” takes too much memory; it was not taken. Split it.",
        ),
        "read_failed": (
            422,
            "读取“{name}”时程序出错，没有收下。请换一种格式再上传。",
            "The program failed at reading “{name}”; it was not taken. Save it in another format.",
        ),
        "no_clause": (
            422,
            "“{name}”里没有找到条款，没有收下。",
            "No clause was found in “{name}”; it was not taken.",
        ),
    }
)
"""Kind → HTTP status, the sentence in Chinese, and in English."""


class RefusedError(AssistantError):
    """What a visitor wants of the documents folder is refused. ``kind`` is one of
    :data:`REFUSALS`; ``values`` fill the gaps of its sentence."""

    def __init__(self, kind: str, **values: Any) -> None:
        self.kind = kind
        self.values = values
        self.status = REFUSALS[kind][0]
        super().__init__(self.said("en"))

    def said(self, language: str) -> str:
        """The sentence in ``zh`` or ``en``."""
        _, chinese, english = REFUSALS[self.kind]
        return (chinese if language == "zh" else english).format(**self.values)
