"""A built template is deployed only for the processor that it was built for."""

import pytest

from cli.templates.built_template import only_for
from local.cloud.template import load_template

BUILT = """Parameters:
  Stage:
    Type: String
  Architecture:
    Type: String
    Default: arm64
    AllowedValues:
    - arm64
    - x86_64
    Description: Processor of the functions; arm64 is a fifth cheaper. The build
      decides.
  SnapStart:
    Type: String
    Default: 'off'
Resources: {}
"""


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_no_other_architecture_is_allowed(architecture: str) -> None:
    parameters = load_template(only_for(BUILT, architecture))["Parameters"]
    assert parameters["Architecture"] == {
        "Type": "String",
        "Default": architecture,
        "AllowedValues": [architecture],
        "Description": "Processor of the functions; arm64 is a fifth cheaper. The build decides.",
    }
    assert list(parameters) == ["Stage", "Architecture", "SnapStart"]


def test_once_more_changes_nothing() -> None:
    assert only_for(only_for(BUILT, "x86_64"), "x86_64") == only_for(BUILT, "x86_64")


def test_an_architecture_that_lambda_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="ARCHITECTURE is 'x86'; Lambda has arm64 and x86_64"):
        only_for(BUILT, "x86")


def test_a_template_without_the_parameter_is_an_error() -> None:
    with pytest.raises(ValueError, match="no parameter"):
        only_for("Parameters: {}\n", "arm64")
