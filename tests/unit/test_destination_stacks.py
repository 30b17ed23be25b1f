"""What must stay true of the destinations' nested stacks, however many there are. Nothing is deployed."""

import json

import pytest

from cli.permissions import expand, looped
from sluice.workspace.models import MOST_DESTINATIONS
from tests.stack import RESOURCES, TEMPLATE, deployed, properties, references, strings

MIB = 1024 * 1024


class TestLoops:
    @pytest.mark.parametrize("destinations", [[], ["crm"], ["crm", "mixpanel"]])
    def test_every_reference_has_a_target(self, destinations: list[str]) -> None:
        resources = expand(TEMPLATE, destinations=destinations)

        known = {*resources, *TEMPLATE["Parameters"], "HttpApi.Stage", "EdgeFunctionAliaslive"}
        missing = {name for name in references(resources) if name not in known and not name.startswith("AWS::")}

        assert not missing

    def test_no_identifier_is_left_where_aws_does_not_replace_it(self) -> None:
        left = [text for text in strings(RESOURCES) if "${Destination}" in text or "${Area}" in text or "&{" in text]

        assert not left

    def test_each_destination_has_the_same_things(self) -> None:
        crm, other = (
            set(expand(TEMPLATE, destinations=[name])) - set(expand(TEMPLATE, destinations=[]))
            for name in ("crm", "mixpanel")
        )

        assert {name.replace("crm", "mixpanel") for name in crm} == other
        assert crm == {
            "DestinationcrmQueue",
            "DestinationcrmQueuePolicy",
            "DestinationcrmDeadLetterQueue",
            "DestinationcrmDeadLetterQueuePolicy",
            "DestinationcrmAlarm",
            "DestinationcrmAgeAlarm",
            "DestinationcrmErrorsAlarm",
            "DestinationcrmPausedAlarm",
            "DestinationcrmFunction",
            "DestinationcrmSource",
            "DestinationcrmRole",
            "DestinationcrmLogGroup",
        }


class TestLimits:
    """CloudFormation's quotas, for a template in S3, where `sam deploy` puts it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """

    MANY = tuple(f"d{n}" for n in range(MOST_DESTINATIONS))

    def test_a_destination_is_one_resource_of_the_stack(self) -> None:
        before, after = (deployed(looped(TEMPLATE, destinations=names)) for names in (["crm"], ["crm", "mixpanel"]))
        assert after == before + 1

    def test_as_many_destinations_as_a_workspace_may_have_stay_below_500_resources(self) -> None:
        assert deployed(looped(TEMPLATE, destinations=self.MANY)) <= 500

    def test_they_stay_far_below_a_megabyte(self) -> None:
        assert len(json.dumps(looped(TEMPLATE, destinations=self.MANY))) < MIB / 2

    def test_the_maps_of_the_workspace_have_room_for_them(self) -> None:
        """A map has at most 200 entries, and one is that of no destination in particular."""
        assert MOST_DESTINATIONS + 1 <= 200

    def test_together_with_their_own_resources_they_stay_below_2500(self) -> None:
        """Of all nested stacks of one operation."""
        assert len(expand(TEMPLATE, destinations=self.MANY)) + MOST_DESTINATIONS <= 2500


def test_destinations_keep_their_logical_ids_whatever_comes_before_them() -> None:
    """A resource that keeps its id and its properties is left alone by an update, and so is what waits in its queue."""
    before, after = (
        looped(TEMPLATE, destinations=names) for names in (["crm", "mixpanel", "slack"], ["billing", "slack", "crm"])
    )
    assert {name: after[name] for name in ("Destinationcrm", "Destinationslack")} == {
        name: before[name] for name in ("Destinationcrm", "Destinationslack")
    }


def test_retries_of_destinations_are_not_taken_for_a_runaway_loop() -> None:
    # Lambda ends a function that sends to its own queue after 16 rounds, unless told that this is meant:
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    for name in ("DestinationcrmFunction", "DestinationmixpanelFunction"):
        assert properties(name)["RecursiveLoop"] == "Allow"
