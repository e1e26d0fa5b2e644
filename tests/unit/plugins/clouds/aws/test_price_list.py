"""AWS's price APIs: a recorded product, made-up neighbours of it in the same form, and both calls held to botocore's model of them."""

from __future__ import annotations

import copy
import datetime
import json
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import price_list
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.session import AwsAccount, open_account
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.servers import ROOT

TODAY = "2026-11-27"
REGION = "us-east-1"
RECORDED = json.loads((ROOT / "tests/data/aws/price_list.json").read_text())["products"]


def rows(*products: Any, region: str = REGION, types: Any = ("c5.xlarge",)) -> dict[str, float]:
    found = price_list.products([json.dumps(one) for one in products], region, types, TODAY)
    return {f"{row.machine_type} {row.region} {row.market}": row.price.hourly for row in found if row.price}


def changed(**attributes: str) -> Any:
    product = copy.deepcopy(RECORDED[0])
    product["product"]["attributes"] |= attributes
    return product


def test_a_recorded_product_gives_what_its_publisher_lists() -> None:
    """0.17 on demand; a standard commitment without upfront payment at 0.107 and 0.071; the convertible ones are not it."""
    assert rows(*RECORDED) == {
        "c5.xlarge us-east-1 on_demand": 0.17,
        "c5.xlarge us-east-1 reserved_1y": 0.107,
        "c5.xlarge us-east-1 reserved_3y": 0.071,
    }


def test_what_is_paid_at_the_beginning_is_spread_where_nothing_else_is_sold() -> None:
    product = copy.deepcopy(RECORDED[0])
    terms = product["terms"]["Reserved"]
    for key in [key for key, term in terms.items() if term["termAttributes"]["PurchaseOption"] == "No Upfront"]:
        del terms[key]
    found = rows(product)
    assert found["c5.xlarge us-east-1 reserved_1y"] == pytest.approx(0.051 + 447 / 8760, abs=1e-6)
    assert found["c5.xlarge us-east-1 reserved_3y"] == pytest.approx(0.033 + 867 / 26280, abs=1e-6)


@pytest.mark.parametrize(
    "attributes",
    [
        {"operatingSystem": "Windows"},
        {"operatingSystem": "RHEL"},
        {"preInstalledSw": "SQL Std"},
        {"tenancy": "Dedicated"},
        {"capacitystatus": "UnusedCapacityReservation"},
        {"operation": "RunInstances:0002"},
        {"marketoption": "CapacityBlock"},
        {"regionCode": "us-west-2"},
        {"instanceType": "c5.9xlarge"},
    ],
    ids=str,
)
def test_other_products_are_left_out(attributes: dict[str, str]) -> None:
    assert rows(changed(**attributes)) == {}


def test_a_price_in_another_currency_is_none() -> None:
    product = json.loads(json.dumps(RECORDED[0]).replace('"USD"', '"CNY"'))
    assert rows(product) == {}


def test_the_row_says_when_and_who() -> None:
    (row, *_rest) = price_list.products([json.dumps(RECORDED[0])], REGION, {"c5.xlarge"}, TODAY)
    assert row.price
    assert (row.price.date, row.price.source) == (TODAY, price_list.PRODUCTS_SOURCE)


def quote(zone: str, price: str, hour: int, **more: Any) -> dict[str, Any]:
    moment = datetime.datetime(2026, 11, 27, hour, tzinfo=datetime.UTC)
    return {
        "AvailabilityZone": zone,
        "InstanceType": "g6.xlarge",
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": price,
        "Timestamp": moment,
        **more,
    }


HISTORY = [
    quote("us-east-1a", "0.4000", 1),
    quote("us-east-1a", "0.5000", 6),  # the newest of this zone counts
    quote("us-east-1b", "0.4600", 5),
    quote("us-east-1-bos-1a", "0.1000", 5),  # a Local Zone
    quote("us-east-1c", "0.0100", 5, ProductDescription="Windows"),
    quote("us-east-1c", "0.0100", 5, InstanceType="x9.large"),
]


def test_spot_is_the_lowest_zone_of_now() -> None:
    (row,) = price_list.spot(HISTORY, REGION, {"g6.xlarge"}, TODAY)
    assert row.price
    assert (row.machine_type, row.market, row.price.hourly, row.price.date) == ("g6.xlarge", "spot", 0.46, TODAY)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> AwsAccount:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    return open_account(None, None)


def test_both_calls_are_the_apis_own_and_every_page_is_read(
    account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore's stubber refuses parameters and answers that its model of the API does not have."""
    clients, made = {}, AwsAccount.session_in

    def stubbed(self: AwsAccount, region: str, service: str = "ec2") -> Any:
        session = made(self, region, service)
        stub = clients[service, region] = Stubber(session.client)
        if service == "pricing":
            first = {
                "FormatVersion": "aws_v1",
                "PriceList": [json.dumps(one) for one in RECORDED[1:]],
                "NextToken": "more",
            }
            stub.add_response("get_products", first, price_list.query(REGION))
            last = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(RECORDED[0])]}
            stub.add_response("get_products", last, {**price_list.query(REGION), "NextToken": "more"})
        else:
            words = {"ProductDescriptions": ["Linux/UNIX"], "StartTime": ANY, "MaxResults": price_list.SPOT_PAGE}
            stub.add_response(
                "describe_spot_price_history", {"SpotPriceHistory": HISTORY[:2], "NextToken": "next"}, words
            )
            stub.add_response(
                "describe_spot_price_history", {"SpotPriceHistory": HISTORY[2:]}, {**words, "NextToken": "next"}
            )
        stub.activate()
        return session

    monkeypatch.setattr(AwsAccount, "session_in", stubbed)
    found = list(price_list.read(account, [REGION], {"c5.xlarge", "g6.xlarge"}, TODAY))
    assert [(row.machine_type, row.market) for row in found] == [
        ("c5.xlarge", "on_demand"),
        ("c5.xlarge", "reserved_1y"),
        ("c5.xlarge", "reserved_3y"),
        ("g6.xlarge", "spot"),
    ]
    assert set(clients) == {("pricing", "us-east-1"), ("ec2", REGION)}
    for stub in clients.values():
        stub.assert_no_pending_responses()


def test_a_refusal_is_an_error_of_ours(account: AwsAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    session = account.session_in("us-east-1", "pricing")
    with Stubber(session.client) as stub:
        stub.add_client_error("get_products", "AccessDeniedException", "not authorized to perform: pricing:GetProducts")
        monkeypatch.setattr(AwsAccount, "session_in", lambda *_words: session)
        with pytest.raises(CloudError, match="pricing:GetProducts") as caught:
            list(price_list.read(account, [REGION], {"c5.xlarge"}, TODAY))
    assert caught.value.code == "not_authorized"
