"""Every setting has a meaning and a default; a wrong value is one line that gives no secret away."""

import os
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from config.settings import Settings, SettingsError, load_settings

ACCOUNT_SID = "AC" + "0" * 32
TWILIO = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": "the-auth-token",
    "PUBLIC_URL": "https://calls.example.com",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without `.env`, and an environment without any setting of ours."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def problems_of(environment: pytest.MonkeyPatch, **values: str) -> list[str]:
    """Return what is said of an environment that must be refused."""
    for name, value in values.items():
        environment.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    return refusal.value.problems


@pytest.mark.parametrize("setting", Settings.model_fields.items(), ids=lambda item: item[0])
def test_every_setting_has_a_sentence_and_a_default(setting: tuple[str, FieldInfo]) -> None:
    """None must be set for a first look."""
    _, field = setting

    assert field.description
    assert field.description.endswith(".")
    assert not field.is_required()


def test_everything_has_its_default_when_nothing_is_set() -> None:
    """SQLite below DATA_DIR, no Redis, and the simulator."""
    settings = load_settings()

    assert settings.database == f"sqlite:///{Path.cwd() / 'var' / 'clara.db'}"
    assert (settings.redis_url, settings.host, settings.port) == ("", "127.0.0.1", 8000)
    assert settings.public_base == "http://127.0.0.1:8000"
    assert settings.uses_simulator
    assert settings.workers == (os.cpu_count() or 1) + 1


def test_empty_value_counts_as_unset(environment: pytest.MonkeyPatch) -> None:
    """As compose files and shells pass what they do not have."""
    for name in Settings.model_fields:
        environment.setenv(name.upper(), "")

    assert load_settings() == Settings.model_construct()


def test_env_file_is_read_if_present_and_the_environment_goes_before_it(environment: pytest.MonkeyPatch) -> None:
    """In the folder where the process starts; what is not ours in it is left alone."""
    Path(".env").write_text("PORT=9000\nHOST=127.0.0.9\nUNRELATED=1\nREDIS_URL=\n")
    environment.setenv("HOST", "127.0.0.8")

    settings = load_settings()

    assert (settings.port, settings.host, settings.redis_url) == (9000, "127.0.0.8", "")


def test_twilios_credentials_are_read_with_several_tokens(environment: pytest.MonkeyPatch) -> None:
    """Two tokens and two shared keys while rotating, in their order, whatever spaces are between them."""
    for name, value in (TWILIO | {"TWILIO_AUTH_TOKEN": "new, old,", "TWILIO_SHARED_KEYS": "a:1, b:2"}).items():
        environment.setenv(name, value)

    settings = load_settings()

    assert settings.twilio_auth_token == ("new", "old")
    assert settings.twilio_shared_keys == ("a:1", "b:2")
    assert not settings.uses_simulator


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db:5432/clara", "postgresql+psycopg://u:p@db:5432/clara"),
        ("postgres://u:p@db/clara", "postgresql+psycopg://u:p@db/clara"),
        ("postgresql+psycopg://db/clara", "postgresql+psycopg://db/clara"),
        ("postgresql:///clara?host=/var/run", "postgresql+psycopg:///clara?host=/var/run"),
        ("sqlite:////srv/clara.db", "sqlite:////srv/clara.db"),
    ],
)
def test_database_is_spoken_to_with_the_driver_that_is_shipped(
    environment: pytest.MonkeyPatch, given: str, used: str
) -> None:
    """Whatever usual form the URL has."""
    environment.setenv("DATABASE_URL", given)

    assert load_settings().database == used


