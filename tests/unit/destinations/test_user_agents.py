"""User agents: the matcher in Rust says what ua-parser's own in Python says."""

import pytest
from ua_parser import Domain, Parser
from ua_parser.basic import Resolver
from ua_parser.loaders import load_lazy_builtins

from checks.bench.parts.delivery import agents
from sluice.destinations.user_agents import Agent, agent

IN_PYTHON = Parser(Resolver(load_lazy_builtins()))


@pytest.mark.parametrize("text", [*agents(60), "", "curl/8.5.0", "Málaga/1.0 (naïve; \U0001f98a)", "x" * 5000, "\x00("])
def test_an_agent_is_read_as_by_the_parser_in_python(text: str) -> None:
    said = IN_PYTHON(text, Domain.OS | Domain.DEVICE)

    assert agent(text).os_name == (said.os.family if said.os else None)
    assert agent(text).os_version == (
        ".".join(filter(None, (said.os.major, said.os.minor, said.os.patch))) or None if said.os else None
    )
    if agent(text).model is not None:
        assert said.device is not None
        assert (agent(text).manufacturer, agent(text).model) == (said.device.brand, said.device.model)


def test_phones_and_desktops_are_told_apart() -> None:
    pixel = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36"

    assert agent(pixel) == Agent("Android", "14", "Google", "Pixel 8")
    assert agent("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/133.0") == Agent("Windows", "10")


def test_only_the_first_thousand_characters_are_read() -> None:
    assert agent("x" * 1000 + " (Windows NT 10.0)") == Agent()
