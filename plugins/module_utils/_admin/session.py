# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to AWS: credentials, region and endpoint, found as boto3 and amazon.aws find them."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from secrets import SystemRandom
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

try:
    import botocore.session
    from botocore import UNSIGNED, configloader
    from botocore.config import Config
    from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, EnvProvider
    from botocore.exceptions import BotoCoreError, NoCredentialsError
    from botocore.hooks import HierarchicalEmitter
    from botocore.loaders import create_loader
    from botocore.utils import JSONFileCache, parse_timestamp

    HAS_BOTOCORE = True
    # Keeps the service models that it has read: one for the process, and for those that are forked from it
    _LOADER = create_loader()
except ImportError:  # AnsibleAWSModule says what is missing
    HAS_BOTOCORE = False
    BotoCoreError = NoCredentialsError = Exception
    JSONFileCache = object

from .amazon import aws_argument_spec
from .api import IamApi, Once
from .errors import AdminError
from .failures import ANSWER_LOST, check_answers, connecting, finding_credentials
from .names import check_external_id, check_role_arn
from .secrets import register_secret


class _CliCache(JSONFileCache):
    """Botocore's own cache, which the AWS CLI uses too; where nothing can be written, nothing is cached.

    `apart` returns what an entry shall not be shared beyond, and "" where the AWS CLI may have it, too. What is no
    entry, as a file that is cut off, or is being written, is none: what was seen is what is returned.
    """

    def __init__(self, folder: Path, apart: Callable[[], str]) -> None:
        super().__init__(folder)
        self._apart = apart
        self._seen: dict[str, Any] = {}

    def __contains__(self, cache_key: str) -> bool:
        found = None
        with suppress(KeyError, OSError, UnicodeDecodeError):
            found = super().__getitem__(cache_key)
        self._seen = {cache_key: found} if _is_entry(found) else {}
        return cache_key in self._seen

    def __getitem__(self, cache_key: str) -> Any:
        if cache_key not in self._seen and cache_key not in self:
            raise KeyError(cache_key)
        return self._seen[cache_key]

    def __setitem__(self, cache_key: str, value: Any) -> None:
        self._seen = {}
        with suppress(OSError):
            super().__setitem__(cache_key, value)

    def _convert_cache_key(self, cache_key: str) -> str:
        apart = self._apart()
        own = f"{cache_key}-{sha256(apart.encode()).hexdigest()[:16]}" if apart else cache_key
        path: str = super()._convert_cache_key(own)
        return path


def _is_entry(found: Any) -> bool:
    """Whether what a file holds are credentials of a role."""
    held = found.get("Credentials") if isinstance(found, Mapping) else None
    if not isinstance(held, Mapping):
        return False
    try:
        parse_timestamp(held["Expiration"])
    except (KeyError, OverflowError, TypeError, ValueError):
        return False
    return all(isinstance(held.get(name), str) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))


class _Patience:
    """Has botocore repeat what AWS refuses for a moment only (a handler of its event needs-retry).

    What was just created is unknown for a while to whatever answers next (IAM User Guide: "Changes that I make are not
    always immediately visible"), and botocore itself gives up on throttling after three attempts. AssumeRoot is
    throttled hard: who asks for a hundred accounts at once waits for two minutes, and no two for the same time.
    """

    _THROTTLED = frozenset(("Throttling", "ThrottlingException", "RequestLimitExceeded"))
    _MOMENTARY = frozenset(("ConcurrentModification", "EntityTemporarilyUnmodifiable", *_THROTTLED))
    _ATTEMPTS = 8
    _ATTEMPTS_AT_ROOT = 14
    _ATTEMPTS_AT_WHAT_IS_NEW = 5

    def __init__(self, key_is_new: bool = False) -> None:
        self._key_is_new = key_is_new
        self._created = False
        self._unanswered: set[str] = set()

    def __call__(self, response: Any, operation: Any, attempts: int, **_event: Any) -> float | None:
        """Return the seconds to wait before the next attempt, None for what botocore itself decides."""
        name = operation.name
        if attempts == 1:
            self._unanswered.discard(name)
        if response is None or response[0].status_code >= 500:
            self._unanswered.add(name)
            return None
        answer = response[1]
        answer.setdefault("ResponseMetadata", {})[ANSWER_LOST] = name in self._unanswered
        code = answer.get("Error", {}).get("Code")
        if name.startswith("Create") and code in (None, "EntityAlreadyExists"):
            self._created = True
        momentary = code in self._MOMENTARY or (self._key_is_new and code == "InvalidClientTokenId")
        is_new = name == "EnableMFADevice" or (self._created and not name.startswith(("Get", "List")))
        most = self._ATTEMPTS if momentary else 0
        most = self._ATTEMPTS_AT_WHAT_IS_NEW if code == "NoSuchEntity" and is_new else most
        longest = 5
        if name == "AssumeRoot" and code in self._THROTTLED:
            most, longest = self._ATTEMPTS_AT_ROOT, 20
        seconds: float = min(2 ** (attempts - 2), longest)
        seconds *= _jitter(0.5, 1) if code in self._THROTTLED else 1
        return seconds if attempts < most else None


