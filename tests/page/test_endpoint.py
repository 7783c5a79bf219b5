"""The named endpoint ``/ask``, from Python and from anything that speaks HTTP."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from gradio_client import Client

from tests.page.test_browser import ANSWER, QUESTION

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def client(page_url: str) -> Client:
    return Client(page_url, verbose=False)


def test_the_question_is_all_it_needs(client: Client) -> None:
    """The result holds the answer's text, its quotes unbroken, and each citation."""
    answer = client.predict(QUESTION, api_name="/ask")
    assert ANSWER in answer["text"]
    assert answer["abstained"] is False
    (citation,) = answer["citations"]
    assert citation["quote"] in answer["text"]
    assert citation["clause"]["address"] == citation["label"]
    assert "<" not in answer["text"]


def test_filters_and_the_day_are_options(client: Client) -> None:
    """``/ask_within`` limits the answer to places, documents and a date, each optional."""
    answer = client.predict(
        "独立站有什么支持？", regions=["成都"], as_of="2026-01-01", api_name="/ask_within"
    )
    regions = {c["clause"]["document"]["region"] for c in answer["citations"]}
    assert regions == {"成都市"}
    refused = client.predict("独立站", ["上海"], api_name="/ask_within")
    assert refused["reason"] == "filter_matches_nothing"


@pytest.mark.parametrize(
    ("endpoint", "arguments"),
    [("/ask", ("",)), ("/ask", ("长" * 10_000,)), ("/ask_within", ("独立站", None, None, "bald"))],
)
def test_a_bad_call_says_what_is_wrong(
    client: Client, endpoint: str, arguments: tuple[Any, ...]
) -> None:
    """An empty or overlong question and a bad date are errors with their reason."""
    with pytest.raises(Exception, match="empty|limit|2026-01-31"):
        client.predict(*arguments, api_name=endpoint)


@pytest.mark.parametrize(
    ("endpoint", "data", "said"),
    [
        ("ask", [None], "a text is expected"),
        ("ask", [5], "a text is expected"),
        ("ask_within", ["独立站", [1], None, None], "a list of names"),
        ("ask_within", ["独立站", None, None, 20250101], "2026-01-31"),
    ],
)
def test_anything_may_come_over_plain_http(
    page_url: str, endpoint: str, data: list[Any], said: str
) -> None:
    """Values of a wrong kind are answered with what is wrong."""
    assert said in over_http(page_url, endpoint, data)


def test_only_what_is_meant_is_public(client: Client) -> None:
    """The page's own events are no endpoints; of those that are only the question is required."""
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    doors = {"/ask", "/ask_within", "/retrieve", "/clause", "/documents", "/rebuild"}
    assert set(endpoints) == doors
    for name in ("/ask", "/ask_within", "/retrieve"):
        parameters = endpoints[name]["parameters"]
        required = [p["parameter_name"] for p in parameters if not p["parameter_has_default"]]
        assert required == ["question"]


def over_http(page_url: str, endpoint: str, data: list[Any]) -> str:
    """What an endpoint answers over plain HTTP: a POST gives an id, a GET the events."""
    call = f"{page_url}gradio_api/call/{endpoint}"
    body = json.dumps({"data": data}).encode()
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        ident = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{call}/{ident}", timeout=60) as response:
        return str(response.read().decode())


def test_plain_http_will_do(page_url: str) -> None:
    """The same over HTTP."""
    events = over_http(page_url, "ask", [QUESTION])
    data = json.loads(events.split("data: ", 1)[1].split("\n")[0])
    assert ANSWER in data[0]["text"]
