"""`python local/cloud/embedded_aws`: ministack, with one of its faults mended. Runs on the Python of .venv-aws.

An update of a nested stack leaves unchanged resources alone, as CloudFormation does, but ministack 1.5.33 forgets their
attributes then: the next resource that asks for the ARN of such a queue fails, and with it the update. Here they are
looked up in the stack.
"""

import runpy
from typing import Any

from ministack.services.cloudformation import _stacks, provisioners

_update = provisioners._update_resource


def _update_and_remember(
    type_: str, physical_id: str, before: Any, after: Any, stack: str, logical_id: str, attributes: Any = None
) -> Any:
    """Update a resource as ministack does, with the attributes that it had."""
    if attributes is None:
        known = _stacks.get(stack, {}).get("_resources", {})
        attributes = known.get(logical_id, {}).get("Attributes")
    return _update(type_, physical_id, before, after, stack, logical_id, attributes)


provisioners._update_resource = _update_and_remember
runpy.run_module("ministack", run_name="__main__", alter_sys=True)
