#!/usr/bin/env python
"""Django's command line for Identity Cloud; a bad setting is one line and exit status 1, never a traceback."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"identity cloud: {problem}")


if __name__ == "__main__":
    main()
