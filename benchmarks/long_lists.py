"""Lists of a hundred thousand, and what is asked of each: a page, a search, an order, a page further down.

Rows are copies of one real row, made by one statement each; what must differ differs by a number. People signed in one
after the other, within the last day.
"""

from typing import Any

LONG = 100_000
_MOMENT = "(now() - n * interval '0.8 second')"
_TOMORROW = "now() + interval '1 day'"
_PERSON = "lpad(to_hex(n), 16, '0')"  # as benchmarks/directory.py makes them


def fill(places: dict[str, str]) -> None:
    """The application's people are signed in with a browser, a grant and a token each, Bob in as many browsers; so many have
    a passkey and are in the group and hold the role; and a machine has as many tokens with a name."""
    from apps.applications.models import AccessToken, Grant, RoleMembership
    from apps.authentication.models import Session
    from apps.credentials.models import Credential
    from apps.directory.models import GroupMembership

    session, grant = Session.objects.get(pk=places["session_id"]), Grant.objects.get(pk=places["grant_id"])
    token = AccessToken.objects.get(jti=places["token_id"])
    when = {"created_at": _MOMENT, "updated_at": _MOMENT}
    seen = {**when, "authenticated_at": _MOMENT, "last_seen_at": _MOMENT, "expires_at": _TOMORROW}
    of_all = {"identity_id": _PERSON, "credential_id": "NULL", "token_digest": _text("browser", 64)}
    copy(session, id=_uuid7("browser"), **of_all, **seen)
    copy(session, id=_uuid7("of one person"), token_digest=_text("of one person", 64), **seen)
    opened = {"session_id": _uuid7("browser"), "user_id": _PERSON}
    copy(grant, id=_uuid7("grant"), code=_text("grant", 64), authenticated_at=_MOMENT, **opened)
    copy(token, grant_id=_uuid7("grant"), **opened, **_issued("token"))
    own = {"user_id": "NULL", "grant_id": "NULL", "session_id": "NULL", "display_name": "'Token ' || n"}
    copy(token, application_id=f"'{_machine(places)}'", **own, **_issued("named"))
    copy(
        Credential.objects.get(pk=places["credential_id"]),
        id=_text("passkey", 16),
        identity_id=_PERSON,
        webauthn_id=_text("webauthn", 64),
        jwk_thumbprint=_text("key", 43),
        **when,
    )
    copy(GroupMembership.objects.filter(group_id=places["group_id"])[0], id=None, identity_id=_PERSON)
    held = {"role_id": places["role_id"], "identity_id": places["identity_id"], "created_at": session.created_at}
    of_realm = {"tenant_id": session.tenant_id, "realm_id": session.realm_id}
    copy(RoleMembership.objects.create(**held, **of_realm), id=None, identity_id=_PERSON)


def asked(places: dict[str, str]) -> list[tuple[str, str]]:
    """(name, path) of what an administrator asks of a long list."""
    here = f"/console/realms/{places['realm_id']}"
    application = f"{here}/applications/{places['application_id']}/sessions"
    lists = {
        "identities": (f"{here}/identities", ("?sort=name", "?status=suspended")),
        "members of a group": (f"{here}/groups/{places['group_id']}", ("?sort=-username",)),
        "sessions of an application": (application, ("?sort=signed_in",)),
        "sessions of a person": (
            f"{here}/identities/{places['identity_id']}/sessions",
            ("?sort=-seen", "?q=203.0.113"),
        ),
        "events": (f"{here}/events", ("?q=person+17&drawn=1&last=90d", "?q=denied")),
        "API tokens": (f"{here}/applications/{_machine(places)}/tokens", ("?sort=created", "?q=Token+99999")),
    }
    searches = ("?q=person+99999", "?q=nobody+at+all", "?q=qz")
    return [
        (f"{name} {further}".strip(), f"{path}{further}")
        for name, (path, own) in lists.items()
        for further in ("", *searches, *own)
    ] + [(f"home with its picture of {last}", f"{here}/?last={last}") for last in ("24h", "90d")]


def copy(row: Any, **differing: str | None) -> None:
    """LONG rows like this one. What differs is SQL of `n`; None leaves it to the database."""
    from django.db import connection

    table = row._meta.db_table
    columns = [field.column for field in row._meta.concrete_fields if differing.get(field.column, "") is not None]
    values = ", ".join(str(differing.get(name, f'"{name}"')) for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            f'INSERT INTO {table} ({names}) SELECT {values} FROM {table}, generate_series(1, {LONG}) AS n WHERE "id" = %s',  # noqa: S608
            [row.pk],
        )
        cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("RESET statement_timeout")


def _machine(places: dict[str, str]) -> str:
    """An application that acts for itself, besides the one that people sign in to."""
    from apps.applications.models import Application

    machine = Application.objects.filter(realm_id=places["realm_id"], display_name="Application 1").get()
    if machine.grant_types != ["client_credentials"]:
        machine.grant_types = ["client_credentials"]
        machine.save()
    return str(machine.pk)


def _issued(of: str) -> dict[str, str]:
    names = {"id": _uuid7(of), "jti": _text(of, 32), "token_checksum": _text(f"{of} digest", 64)}
    return {**names, "issued_at": _MOMENT, "expires": _TOMORROW}


def _text(of: str, length: int) -> str:
    return f"substr(md5('{of}' || n) || md5(n || '{of}'), 1, {length})"


def _uuid7(of: str) -> str:
    """The same for the same n and name, in the order of time."""
    start = "date_trunc('hour', now()) - n * interval '0.8 second'"
    random = f"md5('{of}' || n)"
    milliseconds = f"lpad(to_hex((extract(epoch FROM {start}) * 1000)::bigint), 12, '0')"
    return f"({milliseconds} || '7' || substr({random}, 1, 3) || '8' || substr({random}, 4, 15))::uuid"
