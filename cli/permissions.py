"""`python -m cli.permissions > docs/permissions.md`: what each function may do, read out of the template.

The template is the only place where permissions are given; this page is for people who decide whether to deploy it.
"""

import posixpath
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from local.cloud.template import load_template

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"

_STACK = "AWS::CloudFormation::Stack"
#: What a resource is called in prose, and the property that holds its name.
_KINDS = {
    "AWS::SQS::Queue": ("queue", "QueueName"),
    "AWS::Logs::LogGroup": ("log group", "LogGroupName"),
    "AWS::DynamoDB::Table": ("table", "TableName"),
    "AWS::KinesisFirehose::DeliveryStream": ("stream", "DeliveryStreamName"),
    "AWS::S3::Bucket": ("bucket", "BucketName"),
    "AWS::Lambda::Function": ("function", "FunctionName"),
}
#: The same for ARNs that are spelt out: by service, what to call it and what comes before its name.
_SERVICES = {
    "sqs": ("queue", ""),
    "ssm": ("parameter", "parameter"),
    "secretsmanager": ("secret", "secret:"),
    "s3": ("bucket", ""),
    "glue": ("Glue", ""),
    "redshift": ("Redshift", ""),
    "redshift-serverless": ("Redshift", ""),
}

_HOOK = re.compile(r"/sluice/(<stage>/)?[A-Za-z0-9-]+/\*")

_HEAD = """# What each function may do

<!-- Made from template.yaml by `python -m cli.permissions`; a test fails when it is out of date. -->

Every function has a role of its own, and the role has only what stands here. `<stage>` is the parameter `Stage`,
`<destination>` the id of a destination, `<warehouse>` that of a warehouse, `<source>` that of a tool that sends
webhooks and `<archive>` the archive's bucket. Each destination and each warehouse can reach its own queue and its own
secrets and nothing else. Queues and the bucket refuse whatever does not come over TLS.

| Who | may | on |
|---|---|---|
"""
_TAIL = """
Secrets are read with the keys that AWS manages. One that is encrypted with a key of your own also needs `kms:Decrypt`
on that key, for the role of its destination or warehouse, or of the hooks.
"""


