"""A bug to be planted: what the models must find."""

from typing import Any

from tests.dynamo import Dynamo, Item


class Torn(Dynamo):
    """A table that reads in one step and writes in the next, as an adapter would that gets and then puts."""

    def update_item(self, **call: Any) -> dict[str, Item]:
        self.before()
        bucket = call["Key"]["bucket"]["S"]
        stale = dict(self.items.get(bucket, {}))
        self.before()
        self.items[bucket] = stale
        return self._apply(**call)
