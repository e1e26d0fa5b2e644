"""The playbook plan, run as users run it, with no account; and its report in a real browser, where there is one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import PROGRAM, Browser, browser
from tests.servers import ROOT

HOSTILE = "</script><img src=x onerror=alert(1)>"
HOSTS = {
    "devbox-0": {"vm_cloud": "aws", "vm_region": "us-east-1", "vm_machine_type": "g5.xlarge", "vm_hourly_price": 1.006},
    "train-0": {
        "vm_cloud": "gcp",
        "vm_region": "us-central1",
        "vm_machine_type": "a2-highgpu-1g",
        "vm_hourly_price": 3.673385,
    },
    "odd": {"vm_cloud": "azure", "vm_region": "elsewhere", "vm_machine_type": HOSTILE, "vm_hourly_price": None},
}
USUAL = {
    "vm_market": "on_demand",
    "vm_state": "running",
    "vm_gpu_model": "a10g",
    "vm_gpu_count": 1,
    "vm_price_date": "2026-07-20",
    "vm_billed": True,
}
needs_a_browser = pytest.mark.skipif(
    PROGRAM is None, reason="the report is not looked at: no chromium here (apt-get install chromium)"
)


def play(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "ansible-playbook"
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GOOGLE_", "AZURE_", "ARM_"))
    }
    environment = {**kept, "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"), "HOME": str(folder), "PWD": str(folder), **more}
    return subprocess.run(
        [program, "playbooks/plan.yml", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What was printed, and the report, for a fleet of three."""
    folder = tmp_path_factory.mktemp("plan")
    hosts = {name: {"vm_name": name, "vm_fleet": "f", **USUAL, **words} for name, words in HOSTS.items()}
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    report = folder / "report.html"
    done = play(folder, "-i", str(inventory), "-e", f"plan_report={report}", "-e", "plan_width=90")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, report


def data_of(report: Path) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', report.read_text(), re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_terminal_shows_offers_and_fleet(made: tuple[str, Path]) -> None:
    out, report = made
    assert "CLOUD   REGION" in out
    assert "devbox-0" in out
    assert "(1 of 3 without a known price; they count as 0)" in out
    assert f"Report: {report}" in out


def test_the_report_has_every_offer_and_its_data(made: tuple[str, Path]) -> None:
    text, data = made[1].read_text(), data_of(made[1])
    assert len(data["offers"]) > 300
    assert text.count("<tr data-number=") == len(data["offers"])
    assert {offer["cloud"] for offer in data["offers"]} == {"aws", "azure", "gcp"}
    assert [vm["name"] for vm in data["fleet"]["vms"]] == ["train-0", "devbox-0", "odd"]


def test_the_report_names_no_other_place_and_runs_no_foreign_text(made: tuple[str, Path]) -> None:
    text = made[1].read_text()
    loading = re.findall(r"<[a-z][^>]*\s(?:src|href|action|srcset|data)=[\"']?([^\"'\s>]+)", text)
    assert set(loading) == {"data:,"}
    assert not re.search(r"url\(|@import", text)
    assert "default-src 'none'" in text
    assert HOSTILE not in text
    assert text.count("<script") == text.count("</script>") == 2


def test_again_nothing_changes_and_another_need_is_another_report(tmp_path: Path) -> None:
    report = tmp_path / "plan.html"
    words = ("-e", json.dumps({"plan_gpu_models": ["l4"], "plan_market": "on_demand", "plan_rows": 2, "plan_count": 3}))
    first = play(tmp_path, *words)
    assert first.returncode == 0, first.stdout + first.stderr
    assert {offer["gpu_model"] for offer in data_of(report)["offers"]} == {"l4"}
    assert "Monthly prices are for 3 machines" in report.read_text()
    assert "changed=0" in play(tmp_path, *words).stdout


def test_check_mode_says_that_nothing_is_written_and_the_report_how_it_is_sorted(tmp_path: Path) -> None:
    report = tmp_path / "plan.html"
    words = ("-e", json.dumps({"plan_gpu_models": ["l4"], "plan_market": "on_demand", "plan_sort": "price_per_gpu"}))
    assert f"Report would be written to: {report}" in play(tmp_path, *words, "--check").stdout
    assert not report.exists()
    assert f"Report: {report}" in play(tmp_path, *words).stdout
    text = report.read_text()
    assert "the cheapest per GPU first" in text
    assert "sustained use (N1, also with GPUs, up to 30 %" in text
    assert re.findall(r'aria-sort="ascending"><button type="button" data-key="(\w+)"', text) == ["price_per_gpu_hour"]
    assert f"Report: {report}" in play(tmp_path, *words, "--check").stdout


def test_a_wrong_word_is_refused_with_its_sentence(tmp_path: Path) -> None:
    done = play(tmp_path, "-e", '{"plan_gpu_models": ["l5"]}')
    assert done.returncode != 0
    assert "known models" in done.stdout + done.stderr
    assert not (tmp_path / "plan.html").exists()