_jitter = SystemRandom().uniform
_PARSED: dict[tuple[Any, ...], dict[str, Any]] = {}
CREDENTIALS = ("access_key", "secret_key", "session_token", "profile")
_WITHOUT_ROLE = {"assume_role_arn": None, "assume_role_external_id": None, "management_profile": None}
_OWN_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_KEY = re.compile(r"[!-~]*")  # ASCII without spaces
_DEFAULT_REGION = "us-east-1"


def connection_argument_spec() -> dict[str, Any]:
    """Return the connection options of amazon.aws.common.modules, and the account they must lead to.

    The credentials' fallbacks to the environment are left to boto3, which lets a profile that a task names win over
    exported keys; amazon.aws would refuse the two together.
    """
    spec: dict[str, Any] = aws_argument_spec()
    for option in CREDENTIALS:
        spec[option] = {key: value for key, value in spec[option].items() if key != "fallback"}
    return {
        **spec,
        "account_id": {"type": "str"},
        "assume_role_arn": {"type": "str"},
        "assume_role_external_id": {"type": "str"},
        "assume_role_session_name": {"type": "str", "default": "landing_zone.aws_admin"},
        "cache_credentials": {"type": "bool", "default": True, "no_log": False},
    }


class Shared:
    """What the accounts of a survey have in common: who assumes their roles, and may have sessions of their root users.

    `api` is what is connected with.
    """

    def __init__(self, api: type[IamApi]) -> None:
        self.api = api
        self._clients = Once()
        self._connections = Once()

    def client(self, options: Mapping[str, Any], make: Callable[[], Any]) -> Any:
        """Return the client that has these options, each pair of credentials its own."""
        return self._clients(_key_of(options), make)

    def connection(self, params: Mapping[str, Any]) -> IamApi:
        """Connect with these options of the connection, as whoever did so before."""
        connected: IamApi = self._connections(way_of(params), lambda: connect(params, shared=self))
        return connected


def way_of(params: Mapping[str, Any]) -> str:
    """Return what tells the way to AWS from others, whichever account it is expected to lead to."""
    return _key_of({name: params.get(name) for name in _of_way()})


@cache
def _of_way() -> list[str]:
    return [name for name in (*connection_argument_spec(), "management_profile") if name != "account_id"]


def _key_of(options: Mapping[str, Any]) -> str:
    """Return what tells options from others, as none of the objects among them is equal to another one."""
    return repr(sorted((name, vars(one) if isinstance(one, Config) else one) for name, one in options.items()))


def connect(params: Mapping[str, Any], key: Mapping[str, Any] | None = None, *, shared: Shared | None = None) -> IamApi:
    """Make the clients of one task, with one pair of credentials: who is asked for its identity is who writes.

    Credentials that refresh themselves could lead to another account between two calls, so they are frozen here: what
    expires within the task is ExpiredToken, and another run.

    `key` is an access key or a session as AWS has just given it, to connect with instead, in the same way otherwise.
    `shared` is what a survey has it share with other tasks. Raises AwsError, when a profile does not exist, say.
    """
    for option in (*CREDENTIALS, "account_id", "assume_role_arn", "assume_role_external_id"):
        if params[option] == "":
            raise AdminError(f"{option} is empty: give it a value, or leave it out.")
    if params["profile"] and params["access_key"]:
        raise AdminError("Both profile and access_key are given: keep the one that is meant.")
    if params["assume_role_arn"]:
        check_role_arn("assume_role_arn", params["assume_role_arn"])
    if params["assume_role_external_id"]:
        check_external_id("assume_role_external_id", params["assume_role_external_id"])
    with connecting(), _config_files_parsed_once():
        session = _session(params, shared)
        # In the session, for the client that assumes a role, too
        session.register("needs-retry", _Patience(key_is_new=key is not None))
        options = _client_options(params)
        source = partial(_source, session, params, options)
        manager = partial(_manager, session, params, options, shared)
        if key:
            options = options | _of_key(key)
        elif params["assume_role_arn"]:
            options = options | _of_role(session, params, options)
        else:
            options = options | _keys_of(session, options)
        return _api(session, options, source, manager, api=shared.api if shared else IamApi)


