"""The WSGI application that Granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")

_django = get_wsgi_application()

from apps.web.ahead import Ahead  # noqa: E402 - it reads models, which exist from here on
from apps.web.unmeasured import Unmeasured  # noqa: E402

application = Ahead(Unmeasured(_django))
