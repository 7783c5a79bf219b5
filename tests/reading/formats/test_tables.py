"""Tables → lines: a row says alone what its cells mean."""

from __future__ import annotations

import pytest

from assistant.reading.formats.tables import Cell, table_lines


@pytest.mark.parametrize(
    ("rows", "heads", "lines"),
    [
        # the words of the first row are a head
        (
            [["项目", "标准"], ["独立站", "50万元"], ["海外仓", "90万元"]],
            None,
            ["项目：独立站；标准：50万元", "项目：海外仓；标准：90万元"],
        ),
        # equal values below different heads are two values
        ([["一档", "二档"], ["10%", "10%"]], None, ["一档：10%；二档：10%"]),
        # no head: values in the first row, an empty cell in it, or a single row
        ([["1", "50万元"], ["2", "90万元"]], None, ["1 50万元", "2 90万元"]),
        ([["", "标准"], ["独立站", "50万元"]], None, ["标准", "独立站 50万元"]),
        ([["项目", "标准"]], None, ["项目 标准"]),
        # what the file says goes before what the words tell
        ([["1", "2"], ["a", "b"]], 1, ["1：a；2：b"]),
        # a head of two rows: the outer name first
        (
            [["项目", "标准", None], ["项目", "企业", "个人"], ["展会", "2万元", "1万元"]],
            None,
            ["项目：展会；标准 企业：2万元；标准 个人：1万元"],
        ),
        # a cell over all columns heads the rows below it
        (
            [["项目", "标准"], ["一、主体培育", None], ["展会", "2万元"]],
            None,
            ["一、主体培育", "项目：展会；标准：2万元"],
        ),
        # what a page says of a text: label, value, label, value
        (
            [
                ["索引号", "A12", "发文机关", "市政府"],
                ["成文日期", "2024年1月1日", "文号", "甲〔2024〕1号"],
            ],
            None,
            ["索引号：A12", "发文机关：市政府", "成文日期：2024年1月1日", "文号：甲〔2024〕1号"],
        ),
        # rows without text count for nothing, in the head neither
        ([["", ""], ["项目", "标准"], ["", ""], ["展会", "2万元"]], 2, ["项目：展会；标准：2万元"]),
        ([["", ""]], None, []),
        ([], None, []),
    ],
)
def test_rows_as_lines(rows: list[list[Cell]], heads: int | None, lines: list[str]) -> None:
    """Each kind of table, and the lines that it gives."""
    assert list(table_lines(rows, heads)) == lines
