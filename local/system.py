"""The local system from start to end: what depends on what, and what follows from a change."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local import lock, web
from local.banner import banner, dim, say
from local.cloud.aws import EmbeddedAws
from local.cloud.backlog import Backlog
from local.cloud.deploy import DeployError, Deployment, deploy
from local.cloud.firehose import Firehose
from local.functions.forward import Forwarding
from local.functions.loaders import load_all
from local.functions.logs import FunctionsLog
from local.functions.spec import FunctionSpec
from local.functions.workers import Function, InitError
from local.http.gateway import Gateway
from local.http.inbox import Inbox
from local.http.vendors import Vendors
from local.settings import LIBRARIES, Settings
from local.watch import CATALOGUE, Change, watching
from local.workspace import Compiled, WorkspaceError, compile_workspace, provide_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class System:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started = time.monotonic()
        self._log = FunctionsLog(settings.functions_log)
        self._functions: dict[str, Function] = {}
        self._firehose = Firehose(settings)
        self._gateway = Gateway(settings, Inbox(), Vendors(), self._firehose)
        self._forwarding = Forwarding(self._functions)
        self._aws = EmbeddedAws(settings)
        self._changing = asyncio.Lock()
        """Held by whoever deploys or replaces functions."""
        self._forward_to = ""
        self._environment: dict[str, str] = {}
        self._compiled: Compiled | None = None

    async def run(self) -> None:
        """Until cancelled. Raises AwsError, DeployError, UnavailableError, WorkspaceError."""
        settings = self._settings
        lock.check_port("PORT", settings.port)
        lock.check_port("TLS_PORT", settings.tls_port)
        lock.check_port("AWS_PORT", settings.aws_port)
        if settings.ready_file:
            settings.ready_file.unlink(missing_ok=True)
        print(dim("  Starting the embedded AWS …"), flush=True)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._log.close)
            changes = await stack.enter_async_context(watching(settings))
            await self._gateway.listen()
            compiling = asyncio.create_task(compile_workspace(settings))
            stack.callback(compiling.cancel)
            building = asyncio.create_task(web.provide_scripts())
            stack.callback(building.cancel)
            stack.push_async_callback(self._aws.stop)
            self._aws.forget()
            shutil.rmtree(settings.warehouses, ignore_errors=True)
            settings.warehouses.mkdir(parents=True)
            await self._aws.start()
            seconds = time.monotonic() - self._started
            print(dim(f"  The embedded AWS is up after {seconds:.1f} s, deploying …"), flush=True)
            stack.push_async_callback(self._firehose.close)
            stack.push_async_callback(self._close_functions)
            stack.push_async_callback(self._forwarding.close)
            stack.push_async_callback(self._gateway.close)
            await building
            await self._serve(await compiling)
            await self._keep_up(changes)

    async def _serve(self, compiled: Compiled) -> None:
        settings = self._settings
        self._forward_to = await self._forwarding.listen()
        self._environment = {
            "AWS_ENDPOINT_URL": settings.aws_url,
            "AWS_ENDPOINT_URL_FIREHOSE": await self._firehose.listen(),  # not through the gateway: it is a hop more
            "PYTHONPATH": LIBRARIES,
            "PYTHONPYCACHEPREFIX": str(settings.state / "pycache"),
            "SLUICE_ALLOW_LOOPBACK": "true",
            "SLUICE_LIVE": settings.live,
            "SLUICE_LOCAL_VENDORS": settings.vendors_url,
            "SLUICE_LOCAL_WAREHOUSES": str(settings.warehouses),
            "SLUICE_WEB": str(web.FOLDER),
            "SLUICE_WORKSPACE": str(settings.compiled_workspace),
        }
        deployment = await self._deploy(compiled)
        seconds = time.monotonic() - self._started
        print(banner(settings, compiled, deployment, seconds), flush=True)
        facts = {"pid": os.getpid(), "url": settings.url, "aws_url": settings.aws_url, "bucket": deployment.bucket}
        lock.publish(settings, facts)
        if settings.ready_file:
            draft = settings.ready_file.with_suffix(".draft")  # whoever waits for the file shall find it whole
            draft.write_text(json.dumps(facts) + "\n")
            draft.replace(settings.ready_file)

    async def _deploy(self, compiled: Compiled) -> Deployment:
        """The stack, then the workspace and the functions, in the order in which nothing finds something missing."""
        deployment = await self._provide(compiled)
        compiled.put_in_force(self._settings)
        self._compiled = compiled
        await self._take_over(deployment.functions)
        return deployment

    async def _provide(self, compiled: Compiled) -> Deployment:
        """All that the embedded AWS has to have."""
        await provide_secrets(compiled, self._settings)
        deployment = await deploy(self._settings, compiled, self._forward_to)
        self._firehose.forget()
        return deployment

    async def _take_over(self, specs: tuple[FunctionSpec, ...]) -> None:
        """Make the functions those of the deployment; unchanged ones get new workers too, the workspace may differ."""
        gone = self._functions.keys() - {spec.name for spec in specs}
        await asyncio.gather(*(self._functions.pop(name).close() for name in gone))
        starting = []
        for spec in sorted(specs, key=lambda spec: not spec.routes):  # the edge first: somebody is waiting for it
            if spec.name in self._functions:
                starting.append(self._functions[spec.name].replace(spec))
            else:
                function = self._functions[spec.name] = Function(spec, self._environment, self._log)
                starting.append(function.warm())
        self._gateway.route(list(self._functions.values()))
        _report([*zip(specs, await asyncio.gather(*starting), strict=True)])

    async def _close_functions(self) -> None:
        await asyncio.gather(*(function.close() for function in self._functions.values()))

    async def _keep_up(self, changes: AsyncIterator[Change]) -> None:
        keeping = asyncio.create_task(self._keep_aws())
        following = asyncio.create_task(self._follow_all(changes))
        telling = asyncio.create_task(Backlog().watch(self._settings, say))
        loading = asyncio.create_task(load_all(self._settings, self._functions))
        tasks = {keeping, following, telling, loading}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()

    async def _keep_aws(self) -> None:
        """Start the embedded AWS again whenever it ends. Raises AwsError when it does not start, DeployError."""
        while True:
            kept = await self._aws.ended()
            started = time.monotonic()
            if not kept:
                self._aws.forget()  # what an earlier process wrote down is long overtaken
            await self._aws.start()
            if kept:
                say(f"the embedded AWS ended; back with all it had after {time.monotonic() - started:.1f} s")
                continue
            say(f"the embedded AWS was killed, and all it had is lost; see {self._settings.aws_log}")
            async with self._changing:
                assert self._compiled  # noqa: S101 - it is set before this begins
                await self._provide(self._compiled)
            say(f"deployed anew in {time.monotonic() - started:.1f} s")

    async def _follow_all(self, changes: AsyncIterator[Change]) -> None:
        async for change in changes:
            started = time.monotonic()
            say(f"{change.subject} changed …")
            try:
                async with self._changing:
                    done = await self._follow(change)
            except (BotoCoreError, ClientError, DeployError, WorkspaceError, OSError) as error:
                say(f"{error}\nthe version before it stays in force")
            except Exception as error:  # noqa: BLE001 - whatever somebody saved, it shall not end the system
                say(f"{type(error).__name__}: {error}\nthe version before it stays in force")
            else:
                say(f"{done} in {time.monotonic() - started:.1f} s")

    async def _follow(self, change: Change) -> str:
        """Do what the change asks for; returns what was done. Raises DeployError, WorkspaceError."""
        compiled = await self._recompile(change)
        if compiled and (change.template or not self._compiled or compiled.shape != self._compiled.shape):
            await self._deploy(compiled)
            return "deployed"
        if compiled:
            await provide_secrets(compiled, self._settings)
            compiled.put_in_force(self._settings)
            self._compiled = compiled
        elif change.secrets and self._compiled:
            await provide_secrets(self._compiled, self._settings)
        everything = change.workspace or change.library or change.secrets
        affected = [each for each in self._functions.values() if everything or change.touches(each.spec.code)]
        errors = await asyncio.gather(*(function.replace() for function in affected))
        _report([*zip([function.spec for function in affected], errors, strict=True)])
        replaced = [each.spec.service for each, error in zip(affected, errors, strict=True) if error is None]
        if len(replaced) < len(affected):
            say("of what cannot start, the version before it stays in force")
        if everything and len(replaced) == len(affected):
            return "every function replaced"
        return f"{', '.join(replaced) or 'nothing'} replaced"

    async def _recompile(self, change: Change) -> Compiled | None:
        """The workspace as it is now, where the change concerns it.

        The library and the destinations take part in compiling, as they check settings; but when only they changed, a
        error in the workspace is no reason to hold them back. Raises WorkspaceError otherwise.
        """
        if change.workspace or change.template:
            return await compile_workspace(self._settings)
        if change.library or change.touches(CATALOGUE):
            try:
                return await compile_workspace(self._settings)
            except WorkspaceError as error:
                say(f"{error}\nthe workspace before it stays in force")
        return None


def _report(results: list[tuple[FunctionSpec, InitError | None]]) -> None:
    for spec, error in results:
        if error:
            say(f"{spec.service} cannot start: {error}")
