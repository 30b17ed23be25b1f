"""What the bill is made of: units are counted as AWS counts them, and each event passes the real handlers once."""

import json
from dataclasses import replace

import pytest

from checks.bench.aws import item_bytes, units
from checks.cost import naive, prices
from checks.cost.bills import warehouse
from checks.cost.bills.flood import hours, rationed
from checks.cost.bills.month import count, month
from checks.cost.bills.rest import at_rest
from checks.cost.deployment import Mapped, deployment
from checks.cost.event_source import batches
from checks.cost.levers import LEVERS
from checks.cost.pipeline import Pipeline
from checks.cost.prices import Prices
from checks.cost.shapes import Shape
from checks.cost.usage import OUTSIDE, SERVICES, Usage, total
from tests.dynamo import Item

PRICES, ASSUMED = prices.load()
SMALL = Shape(events=5, destinations=2, rate=100.0, seconds=3.0, retries=0.0)


@pytest.mark.parametrize(("size", "unit", "count"), [(0, 1024, 1), (1, 1024, 1), (1024, 1024, 1), (1025, 1024, 2)])
def test_started_units_are_billed_and_one_at_least(size: int, unit: int, count: int) -> None:
    assert units(size, unit) == count


def test_an_item_weighs_its_names_and_values() -> None:
    item: Item = {"bucket": {"S": "a/0"}, "bytes": {"N": "12"}, "entries": {"L": [{"B": "AAAAAAAA"}]}}
    assert item_bytes(item) == (6 + 3) + (5 + 3) + (7 + 3 + 1 + 6)


def test_messages_of_a_window_come_together_by_poller_and_a_full_batch_does_not_wait() -> None:
    messages = [(float(second), f"m{second}") for second in range(6)]
    assert batches(messages, Mapped(batch=10, window=2.0), pollers=1) == [
        (2.0, ["m0", "m1", "m2"]),
        (5.0, ["m3", "m4", "m5"]),
    ]
    assert [at for at, _ in batches(messages, Mapped(batch=2, window=100.0), pollers=1)] == [1.0, 3.0, 5.0]
    shared = batches(messages, Mapped(batch=10, window=100.0), pollers=2)
    assert [bodies for _, bodies in shared] == [["m0", "m2", "m4"], ["m1", "m3", "m5"]]


def test_prices_are_all_there_and_no_others() -> None:
    priced = {name for names in SERVICES.values() for name in names}
    assert priced <= set(Prices.__dataclass_fields__)


def test_a_sum_leaves_out_what_is_outside() -> None:
    used = Usage(1_000_000)
    used.add("edge", "api_request", 1_000_000)
    used.add("destinations", "egress_gb", 10)
    dollars = used.dollars(PRICES)
    assert total(dollars) == pytest.approx(1.0)
    assert dollars[OUTSIDE] == pytest.approx(0.9)
    assert used.by_stage(PRICES) == {"edge": pytest.approx(1.0)}


def test_traffic_passes_the_real_handlers_and_everything_is_counted() -> None:
    pipeline = Pipeline(SMALL, deployment(2), ASSUMED)
    used = pipeline.run()
    assert used.events == SMALL.requests * SMALL.events == 300
    assert used.amounts["edge", "api_request"] == SMALL.requests
    assert pipeline.spent["tracking"].invocations == pipeline.spent["router"].messages == 60
    archived = pipeline.aws.units["archived bytes"]
    assert 300 * 1000 < archived < 300 * 2000, "every event once"
    assert used.amounts["router", "dynamodb_write"] > 0
    assert all(amount > 0 for amount in used.dollars(PRICES).values())


def test_clients_that_repeat_and_vendors_that_refuse_cost_more_and_archive_nothing_twice() -> None:
    calm, troubled = (Pipeline(replace(SMALL, retries=retries), deployment(2), ASSUMED) for retries in (0.0, 0.3))
    less, more = calm.run(), troubled.run()
    assert more.amounts["edge", "api_request"] > less.amounts["edge", "api_request"]
    assert troubled.spent["destination"].messages > calm.spent["destination"].messages
    assert troubled.aws.units["archived bytes"] == pytest.approx(calm.aws.units["archived bytes"], rel=0.01)


