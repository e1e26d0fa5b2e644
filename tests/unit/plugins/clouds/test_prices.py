"""The committed price tables: complete, dated, about machine types that exist, and small."""

from __future__ import annotations

import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.price import MARKETS, Price, PriceTable, Source

CLOUDS = ("aws", "azure", "gcp")
UTILS = "ansible_collections.aienv.cloud.plugins.module_utils"
BYTES = 1_500_000  # of all tables together


def of(cloud: str, module: str) -> ModuleType:
    return import_module(f"{UTILS}.clouds.{cloud}.{module}")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_price_is_positive_dated_and_of_a_machine_type_with_a_shape(cloud: str) -> None:
    shapes, rows = of(cloud, "shapes").SHAPES, list(of(cloud, "prices").PRICES.rows())
    assert len(rows) > 100
    assert sorted({row.machine_type for row in rows} - set(shapes)) == []
    assert len({(row.machine_type, row.region, row.market) for row in rows}) == len(rows)
    for row in rows:
        if row.price:
            assert row.price.hourly > 0
            assert row.price.market == row.market
            assert "commit" in row.price.source or "published" in row.price.source or "PyPI" in row.price.source
            assert datetime.date(2025, 4, 4) <= datetime.date.fromisoformat(row.price.date) <= datetime.date.today()  # noqa: DTZ011


@pytest.mark.parametrize("cloud", CLOUDS)
def test_spot_is_never_dearer_than_on_demand(cloud: str) -> None:
    prices = of(cloud, "prices").PRICES
    for region in prices.regions:
        for machine_type, spot in prices.of(region, "spot").items():
            full = prices.price_of(machine_type, region)
            assert not (spot and full) or spot.hourly < full.hourly, (machine_type, region)


# Facts that are easy to look up: the collected files' own lines.
KNOWN = [
    ("aws", "g4dn.xlarge", "us-east-1", "on_demand", 0.526, "2026-07-20", True),
    ("aws", "g4dn.xlarge", "us-east-1", "spot", 0.2132, "2026-01-22", False),
    ("aws", "p4d.24xlarge", "us-east-1", "on_demand", 21.957642, "2026-07-20", True),
    ("gcp", "g2-standard-4", "us-central1", "on_demand", 0.706832, "2026-08-03", False),
    ("gcp", "n1-standard-4+2xt4", "us-east4", "spot", 0.412955, "2026-01-22", False),
    ("azure", "Standard_NC4as_T4_v3", "eastus", "spot", 0.149174, "2026-09-06", False),
    ("azure", "Standard_ND96isr_H100_v5", "eastus", "on_demand", 98.32, "2026-06-18", True),
]


@pytest.mark.parametrize(("cloud", "machine_type", "region", "market", "hourly", "date", "checked"), KNOWN)
def test_a_known_price(cloud, machine_type, region, market, hourly, date, checked) -> None:
    price = of(cloud, "prices").price_of(machine_type, region, market)
    assert (price.hourly, price.date, price.cross_checked) == (hourly, date, checked)


UNPRICED = [
    ("aws", "p5e.48xlarge", "us-west-2", "on_demand"),  # sold in capacity blocks
    ("gcp", "a3-ultragpu-8g", "us-central1", "on_demand"),  # offered, at a price that nobody trustworthy says
    ("gcp", "g2-standard-4", "us-central1", "reserved_1y"),  # no source has commitments
    ("azure", "Standard_NC4as_T4_v3", "japaneast", "spot"),
    ("azure", "Standard_NC4as_T4_v3", "nowhere", "on_demand"),
]


@pytest.mark.parametrize(("cloud", "machine_type", "region", "market"), UNPRICED)
def test_what_nobody_says_is_none_and_never_a_guess(cloud, machine_type, region, market) -> None:
    assert of(cloud, "prices").price_of(machine_type, region, market) is None


def test_a_type_is_known_to_be_offered_without_a_price() -> None:
    assert of("gcp", "prices").PRICES.of("us-central1", "on_demand")["a3-ultragpu-8g"] is None


def test_the_data_is_small() -> None:
    assert sum(Path(of(cloud, "price_table").__file__).stat().st_size for cloud in CLOUDS) <= BYTES


@pytest.mark.parametrize(("today", "stale"), [("2026-10-18", False), ("2026-10-19", True)])
def test_after_90_days_a_price_is_stale(today: str, stale: bool) -> None:
    price = Price(1.0, "on_demand", "2026-07-20", "a list")
    assert price.is_stale(datetime.date.fromisoformat(today)) is stale


def test_a_table_is_parsed_line_by_line_as_it_is_asked() -> None:
    """One price of one region costs one line: a line nobody asks for may even be broken."""
    table = PriceTable("s1 here on_demand a:1.5* b:-\ns1 there spot a:broken", {"s1": Source("a list", "2026-01-01")})
    assert table.price_of("a", "here") == Price(1.5, "on_demand", "2026-01-01", "a list", cross_checked=True)
    assert dict(table.of("here", "on_demand")) == {"a": table.price_of("a", "here"), "b": None}
    assert table.regions == ("here", "there")
    with pytest.raises(ValueError, match="broken"):
        table.of("there", "spot")
    assert MARKETS == ("on_demand", "spot", "reserved_1y", "reserved_3y")
