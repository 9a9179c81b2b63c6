"""Headless Chromium that looks at the dashboard, and keeps pictures of what it saw."""

import contextlib
import pathlib
import re
import tempfile
from collections.abc import Iterator
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from devstack.instance import Instance
from tests.support.waiting import wait_for

FLAGS = (
    "headless",
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "disable-dev-shm-usage",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "window-size=1400,1000",
)
PATIENCE_S = 60
BUSY = """
    if (document.readyState !== 'complete') return 'loading';
    if (window.jQuery && jQuery.active) return 'asking';
    var root = window.angular && angular.element(document.body).injector();
    if (root && root.get('$http').pendingRequests.length) return 'asking';
    if (document.querySelector('.modal-backdrop.fade:not(.in)')) return 'moving';
    return '';
"""
COMPLAINTS = ".alert-danger, .has-error .help-block, .errorlist"


class Browser:
    """One person at one cloud's dashboard.

    pictures: the directory that gets a screenshot of each page, `<number>-<name>.png`.
    """

    def __init__(self, cloud: Instance, pictures: pathlib.Path, profile: str) -> None:
        self.root = cloud.url("dashboard")
        self.pictures = pictures
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"user-data-dir={profile}"):
            options.add_argument(f"--{flag}")
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(PATIENCE_S)

    def log_in(self, user: str, password: str) -> None:
        """Log in by the form, and return on the page after it, wherever that leads.

        The form's own page stays complete until the answer comes: what counts is that it is gone.
        """
        self.go("/auth/login/")
        self.fill("#id_username", user)
        self.fill("#id_password", password)
        form = self.one("#loginBtn")
        self.click("#loginBtn")
        wait_for(lambda: _gone(form), timeout_s=PATIENCE_S, every_s=0.1)
        self.settle()

    def go(self, path: str) -> None:
        """Open a page, and return once it has asked for all it shows."""
        self.driver.get(path if path.startswith("http") else self.root + path)
        self.settle()

    def visit(self, path: str) -> None:
        """Open a page, keep its picture, and fail when it shows an error."""
        self.go(path)
        self.look(re.sub(r"\W+", "-", path.removeprefix(self.root)).strip("-"))

    def look(self, name: str) -> None:
        """Keep a picture of what is shown, and fail when an error is among it."""
        self.settle()
        self.picture(name)
        found = self.complaints()
        assert not found, f"{name}: {found}"
        broken = re.search(r"not found|something went wrong|forbidden", self.driver.title, re.I)
        assert not broken, f"{name}: {self.driver.title}"

    def picture(self, name: str) -> None:
        """Keep a picture."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        number = len(list(self.pictures.glob("*.png"))) + 1
        self.driver.save_screenshot(str(self.pictures / f"{number:03}-{name}.png"))

    def complaints(self) -> list[str]:
        """Return the errors that the page shows."""
        return [text for text in map(_text, self.all(COMPLAINTS)) if text]

    def settle(self) -> None:
        """Return once the page is loaded, and nothing it asked for is still to come."""
        wait_for(lambda: self.driver.execute_script(BUSY), "", timeout_s=PATIENCE_S, every_s=0.1)

    def all(self, css: str) -> list[Any]:
        """Return the elements of a selector that are shown."""
        return [one for one in self.driver.find_elements(By.CSS_SELECTOR, css) if _shown(one)]

    def one(self, css: str) -> Any:
        """Return the first element of a selector, once it is shown."""
        return wait_for(lambda: self.all(css), timeout_s=PATIENCE_S, every_s=0.1)[0]

    def click(self, css: str, text: str = "") -> None:
        """Click what a selector finds, the first that has this text; wait for what it causes."""

        def clicked() -> bool:
            for one in self.all(css):
                if text in _text(one):
                    with contextlib.suppress(WebDriverException):
                        one.click()
                        return True
            return False

        wait_for(clicked, timeout_s=PATIENCE_S, every_s=0.1)
        self.settle()

    def fill(self, css: str, text: str) -> None:
        """Write into a field."""
        field = self.one(css)
        if field.get_attribute("type") != "file":
            field.clear()
        field.send_keys(text)

    def upload(self, css: str, path: pathlib.Path) -> None:
        """Give a file to a field, which may be hidden behind a button."""
        self.driver.find_element(By.CSS_SELECTOR, css).send_keys(str(path))

    def choose(self, css: str, text: str) -> None:
        """Pick from a list; a part of the text is enough."""
        found = Select(self.driver.find_element(By.CSS_SELECTOR, css))
        for option in found.options:
            if text in option.get_attribute("textContent"):
                value = option.get_attribute("value")
                # Themed lists hide the element that holds the value.
                self.driver.execute_script(
                    "$(arguments[0]).val(arguments[1]).trigger('change')", found._el, value
                )
                return
        raise AssertionError(f"{css} does not offer {text}")

    def take(self, name: str) -> None:
        """In a dialog's table of choices, take the row that begins so, unless it is taken."""
        row = self.row(".modal-content tr", name)
        for button in row.find_elements(By.CSS_SELECTOR, ".fa-arrow-up"):
            if _shown(button):
                button.click()
        self.settle()

    def row(self, css: str, name: str, *texts: str, timeout_s: float = PATIENCE_S) -> Any:
        """Return the row that begins with a name, once it has these texts too."""

        def found() -> list[Any]:
            rows = [row for row in self.all(css) if _text(row).split("\n")[0].startswith(name)]
            return [row for row in rows if all(text in _text(row) for text in texts)]

        return wait_for(found, timeout_s=timeout_s, every_s=0.3)[0]

    def shows(self, text: str, timeout_s: float = PATIENCE_S) -> None:
        """Return once a text is on the page."""
        wait_for(lambda: text in self.text(), timeout_s=timeout_s, every_s=0.3)

    def text(self) -> str:
        """Return what the page says."""
        return _text(self.driver.find_element(By.TAG_NAME, "body"))


@contextlib.contextmanager
def browsing(cloud: Instance, pictures: pathlib.Path) -> Iterator[Browser]:
    """A browser with a new profile, for the block."""
    with tempfile.TemporaryDirectory(prefix="cumulet-browser-") as profile:
        browser = Browser(cloud, pictures, profile)
        try:
            yield browser
        finally:
            browser.driver.quit()


def _gone(element: Any) -> bool:
    """Tell whether an element's page has made room for another."""
    try:
        element.is_enabled()
    except WebDriverException:
        return True
    return False


def _shown(element: Any) -> bool:
    try:
        return bool(element.is_displayed())
    except WebDriverException:
        return False


def _text(element: Any) -> str:
    try:
        return str(element.text)
    except WebDriverException:
        return ""
