"""Examples for the API's page, made from schemas: JSON as it would look, and a request to copy into a terminal."""

import re
from collections.abc import Mapping
from typing import Any

_WHATEVER = {"string": "…", "integer": 0, "boolean": True, "array": [], "object": {}}
_LONG = 8  # fields; of more than so many an example of a request shows a few

TOKEN_CURL = """\
TOKEN=$(curl -s -u "$CLIENT_ID:$CLIENT_SECRET" \\
  -d grant_type=client_credentials "$TOKEN_ENDPOINT" \\
  | jq -r .access_token)"""


def example_of(document: Mapping[str, Any], schema: Mapping[str, Any], *, sent: bool = False) -> Any:
    """A value that the schema allows. In what is `sent` long objects show what is required and a few more."""
    if "$ref" in schema:
        _, _, section, name = schema["$ref"].split("/")
        schema = document["components"][section][name]
    if "examples" in schema:
        return schema["examples"][0]
    if "oneOf" in schema:
        return example_of(document, schema["oneOf"][0], sent=sent)
    if "properties" in schema:
        return _object(document, schema, sent=sent)
    if schema.get("type") == "array":
        return [example_of(document, schema["items"], sent=sent)]
    kinds = schema.get("type", "object")
    return _WHATEVER[kinds[0] if isinstance(kinds, list) else kinds]


def _object(document: Mapping[str, Any], schema: Mapping[str, Any], *, sent: bool) -> dict[str, Any]:
    fields = schema["properties"]
    required = schema.get("required", ())
    shown = [name for name in fields if name in required or "examples" in fields[name] or "$ref" in fields[name]]
    if sent and len(fields) > _LONG:
        shown = [name for name in shown if name in required] + [name for name in shown if name not in required][:2]
    names = [name for name in fields if name in shown] if shown else list(fields)
    return {name: example_of(document, fields[name], sent=sent) for name in names}


def curl_of(server: str, path: str, method: str, body: str, kind: str) -> str:
    """A command that works once the variables are set: $TOKEN, and one for each id of the path."""
    words = re.sub(r"{(\w+?)(_id)?}", lambda found: "$" + (found[1] + (found[2] or "")).upper(), path)
    words = words.replace("$TENANT_ID", "$TENANT").replace("$REALM_ID", "$REALM")
    # In a shell a colon after a variable's name may belong to it.
    words = re.sub(r"(\$\w+):", lambda found: "${" + found[1][1:] + "}:", words)
    lines = [f'curl{"" if method == "get" else f" -X {method.upper()}"} "{server}{words}"']
    lines.append('  -H "Authorization: Bearer $TOKEN"')
    if body:
        lines.append(f'  -H "Content-Type: {kind}"')
        lines.append("  -d '" + body.replace("'", "'\\''") + "'")
    return " \\\n".join(lines)
