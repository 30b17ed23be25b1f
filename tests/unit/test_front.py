"""docs/function-url.md: its stack is one that CloudFormation takes, and its workspace compiles."""

import subprocess
from pathlib import Path
from typing import Any

from catalogue import types as catalogue
from local.cloud.template import load_template
from sluice.edge.endpoints import routes
from sluice.edge.request import Request
from sluice.workspace.compiled import Workspace, from_json
from sluice.workspace.compiler import check, dump
from tests.pages import ROOT, blocks
from tests.stack import TEMPLATE

STACK, WORKSPACE = blocks("docs/function-url.md", "yaml")


def workspace() -> Workspace:
    return from_json(dump(check(WORKSPACE, "workspace.yaml", catalogue), catalogue))


def distribution() -> Any:
    return load_template(STACK)["Resources"]["Distribution"]["Properties"]["DistributionConfig"]


def test_the_stack_before_the_function_url_is_one_that_cloudformation_takes(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(STACK)
    linter = ROOT / ".venv-sam/bin/cfn-lint"
    done = subprocess.run([linter, tmp_path / "stack.yaml"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_names_the_viewer_in_the_header_that_the_workspace_believes() -> None:
    code = load_template(STACK)["Resources"]["Viewer"]["Properties"]["FunctionCode"]
    assert f"headers['{workspace().web.viewer_address_header}'] = {{value: event.viewer.ip}}" in code
    association = distribution()["DefaultCacheBehavior"]["FunctionAssociations"][0]
    assert association["EventType"] == "viewer-request"


def test_what_it_keeps_are_paths_of_settings_and_scripts_and_no_event_among_them() -> None:
    patterns = {each["PathPattern"] for each in distribution()["CacheBehaviors"]}
    kept = {pattern.replace("/*/", "/wk_website/").replace("/*", "/x.js") for pattern in patterns}
    for path in kept:
        result = routes.dispatch(Request("GET", path, headers={"host": "x"}), workspace(), {"*"})
        assert result.envelope is None, path
    assert all("AllowedMethods" not in each for each in distribution()["CacheBehaviors"]), "GET and HEAD alone"


def test_the_brake_of_the_docs_is_that_of_the_template() -> None:
    parameters = TEMPLATE["Parameters"]
    page = (ROOT / "docs/function-url.md").read_text()
    assert f"`EdgeConcurrency` ({parameters['EdgeConcurrency']['Default']})" in page
    assert f"so {10 * parameters['EdgeConcurrency']['Default']:,}" in page
    assert parameters["Front"]["Default"] == "HttpApi"
