"""The pictures of a library: each mark stands for clauses that say so."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Assistant
from assistant.clauses import Limit, QuantityKind
from assistant.index import Tokenizer
from assistant.page.library.figure import Axis, amounts_html, columns_of, money
from assistant.page.library.matrix import Cell, amounts_listed, matrix_html, subject_listed
from assistant.page.library.pictures import (
    PLACES,
    Amount,
    Amounts,
    Matrix,
    PlaceAmounts,
    amounts_of,
    matrix_of,
)
from assistant.retrieval import Synonyms
from tests.small import FIVE, Library

Made = Callable[[Mapping[str, str]], Assistant]


@pytest.fixture
def made(tmp_path: Path, tokenizer: Tokenizer) -> Made:
    """A library of some texts, open."""
    return lambda texts: Library(tmp_path, texts, tokenizer).open()


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Assistant:
    """The five documents."""
    return Library(tmp_path_factory.mktemp("five"), FIVE, tokenizer).open()


def _amounts(assistant: Assistant, **limits: int) -> Amounts:
    return amounts_of(assistant.snapshot.store, assistant.generation, **limits)


def _matrix(assistant: Assistant, tokenizer: Tokenizer, **limits: int) -> Matrix:
    store = assistant.snapshot.store
    return matrix_of(store, assistant.generation, tokenizer, Synonyms.load(), **limits)


class _Marks(HTMLParser):
    """The tags of some HTML with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str, style: str = "") -> list[dict[str, str | None]]:
        """The attributes of the tags of that name and class."""
        return [
            attrs
            for name, attrs in self.found
            if name == tag and (not style or style in (attrs.get("class") or "").split())
        ]


def test_every_amount_is_one_that_a_clause_states(five: Assistant) -> None:
    """Value, limit and words are the clause's own, and none of them is missing."""
    amounts = _amounts(five)
    store = five.snapshot.store
    shown = Counter(
        (one.row, one.value, one.limit) for place in amounts.places for one in place.amounts
    )
    stated: Counter[tuple[int, float, Limit]] = Counter()
    foreign = 0
    for row, clause in enumerate(store.clauses()):
        for one in clause.quantities:
            if one.kind is QuantityKind.MONEY:
                foreign += one.unit != "元"
                stated[row, one.value, one.limit] += one.unit == "元"
    assert shown == +stated
    assert (amounts.found, amounts.foreign) == (sum(stated.values()), foreign)
    for place in amounts.places:
        for amount in place.amounts:
            clause = store.clause(amount.row)
            assert (amount.clause, amount.document) == (clause.id, clause.document.name)
            assert amount.printed in "".join(clause.text.split())
    assert [place.place for place in amounts.places] == ["成都", "杭州", "嘉兴"]
    assert set(amounts.silent) == {"城综试区", "深圳"}


def test_every_amount_has_its_dot(five: Assistant) -> None:
    """A dot leads to its clause, says what it is, and stands where its amount is on the axis; a
    line of dots is one stop of the tab key."""
    amounts = _amounts(five)
    html = amounts_html(amounts, "zh")
    marks = _Marks(html)
    dots = marks.of("a", "pl-dot")
    assert len(dots) == amounts.found
    expected = Counter(one.clause for place in amounts.places for one in place.amounts)
    assert Counter((dot["data-clause"] or "").removesuffix(":-1") for dot in dots) == expected
    assert all(dot["href"] == f"?clause={(dot['data-clause'] or '')[:-3]}" for dot in dots)
    assert sum(dot["tabindex"] == "0" for dot in dots) == len(amounts.places)
    assert any(
        (dot["aria-label"] or "").startswith("杭州：最高200万元，培育跨境电商知名品牌，《杭州市")
        for dot in dots
    )
    assert html.count("<title>") == amounts.found
    assert "没有写明金额的地区" in marks.text
    assert len(marks.of("tr")) == amounts.found + 1, "the table says the same"


