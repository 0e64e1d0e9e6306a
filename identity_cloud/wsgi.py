"""The WSGI application. `exposed` is what Granian serves where no proxy stands in front: with many threads that wait, and
few places to work."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")

django.setup(set_prefix=False)

from apps.web.ahead import Ahead  # noqa: E402 - it reads models, which exist from here on
from apps.web.arriving import Arriving, Room  # noqa: E402
from apps.web.lanes import Lanes  # noqa: E402
from apps.web.unsignalled import Unsignalled  # noqa: E402
from identity_cloud.serve import LANES, THREADS  # noqa: E402

_room = Room(bodies=THREADS - 64, of_one_line=48, long_ones=48)
_whole = Ahead(Unsignalled())
application = Arriving(_whole, _room)  # where a thread has a connection of its own
exposed = Arriving(Lanes(_whole, LANES), _room)
