"""Chromium on a running Airflow, logged in as a person."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.scheduler import Scheduler

SLOWLY = 120_000
"""Milliseconds that a page may take on a loaded machine."""
expect.set_options(timeout=SLOWLY)


@contextmanager
def a_page(chromium: Path, folder: Path) -> Iterator[Page]:
    """A browser that asks nothing of anyone but the page's own host."""
    quiet = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync")  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            str(folder / "profile"),
            executable_path=str(chromium),
            args=list(quiet),
            env=os.environ | {"HOME": str(folder)},
        )
        browser.set_default_timeout(SLOWLY)
        try:
            yield browser.pages[0]
        finally:
            browser.close()


def log_in(page: Page, airflow: Scheduler) -> None:
    user, password = airflow.credentials()
    page.goto(f"{airflow.url}/auth/login")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def rest(page: Page) -> None:
    """For as long as a test waits for a run: Airflow's pages ask its server for news all the time, and draw it."""
    page.goto("about:blank")
