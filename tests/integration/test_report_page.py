# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's page in headless Chromium: it is read, filtered and unfolded as people do it."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    MARKS,
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
    checks = {
        id: {"title": rule.title, "remedy": rule.remedy, "references": [*rule.references]} for id, rule in RULES.items()
    }
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


@contextmanager
def window(browser: webdriver.Chrome, width: int, *features: dict[str, str]) -> Iterator[None]:
    """Make it as wide as that, however small the browser's own window may be."""
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    yield
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def fits(browser: webdriver.Chrome) -> bool:
    """Whether nothing runs out of the page, or out of what is seen of the table, but for its cells."""
    return browser.execute_script(
        """
        const outside = "main *:not(.hidden, .status, .wide, .wide *)";
        const inner = [...document.querySelectorAll(`${outside}, .details p, .details li`)];
        return document.documentElement.scrollWidth <= innerWidth
          && inner.every(element => element.getBoundingClientRect().right <= innerWidth + 1)
        """
    )


def shown(browser: webdriver.Chrome) -> list[str]:
    """Return the names of the accounts that are shown."""
    rows = browser.find_elements(By.CSS_SELECTOR, "tbody tr[data-number]")
    return [row.find_element(By.TAG_NAME, "button").text for row in rows if row.is_displayed()]


