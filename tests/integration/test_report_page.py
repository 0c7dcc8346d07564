# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's page in headless Chromium: it is read, filtered and unfolded as people do it."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report import (
    AccountReport,
    Drift,
    Finding,
    Proven,
    Report,
    make_report,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_page import page

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="chromium and chromedriver are not on this machine (Debian: chromium-driver)"
)
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1400,1000",
)  # fmt: skip
WHEN = "2026-01-02T03:04:05+00:00"


def account(number: int, failing: str = "", **more: Any) -> AccountReport:
    """Return an account of which one check fails, or none."""
    findings = tuple(
        Finding(id, "fail" if id == failing else "pass", f"Seen <{id}> & told.", True, None) for id in RULES
    )
    return AccountReport(
        **{
            "name": f"account-{number:04}",
            "account_id": f"{number:012}",
            "user_name": "iamadmin",
            "sign_in_url": f"https://{number:012}.signin.aws.amazon.com/console",
            "verdict": "not secure" if failing else "secure",
            "error": None,
            "checked_at": WHEN,
            "findings": findings,
            **more,
        }
    )


def report(*accounts: AccountReport) -> Report:
    checks = {id: {"title": rule.title, "references": [*rule.references]} for id, rule in RULES.items()}
    return make_report(WHEN, accounts, checks)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """One that reaches nothing, and has a home that goes with it."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield chrome
    chrome.quit()


@pytest.fixture
def opened(browser: webdriver.Chrome, tmp_path: Path) -> Callable[..., webdriver.Chrome]:
    """Open the page of a report."""

    def open_page(*accounts: AccountReport) -> webdriver.Chrome:
        file = tmp_path / "report.html"
        file.write_text(page(report(*accounts)), encoding="utf-8")
        browser.get(f"file://{file}")
        return browser

    return open_page


def shown(browser: webdriver.Chrome) -> list[str]:
    """Return the names of the accounts that are shown."""
    rows = browser.find_elements(By.CSS_SELECTOR, "tbody tr[data-number]")
    return [row.find_element(By.TAG_NAME, "button").text for row in rows if row.is_displayed()]


def text_of(browser: webdriver.Chrome, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


THREE = (account(1), account(2, "root_mfa"), account(3, "mfa", error="CreateUser failed: AccessDenied."))


def test_the_summary_says_what_matters(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    assert browser.title == "AWS administrators: 1 of 3 secure"
    told = text_of(browser, "main")
    assert "1 of 3 accounts is secure. 2 need work, which is listed below." in told
    assert "The root user has MFA (root_mfa): not so in 1 account: account-0002." in told
    assert shown(browser) == ["account-0002", "account-0003", "account-0001"]
    browser = opened(account(1))
    assert "The account is secure: every check that counts has passed." in text_of(browser, "main")
    assert "What to do" not in text_of(browser, "main")


def test_the_accounts_are_filtered(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    search = browser.find_element(By.ID, "text")
    search.send_keys("0003")
    assert shown(browser) == ["account-0003"]
    assert text_of(browser, "#count") == "1 of 3 shown"
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.DELETE)
    Select(browser.find_element(By.ID, "verdict")).select_by_visible_text("secure")
    assert shown(browser) == ["account-0001"]
    Select(browser.find_element(By.ID, "verdict")).select_by_visible_text("all")
    Select(browser.find_element(By.ID, "check")).select_by_visible_text("root_mfa")
    assert shown(browser) == ["account-0002"]
    Select(browser.find_element(By.ID, "check")).select_by_visible_text("any check")
    Select(browser.find_element(By.ID, "verdict")).select_by_visible_text("error")
    assert shown(browser) == ["account-0003"]


def test_details_are_unfolded_and_folded_by_mouse_and_keyboard(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    first, second, _third = browser.find_elements(By.CSS_SELECTOR, "tbody button")
    first.click()
    assert first.get_attribute("aria-expanded") == "true"
    assert "The root user has MFA: Seen <root_mfa> & told." in text_of(browser, "tr.details")
    assert "CIS AWS Foundations Benchmark v7.0.0, 2.5" in text_of(browser, "tr.details")
    first.click()
    assert browser.find_elements(By.CSS_SELECTOR, "tr.details") == []
    second.send_keys(Keys.ENTER)
    assert "CreateUser failed: AccessDenied." in text_of(browser, "tr.details")
    # What is unfolded goes with its row
    browser.find_element(By.ID, "text").send_keys("0001")
    assert not browser.find_element(By.CSS_SELECTOR, "tr.details").is_displayed()


def test_what_was_accepted_and_what_was_proven_is_told(opened: Callable[..., webdriver.Chrome]) -> None:
    accepted = Finding("root_mfa", "fail", "No MFA.", True, "The key comes on Monday.")
    browser = opened(account(1, findings=(accepted,), proven=Proven(WHEN, ("device", "permissions"))))
    assert text_of(browser, "td.status.accepted .hidden").strip() in ("", "accepted")
    browser.find_element(By.CSS_SELECTOR, "tbody button").click()
    told = text_of(browser, "tr.details")
    assert "accepted The root user has MFA: No MFA. Accepted: The key comes on Monday." in told
    assert "Proven on 2026-01-02 03:04 UTC: MFA device, permissions. The password was not tried." in told


def test_what_has_changed_is_told(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(account(1, "mfa", drift=Drift(WHEN, "secure", ("mfa",), ("root_mfa",))))
    told = [cell.get_property("textContent") for cell in browser.find_elements(By.CSS_SELECTOR, "td.status .hidden")]
    assert [words for words in told if " worse" in words or " better" in words] == ["pass better", "fail worse"]
    browser.find_element(By.CSS_SELECTOR, "tbody button").click()
    assert "Since 2026-01-02 03:04 UTC worse: mfa; better: root_mfa; then secure." in text_of(browser, "tr.details")


def test_the_page_asks_nobody_and_complains_of_nothing(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    browser.get_log("performance")
    browser.refresh()
    assert browser.get_log("browser") == []
    asked = [entry["message"] for entry in browser.get_log("performance") if "requestWillBeSent" in entry["message"]]
    assert asked
    assert [message for message in asked if '"url":"file://' not in message] == []


def test_who_cannot_see_it_is_told_as_much(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    for control in browser.find_elements(By.CSS_SELECTOR, "input, select, button"):
        assert control.accessible_name
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    cells = browser.find_elements(By.CSS_SELECTOR, "td.status .hidden")
    assert {cell.get_property("textContent").strip() for cell in cells} == {"pass", "fail"}
    heads = browser.find_elements(By.TAG_NAME, "th")
    assert {head.get_attribute("scope") for head in heads} == {"col", "row"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read_by_day_and_by_night(opened: Callable[..., webdriver.Chrome], scheme: str) -> None:
    browser = opened(*THREE)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    contrasts = browser.execute_script(
        """
        const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
          .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
          .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
        const back = light(getComputedStyle(document.body).backgroundColor);
        return ["pass", "fail", "unknown", "noted", "not_applicable", "secure", "not-secure", "faint"].map(name => {
          const probe = document.body.appendChild(document.createElement("span"));
          probe.className = name;
          const front = light(getComputedStyle(probe).color);
          probe.remove();
          return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        });
        """
    )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    # WCAG 2.2, 1.4.3: Contrast (Minimum)
    assert min(contrasts) >= 4.5


def test_it_can_be_printed(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    # Where the machine is busy, Chromium may say "Printing failed" of any page, and print it a moment later
    wait = WebDriverWait(browser, 60, ignored_exceptions=[WebDriverException])
    printed = base64.b64decode(wait.until(lambda chrome: chrome.print_page()))
    assert printed.startswith(b"%PDF")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not browser.find_element(By.CLASS_NAME, "controls").is_displayed()
    # What did not pass is there without a click
    assert "CreateUser failed: AccessDenied." in text_of(browser, "section[aria-labelledby=why]")
    assert "root_mfa: Seen <root_mfa> & told." in text_of(browser, "section[aria-labelledby=why]")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("width", [400, 1400])
def test_the_name_of_an_account_has_room_and_the_page_is_as_wide_as_its_window(
    browser: webdriver.Chrome, opened: Callable[..., webdriver.Chrome], width: int
) -> None:
    browser.set_window_size(width, 1000)
    opened(*THREE)
    sizes = [cell.size for cell in browser.find_elements(By.CSS_SELECTOR, "tbody tr[data-number] > th")]
    assert {size["width"] >= 150 and size["height"] < 60 for size in sizes} == {True}, sizes
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    browser.set_window_size(1400, 1000)


def test_a_thousand_accounts_are_a_page_too(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*(account(number, "mfa" if number % 10 == 0 else "") for number in range(1000)))
    assert text_of(browser, "#count") == "1000 of 1000 shown"
    browser.find_element(By.ID, "text").send_keys("0999")
    assert shown(browser) == ["account-0999"]
