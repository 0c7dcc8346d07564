# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server: started on a loopback port, with accounts that are opened as they are needed."""

from __future__ import annotations

import json
import os
import pickle
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

# Read when an account is opened: without it AdministratorAccess is missing
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import moto.cloudtrail.urls
import moto.iam.models
import moto.iam.urls
import moto.sts.urls
from moto.iam.models import AccessKey, get_account_id_from, iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from .calls import Call, CallLog, RefusedError
from .cloudtrail import ConsoleLogin, LocalCloudTrail
from .iam import LocalIam, add_attributes
from .keys import key_of, owner_of
from .policies import ALWAYS_ALLOWED, caller_of, may
from .root import RootSession
from .sts import LocalSts

SECRET_KEY = "any-secret-key-is-accepted"  # signatures are not checked
ROLE = "OrganizationAccountAccessRole"


class QuietRequestHandler(MotoRequestHandler):
    """Tells nobody of every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """See WSGIRequestHandler."""


@dataclass(frozen=True)
class Snapshot:
    """All that the local AWS has of some accounts, and the calls that led there."""

    backends: Mapping[str, bytes]
    calls: tuple[Call, ...]


class LocalAws:
    """Use as a context manager, or start() and stop(). Listens on 127.0.0.1 only; port 0 takes a free one."""

    def __init__(self, port: int = 0) -> None:
        moto.iam.urls.url_paths["{0}/$"] = LocalIam.dispatch
        moto.sts.urls.url_paths["{0}/$"] = LocalSts.dispatch
        moto.cloudtrail.urls.url_paths["{0}/$"] = LocalCloudTrail.dispatch
        add_attributes()
        # An account is looked for in every partition, each of which would load all managed policies: we have one
        models: Any = moto.iam.models
        models.PARTITION_NAMES = ["aws"]
        self.log = CallLog(DomainDispatcherApplication(create_backend_app), self._account_of, self._authorize)
        self._server = make_server(
            "127.0.0.1", port, self._application, threaded=True, request_handler=QuietRequestHandler
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> LocalAws:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve from a thread of this process."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve_forever(self) -> None:
        """Serve from this thread, until another one calls stop()."""
        self._server.serve_forever()

    def stop(self) -> None:
        """Stop serving, and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def open_account(self, account_id: str) -> str:
        """Make an account with a root user alone, and return the id of its access key."""
        keys = iam_backends[account_id]["aws"].access_keys
        make_key: Any = AccessKey  # moto leaves methods of it abstract that only CloudFormation needs
        for access_key in (key_of(account_id), key_of(account_id, temporary=True)):
            key = make_key(None, prefix="AKIA", account_id=account_id)
            key.access_key_id = access_key
            keys[access_key] = key
        return key_of(account_id)

    def set_root(self, account_id: str, **state: bool) -> None:
        """Give the root user what no API can, or take it; see RootUser.set."""
        self.backend(account_id).root.set(**state)

    def sign_in(
        self,
        account_id: str,
        user_name: str,
        serial_number: str | None = None,
        *,
        at: datetime | None = None,
        region: str = "us-east-1",
        succeeded: bool = True,
    ) -> None:
        """Let a user sign in to the console, as CloudTrail and GetUser tell it; without a serial number without MFA."""
        backend = self.backend(account_id)
        user, at = backend.get_user(user_name), at or datetime.now(UTC)
        if succeeded:
            user.password_last_used = at
        login = ConsoleLogin(user, at, region, serial_number, succeeded)
        backend.console_logins = [*getattr(backend, "console_logins", ()), login]

    def manage_organization(self, account_id: str, *features: str) -> None:
        """Make it the management account of an organisation in which these features of IAM are enabled."""
        summary: Any = iam_backends[account_id]["aws"].account_summary
        summary.organization_features = list(features)

    def _account_of(self, access_key: str) -> str:
        """Return whose key it is; keys of ours, kept from an earlier server, open their account again."""
        owner = owner_of(access_key)
        if owner and access_key not in self.backend(owner).access_keys:
            self.open_account(owner)
        return owner or get_account_id_from(access_key)

    def _authorize(self, call: Call) -> None:
        """Let users do what their policies allow, and sessions of root what their task is; others may do everything."""
        caller = caller_of(self.backend(call.account_id), call.access_key)
        action = f"{call.service}:{call.action}"
        if isinstance(caller, RootSession):
            if why := caller.refusal(call.service, call.action, self.backend(call.account_id).root):
                who = f"arn:aws:sts::{call.account_id}:assumed-root"
                raise RefusedError("AccessDenied", f"User: {who} is not authorized to perform: {action} {why}")
        elif caller and action not in ALWAYS_ALLOWED and not may(self.backend(call.account_id), caller, action):
            raise RefusedError("AccessDenied", f"User: {caller.user.arn} is not authorized to perform: {action}")

    def backend(self, account_id: str) -> Any:
        """Return what moto keeps of an account's IAM, to be looked at, or changed behind everybody's back."""
        return iam_backends[account_id]["aws"]

    def snapshot(self, account_ids: Collection[str]) -> Snapshot:
        """Keep the state of accounts, to come back to it."""
        backends = {account_id: pickle.dumps(self.backend(account_id)) for account_id in account_ids}
        return Snapshot(backends, tuple(call for call in self.log.calls if call.account_id in backends))

    def restore(self, snapshot: Snapshot) -> None:
        """Come back to a state of some accounts, whatever has happened to them since."""
        for account_id, backend in snapshot.backends.items():
            iam_backends[account_id]["aws"] = pickle.loads(backend)  # noqa: S301 it never left this process
        self.log.calls[:] = [call for call in self.log.calls if call.account_id not in snapshot.backends]
        self.log.calls += snapshot.calls

    def write_config(self, file: Path, accounts: dict[str, str], organisation: bool) -> None:
        """Write an AWS config file with one profile for each account (id by name), and open the accounts.

        Of an organisation the first account has keys, and the others are reached from it by a role; else each has
        keys of its own.
        """
        keys = {name: self.open_account(account_id) for name, account_id in accounts.items()}
        first = next(iter(accounts))
        lines = []
        for name, account_id in accounts.items():
            lines.append(f"[profile {name}]")
            if organisation and name != first:
                lines += [f"role_arn = arn:aws:iam::{account_id}:role/{ROLE}", f"source_profile = {first}"]
            else:
                lines += [f"aws_access_key_id = {keys[name]}", f"aws_secret_access_key = {SECRET_KEY}"]
        file.write_text("\n".join(lines) + "\n")

    def environment(self, config: Path) -> dict[str, str]:
        """Return the variables that lead a program to this server, and to no other account of this machine."""
        nowhere = str(config.parent / "no-credentials")
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer what is asked about the server itself: the log of calls, and the state of an account's root user."""
        match environ["REQUEST_METHOD"], environ["PATH_INFO"].strip("/").split("/"):
            case "GET", ["local-aws", "calls"]:
                answer: Any = [asdict(call) for call in self.log.calls]
            case "PUT", ["local-aws", "accounts", account_id, "root"]:
                answer = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
                self.set_root(account_id, **answer)
            case _:
                return self.log(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]
