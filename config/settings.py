"""Every setting of the router: its environment variable, its default and what it means.

Nothing else in the project reads the environment. `load_settings` reads it once, at the start, and
stops the start with one line for each value that is wrong.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql", "postgresql+psycopg")
REDIS_SCHEMES = ("redis", "rediss", "redis+sentinel", "redis+cluster")


class SettingsError(SystemExit):
    """The environment is unusable; carries one line per problem and ends the process when uncaught.

    It derives from SystemExit so that gunicorn, flask and alembic all print the lines and stop, without a traceback.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"setting {problem}" for problem in problems))


class Settings(BaseSettings):
    """The settings of one process, as the environment (and `.env`) gave them."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: str = Field("", repr=False, description="Where the facts live: `sqlite:///…` or `postgresql://…`.")
    redis_url: str = Field("", repr=False, description="The shared cache of call routes; empty means none.")
    data_dir: Path = Field(Path("var"), description="Folder of this host's own files; every host has its own.")
    public_url: str = Field("", description="Scheme, host and prefix that Twilio is told, without a final slash.")
    secret_key: str = Field(
        "", repr=False, description="Signs what the pages hand to browsers; the same on every host."
    )
    twilio_account_sid: str = Field("", description="The Twilio account of all numbers; empty means the simulator.")
    twilio_auth_token: Annotated[tuple[str, ...], NoDecode] = Field(
        (), repr=False, description="Auth Tokens that sign webhooks; several, separated by commas, while rotating."
    )
    twilio_api_key: str = Field("", description="SID of the API key for Twilio's REST API; empty means Auth Token.")
    twilio_api_secret: str = Field("", repr=False, description="Secret of that API key.")
    twilio_api_url: str = Field("", description="Base URL of the REST API in Twilio's place; empty means Twilio's.")
    twilio_shared_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (), repr=False, description="Shared keys for HMAC-SHA256 webhooks, each `key id:secret`, separated by commas."
    )
    fallback_number: str = Field("", description="E.164 number that answers when nothing is known of a call.")
    repeated_calls_per_minute: int = Field(
        30, ge=0, le=10_000, description="Calls of one caller to one number in a minute that are put through; 0: any."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on.")
    simulator_port: int = Field(
        8767, ge=1, le=65535, description="TCP port of the simulated Twilio's REST API, without Twilio credentials."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="Proxies of your own in front, whose X-Forwarded-For tells where a log-in is from."
    )
    web_concurrency: int = Field(
        0,
        ge=0,
        le=256,
        description="Worker processes that answer, beside one that keeps; 0 means one more than there are cores.",
    )

    @field_validator("twilio_auth_token", "twilio_shared_keys", mode="before")
    @classmethod
    def split_at_commas(cls, value: Any) -> Any:
        """Read `old,new` as two secrets, and an empty one as none."""
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("twilio_shared_keys")
    @classmethod
    def shared_keys_have_an_id(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not key_id or not secret for key_id, _, secret in (key.partition(":") for key in value)):
            raise ValueError("each shared key is written `key id:secret`")
        return value

    @field_validator("data_dir")
    @classmethod
    def data_dir_is_a_folder(cls, value: Path) -> Path:
        if value.exists() and not value.is_dir():
            raise ValueError("must be a folder, or a path where one can be made")
        return value

    @field_validator("database_url")
    @classmethod
    def database_is_known(cls, value: str) -> str:
        if value and value.partition(":")[0] not in DATABASE_SCHEMES:
            raise ValueError("must start with sqlite:/// or postgresql://")
        if value.startswith("sqlite") and value.removeprefix("sqlite:///") in (value, "", ":memory:"):
            raise ValueError("must name a file: sqlite:///folder/clara.db")
        try:
            make_url(value or "sqlite://")
        except (ArgumentError, ValueError):
            raise ValueError("must be a URL such as postgresql://user:password@host:5432/name") from None
        return value

    @field_validator("redis_url")
    @classmethod
    def redis_is_known(cls, value: str) -> str:
        parts = _split_url(value)
        if value and (parts.scheme not in REDIS_SCHEMES or not parts.netloc):
            raise ValueError(
                "must start with redis://, rediss://, redis+sentinel:// or redis+cluster:// and name a host"
            )
        if parts.scheme == "redis+sentinel" and not parts.path.strip("/"):
            raise ValueError("must end with the name of the master: redis+sentinel://host:port,host:port/master")
        if not all(_has_usable_port(f"//{host}") for host in parts.netloc.rpartition("@")[2].split(",")):
            raise ValueError("must name hosts with ports from 1 to 65535, such as redis://host:6379")
        return value

    @field_validator("public_url", "twilio_api_url")
    @classmethod
    def url_is_absolute(cls, value: str) -> str:
        parts = _split_url(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an absolute http:// or https:// URL")
        if not _has_usable_port(value) or any(character.isspace() for character in value):
            raise ValueError("must have no space in it, and a port from 1 to 65535 if any")
        if parts.query or parts.fragment or parts.username:
            raise ValueError("must have no user name, query or fragment")
        return value.rstrip("/")

    @field_validator("fallback_number")
    @classmethod
    def number_is_e164(cls, value: str) -> str:
        if value and not E164.fullmatch(value):
            raise ValueError("must be a phone number in E.164, such as +14155550100")
        return value

    @field_validator("twilio_account_sid")
    @classmethod
    def sid_is_an_account(cls, value: str) -> str:
        if value and not re.fullmatch(r"AC[0-9a-f]{32}", value):
            raise ValueError("must be AC and 32 hexadecimal digits")
        return value

    @property
    def uses_simulator(self) -> bool:
        """Tell whether calls come from the built-in simulator, for want of Twilio credentials."""
        return not self.twilio_account_sid

    @property
    def twilio_base_url(self) -> str:
        """What stands for https://api.twilio.com and its sisters; empty means Twilio itself."""
        if self.twilio_api_url or not self.uses_simulator:
            return self.twilio_api_url
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def public_base(self) -> str:
        """The URL under which Twilio reaches us; without PUBLIC_URL this very machine, for the simulator."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        """The database URL in SQLAlchemy's terms, with the driver that we ship."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir.absolute() / 'clara.db'}"
        return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", self.database_url)

    @property
    def workers(self) -> int:
        """Worker processes that answer: one more than there are cores, unless WEB_CONCURRENCY says how many."""
        return self.web_concurrency or (os.cpu_count() or 1) + 1


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env`; raise `SettingsError` naming every value that is wrong."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise SettingsError([_problem(dict(detail)) for detail in error.errors()]) from None
    if problems := list(_missing_partners(settings)):
        raise SettingsError(problems)
    return settings


def _split_url(url: str) -> SplitResult:
    """Split a URL; the error says nothing of it, because it may hold a password."""
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("is not a URL that can be read") from None


def _has_usable_port(url: str) -> bool:
    """Tell whether the port of a URL, if it has one, is a port."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _problem(detail: dict[str, Any]) -> str:
    return f"{str(detail['loc'][0]).upper()}: " + str(detail["msg"]).removeprefix("Value error, ")


def _missing_partners(settings: Settings) -> Iterator[str]:
    """Yield a line for each setting that makes no sense without another."""
    if settings.twilio_account_sid and not settings.twilio_auth_token:
        yield "TWILIO_AUTH_TOKEN: is needed with TWILIO_ACCOUNT_SID, to check Twilio's signatures"
    if settings.twilio_auth_token and not settings.twilio_account_sid:
        yield "TWILIO_ACCOUNT_SID: is needed with TWILIO_AUTH_TOKEN"
    if settings.twilio_account_sid and not settings.public_url:
        yield "PUBLIC_URL: is needed with TWILIO_ACCOUNT_SID, because Twilio's signatures are made over it"
    if bool(settings.twilio_api_key) != bool(settings.twilio_api_secret):
        yield "TWILIO_API_KEY: goes together with TWILIO_API_SECRET"
