"""The command line. A link or URL given as - is read from standard input, where no list of processes shows it."""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from identity_cloud_authenticator.authenticator import Authenticator
from identity_cloud_authenticator.errors import AuthenticatorError
from identity_cloud_authenticator.keys import KeyFile
from identity_cloud_authenticator.passkey import Passkey

DEFAULT_FILE = "~/.config/identity-cloud/passkeys.json"
PASSWORD = "IDENTITY_CLOUD_KEYS_PASSWORD"  # noqa: S105 - the variable's name


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints one line of JSON for each thing. 0 done, 1 refused (code and message on standard error), 2 used wrongly."""
    given = _parser().parse_args(_told_apart(list(sys.argv[1:] if arguments is None else arguments)))
    password = os.environ.get(PASSWORD, "").encode() or None
    try:
        authenticator = Authenticator(given.issuer, KeyFile(os.path.expanduser(given.keys), password))
        for line in given.run(authenticator, given):
            print(json.dumps(line))
    except AuthenticatorError as problem:
        print(f"{problem.code}: {problem}", file=sys.stderr)
        return 1
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def _told_apart(arguments: list[str]) -> list[str]:
    """One key id in 64 begins with a hyphen and is no option for that."""
    if arguments[-2:-1] == ["delete"] and arguments[-1] not in ("-h", "--help"):
        return [*arguments[:-1], "--", arguments[-1]]
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="identity-cloud-authenticator", description="Software passkeys for Identity Cloud."
    )
    parser.add_argument("--issuer", required=True, help="of the application, or the server's origin alone")
    parser.add_argument("--keys", default=DEFAULT_FILE, help=f"file of passkeys, mode 0600 (default {DEFAULT_FILE})")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    bind = verbs.add_parser("bind", help="make a passkey with a binding link")
    bind.add_argument("link")
    bind.add_argument("--kind", choices=["X509", "JWT"], default="X509")
    bind.set_defaults(run=_bind)
    for name, what in (
        ("sign-in", "from an authorization URL to a code"),
        ("answer", "answer a …/bi-authenticate?request= URL"),
    ):
        verb = verbs.add_parser(name, help=what)
        verb.add_argument("url")
        verb.add_argument("--passkey", help="kid or credential id, when there are several")
        verb.set_defaults(run=_sign_in if name == "sign-in" else _answer)
    verbs.add_parser("list", help="the passkeys in the file").set_defaults(run=_list)
    delete = verbs.add_parser("delete", help="forget a passkey here; revoke it at the server too")
    delete.add_argument("kid")
    delete.set_defaults(run=_delete)
    return parser


def _bind(authenticator: Authenticator, given: argparse.Namespace) -> list[dict[str, str]]:
    return [_shown(authenticator.bind(_secret(given.link), given.kind))]


def _sign_in(authenticator: Authenticator, given: argparse.Namespace) -> list[dict[str, str]]:
    allowed = authenticator.sign_in(_secret(given.url), given.passkey)
    return [{"code": allowed.code, "redirect_url": allowed.redirect_url}]


def _answer(authenticator: Authenticator, given: argparse.Namespace) -> list[dict[str, str]]:
    allowed = authenticator.authenticate(_secret(given.url), given.passkey)
    return [{"code": allowed.code, "redirect_url": allowed.redirect_url}]


def _list(authenticator: Authenticator, _: argparse.Namespace) -> list[dict[str, str]]:
    return [_shown(passkey) for passkey in authenticator.passkeys()]


def _delete(authenticator: Authenticator, given: argparse.Namespace) -> list[dict[str, str]]:
    authenticator.delete(given.kid)
    return []


def _secret(text: str) -> str:
    return sys.stdin.readline().strip() if text == "-" else text


def _shown(passkey: Passkey) -> dict[str, str]:
    names = ("kid", "credential_id", "kind", "tenant", "realm", "identity", "username")
    return {name: getattr(passkey, name) for name in names}


if __name__ == "__main__":
    sys.exit(main())
