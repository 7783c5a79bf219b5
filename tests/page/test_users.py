"""Who may log in: the file of users, the login page, cookies, and HTTP Basic."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import argon2
import pytest
from axe_playwright_python.sync_playwright import Axe
from gradio_client import Client
from gradio_client.exceptions import AuthenticationError
from playwright.sync_api import Browser
from typer.testing import CliRunner, Result

from assistant import Assistant, Settings
from assistant.cli import app
from assistant.errors import UsersError
from assistant.page import sessions, users
from assistant.page.users import Users
from tests.conftest import ROOT
from tests.page.servers import Page, run, served

Little = tuple[Assistant, Settings]
PASSWORD, OTHER = "正确的 horse battery", "another password"


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Hashes of Argon2 that cost next to nothing, for the speed of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(users, "_HASHER", cheap)
        yield


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two users."""
    path = tmp_path_factory.mktemp("users") / "users"
    users.add(path, "ann", PASSWORD)
    users.add(path, "王芳", OTHER)
    return path


@pytest.fixture(scope="module")
def page(little: Little, file: Path) -> Iterator[Page]:
    """A page that asks who comes; ann may edit."""
    with served(*little, users=file, editors=("ann",)) as served_page:
        yield served_page


def log_in(client: Any, name: str = "ann", password: str = PASSWORD, **form: str) -> Any:
    """Sends the login form as a browser does."""
    return client.post(
        "/login", data={"username": name, "password": password, **form},
        headers={"Accept": "text/html"},
    )  # fmt: skip


# the file


def test_a_user_is_added_changed_and_removed(tmp_path: Path) -> None:
    """The file keeps its comments and its other users; only its owner may read it."""
    path = tmp_path / "new" / "users"
    assert users.add(path, "ann", PASSWORD)
    path.write_text("# who may come in\n\n" + path.read_text("utf-8"), "utf-8")
    assert users.add(path, "bob", OTHER)
    assert not users.add(path, "ann", OTHER)
    assert set(users.read(path)) == {"ann", "bob"}
    assert path.read_text("utf-8").startswith("# who may come in\n\n")
    assert path.stat().st_mode & 0o777 == 0o600
    known = Users(path)
    assert known.verify("ann", OTHER)
    assert not known.verify("ann", PASSWORD)
    users.remove(path, "ann")
    assert set(users.read(path)) == {"bob"}
    assert {one.name for one in path.parent.iterdir()} <= {"users", ".users.lock"}


def test_no_password_is_in_the_file(file: Path) -> None:
    """It holds salted hashes: the same password twice gives two of them."""
    text = file.read_text("utf-8")
    assert PASSWORD not in text
    assert text.count("$argon2id$") == 2


def test_the_same_letters_typed_otherwise_are_the_same(tmp_path: Path) -> None:
    """Unicode writes é in two ways; names and passwords do not care."""
    path = tmp_path / "users"
    users.add(path, "rene\u0301e", "cafe\u0301 cafe\u0301")
    assert Users(path).verify("ren\u00e9e", "caf\u00e9 caf\u00e9")
    assert not users.add(path, "ren\u00e9e", OTHER)


@pytest.mark.parametrize(
    ("name", "password"),
    [("", PASSWORD), ("a:b", PASSWORD), ("a b", PASSWORD), ("#a", PASSWORD), ("*", PASSWORD),
     ("a\n", PASSWORD), ("../a", PASSWORD), ("a" * 65, PASSWORD), ("a,b", PASSWORD),
     ("a", "short"), ("a", "x" * 1_025), ("a", "\udcff" * 10)],
)  # fmt: skip
def test_names_and_passwords_that_can_not_be_taken(
    tmp_path: Path, name: str, password: str
) -> None:
    """They are errors, and no file is made."""
    with pytest.raises(UsersError, match=r"Take|UTF-8"):
        users.add(tmp_path / "users", name, password)
    assert not (tmp_path / "users").exists()


@pytest.mark.parametrize(
    "text", ["ann", "ann:password", "ann:$2y$05$x", "ann:\n", ":$argon2id$x", "a b:$argon2id$x",
             "ann:$argon2id$x\nann:$argon2id$y"],
)  # fmt: skip
def test_a_line_that_is_no_user_is_named(tmp_path: Path, text: str) -> None:
    """Passwords as they are, or other hashes, are not taken for users."""
    path = tmp_path / "users"
    path.write_text(f"# users\n{text}\n", "utf-8")
    with pytest.raises(UsersError, match=r"line [23]"):
        Users(path)