def test_limits_have_shapes_of_their_own(five: Assistant) -> None:
    """Not only a colour: filled, hollow, a triangle."""
    amounts = _amounts(five)
    limits = Counter(one.limit for place in amounts.places for one in place.amounts)
    marks = _Marks(amounts_html(amounts, "zh"))
    keys = 1  # of each in the key
    assert len(marks.of("circle", "pl-hollow")) == limits[Limit.AT_MOST] + keys
    assert len(marks.of("path")) == limits[Limit.AT_LEAST] + keys
    assert len(marks.of("circle")) == limits[Limit.NONE] + limits[Limit.AT_MOST] + 2 * keys


_VALUES = st.lists(st.floats(0.01, 1e14), min_size=1, max_size=60)


def _place(values: list[float], name: str = "杭州") -> PlaceAmounts:
    amounts = (
        Amount(value, Limit.NONE, f"{value}元", row, f"{row:016x}", "甲", "《乙》")
        for row, value in enumerate(sorted(values))
    )
    return PlaceAmounts(name, tuple(amounts))


def _of(*places: PlaceAmounts) -> Amounts:
    found = sum(len(place.amounts) for place in places)
    return Amounts("000001-00000000", places, (), found, len(places), 0, found, found)


@given(_VALUES)
def test_dots_stand_in_order_and_on_the_axis(values: list[float]) -> None:
    """The larger amount never stands left of the smaller; a column holds what its bounds say; all
    lie inside the picture."""
    place = _place(values)
    axis = Axis.over([place])
    columns = columns_of(place, axis)
    assert sum(map(len, columns.values())) == len(values)
    last = 0.0
    for column in sorted(columns):
        low, high = axis.bounds(column)
        for one in columns[column]:
            assert low * (1 - 1e-9) <= one.value <= high * (1 + 1e-9)
            assert one.value >= last
            last = one.value
    html = amounts_html(_of(place), "zh")
    for found in re.finditer(r'cx="([-\d.]+)"', html):
        assert 0 <= float(found[1]) <= axis.width


def test_equal_amounts_stack_and_then_are_counted() -> None:
    """Eight upon each other are drawn; of more the last mark says how many, and lists them all."""
    eight = _Marks(amounts_html(_of(_place([3e6] * 8)), "zh"))
    assert len(eight.of("a", "pl-dot")) == 8
    assert len({circle["cy"] for circle in eight.of("circle")}) >= 8
    assert eight.of("a", "pl-more") == []
    amounts = _of(_place([3e6] * 30))
    many = _Marks(amounts_html(amounts, "zh"))
    (more,) = many.of("a", "pl-more")
    assert len(many.of("a", "pl-dot")) == 7
    assert "+23" in many.text
    assert "共 30 个金额" in (more["aria-label"] or "")
    cell = Cell.parse(more["data-cell"] or "")
    assert cell is not None
    listed = _Marks(amounts_listed(amounts, cell, "zh") or "")
    assert len(listed.of("button")) == 30


def test_a_picture_stays_small() -> None:
    """Of forty places with thousands of amounts each the picture has some thousand marks, and says
    what it does not show."""
    values = [10 ** (i / 97) for i in range(1, 900)]
    places = [_place(values * 3, f"地{i}") for i in range(PLACES)]
    html = amounts_html(_of(*places), "zh")
    marks = _Marks(html)
    assert len(marks.of("a", "pl-dot")) + len(marks.of("a", "pl-more")) < 4_000
    assert len(marks.of("tr")) <= 301
    assert "表格列出前 300 个" in marks.text
    assert len(html) < 2_500_000