def test_a_naive_design_costs_more() -> None:
    used = Pipeline(SMALL, deployment(2), ASSUMED).run()
    assert total(naive.usage(SMALL, deployment(2), ASSUMED).dollars(PRICES)) > 2 * total(used.dollars(PRICES))


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.name)
def test_each_lever_is_in_force_meanwhile_and_not_after(lever: object) -> None:
    from sluice.messages import encoding as text
    from sluice.router import packs as packing

    before = packing.MAX_DELIVERIES, text.COMPRESS_ABOVE
    with lever.without():  # type: ignore[attr-defined]
        pass
    assert before == (packing.MAX_DELIVERIES, text.COMPRESS_ABOVE)


def test_at_rest_queues_are_asked_and_alarms_stand() -> None:
    rest = at_rest(deployment(3), PRICES, ASSUMED)
    assert sum(rest.values()) == pytest.approx(5 * 5 * 129_600 * 0.4e-6 + 25 * 0.1)
    assert json.dumps(rest)


def test_each_brake_makes_a_flood_cheaper() -> None:
    no_brake, throttled, rationed_too = hours(replace(SMALL, events=1), deployment(2), ASSUMED, PRICES)
    assert no_brake.dollars == pytest.approx(5 * throttled.dollars)
    assert rationed_too.dollars < throttled.dollars
    assert rationed_too.passed + rationed_too.refused == throttled.passed == 1000


def test_a_ration_passes_once_for_each_copy_that_the_flood_keeps_busy() -> None:
    # A thousand refusals of a millisecond keep one copy busy; what passes besides takes a second one.
    assert rationed(1000, 5, passing=0.010, refusing=0.001) == 10
    assert rationed(100, 5, passing=0.010, refusing=0.001) == 5
    assert rationed(3, 5, passing=0.010, refusing=0.001) == 3


@pytest.mark.parametrize(
    ("text", "events"),
    [("50M", 5e7), ("50 m", 5e7), ("1.5B", 1.5e9), ("200k", 2e5), ("50_000_000", 5e7), ("50,000,000", 5e7), ("1", 1.0)],
)
def test_a_number_of_events_is_read_as_people_write_it(text: str, events: float) -> None:
    assert count(text) == events


@pytest.mark.parametrize("text", ["", "fifty", "-1M", "0", "1e9", "50MM", "9999999999999999B"])
def test_what_is_no_number_of_events_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="write 50M"):
        count(text)


def test_a_month_has_all_that_is_paid_for_it() -> None:
    """Given ten million events a month, ten a request, the bill has their requests, the rest and the metrics."""
    found = month(10e6, 10, 2, None, PRICES, ASSUMED, share=0.05)

    assert found.rate == pytest.approx(10e6 / (30 * 24 * 3600))
    assert found.dollars["API Gateway"] == pytest.approx(1e6 * PRICES.api_request, rel=0.1)
    assert found.dollars["at rest"] == pytest.approx(sum(at_rest(deployment(2), PRICES, ASSUMED).values()))
    assert found.dollars["metrics"] > 0
    assert OUTSIDE not in found.dollars
    assert found.sum == pytest.approx(sum(found.dollars.values()))


def test_longer_windows_make_a_small_month_cheaper() -> None:
    short, long = (month(20e6, 10, 2, window, PRICES, ASSUMED, share=0.2).sum for window in (1.0, 60.0))
    assert long < short


def test_a_warehouse_adds_the_time_of_its_loader_and_its_alarms() -> None:
    """Given files in a real Postgres, every line has a price, and more of a price is more of the bill."""
    paid, assumed = prices.load()
    found = warehouse.bill(paid, assumed, events=200)
    assert {name: list(lines) for name, lines in found.items()} == {
        "a million events": ["the loader's time", "files: notices, list, S3", "loads: schedule, lease"],
        "a month of rest": ["720 loads of nothing", "4 alarms"],
    }
    assert all(dollars > 0 for lines in found.values() for dollars in lines.values())
    assert found["a month of rest"]["4 alarms"] == pytest.approx(4 * paid.alarm_month)
    files = found["a million events"]["files: notices, list, S3"]
    assert files == pytest.approx(12 / 3.6 * (paid.eventbridge_event + 3 * paid.sqs_request + paid.s3_get))