def test_a_file_without_users_lets_nobody_be_served(tmp_path: Path) -> None:
    """A missing file and one that names nobody are errors with the command that mends them."""
    with pytest.raises(UsersError, match="assistant users add"):
        Users(tmp_path / "none")
    (tmp_path / "empty").write_text("# nobody\n", "utf-8")
    with pytest.raises(UsersError, match="assistant users add"):
        Users(tmp_path / "empty")
    users.add(tmp_path / "users", "ann", PASSWORD)
    with pytest.raises(UsersError, match="no user bob"):
        users.remove(tmp_path / "users", "bob")


def test_a_damaged_hash_lets_nobody_in(tmp_path: Path) -> None:
    """It is a user whose password is never right."""
    path = tmp_path / "users"
    path.write_text("ann:$argon2id$broken\n", "utf-8")
    assert not Users(path).verify("ann", "broken")


def test_an_unknown_name_costs_as_much(file: Path) -> None:
    """What a wrong name is checked against has the parameters of a real hash; those the program
    uses are none that can be tried by the million."""
    assert argon2.PasswordHasher().memory_cost >= 64 * 1024
    known = Users(file)
    real = argon2.extract_parameters(users.read(file)["ann"])
    assert argon2.extract_parameters(known._nobody) == real
    assert not known.verify("nobody", PASSWORD)


def test_a_file_that_goes_away_lets_nobody_in(tmp_path: Path) -> None:
    """Also who was known before; and it is heeded as soon as it is back."""
    path = tmp_path / "users"
    users.add(path, "ann", PASSWORD)
    known, text = Users(path), path.read_text("utf-8")
    seal = known.seal("ann")
    path.unlink()
    assert known.seal("ann") is None
    assert not known.verify("ann", PASSWORD)
    path.write_text("nonsense", "utf-8")
    assert known.seal("ann") is None
    path.write_text(text, "utf-8")
    assert known.seal("ann") == seal


def test_the_commands_add_list_and_remove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password comes in unseen, never as an argument; the file is that of the settings."""
    path = tmp_path / "users"
    monkeypatch.setenv("ASSISTANT_USERS", str(path))

    def run(*arguments: str, said: str = "") -> Result:
        return CliRunner().invoke(app, ["users", *arguments], input=said)

    assert run("add", "ann", said=f"{PASSWORD}\n").output.startswith("ann may log in now")
    assert run("add", "ann", said=f"{OTHER}\r\n").output.startswith("ann has a new password")
    assert Users(path).verify("ann", OTHER)
    assert run("list").output == "ann\n"
    assert "no user bob" in str(run("remove", "bob").exception)
    assert run("remove", "ann").exit_code == 0
    assert users.read(path) == {}
    assert run("add", "ann", "password").exit_code == 2
    assert "8 to 1,024" in str(run("add", "ann").exception)
    monkeypatch.delenv("ASSISTANT_USERS")
    assert "--users FILE" in str(run("list").exception)


def test_a_password_can_be_piped_in(tmp_path: Path) -> None:
    """In a real process, whose arguments do not hold it."""
    path = tmp_path / "users"
    process = subprocess.run(
        [sys.executable, "-m", "assistant", "users", "add", "ann", "--users", str(path)],
        cwd=ROOT, input=f"{PASSWORD}\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert process.stdout.startswith("ann may log in now")
    assert PASSWORD not in process.stdout + process.stderr
    assert Users(path).verify("ann", PASSWORD)


# what is closed


def test_nothing_is_served_without_a_login(page: Page) -> None:
    """But the login page, whether the program is well, and what robots are told."""
    with page.http() as client:
        for path in ("/config", "/theme.css", "/gradio_api/info", "/assets/x.js", "/favicon.ico",
                     "/static/img/logo.svg", "/gradio_api/heartbeat/x",
                     "/gradio_api/queue/data?session_hash=x", "/gradio_api/call/ask/x"):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"].startswith("Basic")
        for path in ("/gradio_api/queue/join", "/gradio_api/call/ask", "/api/ask", "/api/rebuild"):
            assert client.post(path, json={"data": []}).status_code == 401, path
        for path in ("/healthz", "/login", "/robots.txt"):
            assert client.get(path).status_code == 200, path


def test_a_browser_is_led_to_the_login_page(page: Page) -> None:
    """And from there to what was asked for; its own password window is not opened."""
    with page.http() as client:
        led = client.get("/?clause=a%26b&x=1", headers={"Accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (
            303, "/login?next=clause%3Da%2526b%26x%3D1",
        )  # fmt: skip
        form = client.get(led.headers["location"])
        assert 'name="next" value="clause=a%26b&amp;x=1"' in form.text
        back = log_in(client, next="clause=a%26b&x=1")
        assert (back.status_code, back.headers["location"]) == (303, "/?clause=a%26b&x=1")
        client.cookies.clear()
        fetched = client.get("/config", headers={"Sec-Fetch-Mode": "cors"})
        assert fetched.status_code == 401
        assert "www-authenticate" not in fetched.headers


@pytest.mark.parametrize(
    "next_",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\r\nLocation: https://evil.example",
     "@evil.example", "javascript:alert(1)", "..//evil.example", "#x", "\x00", "%0d%0aX: y", "甲"],
)  # fmt: skip
def test_a_login_leads_nowhere_else(page: Page, next_: str) -> None:
    """Whatever a link to the login page says, one comes to the page itself."""
    with page.http() as client:
        answer = log_in(client, next=next_)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/?")
    assert answer.headers["location"].isascii()
    assert "x" not in answer.headers


def test_the_login_page_shows_no_markup_of_others(page: Page) -> None:
    """What a link puts into it is text; so is a name that was wrong."""
    with page.http() as client:
        evil = '"><script>alert(1)</script>'
        for text in (
            client.get("/login", params={"next": evil}).text,
            log_in(client, name=evil, password="x", next=evil).text,
        ):
            assert "<script" not in text
            assert "&lt;script&gt;" in text


# logging in


def test_the_cookie_is_kept_from_scripts_and_other_sites(page: Page) -> None:
    """It is HttpOnly and SameSite=Lax; what it says is signed."""
    with page.http() as client:
        answer = log_in(client)
        said = answer.headers["set-cookie"].lower()
        assert {"httponly", "samesite=lax", "path=/"} <= set(said.split("; "))
        assert "secure" not in said
        assert client.get("/config").status_code == 200
        name = f"assistant_{page.serving.port}"
        value = client.cookies[name]
        for forged in (value[:-1], "x" + value, value.replace(".", "", 1), "", "a.b.c", value * 50):
            client.cookies.clear()
            client.cookies.set(name, forged)
            assert client.get("/config").status_code == 401


def test_the_cookie_goes_by_https_where_the_page_does(little: Little, file: Path) -> None:
    """Behind a proxy with https the cookie is Secure and stays below the page's path."""
    with (
        served(*little, users=file, root_path="https://example.com/p") as page,
        page.http() as client,
    ):
        said = log_in(client).headers["set-cookie"]
        assert {"Secure", "Path=/p/"} <= set(said.split("; "))
        assert log_in(client).headers["location"] == "/p/"


