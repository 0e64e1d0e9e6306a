"""The realm's colours as a stylesheet: the content security policy lets no style into the pages themselves."""

from django.http import HttpRequest, HttpResponse

from apps.hosted import errors
from apps.realms import selectors as realms
from apps.realms.look import look_of


@errors.page_view("GET", "HEAD")
def theme(request: HttpRequest, tenant_id: str, realm_id: str, version: str) -> HttpResponse:
    """Kept for ever under its version; under another it is shown, and not kept."""
    look = look_of(realms.get_realm(tenant_id, realm_id))
    colours = {"--brand": look.brand_color, "--brand-text": look.brand_text_color}
    declared = "".join(f"{name}:{value};" for name, value in colours.items() if value)
    response = HttpResponse(f":root{{{declared}}}\n", content_type="text/css; charset=utf-8")
    current = version == look.version
    response["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-store"
    return response