def text_of(browser: webdriver.Chrome, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def sign_of(browser: webdriver.Chrome, selector: str) -> str:
    """Return what is drawn before an element, and not read aloud."""
    drawn = browser.execute_script(
        "return getComputedStyle(document.querySelector(arguments[0]), '::before').content", selector
    )
    shown, _slash, aloud = drawn.partition(" / ")
    assert aloud == '""'
    return shown.replace('" "', "").strip('"').strip()


def mixed(**more: Any) -> AccountReport:
    """Return an account that has a finding of each mark, those that count last."""
    marks = (
        ("policies", "not_applicable", True, None),
        ("administrator", "pass", True, None),
        ("root_access_keys", "fail", False, None),
        ("access_keys", "fail", True, "Later."),
        ("root_mfa", "unknown", True, None),
        ("mfa", "fail", True, None),
    )
    findings = tuple(Finding(id, status, f"Seen {id}.", *counts) for id, status, *counts in marks)
    return account(1, "mfa", **{"findings": findings, **more})


THREE = (account(1), account(2, "root_mfa"), account(3, "mfa", error="CreateUser failed: AccessDenied."))


def test_the_summary_says_what_matters(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    assert browser.title == "AWS administrators: 1 of 3 secure, with errors"
    told = text_of(browser, "main")
    assert "1 of 3 accounts is secure. 2 need work; see below." in told
    assert text_of(browser, ".work").split("\n") == [
        "CreateUser failed: AccessDenied.",
        "1 account: account-0003",
        RULES["root_mfa"].remedy,
        "1 account: account-0002 (root_mfa)",
        RULES["mfa"].remedy,
        "1 account: account-0003 (mfa)",
    ]
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
    Select(browser.find_element(By.ID, "check")).select_by_visible_text("The root user has MFA")
    assert shown(browser) == ["account-0002"]
    Select(browser.find_element(By.ID, "check")).select_by_visible_text("any check")
    Select(browser.find_element(By.ID, "verdict")).select_by_visible_text("error")
    assert shown(browser) == ["account-0003"]


def test_details_are_unfolded_and_folded_by_mouse_and_keyboard(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    first, second, _third = browser.find_elements(By.CSS_SELECTOR, "tbody button")
    first.click()
    assert first.get_attribute("aria-expanded") == "true"
    assert "fails The root user has MFA (root_mfa): Seen <root_mfa> & told." in text_of(browser, "tr.details")
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
    browser.find_element(By.CSS_SELECTOR, "tbody button").click()
    told = text_of(browser, "tr.details")
    assert "accepted The root user has MFA (root_mfa): No MFA. Accepted: The key comes on Monday." in told
    assert "Proven on 2026-01-02 03:04 UTC: MFA device, permissions. The password was not tried." in told


def test_what_has_changed_is_told(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(account(1, "mfa", drift=Drift(WHEN, "secure", ("mfa",), ("root_mfa",))))
    told = {cell.get_property("textContent") for cell in browser.find_elements(By.CSS_SELECTOR, "td.status")}
    assert told == {"passes", "passes better", "fails worse"}
    assert (sign_of(browser, "td.worse"), sign_of(browser, "td.better")) == ("✗ ▼", "✓ ▲")
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
    cells = browser.find_elements(By.CSS_SELECTOR, "td.status")
    assert {cell.get_property("textContent") for cell in cells} == {"passes", "fails"}
    heads = browser.find_elements(By.TAG_NAME, "th")
    assert {head.get_attribute("scope") for head in heads} == {"col", "row"}


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read_by_day_and_by_night(
    browser: webdriver.Chrome, opened: Callable[..., webdriver.Chrome], scheme: str, width: int
) -> None:
    with window(browser, width, {"name": "prefers-color-scheme", "value": scheme}):
        opened(mixed(error="It went wrong."), account(2), account(3, "mfa", drift=Drift(WHEN, "secure", ("mfa",), ())))
        browser.find_element(By.CSS_SELECTOR, "tbody button").click()
        contrasts = browser.execute_script(
            """
            const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
            const bytes = (...colours) => {
              for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
              return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
            };
            const light = (...colours) => bytes(...colours).map(part => part / 255)
              .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
              .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
            const behind = element => element
              ? [...behind(element.parentElement), getComputedStyle(element).backgroundColor] : ["#fff"];
            return [...document.querySelectorAll("body *:not(script, option)")]
              .filter(element => element.checkVisibility()).map(element => {
                const front = light(getComputedStyle(element).color), back = light(...behind(element));
                const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
                return [contrast, element.outerHTML.slice(0, 60)];
              });
            """
        )
    assert len(contrasts) > 100
    # WCAG 2.2, 1.4.3: Contrast (Minimum)
    assert min(contrasts)[0] >= 4.5, min(contrasts)


def test_it_can_be_printed(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*THREE)
    # Where the machine is busy, Chromium may say "Printing failed" of any page, and print it a moment later
    wait = WebDriverWait(browser, 60, ignored_exceptions=[WebDriverException])
    printed = base64.b64decode(wait.until(lambda chrome: chrome.print_page()))
    assert printed.startswith(b"%PDF")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not browser.find_element(By.CLASS_NAME, "controls").is_displayed()
    # So do signs and their words
    assert sign_of(browser, "td.fail") == "✗"
    # What did not pass is there without a click
    assert "CreateUser failed: AccessDenied." in text_of(browser, "section[aria-labelledby=why]")
    assert "(root_mfa): Seen <root_mfa> & told." in text_of(browser, "section[aria-labelledby=why]")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("width", [400, 1400])
def test_the_name_of_an_account_has_room_and_the_page_is_as_wide_as_its_window(
    browser: webdriver.Chrome, opened: Callable[..., webdriver.Chrome], width: int
) -> None:
    with window(browser, width):
        opened(*THREE)
        sizes = [cell.size for cell in browser.find_elements(By.CSS_SELECTOR, "tbody th button")]
        assert {size["width"] >= 90 and size["height"] < 30 for size in sizes} == {True}, sizes
        assert fits(browser)


NAME = "workloads-eu-central-1-payments-and-settlement-of-production"
ARN = f"arn:aws:sts::111122223333:assumed-role/OrganizationAccountAccessRole/{NAME}"
SHORT = "somebody_of_another_department_2"


@pytest.mark.parametrize("width", [360, 400, 760, 1400])
def test_whatever_is_said_fits_and_no_name_breaks_that_fits_a_line(
    browser: webdriver.Chrome, opened: Callable[..., webdriver.Chrome], width: int
) -> None:
    told = f"{ARN} is not {SHORT}, and no {SHORT} is {SHORT} or {'x' * 200}."
    findings = tuple(Finding(id, "fail" if id == "mfa" else "unknown", told, True, None) for id in RULES)
    url = "https://acme-of-the-whole-organisation.signin.aws.amazon.com/console"
    more = {"name": SHORT, "error": f"It went wrong: {told}", "sign_in_url": url}
    with window(browser, width):
        opened(mixed(findings=findings, **more), account(2, "mfa", name=NAME), account(3, "mfa", name="x" * 200))
        for button in browser.find_elements(By.CSS_SELECTOR, "tbody button"):
            button.click()
        assert fits(browser)
        # What lies in one line has one top
        broken = browser.execute_script(
            """
            const found = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
            for (let text; text = walker.nextNode();) {
              for (const word of text.data.matchAll(/[\\w]{4,}/g)) {
                const range = document.createRange();
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                const tops = new Set([...range.getClientRects()].filter(box => box.height > 2).map(box => box.top));
                if (tops.size > 1 && text.parentElement.checkVisibility() && !text.parentElement.closest(".check"))
                  found.push(word[0]);
              }
            }
            return found;
            """
        )
        assert {word for word in broken if word != "x" * 200} == set()
        torn = browser.execute_script(
            """
            return [...document.querySelectorAll("main .name")].filter(name => name.checkVisibility()).filter(name => {
              const around = name.parentElement.closest("li, p, h3, th"), style = getComputedStyle(around);
              const room = around.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
              const whole = name.parentElement.appendChild(name.cloneNode(true));
              whole.style = "position: absolute; white-space: nowrap; width: max-content; max-width: none";
              const isTorn = name.getClientRects().length * name.offsetHeight > 1.5 * whole.offsetHeight
                && whole.offsetWidth <= room;
              whole.remove();
              return isTorn;
            }).map(name => name.textContent);
            """
        )
        assert torn == []


def test_a_phone_has_a_card_for_each_account_with_what_counts_first(
    browser: webdriver.Chrome, opened: Callable[..., webdriver.Chrome]
) -> None:
    with window(browser, 400):
        opened(mixed())
        cells = browser.find_elements(By.CSS_SELECTOR, "tbody .status")
        shown = sorted((cell.location["y"], cell.get_property("className")) for cell in cells if cell.is_displayed())
        # What passes is in the details
        assert [names for _y, names in shown] == ["status fail", "status unknown", "status accepted", "status noted"]
        assert len({y for y, _names in shown}) == 4
        labels = browser.execute_script(
            "return arguments[0].map(cell => getComputedStyle(cell, '::after').content)", cells
        )
        heads = [head.get_property("textContent") for head in browser.find_elements(By.CSS_SELECTOR, ".check span")]
        assert labels == [f'"{head}"' for head in heads]


def test_a_column_is_headed_by_a_title_and_those_that_count_against_most_accounts_come_first(
    opened: Callable[..., webdriver.Chrome],
) -> None:
    browser = opened(account(1, "escalation"), account(2, "escalation"), account(3, "mfa"), account(4))
    heads = [head.get_property("textContent") for head in browser.find_elements(By.CSS_SELECTOR, "th.check")]
    first = ["escalation", "mfa"]
    assert heads == [f"{RULES[id].title} {id}" for id in (*first, *(id for id in RULES if id not in first))]
    sizes = browser.execute_script(
        """
        return [...document.querySelectorAll("th.check")].map(head => {
          const [title, id] = ["span", "small"].map(name => head.querySelector(name));
          const size = element => parseFloat(getComputedStyle(element).fontSize);
          const inner = head.querySelector("div");
          const isWithin = inner.scrollHeight <= inner.clientHeight && inner.scrollWidth <= head.clientWidth;
          return [size(title) > size(id), isWithin];
        });
        """
    )
    assert {tuple(fine) for fine in sizes} == {(True, True)}


def test_each_mark_has_a_sign_of_its_own_and_words(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(mixed())
    legend = dict(line.split(" ", 1) for line in text_of(browser, ".legend").split("\n"))
    assert list(legend.values()) == [
        "fails",
        "could not be read",
        "does not pass, and is accepted with a reason",
        "does not pass, and does not count",
        "passes",
        "does not apply",
    ]
    assert [sign_of(browser, f"td.{mark}") for mark in MARKS] == list(legend)
    words = ["fails", "could not be read", "accepted", "not counted", "passes", "does not apply"]
    told = [browser.find_element(By.CSS_SELECTOR, f"td.{mark}").get_property("textContent") for mark in MARKS]
    assert told == words
    browser.find_element(By.CSS_SELECTOR, "tbody button").click()
    # In the details what counts comes first, too
    marks = browser.find_elements(By.CSS_SELECTOR, "tr.details .mark")
    assert [mark.text for mark in marks] == words
    assert [sign_of(browser, f"tr.details .mark.{mark}") for mark in MARKS] == list(legend)


def test_a_thousand_accounts_are_a_page_too(opened: Callable[..., webdriver.Chrome]) -> None:
    browser = opened(*(account(number, "mfa" if number % 10 == 0 else "") for number in range(1000)))
    assert text_of(browser, "#count") == "1000 of 1000 shown"
    browser.find_element(By.ID, "text").send_keys("0999")
    assert shown(browser) == ["account-0999"]
