"""Numbers that the docs say in words, held to the code that they are about."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.operations.pace import MOST_PARTITIONS
from sluice.aws.event_source import MAX_RECEIVES
from sluice.aws.secrets import CACHED_FOR
from sluice.delivery.backoff import LONGEST_WAIT, MAX_DELAY_SECONDS, PATIENCE
from sluice.delivery.http_client import MAX_RESPONSE_BYTES
from sluice.edge.responses import RETRY_AFTER_SECONDS
from sluice.spec.limits import MAX_BATCH_BYTES, MAX_EVENT_BYTES
from sluice.spec.reasons import meanings
from sluice.workspace import models
from sluice.workspace.fields import Model
from sluice.workspace.models import MOST_DESTINATIONS
from tests.stack import RESOURCES, TEMPLATE

_WORDS = {2: "two", 4: "four", 5: "five", 10: "ten", 13: "13", 20: "twenty"}


def parameter(name: str) -> int:
    return int(TEMPLATE["Parameters"][name]["Default"])


def threshold(name: str) -> int:
    return int(RESOURCES[name]["Properties"]["Threshold"])


def most(model: type[Model], field: str) -> int:
    """Return the longest list that a field takes."""
    (limit,) = (each.max_length for each in model.model_fields[field].metadata if hasattr(each, "max_length"))
    return int(limit)


def routers() -> int:
    (event,) = RESOURCES["RouterFunction"]["Properties"]["Events"].values()
    return int(event["Properties"]["ScalingConfig"]["MaximumConcurrency"])


def days_kept() -> int:
    """Return for how long every queue keeps a message."""
    queues = (each["Properties"] for each in RESOURCES.values() if each["Type"] == "AWS::SQS::Queue")
    (days,) = {int(each["MessageRetentionPeriod"]) // 86_400 for each in queues}
    return days


DELIVERY = models.Delivery()
#: For which browsers keep settings and scripts.
MINUTES = (
    int(re.findall(r"max-age=(\d+)", Path("layers/sluice/sluice/edge/endpoints/settings.py").read_text())[0]) // 60
)
CLAIMS: list[tuple[str, str, Any]] = [
    ("alarms.md", "Queues and dead-letter queues keep their messages for {} days", days_kept()),
    ("alarms.md", "could not process some requests, {} times each", MAX_RECEIVES),
    ("alarms.md", "more comes than {} routers can take", routers()),
    ("alarms.md", "later every {}. The events wait", MAX_DELAY_SECONDS // 60),
    ("alarms.md", "for up to {} days. That wears out no\npatience", LONGEST_WAIT.days),
    ("alarms.md", "More than {} pairs of a source and an hour", threshold("eventsPartitionsAlarm")),
    ("browser.md", "on every page {} minutes after you deploy it", MINUTES),
    ("operating.md", "nobody renewed the credentials for {} days", LONGEST_WAIT.days),
    ("operating.md", "attempt 0, {} hours of patience", round(PATIENCE.total_seconds() / 3600)),
    ("operating.md", "SQS or DynamoDB refused us {} times", MAX_RECEIVES),
    ("operating.md", "A recovery writes to {} hours of sources at a time", MOST_PARTITIONS),
    ("operating.md", "`RequestsPerSecond` ({:,})", parameter("RequestsPerSecond")),
    ("operating.md", "`GetRequestsPerSecond` ({:,})", parameter("GetRequestsPerSecond")),
    ("operating.md", "`RequestBurst` ({:,})", parameter("RequestBurst")),
    ("webhook.md", "The first {} KB of an answer are read", MAX_RESPONSE_BYTES // 1024),
    ("webhook.md", "tried again for {} hours, or as long as `patience` says", round(PATIENCE.total_seconds() / 3600)),
    ("workspace.md", "Up to {} of them. Each is a nested stack", MOST_DESTINATIONS),
    ("workspace.md", "At most {}, and", most(models.Destination, "filters")),
    ("workspace.md", "and {} on a device destination", most(models.DeviceDestination, "filters")),
    ("workspace.md", "They are read at run time, kept for {} minutes", CACHED_FOR // 60),
    ("workspace.md", "from 2 to 1,000; {} by default", DELIVERY.concurrency),
    ("workspace.md", "`0s` to `5m`; {} seconds by default", round(DELIVERY.window.total_seconds())),
    ("workspace.md", "{} hours by default, 3 days at most", round(DELIVERY.patience.total_seconds() / 3600)),
    ("compatibility.md", "429, `Retry-After: {}`", RETRY_AFTER_SECONDS),
]


@pytest.mark.parametrize(("page", "sentence", "value"), CLAIMS)
def test_a_number_of_the_docs_is_that_of_the_code(page: str, sentence: str, value: Any) -> None:
    text = " ".join((Path("docs") / page).read_text().split())
    said = {" ".join(sentence.format(each).split()) for each in (value, _WORDS.get(value, value))}
    assert any(each in text for each in said), f"{page} says none of {sorted(said)}"


def test_the_limits_of_sizes_are_said_as_they_are() -> None:
    assert f"{MAX_EVENT_BYTES // 1024} KB" in meanings()["event_too_large"]
    assert f"{MAX_BATCH_BYTES // 1024} KB" in meanings()["batch_too_large"]


def test_the_month_of_the_first_page_is_that_of_its_table() -> None:
    """Given the table of README, fifty million events a month cost what its second paragraph says, to five dollars."""
    rows = json.loads(Path("docs/figures/tables.json").read_text())["cost a month"]
    (_, _, one, twenty, _) = next(row for row in rows if row[0] == "50 million")
    said = re.search(
        r"Fifty million events a month are some \$(\d+) .*?\$(\d+) one by one", Path("README.md").read_text(), re.DOTALL
    )
    assert said is not None
    assert [int(each) for each in said.groups()] == [5 * round(int(each) / 5) for each in (twenty, one)]
