"""Each test has AWS clients of its own: those of moto, or of the counting AWS, do not answer the next one."""

from collections.abc import Iterator

import pytest

from sluice.aws import clients


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    yield
    clients.session.cache_clear()