def test_more_places_than_a_picture_holds(made: Made, tokenizer: Tokenizer) -> None:
    """The places with the most are shown, and how many there are is said; texts of no place stand
    under their own name, last."""
    text = (
        "{0}政策\n一、支持独立站。给予{1}补贴。\n二、支持海外仓。对海外仓给予补贴。\n"
        "三、负责人。由商务局负责解释。\n四、附则。另行通知。\n五、其他。不再另行通知。\n"
    )
    towns = "上海市 北京市 天津市 重庆市 杭州市 宁波市 温州市 嘉兴市 湖州市 绍兴市 金华市 衢州市 舟山市 台州市 丽水市"
    towns += " 南京市 苏州市 无锡市 常州市 徐州市 南通市 扬州市 镇江市 泰州市 宿迁市 合肥市 福州市 厦门市 泉州市 漳州市"
    towns += " 南昌市 济南市 青岛市 烟台市 潍坊市 郑州市 洛阳市 武汉市 长沙市 广州市 深圳市 珠海市 佛山市 成都市"
    names = towns.split()
    assert len(names) > PLACES
    texts = {
        f"{i:02}.txt": text.format(name, "、".join(["5万元"] * (i + 1)))
        for i, name in enumerate(names)
    }
    texts["z.txt"] = text.format("跨境电商", "、".join(["7万元"] * 90))
    assistant = made(texts)
    amounts = _amounts(assistant)
    assert (len(amounts.places), amounts.places_found) == (PLACES, len(names) + 1)
    assert amounts.places[0].place == "成都"
    assert amounts.places[-1].place == ""
    shown = _Marks(amounts_html(amounts, "zh")).text
    assert f"只画出金额最多的 {PLACES} 个地区，共 {len(names) + 1} 个" in shown
    assert "未写明地区" in shown
    matrix = _matrix(assistant, tokenizer)
    assert len(matrix.places) == PLACES
    assert f"只列出条款最多的 {PLACES} 个地区" in _Marks(matrix_html(matrix, "zh")).text


def test_one_place_and_none(made: Made, tokenizer: Tokenizer) -> None:
    """A library of one place has one line; one without amounts or subjects says so."""
    one = made({"a.txt": "杭州市政策\n一、独立站。给予0.5元补贴。\n二、海外仓。给予1万亿元。\n"})
    marks = _Marks(amounts_html(_amounts(one), "en"))
    assert len(marks.of("a", "pl-dot")) == 2
    assert "0.1" in marks.text
    assert "¥10tn" in marks.text


def test_a_library_without_amounts(made: Made, tokenizer: Tokenizer) -> None:
    """Nothing is drawn, and a sentence says why; amounts of nothing and foreign ones count as none."""
    bare = made({"a.txt": "杭州市政策\n一、甲。给予0元、3万美元。\n二、乙。给予奖励。\n"})
    amounts = _amounts(bare)
    assert (amounts.found, amounts.foreign) == (0, 1)
    html = amounts_html(amounts, "zh")
    assert "没有写明人民币金额" in html
    assert "<svg" not in html
    assert "没有找到主题" in matrix_html(_matrix(bare, tokenizer), "zh")


def test_cells_count_the_clauses_of_a_place_that_speak_of_a_subject(
    five: Assistant, tokenizer: Tokenizer
) -> None:
    """A cell's clauses are of that place and hold the subject or a word of its meaning; the list
    behind it opens each of them."""
    matrix = _matrix(five, tokenizer)
    store = five.snapshot.store
    synonyms = Synonyms.load()
    for (place, column), rows in matrix.cells.items():
        words = (matrix.subjects[column], *synonyms.of(matrix.subjects[column]))
        for row in rows:
            clause = store.clause(row)
            assert matrix.places[place] in (clause.document.region, *clause.document.aliases) or (
                clause.document.region.startswith(matrix.places[place])
            )
            assert any(word in clause.text for word in words), (clause.text, words)
    marks = _Marks(matrix_html(matrix, "zh"))
    buttons = marks.of("button", "pl-cell")
    assert len(buttons) == len(matrix.cells)
    assert len(marks.of("th")) == 1 + len(matrix.subjects) + len(matrix.places)
    for button in buttons:
        cell = Cell.parse(button["data-cell"] or "")
        assert cell is not None
        rows = matrix.cells[cell.place, cell.column]
        listed = _Marks(subject_listed(matrix, cell, "zh") or "")
        opened = [(one["value"] or "").removesuffix(":-1") for one in listed.of("button")]
        assert opened == [store.clause(row).id for row in rows]
        assert f"{len(rows)} 条" in (button["aria-label"] or "")


