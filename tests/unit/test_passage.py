"""`make passage` follows an event to its end."""

from pathlib import Path

from checks.bench.passage import watched


def test_an_event_passes_the_edge_the_router_and_its_destination(tmp_path: Path) -> None:
    stages = watched(tmp_path)
    assert stages["tracking"][0] == "edge/handler"
    assert {"router/router", "router/dedupe", "aws/dedupe"} <= set(stages["router"])
    assert "catalogue/destinations/webhook/destination" in stages["destination"]
