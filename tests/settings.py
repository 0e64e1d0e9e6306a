"""The product's settings, on a data directory, a port and a database of this test process's own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests import migrated, services
from tests.waiting import PATIENCE_SECONDS

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
_folder = tempfile.mkdtemp(prefix="identity-cloud-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
(Path(_folder) / "static").mkdir()
os.environ["DATA_DIR"] = _folder
os.environ["PORT"] = str(services.free_port())
# The browser's server must stand where every link we emit points: `localhost`, for that is the relying party's id.
os.environ["DJANGO_LIVE_TEST_SERVER_ADDRESS"] = f"localhost:{os.environ['PORT']}"
# Playwright keeps an event loop on the tests' own thread; the database is not used from inside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
if os.environ.get("DATABASE_URL"):
    for _name, _value in services.PRODUCTION_SECRETS.items():
        os.environ.setdefault(_name, _value)
if os.environ.get("REDIS_URL"):  # one numbered database for each test process: limits are counted there
    _number = int(WORKER.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{_number}").geturl()

from identity_cloud.settings import *  # noqa: E402, F403
from identity_cloud.settings import CACHES, DATABASES, EMBEDDED, STORAGES  # noqa: E402

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if EMBEDDED:
    # A file, not memory: threads that race must meet the real locks. Only the wait for the disk is left out.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder) / "tests.sqlite3")}
    _pragmas = DATABASES["default"]["OPTIONS"]["init_command"]
    DATABASES["default"]["OPTIONS"]["init_command"] = _pragmas.replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["OPTIONS"]["timeout"] = PATIENCE_SECONDS
else:
    DATABASES["default"]["TEST"] = {"TEMPLATE": migrated.NAME or None}
    DATABASES["default"]["CONN_MAX_AGE"] = 0  # or threads that outlive a test would hold on to the database
    # Many who wait for one another wait longer where the machine has much else to do.
    _patient = f"-c statement_timeout={PATIENCE_SECONDS}s -c lock_timeout={PATIENCE_SECONDS}s"
    DATABASES["default"]["OPTIONS"] |= {"connect_timeout": PATIENCE_SECONDS, "options": _patient}

if os.environ.get("REDIS_URL"):
    CACHES["default"]["OPTIONS"] = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), PATIENCE_SECONDS)
# Or every test's own browser would begin by reading all static files.
WHITENOISE_AUTOREFRESH = True
OUTGOING_ALLOW_LOOPBACK = False  # as in production: who needs it on says so