def _api(
    session: Any,
    options: Mapping[str, Any],
    source: Callable[[], IamApi | None] = lambda: None,
    manager: Callable[[], IamApi | None] = lambda: None,
    *,
    api: type[IamApi] = IamApi,
) -> IamApi:
    client = partial(session.create_client, **options)
    iam, sts = client("iam"), client("sts")
    for one in (iam, sts):
        _port = urlsplit(one.meta.endpoint_url).port  # ValueError
    return api(
        iam,
        sts,
        options["aws_access_key_id"],
        source,
        manager,
        client=partial(_client_of, session, options),
        with_key=lambda key: _api(session, {**options, **_of_key(key)}),
        region=session.get_config_variable("region"),
    )


def _client_of(session: Any, options: Mapping[str, Any], service: str, region_name: str) -> Any:
    """Make a client of a region, and never of STS's global endpoint, whatever is configured: it has no AssumeRoot."""
    if service == "sts":
        session.set_config_variable("sts_regional_endpoints", "regional")
        # aws-global, say, is no region, and means the global endpoint
        partition = _partitions().get(region_name.removesuffix("-global"))
        region_name = partition["implicitGlobalRegion"] if partition else region_name
    return session.create_client(service, region_name=region_name, **options)


def _of_key(key: Mapping[str, Any]) -> dict[str, Any]:
    token = key.get("SessionToken")
    return {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": register_secret(key["SecretAccessKey"]),
        "aws_session_token": register_secret(token) if token else None,
    }


