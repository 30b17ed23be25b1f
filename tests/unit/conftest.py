"""Each test has AWS clients of its own: those of moto, or of the counting AWS, do not answer the next one."""

from collections.abc import Iterator

import pytest

from sluice.aws import clients
from tests.clickhouse import clickhouse
from tests.postgres import postgres


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    yield
    clients.session.cache_clear()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("postgres")) as uri:
        yield uri


@pytest.fixture(scope="session")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with clickhouse(tmp_path_factory.mktemp("clickhouse")) as address:
        yield address
