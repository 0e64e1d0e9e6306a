"""`python tests/openapi.py`: whether the API's description is an OpenAPI document, before any test stands on it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "identity_cloud.settings"


def main() -> int:
    import django
    from openapi_spec_validator import OpenAPIV31SpecValidator

    django.setup()
    from apps.api import description

    problems = [str(problem)[:2000] for problem in OpenAPIV31SpecValidator(description.document()).iter_errors()]
    print("\n".join(problems), file=sys.stderr, end="")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
