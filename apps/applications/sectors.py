"""Sectors of pairwise subjects (OpenID Connect Core §8.1): applications of one sector know people by the same pseudonyms.

The redirect URIs are of one host, which is the sector, or a document at `sector_identifier_uri` lists every one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from apps.applications import protocol
from apps.applications.protocol import ProtocolConfig
from apps.applications.protocol_checks import ROOT
from apps.authenticators import urls_allowed
from apps.core import outgoing
from apps.core.errors import Invalid, Violation, told
from apps.core.outgoing import Unreachable

_FIELD = f"{ROOT}.sector_identifier_uri"
_DECIDING = ("subject_type", "sector_identifier_uri", "redirect_uris")


@dataclass(frozen=True, slots=True)
class Document:
    """What was found at the address. `listed` None: nothing that could be read."""

    uri: str
    listed: frozenset[str] | None


def look_up(wanted: object) -> Document | None:
    """Asks for the document that the configuration names, before any transaction: somebody else's server may be slow. None
    when none is named."""
    if not isinstance(wanted, Mapping) or wanted.get("subject_type") != "pairwise":
        return None
    uri = wanted.get("sector_identifier_uri")
    if not uri or urls_allowed.refuse_redirect(uri):
        return None
    try:
        found = outgoing.get_json(uri)
    except Unreachable:
        return Document(uri, None)
    listed = isinstance(found, list) and all(isinstance(each, str) for each in found)
    return Document(uri, frozenset(found) if listed else None)


def look_up_again(stored: Mapping[str, Any], given: object) -> Document | None:
    """The same for a change, which asks nobody when it changes nothing that the document decides."""
    wanted = stored if given is None else protocol.merged(stored, given)
    if isinstance(wanted, Mapping) and all(wanted.get(name) == stored.get(name) for name in _DECIDING):
        return Document(stored.get("sector_identifier_uri", ""), frozenset(stored["redirect_uris"]))
    return look_up(wanted)


def require_one(config: ProtocolConfig, document: Document | None) -> None:
    """Raises Invalid: for several hosts without a document, and for a document that does not list what it should."""
    if config.subject_type != "pairwise":
        return
    if not config.sector_identifier_uri:
        if len({urlsplit(uri).hostname for uri in config.redirect_uris}) > 1:
            raise Invalid(Violation(_FIELD, "missing: the redirect URIs are of several hosts"))
        return
    if document is None or document.uri != config.sector_identifier_uri or document.listed is None:
        raise Invalid(Violation(_FIELD, "must answer with a JSON list of redirect URIs"))
    if missing := [uri for uri in config.redirect_uris if uri not in document.listed]:
        raise Invalid(Violation(_FIELD, told("does not list %(name)s", name=missing[0])))
