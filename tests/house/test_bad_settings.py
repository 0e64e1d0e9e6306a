"""A setting that is missing, wrong or unsafe is one line and a failed start, never a traceback (anchors R34)."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import services

ROOT = Path(__file__).resolve().parents[2]
URLS = ("IDENTITY_CLOUD_API_URL", "IDENTITY_CLOUD_AUTH_URL", "IDENTITY_CLOUD_CONSOLE_URL")
PRODUCTION = {
    **services.PRODUCTION_SECRETS,
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/never-opened",
    **dict.fromkeys(URLS, "https://id.acme.test"),
}
WRONG = {
    "no secret key": ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY"),
    "a short secret key": ({**PRODUCTION, "SECRET_KEY": "secret"}, "SECRET_KEY"),
    "a secret key of one letter": ({**PRODUCTION, "SECRET_KEY": "a" * 64}, "SECRET_KEY"),
    "no key-encryption key": ({**PRODUCTION, "KEY_ENCRYPTION_KEY": ""}, "KEY_ENCRYPTION_KEY"),
    "half a key-encryption key": (
        {**PRODUCTION, "KEY_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZg=="},
        "KEY_ENCRYPTION_KEY",
    ),
    "a key-encryption key in no base64": ({**PRODUCTION, "KEY_ENCRYPTION_KEY": "?" * 44}, "KEY_ENCRYPTION_KEY"),
    "debugging in production": ({**PRODUCTION, "DEBUG": "true"}, "DEBUG"),
    "an issuer without encryption": ({**PRODUCTION, URLS[1]: "http://id.acme.test"}, URLS[1]),
    "an API without encryption": ({**PRODUCTION, URLS[0]: "http://api.acme.test"}, URLS[0]),
    "an issuer with a path": ({**PRODUCTION, URLS[1]: "https://acme.test/id"}, URLS[1]),
    "an issuer that is no URL": ({URLS[1]: "id.acme.test"}, URLS[1]),
    "an issuer of another scheme": ({URLS[1]: "ftp://id.acme.test"}, URLS[1]),
    "an issuer with a user name": ({**PRODUCTION, URLS[1]: "https://ada@acme.test"}, URLS[1]),
    "an issuer with an impossible port": ({**PRODUCTION, URLS[1]: "https://acme.test:99999"}, URLS[1]),
    "a database of another kind": ({**PRODUCTION, "DATABASE_URL": "mysql://root@localhost/id"}, "DATABASE_URL"),
    "a database that is no URL": ({**PRODUCTION, "DATABASE_URL": "postgres"}, "DATABASE_URL"),
    "a database at an impossible port": ({**PRODUCTION, "DATABASE_URL": "postgresql://id@db:port/id"}, "DATABASE_URL"),
    "a broker of another kind": ({"REDIS_URL": "amqp://localhost"}, "REDIS_URL"),
    "no way to send mail": ({**PRODUCTION, "EMAIL_URL": ""}, "EMAIL_URL"),
    "a mail server that is no URL": ({"EMAIL_URL": "mail.acme.test"}, "EMAIL_URL"),
    "a port that is no number": ({"PORT": "http"}, "PORT"),
    "a port beyond the last": ({"PORT": "70000"}, "PORT"),
    "proxies that are no number": ({"TRUSTED_PROXIES": "all"}, "TRUSTED_PROXIES"),
    "a short token for metrics": ({"METRICS_TOKEN": "prometheus"}, "METRICS_TOKEN"),
    "a token for metrics that no header takes": (
        {"METRICS_TOKEN": "0123456789abcdef 0123456789abcdef"},
        "METRICS_TOKEN",
    ),
    "a data folder that cannot be": ({"DATA_DIR": "/dev/null/data"}, "DATA_DIR"),
}


def check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    own = services.environment(**{"DATA_DIR": os.environ["DATA_DIR"], **environment})
    own.pop("DJANGO_SETTINGS_MODULE", None)
    words = [sys.executable, "manage.py", "check"]
    return subprocess.run(words, cwd=ROOT, env=own, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def answers() -> dict[str, subprocess.CompletedProcess[str]]:
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(WRONG, pool.map(lambda case: check(case[0]), WRONG.values()), strict=True))


@pytest.mark.parametrize("case", WRONG)
def test_it_does_not_start_with(case: str, answers: dict[str, subprocess.CompletedProcess[str]]) -> None:
    answer, setting = answers[case], WRONG[case][1]
    assert answer.returncode != 0
    (line,) = answer.stderr.strip().splitlines()
    assert line.startswith("identity cloud: ")
    assert setting in line
    assert answer.stdout == ""


def test_no_line_says_a_secret_aloud(answers: dict[str, subprocess.CompletedProcess[str]]) -> None:
    for answer in answers.values():
        for secret in ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", services.PRODUCTION_SECRETS["SECRET_KEY"]):
            assert secret not in answer.stderr


def test_it_starts_with_what_is_right() -> None:
    answer = check(PRODUCTION)
    assert answer.returncode == 0, answer.stderr
