"""The tool that renews the price tables: what goes in, what is held back, what is said."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tools import price_table_file, refresh_prices
from tools.price_table_file import PriceRow
from tools.refresh_prices import merge

from ansible_collections.aienv.cloud.plugins.module_utils.model.price import Price  # isort: skip

TODAY = datetime.date(2026, 11, 27)


def row(machine_type: str, hourly: float | None, date: str = "2026-11-27", market: Any = "on_demand") -> PriceRow:
    price = None if hourly is None else Price(hourly, market, date, "somebody")
    return PriceRow(machine_type, "us-east-1", market, price)


OLD = [row("a", 1.0, "2026-07-20"), row("b", 2.0, "2026-10-01"), row("c", 3.0, "2026-10-01"), row("d", None)]


def test_what_is_answered_is_newer_and_what_is_not_stays_with_its_date() -> None:
    report = merge(OLD, [row("b", 2.2), row("c", 3.00001), row("d", 4.0), row("e", 5.0)], TODAY)
    table = {one.machine_type: (one.price.hourly, one.price.date) for one in report.rows if one.price}
    assert table == {
        "a": (1.0, "2026-07-20"),
        "b": (2.2, "2026-11-27"),
        "c": (3.00001, "2026-11-27"),
        "d": (4.0, "2026-11-27"),
        "e": (5.0, "2026-11-27"),
    }
    assert report.changed == ["us-east-1 b on_demand: 2 (2026-10-01) -> 2.2 (+10.0%)"]
    assert report.new == ["us-east-1 d on_demand: 4", "us-east-1 e on_demand: 5"]
    assert report.unanswered == ["us-east-1 a on_demand"]
    assert report.stale == ["us-east-1 a on_demand: of 2026-07-20"]
    assert report.same == 1


@pytest.mark.parametrize("hourly", [3.1, 0.9])
def test_a_leap_is_held_back_until_somebody_trusts_it(hourly: float) -> None:
    held = merge(OLD, [row("b", hourly)], TODAY)
    assert [one.price.hourly for one in held.rows if one.machine_type == "b" and one.price] == [2.0]
    assert len(held.held_back) == 1
    trusted = merge(OLD, [row("b", hourly)], TODAY, trust=True)
    assert [one.price.hourly for one in trusted.rows if one.machine_type == "b" and one.price] == [hourly]
    assert not trusted.held_back


def test_spot_may_leap() -> None:
    report = merge([row("b", 2.0, market="spot")], [row("b", 0.5, market="spot")], TODAY)
    assert len(report.changed) == 1
    assert not report.held_back


def test_every_cloud_is_asked_and_one_that_cannot_be_hides_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: dict[str, Any] = {}

    def ask(cloud: str, regions: Any, types: Any, today: str) -> list[PriceRow]:
        assert regions
        assert types
        if cloud == "gcp":
            raise CloudError("not_authorized", "no Google credentials were found", "gcp")
        first = price_table_file.read(cloud)[0]
        assert first.price
        return [
            PriceRow(
                first.machine_type, first.region, first.market, Price(first.price.hourly, first.market, today, "new")
            )
        ]

    monkeypatch.setattr(refresh_prices, "ask", ask)
    monkeypatch.setattr(refresh_prices, "write", lambda cloud, rows: written.update({cloud: rows}))
    assert refresh_prices.main([]) == 1
    assert not written
    assert "Nothing was written" in capsys.readouterr().out
    assert refresh_prices.main(["--write"]) == 1
    out = capsys.readouterr().out
    assert set(written) == {"aws", "azure"}
    assert all(len(rows) == len(price_table_file.read(cloud)) for cloud, rows in written.items())
    assert "not asked: gcp: no Google credentials were found" in out
    assert "1 unchanged" in out


@pytest.mark.parametrize(
    ("cloud", "asked", "not_asked"),
    [
        ("aws", {"m7i.large", "g6.xlarge", "g5g.metal"}, {"m7i.metal-24xl", "m3.medium"}),
        ("azure", {"Standard_D4s_v5", "Standard_ND128isr_NDR_GB200_v6"}, set()),
        ("gcp", {"n2-standard-8", "e2-standard-4", "a4-highgpu-8g"}, {"m3-ultramem-32", "e2-micro"}),
    ],
)
def test_all_that_may_be_chosen_by_need_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, cloud: str, asked: set[str], not_asked: set[str]
) -> None:
    """A plain machine that the table does not have yet could never get a price else."""
    types: set[str] = set()
    monkeypatch.setattr(refresh_prices, "ask", lambda _cloud, _regions, wanted, _today: types.update(wanted) or [])
    refresh_prices.refresh(cloud, [], trust=False, save=False)
    assert asked <= types
    assert types.isdisjoint(not_asked)


@pytest.mark.parametrize("wrong", [["alibaba"], ["--regions", "us-east-2"], ["aws", "gcp", "--regions", "us-east-2"]])
def test_wrong_words_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        refresh_prices.main(wrong)