def load(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template as CloudFormation sees it before any transform."""
    return load_template(path.read_text(encoding="utf-8"))


def expand(template: Mapping[str, Any], **ids: Sequence[str]) -> dict[str, Any]:
    """Return all resources, with each loop and each nested stack written out.

    Destinations and warehouses are those of the template, or `destinations` and `warehouses`. The resources of a nested
    stack have its logical id before their own: `DestinationcrmQueue` is the `Queue` of `Destinationcrm`.
    """
    resources: dict[str, Any] = {}
    for name, resource in looped(template, **ids).items():
        resources |= nested(name, resource) if resource["Type"] == _STACK else {name: resource}
    return resources


def looped(template: Mapping[str, Any], **ids: Sequence[str]) -> dict[str, Any]:
    """Return the resources of a template with every Fn::ForEach written out, nested stacks as they are.

    Strict like AWS: an identifier is replaced in the keys of the loop, in Fn::Sub and as the target of a Ref. In any
    other string it stays as it is, although the SAM CLI replaces it there too.
    """
    resources: dict[str, Any] = {}
    for name, body in template["Resources"].items():
        if not name.startswith("Fn::ForEach::"):
            resources[name] = body
            continue
        identifier, collection, fragment = body
        for item in ids.get(f"{identifier.lower()}s", collection):
            for key, value in fragment.items():
                resources[key.replace(f"${{{identifier}}}", item)] = _replaced(value, identifier, item)
    return resources


def nested(stack: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resources of a nested stack: its parameters are what its parent passes, its paths the parent's."""
    path = resource["Properties"]["TemplateURL"]
    template = load(TEMPLATE.parent / path)
    ids = {name: {"Ref": f"{stack}{name}"} for name in template["Resources"]}
    given = {**ids, **resource["Properties"]["Parameters"]}
    found = {f"{stack}{name}": _given(each, given) for name, each in template["Resources"].items()}
    for each in found.values():
        if isinstance(code := each["Properties"].get("Code"), str):
            each["Properties"]["Code"] = posixpath.normpath(posixpath.join(posixpath.dirname(path), code))
    return found


def _given(value: Any, given: Mapping[str, Any]) -> Any:
    """Return a value of a nested template as its parent sees it."""
    match value:
        case {"Ref": str(name)} if name in given:
            return given[name]
        case {"Fn::GetAtt": [str(name), attribute]} if name in given:
            return {"Fn::GetAtt": [given[name]["Ref"], attribute]}
        case {"Fn::Sub": str(text)}:
            return _substituted(text, given)
        case dict():
            return {key: _given(inner, given) for key, inner in value.items()}
        case list():
            return [_given(inner, given) for inner in value]
    return value


def _substituted(text: str, given: Mapping[str, Any]) -> Any:
    """Return a text of a nested template; what its parent passes in another form than a reference stands beside it."""
    beside: dict[str, Any] = {}

    def one(match: re.Match[str]) -> str:
        value = given.get(match[1], match[0])
        if isinstance(value, dict) and "Ref" not in value:
            beside[match[1]] = value
            return match[0]
        return f"${{{value['Ref']}}}" if isinstance(value, dict) else str(value)

    found = re.sub(r"\$\{([\w:]+)\}", one, text)
    if beside:
        return {"Fn::Sub": [found, beside]}
    return {"Fn::Sub": found} if "${" in found else found


def _replaced(value: Any, identifier: str, item: str) -> Any:
    match value:
        case {"Ref": str(name)} if name == identifier:
            return item
        case {"Fn::Sub": str(text)}:
            text = text.replace(f"${{{identifier}}}", item)
            return {"Fn::Sub": text} if "${" in text else text
        case dict():
            return {key: _replaced(inner, identifier, item) for key, inner in value.items()}
        case list():
            return [_replaced(inner, identifier, item) for inner in value]
        case _:
            return value


def statements(role: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what a role may do, also what it may under a condition alone."""
    for policy in role["Properties"]["Policies"]:
        for each in _whole(policy)["PolicyDocument"]["Statement"]:
            yield _whole(each)


def _whole(conditional: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is there if a condition holds."""
    found: Mapping[str, Any] = conditional["Fn::If"][1] if "Fn::If" in conditional else conditional
    return found


def listed(value: Any) -> list[Any]:
    """IAM takes one or several of most things."""
    return value if isinstance(value, list) else [value]


def page(template: Mapping[str, Any]) -> str:
    resources = expand(template, destinations=["<destination>"], warehouses=["<warehouse>"], parts=["Hook"])
    rows = [
        f"| {who} | {', '.join(f'`{action}`' for action in listed(statement['Action']))} | {where}{_part(statement)} |"
        for who, role in _holders(resources)
        for statement in statements(resources[role])
        for where in [", ".join(dict.fromkeys(_described(each, resources) for each in listed(statement["Resource"])))]
    ]
    return _HEAD + "\n".join(_once(rows)) + "\n" + _TAIL


def _holders(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(who, logical id of the role) in the order of the template; what is not a function is a service."""
    functions = {_target(r["Properties"]["Role"]): r for r in resources.values() if r["Type"].endswith("::Function")}
    for name, resource in resources.items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        if name in functions:
            variables = functions[name]["Properties"]["Environment"]["Variables"]
            yield f"`{_readable(variables['POWERTOOLS_SERVICE_NAME'])}`", name
        else:
            yield f"{resource['Properties']['Policies'][0]['PolicyName'].capitalize()} (the service)", name


def _once(rows: Sequence[str]) -> Iterator[str]:
    """Rows without the name of the row above."""
    above = None
    for row in rows:
        who = row.split("|")[1]
        yield row.replace(f"|{who}|", "| |", 1) if who == above else row
        above = who


def _part(statement: Mapping[str, Any]) -> str:
    """Return the condition on a table's items."""
    keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
    return f", items {', '.join(f'`{_readable(key)}`' for key in keys)}" if keys else ""


def _target(reference: Any) -> str | None:
    """The logical id that a reference names."""
    match reference:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return name
        case _:
            return None


def _described(resource: Any, resources: Mapping[str, Any]) -> str:
    match resource:
        case {"Fn::If": [_, {"Ref": "AWS::NoValue"}, granted]}:
            return _described(granted, resources)
    if resource == "*":
        return "all that there is"
    name = _target(resource)
    if name is not None:
        kind, key = _KINDS[resources[name]["Type"]]
        return f"{kind} `{_readable(resources[name]['Properties'][key])}`"
    text = _readable(resource)
    _, _, service, _, _, path = text.split(":", 5)
    kind, prefix = _SERVICES[service]
    if service == "s3" and "/" in path:
        return f"`{path.partition('/')[2]}` in the {kind}"
    # Hooks are the only ones whose ids the template spells out.
    return f"{kind} `{_HOOK.sub(r'/sluice/\1<source>/*', path.removeprefix(prefix))}`"


def _readable(value: Any) -> str:
    """Return a name with its parts in angle brackets; those that Fn::Sub defines for itself have the archive's name."""
    text = value["Fn::Sub"] if isinstance(value, dict) else str(value)
    if isinstance(text, list):
        text = text[0].replace("${Bucket}", "<archive>")
    return re.sub(r"\$\{(?:AWS::)?([\w.]+)\}", r"<\1>", text).replace("<Stage>", "<stage>")


if __name__ == "__main__":
    sys.stdout.write(page(load()))
