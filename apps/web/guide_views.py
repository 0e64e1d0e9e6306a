"""/docs: what the product is and how it is used, for everybody. In English, whatever the browser speaks."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import translation
from django.views.decorators.http import require_safe

from apps.web import guides

_IMAGE_SECONDS = 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect(guides.url_of("README"))


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    with translation.override("en"):
        found = guides.guide(name)
        context = {"guide": found, "nav": guides.navigation(name), "is_decision": name.startswith("decisions/")}
        return render(request, "docs/guide.html", context)


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    with translation.override("en"):
        context = {"decisions": guides.decisions(), "nav": guides.navigation("decisions")}
        return render(request, "docs/decisions.html", context)


@require_safe
def image(request: HttpRequest, name: str) -> FileResponse:
    """Of a name among `guides.images`: the paths below are those and no others."""
    response = FileResponse((guides.ROOT / name).open("rb"), content_type="image/webp")
    response["Cache-Control"] = f"public, max-age={_IMAGE_SECONDS}"
    return response


urlpatterns = [
    path("docs/", home),
    path("docs/decisions", decisions),
    *(path(guides.url_of(name)[1:], page, {"name": name}) for name in guides.names()),
    *(path(f"docs/{name}", image, {"name": name}) for name in guides.images()),
]
