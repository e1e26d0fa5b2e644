"""Ask the clouds for their prices and write plugins/module_utils/clouds/*/price_table.py anew, with a report of what changed.

    .venv/bin/python tools/refresh_prices.py [aws] [azure] [gcp] [--write] [--regions REGION…]

Without a cloud: all three. Without --write nothing is written; the report is the same. Asked for are the regions of the table and of
--regions, and the machine types of the table, those with GPUs, and those that are chosen by need. Azure needs no credentials; AWS needs
pricing:GetProducts and ec2:DescribeSpotPriceHistory; GCP a key of the Cloud Billing API in GOOGLE_API_KEY, or application default
credentials.

What the cloud does not answer stays in the table with its old date, and is marked once that is more than 90 days ago. A new
price that differs by more than half from the old one is not written without --trust: it is far more often a changed answer than
a changed price. Exit code 0; 1 if a cloud could not be asked; 3 if something was held back or is stale.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError  # noqa: E402
from tools.price_table_file import PACKAGE, PriceRow, read, write  # noqa: E402

CLOUDS = ("aws", "azure", "gcp")
# More than this, up or down, is looked at by somebody first. Spot prices move as they like.
SUSPICIOUS = 0.5
Key = tuple[str, str, str]


@dataclass
class Report:
    """What a refresh found. The lists hold sentences."""

    rows: list[PriceRow] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    same: int = 0

    def lines(self) -> Iterator[str]:
        yield f"  {self.same} unchanged, {len(self.changed)} changed, {len(self.new)} new, {len(self.unanswered)} not answered"
        titles = {
            "changed": "changed",
            "new": "new",
            "held_back": "held back (--trust takes them)",
            "stale": "older than 90 days",
        }
        for name, title in titles.items():
            found = getattr(self, name)
            if found:
                yield f"  {title}:"
                yield from (f"    {line}" for line in sorted(found))


def key_of(row: PriceRow) -> Key:
    return row.region, row.machine_type, row.market


def merge(old: Iterable[PriceRow], fresh: Iterable[PriceRow], today: datetime.date, trust: bool = False) -> Report:
    """The new table and what is to be said of it. Pure."""
    before, report = {key_of(row): row for row in old}, Report()
    after = dict(before)
    answered: set[Key] = set()
    for row in fresh:
        key, known = key_of(row), before.get(key_of(row))
        answered.add(key)
        if _judge(row, known, report, trust):
            after[key] = row
    for key, row in after.items():
        if key in before and key not in answered:
            report.unanswered.append(" ".join(key))
        if row.price and row.price.is_stale(today):
            report.stale.append(f"{' '.join(key)}: of {row.price.date}")
    report.rows = list(after.values())
    return report


def _judge(row: PriceRow, known: PriceRow | None, report: Report, trust: bool) -> bool:
    """Note one answer; whether it goes into the table."""
    name = " ".join(key_of(row))
    price, was = row.price, known.price if known else None
    if price is None:
        return False
    if was is None:
        report.new.append(f"{name}: {price.hourly:.10g}")
        return True
    change = price.hourly / was.hourly - 1
    if abs(change) < 1e-4:  # what another source rounded is the same price, newly dated
        report.same += 1
        return True
    sentence = f"{name}: {was.hourly:.10g} ({was.date}) -> {price.hourly:.10g} ({change:+.1%})"
    if abs(change) > SUSPICIOUS and row.market != "spot" and not trust:
        report.held_back.append(sentence)
        return False
    report.changed.append(sentence)
    return True


def ask(cloud: str, regions: Sequence[str], types: Container[str], today: str) -> list[PriceRow]:
    """All answers of one cloud. Raises CloudError."""
    price_list = import_module(f"{PACKAGE}.{cloud}.price_list")
    if cloud == "aws":
        account = import_module(f"{PACKAGE}.aws.session").open_account(None, None)
        return list(price_list.read(account, regions, types, today))
    return list(price_list.read(regions, types, today))


def refresh(cloud: str, extra_regions: Sequence[str], trust: bool, save: bool) -> Report:
    """Ask, merge, and write if told to. Raises CloudError."""
    today = datetime.datetime.now(datetime.UTC).date()
    old = read(cloud)
    regions = list(dict.fromkeys([row.region for row in old] + list(extra_regions)))
    known = import_module(f"{PACKAGE}.{cloud}.shapes")
    useful = {name for name, shape in known.SHAPES.items() if shape.gpu_model or known.ordinary(shape)}
    wanted = {row.machine_type for row in old} | useful
    report = merge(old, ask(cloud, regions, wanted, today.isoformat()), today, trust)
    if save:
        write(cloud, report.rows)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clouds", nargs="*", metavar="CLOUD", help="aws, azure, gcp; none means all three")
    parser.add_argument("--regions", nargs="+", default=[], help="regions to add to those that the table has")
    parser.add_argument("--write", action="store_true", help="write the tables")
    parser.add_argument("--trust", action="store_true", help="take prices that differ by more than half, too")
    given = parser.parse_args(arguments)
    unknown = set(given.clouds) - set(CLOUDS)
    if unknown:
        parser.error(f"no such cloud: {', '.join(sorted(unknown))}; there are {', '.join(CLOUDS)}")
    if given.regions and len(given.clouds) != 1:
        parser.error("--regions needs exactly one cloud, whose regions they are")
    code = 0
    for cloud in given.clouds or CLOUDS:
        print(f"{cloud}:")
        try:
            report = refresh(cloud, given.regions, given.trust, given.write)
        except CloudError as error:
            print(f"  not asked: {error}")
            code = 1
            continue
        print("\n".join(report.lines()))
        code = code or (3 if report.held_back or report.stale else 0)
    if not given.write:
        print("Nothing was written; --write does.")
    return code


if __name__ == "__main__":
    sys.exit(main())