@pytest.mark.parametrize("public_url", ["https://calls.example.com/", "https://calls.example.com"])
def test_public_url_has_no_final_slash(environment: pytest.MonkeyPatch, public_url: str) -> None:
    """Signatures are made over what is put together from it."""
    environment.setenv("PUBLIC_URL", public_url)

    assert load_settings().public_base == "https://calls.example.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://db/clara"),
        ("DATABASE_URL", "postgresql+asyncpg://db/clara"),
        ("DATABASE_URL", "postgresql:clara"),
        ("DATABASE_URL", "postgresql://db:port/clara"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://cache:port"),
        ("REDIS_URL", "redis://cache:70000"),
        ("REDIS_URL", "redis+sentinel://a:26379,b:26379"),
        ("REDIS_URL", "redis+cluster://a:7000,b:port"),
        ("PUBLIC_URL", "calls.example.com"),
        ("PUBLIC_URL", "ftp://calls.example.com"),
        ("PUBLIC_URL", "https://calls.example.com/?a=1"),
        ("PUBLIC_URL", "https://user@calls.example.com"),
        ("PUBLIC_URL", "https://calls.example.com:99999"),
        ("PUBLIC_URL", "https://calls.example.com/a b"),
        ("PUBLIC_URL", "https://[::1"),
        ("TWILIO_API_URL", "api.twilio.com"),
        ("TWILIO_ACCOUNT_SID", "AC123"),
        ("TWILIO_SHARED_KEYS", "no-id"),
        ("FALLBACK_NUMBER", "415-555-0100"),
        ("FALLBACK_NUMBER", "+1415555\u0660100"),
        ("PORT", "http"),
        ("PORT", "65536"),
        ("WEB_CONCURRENCY", "-1"),
    ],
)
def test_wrong_value_is_one_line_that_begins_with_the_variable(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """And goes on with what is wanted."""
    [problem] = problems_of(environment, **{name: value})

    assert problem.startswith(f"{name}: ")
    assert "\n" not in problem
    assert len(problem) > len(name) + 10


def test_data_dir_that_is_a_file_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing could be kept in it."""
    (tmp_path / "file").touch()

    assert problems_of(environment, DATA_DIR=str(tmp_path / "file"))[0].startswith("DATA_DIR: must be a folder")


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"TWILIO_ACCOUNT_SID": ACCOUNT_SID}, ["TWILIO_AUTH_TOKEN", "PUBLIC_URL"]),
        ({"TWILIO_AUTH_TOKEN": "the-auth-token"}, ["TWILIO_ACCOUNT_SID"]),
        (TWILIO | {"PUBLIC_URL": ""}, ["PUBLIC_URL"]),
        ({"TWILIO_API_KEY": "SK" + "0" * 32}, ["TWILIO_API_KEY"]),
        ({"TWILIO_API_SECRET": "the-secret"}, ["TWILIO_API_KEY"]),
    ],
)
def test_setting_that_needs_another_says_which(
    environment: pytest.MonkeyPatch, values: dict[str, str], missing: list[str]
) -> None:
    """Half a configuration would refuse every call, and nobody would know why."""
    problems = problems_of(environment, **values)

    assert [problem.partition(":")[0] for problem in problems] == missing


def test_all_problems_are_said_at_once(environment: pytest.MonkeyPatch) -> None:
    """Nobody starts again and again to find the next one."""
    problems = problems_of(environment, PORT="http", REDIS_URL="cache", PUBLIC_URL="calls", DATABASE_URL="x")

    named = {problem.partition(":")[0] for problem in problems}
    assert named == {"PORT", "REDIS_URL", "PUBLIC_URL", "DATABASE_URL"}
    assert len(problems) == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://clara:s3cret@db/clara"),
        ("DATABASE_URL", "postgresql://clara:s3cret@db:port/clara"),
        ("REDIS_URL", "redis://:s3cret/x@cache:6379"),
        ("REDIS_URL", "redis://:s3cret\u2100@cache:6379"),
        ("REDIS_URL", "rediss:s3cret"),
        ("PUBLIC_URL", "https://clara:s3cret@calls.example.com"),
        ("TWILIO_SHARED_KEYS", "s3cret"),
        ("TWILIO_ACCOUNT_SID", "s3cret"),
        ("TWILIO_API_SECRET", "s3cret"),
        ("TWILIO_AUTH_TOKEN", "s3cret"),
    ],
)
def test_message_gives_no_secret_away(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Start-up messages end in logs that many people read."""
    assert "s3cret" not in str(problems_of(environment, **{name: value}))


def test_settings_do_not_change_after_the_start() -> None:
    """They are read once, and everybody sees the same."""
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1


def test_secrets_are_not_shown() -> None:
    """Whatever prints the settings, a log or a traceback, prints neither tokens and keys nor the passwords in URLs."""
    shown = repr(
        load_settings(
            _env_file=None,
            database_url="postgresql://clara:hidden-1@127.0.0.1/clara",
            redis_url="redis://:hidden-2@127.0.0.1:6379",
            secret_key="hidden-3",
            public_url="https://calls.example.com",
            twilio_account_sid="AC" + "0" * 32,
            twilio_auth_token=("hidden-4",),
            twilio_api_key="SK" + "0" * 32,
            twilio_api_secret="hidden-5",
            twilio_shared_keys=("webhooks_sharedkey_1:hidden-6",),
        )
    )

    assert "https://calls.example.com" in shown
    assert "hidden" not in shown