def test_who_logs_out_is_out(page: Page) -> None:
    """Also with the cookie that was kept."""
    with page.http() as client:
        log_in(client)
        kept = dict(client.cookies)
        assert client.get("/logout").headers["location"] == "/login"
        assert client.get("/config").status_code == 401
        client.cookies.update(kept)
        assert client.get("/config").status_code == 401


def test_a_wrong_password_lets_nobody_in(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does a wrong name, another's password, or nothing; the sentence is the same."""
    with page.http() as client:
        said = set()
        for name, password in (
            ("ann", OTHER), ("nobody", PASSWORD), ("ann", ""), ("", ""), ("ann\0", PASSWORD),
        ):  # fmt: skip
            answer = log_in(client, name=name, password=password)
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers
            said.add(answer.text.partition('role="alert">')[2].partition("<")[0])
        assert len(said) == 1
        assert client.post("/login", content=b"\xff\xfe").status_code == 401
        assert client.get("/config").status_code == 401


def test_who_guesses_has_to_wait(little: Little, file: Path) -> None:
    """After ten wrong passwords an address may try no more for some minutes, not even the right
    one; who has logged in before is not disturbed."""
    with served(*little, users=file) as page, page.http() as client, page.http() as known:
        log_in(known)
        for _ in range(10):
            assert log_in(client, password="guess").status_code == 401
        for _ in range(2):
            refused = log_in(client)
            assert refused.status_code == 429
            assert 0 < int(refused.headers["retry-after"]) <= 300
            assert client.get("/config", auth=("王芳", OTHER)).status_code == 429
        assert known.get("/config").status_code == 200


def test_many_guesses_at_once_are_counted_too(file: Path) -> None:
    """Of a hundred that come together ten are looked at; the right one, though it is remembered
    from elsewhere, is no exception. The same pair many times over is one."""

    async def guess() -> None:
        page = sessions.Sessions(Users(file))
        assert (await page.login("ann", PASSWORD, "1.1.1.1")).name == "ann"
        tried = [page.login("ann", f"guess number {i}", "2.2.2.2") for i in range(100)]
        tried.append(page.login("ann", PASSWORD, "2.2.2.2"))
        found = await asyncio.gather(*tried)
        assert [one.name for one in found if one.name] == []
        assert sum(one.wait == 0 for one in found) == 10
        again = await asyncio.gather(*(page.login("王芳", OTHER, "3.3.3.3") for _ in range(50)))
        assert {one.name for one in again} == {"王芳"}
        wrong = await asyncio.gather(*(page.login("王芳", "x" * 9, "3.3.3.3") for _ in range(50)))
        assert {(one.name, one.wait) for one in wrong} == {("", 0)}

    run(guess)


def test_after_a_while_one_may_try_again() -> None:
    """What was tried long ago does not count; what was right never did."""
    attempts = sessions.Attempts(2, 0.05)
    assert attempts.begin("a") == 0
    attempts.take_back("a")
    assert [attempts.begin("a") for _ in range(2)] == [0, 0]
    assert attempts.begin("a") == 1
    assert attempts.begin("b") == 0
    time.sleep(0.06)
    assert attempts.begin("a") == 0


def test_programs_send_their_password_each_time(page: Page) -> None:
    """HTTP Basic, in UTF-8; a pair that was right is not checked anew each time."""
    with page.http() as client:
        for name, password in (("ann", PASSWORD), ("王芳", OTHER)):
            basic = basic_of(name, password)
            assert client.get("/config", headers=basic).status_code == 200
            assert client.post("/api/documents", headers=basic).status_code == 200
        for wrong in ("Basic", "Basic !", "Basic Og==", "Bearer x", "Basic /////w==", "x" * 5_000):
            assert client.get("/config", headers={"Authorization": wrong}).status_code == 401


def basic_of(name: str, password: str) -> dict[str, str]:
    """What a program sends."""
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def test_gradios_own_client_logs_in(page: Page) -> None:
    """``Client(url, auth=(name, password))`` works, and without says that it must."""
    client = Client(page.url, auth=("ann", PASSWORD), verbose=False)
    assert client.predict("杭州 一", api_name="/clause")["number"] == "一"
    client.close()
    with pytest.raises(AuthenticationError):
        Client(page.url, verbose=False)
    with pytest.raises(AuthenticationError):
        Client(page.url, auth=("ann", "wrong password"), verbose=False)


@pytest.mark.parametrize(
    ("name", "password", "status"), [("ann", PASSWORD, 200), ("王芳", OTHER, 403)]
)
def test_only_editors_may_rebuild(page: Page, name: str, password: str, status: int) -> None:
    """Users are editors where the settings name them."""
    with page.http() as client:
        answer = client.post("/api/rebuild", headers=basic_of(name, password))
        assert answer.status_code == status


@pytest.mark.parametrize("change", ["removed", "changed"])
def test_a_change_of_the_file_ends_sessions(little: Little, tmp_path: Path, change: str) -> None:
    """A removed user and a changed password are out at once: by cookie and by Basic."""
    path = tmp_path / "users"
    users.add(path, "ann", PASSWORD)
    users.add(path, "bob", OTHER)
    with served(*little, users=path) as page, page.http() as client:
        log_in(client)
        basic = basic_of("ann", PASSWORD)
        assert client.get("/config").status_code == 200
        if change == "removed":
            users.remove(path, "ann")
        else:
            users.add(path, "ann", "yet another one")
        assert client.get("/config").status_code == 401
        assert client.get("/config", headers=basic).status_code == 401
        assert log_in(client, "bob", OTHER).status_code == 303


def test_a_key_is_good_for_one_start(file: Path) -> None:
    """What one start of the program signed is nothing to the next."""
    one, two = sessions.Sessions(Users(file)), sessions.Sessions(Users(file))
    cookie = one.begin("ann")
    assert one.user_of(cookie) == "ann"
    assert two.user_of(cookie) == ""


# in a browser


@pytest.mark.parametrize("dark", [False, True])
def test_people_log_in(page: Page, browser: Browser, dark: bool) -> None:
    """A browser comes to the login page, in Chinese first, and from there to the page that works;
    nothing is fetched from elsewhere and nothing breaks the policy."""
    context = browser.new_context(color_scheme="dark" if dark else "light")
    tab = context.new_page()
    said: list[str] = []
    urls: list[str] = []
    tab.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("request", lambda request: urls.append(request.url))
    tab.goto(f"{page.url}?x=1")
    assert tab.url.endswith("/login?next=x%3D1")
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(23, 25, 29)" if dark else "rgb(251, 250, 247)")
    serious = [
        one["id"] for one in Axe().run(tab).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]  # fmt: skip
    assert serious == []
    tab.get_by_label("用户名").fill("ann")
    tab.get_by_label("密码").fill("wrong password")
    tab.get_by_role("button", name="登录").click()
    tab.wait_for_selector("text=用户名或密码不正确")
    assert tab.get_by_label("用户名").input_value() == "ann"
    tab.get_by_label("密码").fill(PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#question textarea")
    assert tab.url == f"{page.url}?x=1"
    tab.fill("#question textarea", "杭州对自建独立站有什么补贴？")
    tab.press("#question textarea", "Enter")
    tab.wait_for_selector("#chat .bot.message >> text=200万元")
    context.close()
    assert [line for line in said if "401" not in line] == []
    assert all(url.startswith((page.url, "data:")) for url in urls)