@pytest.mark.parametrize(
    "text", ["", "x", "a|b|c", "a|1", "1|2|3|4", f"{'9' * 60}|1|1", "g|1|²", "g|-|1", "g|1|1\n"]
)
def test_what_is_no_cell_is_none(text: str) -> None:
    """Anything may come from a page."""
    assert Cell.parse(text) is None


def test_a_cell_of_another_generation_is_not_answered(
    five: Assistant, tokenizer: Tokenizer
) -> None:
    """Rows may have moved since; nor is one that there is not."""
    amounts, matrix = _amounts(five), _matrix(five, tokenizer)
    for cell in (
        Cell("000009-00000000", 0, 0),
        Cell(matrix.generation, 99, 0),
        Cell(matrix.generation, -1, 0),
    ):
        assert subject_listed(matrix, cell, "zh") is None
        assert amounts_listed(amounts, cell, "zh") is None


def test_a_large_library_is_sampled_and_says_so(five: Assistant, tokenizer: Tokenizer) -> None:
    """Whole documents, evenly spread, up to the number that is given."""
    amounts, matrix = _amounts(five, clauses=60), _matrix(five, tokenizer, clauses=60)
    for picture, html in (
        (amounts, amounts_html(amounts, "zh")),
        (matrix, matrix_html(matrix, "zh")),
    ):
        assert 30 <= picture.looked < picture.clauses == 183
        assert f"均匀抽取的 {picture.looked} 条，全库 183 条" in html


HOSTILE = "<img src=x onerror=alert(1)>\"'"


def test_hostile_texts_never_become_markup(made: Made, tokenizer: Tokenizer) -> None:
    """In a title, a heading, a place that a text gives itself."""
    clauses = "".join(
        f"{n}、支持海外仓{HOSTILE}。对海外仓{HOSTILE}、海外仓给予3万元。\n"
        if i < 3
        else f"{n}、其他{i}。给予补贴。\n"
        for i, n in enumerate("一二三四五六七八九")
    )
    assistant = made({"a.txt": f"关于{HOSTILE}的政策\n（以下简称“{HOSTILE}区”）\n{clauses}"})
    amounts, matrix = _amounts(assistant), _matrix(assistant, tokenizer)
    assert amounts.found == 3
    assert matrix.cells
    pages = [amounts_html(amounts, "zh"), matrix_html(matrix, "en")]
    for place, column in matrix.cells:
        pages.append(subject_listed(matrix, Cell(matrix.generation, place, column), "zh") or "")
    axis = Axis.over(amounts.places)
    for column in columns_of(amounts.places[0], axis):
        pages.append(amounts_listed(amounts, Cell(amounts.generation, 0, column), "zh") or "")
    for html in pages:
        marks = _Marks(html)
        assert not marks.of("img")
        assert not [
            attrs for _, attrs in marks.found if any(name.startswith("on") for name in attrs)
        ]
        assert "<img" not in html


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0.5, "0.5元", "¥0.5"),
        (1, "1元", "¥1"),
        (200, "200元", "¥200"),
        (9_999, "1万元", "¥10k"),
        (10_000, "1万元", "¥10k"),
        (15_000, "1.5万元", "¥15k"),
        (2_000_000, "200万元", "¥2M"),
        (10**8, "1亿元", "¥100M"),
        (1.4e11, "1,400亿元", "¥140bn"),
        (1e13, "10万亿元", "¥10tn"),
    ],
)
def test_amounts_in_short(value: float, chinese: str, english: str) -> None:
    """Ticks and bounds are rounded to what can be read at a glance."""
    assert money(value, "zh") == chinese
    assert money(value, "en") == english


@given(st.floats(0.01, 1e14))
def test_amounts_in_short_are_near(value: float) -> None:
    """Rounding never changes an amount by more than a twentieth."""
    said = re.fullmatch(r"([\d,.]+)(万亿|亿|万|)元", money(value, "zh"))
    assert said is not None
    scale = {"": 1, "万": 1e4, "亿": 1e8, "万亿": 1e12}[said[2]]
    assert math.isclose(float(said[1].replace(",", "")) * scale, value, rel_tol=0.05)