def _keys_of(session: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that the task names, or those that botocore finds, as they are now."""
    if options["aws_access_key_id"] or options["aws_secret_access_key"]:
        return _checked({name: options[name] for name in _OWN_KEYS}, "the task")
    with finding_credentials(_called(session)):
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return _checked(_frozen(credentials), _called(session))


def _checked(keys: dict[str, Any], of: str) -> dict[str, Any]:
    """Return keys that can be sent; raise AdminError where botocore would fail, and show them as it does."""
    for name, key in keys.items():
        if key is not None and not (isinstance(key, str) and _KEY.fullmatch(key)):
            raise AdminError(
                f"The {name} of {of} has a character that no key has, such as a space or a line break at its end: "
                "correct it."
            )
    return keys


def _frozen(credentials: Any) -> dict[str, Any]:
    found = credentials.get_frozen_credentials()
    return dict(zip(_OWN_KEYS, (found.access_key, found.secret_key, found.token), strict=True))


def _called(session: Any) -> str:
    return f"profile {session.profile}" if session.profile else "the environment"


def _of_role(session: Any, params: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Assume the role that the task names, with the credentials that it would have else."""
    source = Credentials(*_keys_of(session, options).values())
    how = {"RoleSessionName": params["assume_role_session_name"], "ExternalId": params["assume_role_external_id"]}

    def apart() -> str:
        # Whose key it was assumed with is all that tells who may have it
        return f"{source.access_key} {_own_endpoint(session, options['endpoint_url'])}"

    fetcher = AssumeRoleCredentialFetcher(
        lambda service, **credentials: session.create_client(service, **{**options, **credentials}),
        source,
        params["assume_role_arn"],
        extra_args={name: value for name, value in how.items() if value},
        cache=_cli_cache(apart) if params["cache_credentials"] else None,
    )
    # They last for a quarter of an hour at least, and a task for less
    found = fetcher.fetch_credentials()
    return _of_key(
        {"AccessKeyId": found["access_key"], "SecretAccessKey": found["secret_key"], "SessionToken": found["token"]}
    )


def _source(session: Any, params: Mapping[str, Any], options: Mapping[str, Any]) -> IamApi | None:
    """Connect with what a role was assumed with; None where neither task nor profile names a role.

    Of profiles that lead to one another by `source_profile`, it is the first one.
    """
    with connecting(), _config_files_parsed_once():
        with finding_credentials(_called(session)):
            credentials = None if options["aws_access_key_id"] else session.get_credentials()
        if credentials is not None and credentials.method == "assume-role":
            session, options = _first_of(session, params, options)
        elif not params["assume_role_arn"]:
            return None
        return _api(session, {**options, **_keys_of(session, options)})


def _manager(
    session: Any, params: Mapping[str, Any], options: Mapping[str, Any], shared: Shared | None
) -> IamApi | None:
    """Connect with the profile that the task names for root sessions, or with what the role was assumed with.

    Of profiles that lead to one another by `source_profile`, that is the nearest one, with its own role.
    """
    to_manager = shared.connection if shared else connect
    named = params.get("management_profile")
    if named:
        return to_manager({**params, **dict.fromkeys(CREDENTIALS), "profile": named, **_WITHOUT_ROLE})
    if params["assume_role_arn"]:
        return to_manager({**params, **_WITHOUT_ROLE})
    if options["aws_access_key_id"]:
        return None
    profile = session.get_scoped_config()
    nearest = profile.get("source_profile")
    if "role_arn" in profile and nearest and nearest != (session.profile or "default"):
        return to_manager({**params, "profile": nearest})
    return _source(session, params, options)


def _first_of(session: Any, params: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
    """Follow the session's profile to the one that names no other; return its session, and options with its keys."""
    profiles, name = session.full_config["profiles"], session.profile or "default"
    profile = profiles.get(name, {})
    while "role_arn" in profile and profile.get("source_profile", name) != name:
        name = profile["source_profile"]
        profile = profiles.get(name, {})
    if "role_arn" in profile and profile.get("credential_source") == "Environment":
        found = EnvProvider().load()
        keys = _frozen(found) if found else {}
    else:
        # It may have a role, too, whose source it is itself
        keys = {key: value for key, value in profile.items() if key in _OWN_KEYS}
    first = _session({**params, "profile": name})
    first.register("needs-retry", _Patience())
    return first, {**options, **keys}


def preload() -> None:
    """Read the service models of IAM and STS and the config files now, so that clients are made faster later."""
    # What is wrong with the environment, such as an unknown AWS_PROFILE, is said by the task that it matters to
    with suppress(AdminError), connecting(), _config_files_parsed_once():
        session = _new_session(None)
        unsigned = Config(signature_version=UNSIGNED)
        for service, paginated in (("iam", "list_mfa_devices"), ("sts", None)):
            client = session.create_client(service, _DEFAULT_REGION, config=unsigned)
            if paginated:
                client.get_paginator(paginated)


class _ConfigFilesParsedOnce:
    """Lets botocore parse a config file once for this process and those forked from it, until the file changes.

    It does so twice for each session, which with hundreds of profiles takes longer than all else that a task does; and
    it has no place to hand it what is parsed already. Of the threads that connect, the first puts the parsers in their
    place, and the last takes them out again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._threads = 0
        self._parsers: dict[str, Callable[..., dict[str, Any]]] = {}

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            self._threads += 1
            if self._threads == 1:
                self._parsers = {name: getattr(configloader, name) for name in ("load_config", "raw_config_parse")}
                self._put({name: partial(_parse_once, parse) for name, parse in self._parsers.items()})
        try:
            yield
        finally:
            with self._lock:
                self._threads -= 1
                if not self._threads:
                    self._put(self._parsers)

    @staticmethod
    def _put(parsers: Mapping[str, Callable[..., dict[str, Any]]]) -> None:
        for name, parse in parsers.items():
            setattr(configloader, name, parse)


_config_files_parsed_once = _ConfigFilesParsedOnce()


def _parse_once(parse: Callable[..., dict[str, Any]], file: str, **options: Any) -> dict[str, Any]:
    try:
        found = Path(os.path.expandvars(file)).expanduser().stat()
    except (OSError, RuntimeError, TypeError):
        return parse(file, **options)
    key = (parse.__name__, file, found.st_ino, found.st_mtime_ns, found.st_size, *options.items())
    if key not in _PARSED:
        _PARSED[key] = parse(file, **options)
    return _copy(_PARSED[key])


def _copy(config: dict[str, Any]) -> dict[str, Any]:
    """Return a copy at all depths: botocore puts into the one file's profiles what the other file has of them."""
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in config.items()}


def _session(params: Mapping[str, Any], shared: Shared | None = None) -> Any:
    session = _new_session(params["profile"] or None)
    # In the session, since the client that assumes a role needs one too
    region = params["region"] or session.get_config_variable("region") or _default_region(session, params)
    session.set_config_variable("region", region)
    provider = session.get_component("credential_provider").get_provider("assume-role")
    # Nobody could type a code: a worker has no keyboard, and its question would wait for ever
    provider._prompter = partial(_refuse_to_ask, _called(session))
    provider._client_creator = partial(_sts_client, session, params, shared)
    apart = partial(_own_endpoint, session, params["endpoint_url"])
    cache = _cli_cache(apart) if params["cache_credentials"] else None
    if cache is not None:
        provider.cache = cache
    return session


def _default_region(session: Any, params: Mapping[str, Any]) -> str:
    """Return where the partition's global services are, which is told by the role that is to be assumed."""
    role = params["assume_role_arn"] or session.get_scoped_config().get("role_arn") or ""
    partition = role.partition(":")[2].partition(":")[0] or "aws"
    return str(_partitions().get(partition, {}).get("implicitGlobalRegion", _DEFAULT_REGION))


@cache
def _partitions() -> Mapping[str, Mapping[str, Any]]:
    """Return what botocore knows of the partitions of AWS, by their ids."""
    found = _LOADER.load_data("partitions")["partitions"]
    return {partition["id"]: partition["outputs"] for partition in found}


def _is_of_aws(url: str) -> bool:
    """Whether it is an endpoint of AWS, in whatever partition."""
    suffixes = [outputs[kind] for outputs in _partitions().values() for kind in ("dnsSuffix", "dualStackDnsSuffix")]
    return (urlsplit(url).hostname or "").endswith(tuple(f".{suffix}" for suffix in suffixes))


def _sts_client(session: Any, params: Mapping[str, Any], shared: Shared | None, service: str, **options: Any) -> Any:
    """Make the client that assumes a profile's role as the task makes its own."""
    own = _client_options(params)
    config = own["config"].merge(options.pop("config")) if options.get("config") else own["config"]
    options |= {"endpoint_url": own["endpoint_url"], "verify": own["verify"], "config": config}
    make = partial(session.create_client, service, **options)
    if shared is None:
        return make()
    # What the profile says of the client, and the task does not
    said = {**session.get_scoped_config(), "region_name": session.get_config_variable("region")}
    return shared.client({**options, "service": service, "said": said}, make)


def _refuse_to_ask(of: str, _question: str) -> str:
    raise AdminError(
        f"The credentials of {of} need an MFA code (mfa_serial), which cannot be typed here: run aws sts "
        "get-caller-identity with that profile first, which caches a session, or name another profile."
    )


def _cli_cache(apart: Callable[[], str]) -> _CliCache | None:
    """As the AWS CLI does it, and where it does it: an assumed role serves until it expires.

    None where there is no home.
    """
    try:
        return _CliCache(Path("~/.aws/cli/cache").expanduser(), apart)
    except RuntimeError:
        return None


def _own_endpoint(session: Any, endpoint_url: str | None = None) -> str:
    """Return where roles are assumed, "" where that is AWS: the AWS CLI's cache does not tell endpoints apart.

    It is all that may say so (AWS SDKs and Tools Reference Guide: "Service-specific endpoints"), as making a client to
    ask takes as long as a call.
    """
    profile = session.get_scoped_config()
    services = session.full_config.get("services", {}).get(profile.get("services"), {})
    said = (
        endpoint_url,
        os.environ.get("AWS_ENDPOINT_URL_STS"),
        os.environ.get("AWS_ENDPOINT_URL"),
        services.get("sts", {}).get("endpoint_url"),
        profile.get("endpoint_url"),
    )
    return " ".join(url for url in said if url and not _is_of_aws(url))


def _new_session(profile: str | None) -> Any:
    """Make a session that shares what takes long: registering botocore's own handlers, and reading service models."""
    session = botocore.session.Session(
        event_hooks=copy.copy(_handlers()), include_builtin_handlers=False, profile=profile
    )
    session.register_component("data_loader", _LOADER)
    return session


@cache
def _handlers() -> Any:
    emitter = HierarchicalEmitter()
    botocore.session.Session(event_hooks=emitter)
    check_answers(emitter)
    return emitter


def _client_options(params: Mapping[str, Any]) -> dict[str, Any]:
    config = Config(retries={"mode": "standard"}, connect_timeout=10, user_agent_extra="landing_zone.aws_admin")
    verify = params["validate_certs"]
    return {
        "endpoint_url": params["endpoint_url"] or None,
        "aws_access_key_id": params["access_key"] or None,
        "aws_secret_access_key": params["secret_key"] or None,
        "aws_session_token": params["session_token"] or None,
        "verify": params["aws_ca_bundle"] or None if verify else False,
        "config": config.merge(_config_of(params["aws_config"] or {})),
    }


def _config_of(options: Mapping[str, Any]) -> Any:
    try:
        return Config(**options)
    except (AttributeError, BotoCoreError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise AdminError(
            f"aws_config cannot be used: {reason}. See Config in the documentation of botocore."
        ) from error
