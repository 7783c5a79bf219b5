"""Training an adapter: what is read, what is kept apart, what is learned."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("peft")

from assistant.evaluation import Evidence, GoldQuestion
from assistant.index import Tokenizer, bundled
from assistant.index.dense import Vectors
from assistant.retrieval.fusion import DENSE_WEIGHT
from tests.conftest import FakeEncoder, clauses_of
from training import late
from training.corpus import Plain, encoded, plain_of
from training.folds import in_int8
from training.learner import Learner
from training.measure import on_policies, on_stard
from training.recipe import BASE
from training.stard import Article, Stard
from training.train import Data, train

ATOL = 2e-3  # the learner computes in bfloat16 on some machines
SUBJECTS = (
    "海关税收工商劳动合同婚姻继承租赁借款担保保险票据专利商标著作环境食品药品交通消防教育医疗户籍"
)
RECIPE = replace(
    BASE, rank=4, epochs=6, batch=8, hard=1, guesses=6, learning_rate=5e-3, strength=1.0, keep=0.1
)


Lines = list[dict[str, Any]]


def lines() -> tuple[Lines, Lines]:
    """Twenty laws of two articles; each question has the words of one law and one of the other
    articles' words that mislead; two questions share an article, two have articles of the same
    words."""
    articles: Lines = []
    questions: Lines = []
    for n in range(20):
        subject = SUBJECTS[2 * n : 2 * n + 2]
        for k, rest in enumerate(
            ("应当按照规定办理登记手续，逾期未办理的由主管部门处理。", "违反规定的处以罚款。")
        ):
            text = f"{subject}事项由主管部门负责管理并依法监督。{rest}对有关事项作出决定的应当书面告知当事人并说明其理由和依据。"
            articles.append({"id": 2 * n + k, "name": f"{subject}法第{'一二'[k]}条", "text": text})
        questions.append({"id": n, "question": f"我的{subject}怎么办", "relevant": [2 * n]})
    questions[1]["relevant"] = [0, 2]
    articles.append({"id": 98, "name": "旧法第一条", "text": articles[4]["text"]})
    questions[5]["relevant"] = [98]
    questions.append({"id": 99, "question": "没有这一条的问题", "relevant": [1000]})
    return articles, questions


@pytest.fixture(scope="module")
def stard(tmp_path_factory: pytest.TempPathFactory) -> Stard:
    """These articles and questions, read."""
    folder = tmp_path_factory.mktemp("stard")
    articles, questions = lines()
    with gzip.open(folder / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(article) + "\n" for article in articles)
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, questions)), "utf-8")
    return Stard.read(folder)


def test_stard_as_it_is_published(stard: Stard, tmp_path: Path) -> None:
    """Its own folder, with other names of files and fields, lines ended by two characters and a
    question that is missing, is read to the same articles and questions; a name without a number is
    a law's; what is no folder of STARD is an error that names both layouts."""
    data = tmp_path / "data"
    data.mkdir()
    with pytest.raises(FileNotFoundError, match=r"data/corpus.jsonl.*corpus.jsonl.gz"):
        Stard.read(tmp_path)
    articles, questions = lines()
    articles.append({"id": 900, "name": "关于授权的决定", "text": "第一行。\n第二行。"})
    questions.append({"id": 99, "question": float("nan"), "relevant": [0]})
    for article in articles:
        article["content"] = article.pop("text").replace("\n", "\\n") + "\\n"
    renamed = [
        {"query_id": q["id"], "问题": q["question"], "match_id": q["relevant"], "相关法规": {}}
        for q in questions
    ]
    with (data / "corpus.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(article, ensure_ascii=False) + "\n" for article in articles)
    (data / "queries.json").write_text(json.dumps(renamed, ensure_ascii=False), "utf-8")
    for folder in (tmp_path, data):
        read = Stard.read(folder)
        assert read.questions == stard.questions
        assert read.articles[:-1] == stard.articles
        assert read.articles[-1] == Article("关于授权的决定", "第一行。\n第二行。")


def test_a_question_without_its_article_is_left_out(stard: Stard) -> None:
    """Relevant articles become rows; what the corpus lacks is not asked."""
    assert len(stard.articles) == 41
    assert len(stard.questions) == 20
    question = stard.questions[3]
    assert stard.articles[question.relevant[0]].law == f"{SUBJECTS[6:8]}法"


def test_no_article_of_a_fold_is_relevant_in_another(stard: Stard) -> None:
    """Neither by its number nor by its words; every question is in a fold, the folds alike."""
    folds = stard.folds(4)
    assert folds[0] == folds[1]  # share an article
    assert folds[2] == folds[5]  # articles of the same words
    keys: dict[str, set[int]] = {}
    for fold, question in zip(folds, stard.questions, strict=True):
        for row in question.relevant:
            keys.setdefault(stard.articles[row].key, set()).add(fold)
    assert all(len(some) == 1 for some in keys.values())
    assert max(np.bincount(folds)) - min(np.bincount(folds)) <= 1


def test_pairs_of_a_statutes_structure(stard: Stard) -> None:
    """An article's first sentence, and its rest without it; its sentences alone; none of the
    articles that are kept apart, nor of any with their words."""
    apart = stard.questions[2].relevant[0]
    rows = stard.rest({apart})
    pairs = stard.pairs(rows)
    assert len(pairs) == 21 - 2  # the second articles are too short
    assert all(pair.asks not in pair.answers for pair in pairs)
    assert not any(SUBJECTS[4:6] in pair.asks and "登记" in pair.answers for pair in pairs)
    assert stard.fragments([0]) == [
        f"{SUBJECTS[:2]}事项由主管部门负责管理并依法监督",
        "应当按照规定办理登记手续，逾期未办理的由主管部门处理",
        "对有关事项作出决定的应当书面告知当事人并说明其理由和依据",
    ]


def test_encoding_goes_on_where_it_was_broken_off(tmp_path: Path) -> None:
    """A window that was encoded is not encoded again; other texts begin anew."""
    texts = [f"{n}" * (1 + n % 7) for n in range(5000)]
    seen: list[int] = []

    def encode(some: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        assert isinstance(some, list)
        seen.append(len(some))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return np.array([[len(text), int(text[0])] for text in some], np.float32)

    with pytest.raises(KeyboardInterrupt):
        encoded(texts, encode, "a", tmp_path)
    seen[:] = [0] * 5
    found = encoded(texts, encode, "a", tmp_path)
    assert seen[5:] == [5000 - 4096]
    assert found.tolist() == [[len(t), int(t[0])] for t in texts]
    seen[:] = [0] * 5
    assert encoded(texts, encode, "a", tmp_path).tolist() == found.tolist()
    assert seen[5:] == []
    encoded(texts[:10], encode, "a", tmp_path)
    assert seen[5:] == [1, 10]
    encoded(texts, encode, "another encoder", tmp_path)
    assert seen[7:] == [1, 4096, 5000 - 4096]


@pytest.fixture(scope="module")
def plain(stard: Stard, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Plain:
    folder = tmp_path_factory.mktemp("plain-vectors")
    return plain_of(stard, Learner(tiny_model, RECIPE).encode, "tiny", Tokenizer(folder), folder)


def test_a_training_learns_and_is_repeatable(
    stard: Stard, plain: Plain, tiny_model: Path, tmp_path: Path
) -> None:
    """What it was trained on is found better than before; the same training gives the same
    matrices; strength 0 is the plain encoder."""
    every = list(range(len(stard.questions)))
    rows = list(range(len(stard.articles)))
    data = Data(stard, plain, every)

    def trained(name: str) -> Learner:
        learner = Learner(tiny_model, RECIPE)
        train(RECIPE, data, learner, tmp_path / name)
        return learner

    learner = trained("a")
    before = on_stard(stard, plain, every, rows, Learner(tiny_model, RECIPE).encode)
    after = on_stard(stard, plain, every, rows, learner.encode)
    together = {weight: found for weight, *found in after.by_weight}
    assert together[DENSE_WEIGHT] == [after.fused_10, after.fused_100]
    assert after.mrr > before.mrr
    again = trained("b")
    assert all(map(np.array_equal, learner.state().values(), again.state().values()))
    learner.strengthen(0.0)
    texts = ["passage: 海关事项"]
    assert np.allclose(learner.encode(texts), Learner(tiny_model, RECIPE).encode(texts), atol=1e-6)


def test_a_training_that_was_broken_off_goes_on(
    stard: Stard, plain: Plain, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed in its second epoch and started again, it does the rest alone and ends with the same
    matrices; once more, and it does nothing. With other data it begins anew."""
    data = Data(stard, plain, list(range(len(stard.questions))))

    def epochs(learner: Learner, data: Data = data, name: str = "broken") -> list[str]:
        capsys.readouterr()
        train(RECIPE, data, learner, tmp_path / name)
        return [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]

    whole = Learner(tiny_model, RECIPE)
    every = epochs(whole, name="whole")
    assert len(every) == RECIPE.epochs

    class Killed(Learner):
        left = 14

        def vectors(self, *args: object) -> object:  # type: ignore[override]
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return super().vectors(*args)  # type: ignore[arg-type]

    with pytest.raises(KeyboardInterrupt):
        epochs(Killed(tiny_model, RECIPE))
    rest = Learner(tiny_model, RECIPE)
    assert epochs(rest) == every[1:]
    assert all(map(np.array_equal, whole.state().values(), rest.state().values()))
    again = Learner(tiny_model, RECIPE)
    assert epochs(again) == []
    assert all(map(np.array_equal, whole.state().values(), again.state().values()))
    corrected = replace(
        stard, questions=(replace(stard.questions[0], text="改"), *stard.questions[1:])
    )
    assert epochs(Learner(tiny_model, RECIPE), replace(data, stard=corrected)) == every


def test_nothing_is_learned_from_what_is_kept_apart(
    stard: Stard, plain: Plain, tiny_model: Path, tmp_path: Path
) -> None:
    """The articles of the questions that are to be asked later are no negatives either."""
    apart = frozenset(row for question in stard.questions[10:] for row in question.relevant)
    said: set[str] = set()

    class Listening(Learner):
        def vectors(self, texts: object, tokens: int) -> object:  # type: ignore[override]
            said.update(texts)  # type: ignore[arg-type]
            return super().vectors(texts, tokens)  # type: ignore[arg-type]

    data = Data(stard, plain, list(range(10)), apart)
    train(RECIPE, data, Listening(tiny_model, RECIPE), tmp_path / "apart")
    kept = {f"passage: {stard.articles[row].passage}" for row in apart}
    kept |= {f"passage: {part}" for part in stard.fragments(sorted(apart))}
    assert len(said) > 20
    assert data.fragments
    assert not said & kept


def test_pairs_of_structure_are_learned_from_where_a_recipe_wants_them(
    stard: Stard, plain: Plain, tiny_model: Path, tmp_path: Path
) -> None:
    """As many in each step as it says, asked as questions and answered by articles; none without
    it. Other matrices come of it."""
    asked: list[str] = []

    class Listening(Learner):
        def vectors(self, texts: Any, tokens: int) -> Any:
            asked.extend(text for text in texts if text.startswith("query: "))
            return super().vectors(texts, tokens)

    data = Data(stard, plain, list(range(8)))
    states, counts = [], []
    for pairs in (0, 5):
        recipe = replace(RECIPE, structure=pairs, epochs=1)
        learner = Listening(tiny_model, recipe)
        train(recipe, data, learner, tmp_path / str(pairs))
        states.append(learner.state())
        counts.append(len(asked))
    assert counts == [8, 8 + 8 + 5]
    firsts = {f"query: {pair.asks}" for pair in data.pairs}
    assert sum(text in firsts for text in asked) == 5
    assert not all(map(np.array_equal, states[0].values(), states[1].values()))


@pytest.mark.model
@pytest.mark.skipif(find_spec("openvino") is None, reason="needs the extra fast")
def test_measured_in_int8_as_the_program_encodes(cache_dir: Path, tmp_path: Path) -> None:
    """The adapter that a learner gives, under the program's own encoder in int8, comes to the
    learner's vectors, of questions and of articles, at its strength; at 0 to the plain ones; and
    each has a name of its own."""
    import torch

    learner = Learner(bundled.model_folder(cache_dir), BASE)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in learner.parameters:
            parameter.normal_(0, 0.06, generator=generator)
    texts = ["杭州对自建独立站有什么补贴？", "对企业建设海外仓给予一次性资助，最高二百万元。"]
    marks, found = set(), []
    for strength in (0.0, 0.5):
        learner.strengthen(strength)
        encode, mark = in_int8(learner, strength, tmp_path)
        marks.add(mark)
        for kind in ("query", "passage"):
            some = [f"{kind}: {text}" for text in texts]
            found.append(encode(some))
            assert (found[-1] * learner.encode(some)).sum(1).min() > 0.995
    assert len(marks) == 2
    assert (found[0] * found[2]).sum(1).max() < 0.99  # the adapter changes them by more


def test_what_is_learned_fits_the_folder(
    stard: Stard, plain: Plain, tiny_model: Path, tmp_path: Path
) -> None:
    """Merged into the folder's weights by :class:`Adapter`, the encoder gives the learner's
    vectors."""
    import torch
    from safetensors.numpy import load_file
    from transformers import BertModel

    data = Data(stard, plain, list(range(len(stard.questions))))
    learner = Learner(tiny_model, RECIPE)
    train(RECIPE, data, learner, tmp_path / "out")
    adapter = learner.adapter(tmp_path / "a.safetensors", 1.0)
    weights = load_file(next(tiny_model.rglob("model.safetensors")))
    merged = adapter.applied(weights, adapter.base)
    other = Learner(tiny_model, RECIPE)
    model = BertModel.from_pretrained(tiny_model)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in merged.items()})
    other._model = model.eval().to(next(iter(other._model.parameters())).dtype)
    texts = ["query: 我的海关怎么办", "passage: 税收事项由主管部门负责管理"]
    told = [learner.encode(texts), Learner(tiny_model, RECIPE).encode(texts)]
    assert np.allclose(other.encode(texts), told[0], atol=ATOL)
    assert np.abs(told[0] - told[1]).max() > 2 * ATOL


def test_how_well_policies_are_found_and_foreign_questions_told() -> None:
    """With vectors of common pairs of characters the clause that holds the question's words comes
    first, and a question of other words lies lower than all that are answered."""
    clauses = clauses_of(
        "关于支持跨境电商的通知\n一、对自建独立站的企业给予补贴。\n二、支持设立海外仓并奖励投资。\n"
    )
    gold = [
        GoldQuestion("a", "自建独立站", "", (Evidence("t.txt", "自建独立站"),)),
        GoldQuestion("b", "设立海外仓", "", (Evidence("t.txt", "设立海外仓"),)),
    ]
    named = {"ours": [(question.question, question) for question in gold]}

    def encode(texts: Sequence[str]) -> Vectors:
        return FakeEncoder().encode_passages([text.partition(": ")[2] for text in texts])

    right = on_policies(clauses, named, ["火锅店的证照"], encode)
    assert right.found == {"ours": (1.0, 1.0)}
    assert right.told == 1.0
    wrong = on_policies(clauses, named, ["对自建独立站的企业给予补贴"], encode)
    assert wrong.told < 0.5
    assert right.found == wrong.found


def test_a_second_stage_is_measured_beside_none(
    stard: Stard, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At weight 0 the figures are those of the cosines alone; tokens are a text's own."""
    learner = Learner(tiny_model, RECIPE)
    every, rows = list(range(len(stard.questions))), list(range(len(stard.articles)))
    articles = learner.encode([f"passage: {article.passage}" for article in stard.articles])
    late.show(stard, every, rows, articles, learner)
    printed = capsys.readouterr().out
    alone = float(printed.splitlines()[1].split()[-1])
    cosines = learner.encode([f"query: {q.text}" for q in stard.questions]) @ articles.T
    ranks = [
        min(int((row > row[i]).sum()) + 1 for i in question.relevant)
        for row, question in zip(cosines, stard.questions, strict=True)
    ]
    expected = np.mean([1 / rank if rank <= late.FIRST else 0 for rank in ranks])
    assert alone == pytest.approx(expected, abs=2e-3)
    one, two = learner.tokens(["query: 海关", "query: 海关事项"])
    assert len(two) > len(one) >= 1
    assert np.allclose(np.linalg.norm(two, axis=1), 1, atol=1e-3)