@pytest.fixture(scope="module")
def page() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def column(page: Browser, number: int) -> list[str]:
    rows = "Array.from(document.querySelectorAll('#offers tbody tr:not([hidden])'))"
    return list(page.run(f"{rows}.map(row => row.cells[{number}].textContent)"))


def press(page: Browser, selector: str) -> None:
    page.run(f"document.querySelector({json.dumps(selector)}).click()")


@needs_a_browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_it_opens_without_network_complaint_or_overflow(
    page: Browser, made: tuple[str, Path], width: int, dark: bool
) -> None:
    page.complaints.clear()
    page.requests.clear()
    page.open(made[1], width, dark=dark)
    assert page.complaints == []
    assert set(page.requests) <= {made[1].resolve().as_uri(), "data:,"}
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.querySelectorAll('figure svg .point').length") > 50
    background = page.run("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is not dark


@needs_a_browser
def test_on_paper_it_is_black_on_white_without_controls_and_fits(page: Browser, made: tuple[str, Path]) -> None:
    page.open(made[1], 1000)
    page.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert page.run("document.documentElement.scrollWidth") <= 1000
    assert page.run("document.querySelector('#offers').getBoundingClientRect().right") <= 1000
    assert page.run("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.run("getComputedStyle(document.querySelector('#filters')).display") == "none"


@needs_a_browser
def test_the_table_sorts_both_ways_and_says_so(page: Browser, made: tuple[str, Path]) -> None:
    page.open(made[1])
    prices = [float(text.replace(",", "")) for text in column(page, 8)]
    assert len(prices) == 50
    assert prices == sorted(prices)
    press(page, "[data-key=hourly_price]")
    turned = [float(text.replace(",", "")) for text in column(page, 8)]
    assert turned == sorted(turned, reverse=True)
    assert turned[0] > prices[-1]
    assert (
        page.run("document.querySelector('[data-key=hourly_price]').parentElement.getAttribute('aria-sort')")
        == "descending"
    )
    press(page, "[data-key=tflops_bf16]")
    speeds = column(page, 5)
    assert "\u2013" not in speeds[:5], "what is not known comes last"
    assert page.run("document.querySelectorAll('#offers th[aria-sort=none]').length") == 11
    assert page.run("document.querySelector('#sort').value") == "tflops_bf16"


@needs_a_browser
def test_filters_narrow_table_and_charts(page: Browser, made: tuple[str, Path]) -> None:
    page.open(made[1])
    everything = page.run("document.querySelectorAll('#by-memory .point').length")
    for cloud in ("azure", "gcp"):
        press(page, f"[name=cloud][value={cloud}]")
    page.run(
        "(words => { words.value = 'L4'; words.dispatchEvent(new Event('input', {bubbles: true})); })(document.querySelector('#words'))"
    )
    assert set(column(page, 0)) == {"aws"}
    assert all("l4" in gpus for gpus in column(page, 3))
    assert 0 < page.run("document.querySelectorAll('#by-memory .point').length") < everything
    press(page, "[name=cloud][value=aws]")
    assert column(page, 0) == []
    assert "0 of" in page.run("document.querySelector('#shown').textContent")


@needs_a_browser
def test_more_rows_come_when_asked_for(page: Browser, made: tuple[str, Path]) -> None:
    page.open(made[1])
    press(page, "#more")
    assert len(column(page, 0)) == 100
    press(page, "#all")
    assert len(column(page, 0)) == len(data_of(made[1])["offers"])
    assert page.run("document.querySelector('#more').hidden")


@needs_a_browser
def test_the_browser_reckons_as_the_playbook_does_and_anew_with_other_assumptions(
    page: Browser, made: tuple[str, Path]
) -> None:
    page.open(made[1])
    totals = data_of(made[1])["fleet"]["totals"]

    def shown(name: str) -> float:
        return float(page.run(f"document.querySelector('#sum-{name}').textContent").replace(",", ""))

    for name in ("now", "spot", "idle_stop"):
        assert shown(name) == pytest.approx(totals[name], abs=0.02)
    page.run(
        "(hours => { hours.value = 168; hours.dispatchEvent(new Event('input', {bubbles: true})); })(document.querySelector('#busy_hours_per_week'))"
    )
    assert shown("idle_stop") == pytest.approx(totals["now"], abs=0.02)


@needs_a_browser
def test_every_control_has_a_name_and_tables_have_heads(page: Browser, made: tuple[str, Path]) -> None:
    page.open(made[1])
    nameless = page.run(
        "Array.from(document.querySelectorAll('input, select, button')).filter(one => one.type !== 'hidden' && !one.labels?.length"
        " && !one.textContent.trim()).map(one => one.outerHTML)"
    )
    assert nameless == []
    assert page.run("document.querySelectorAll('table caption').length") == page.run(
        "document.querySelectorAll('table').length"
    )
    assert page.run("Array.from(document.querySelectorAll('thead th')).every(head => head.scope === 'col')")
    assert page.run("document.documentElement.lang") == "en"
    assert page.run("Array.from(document.querySelectorAll('figure svg')).every(svg => svg.getAttribute('aria-label'))")
