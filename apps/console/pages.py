"""Paths of the console's pages, under /console/. One block a noun, in the order of the rail."""

from django.urls import URLPattern, path

from apps.console.views import realms

_REALM = "realms/<str:realm_id>"

urlpatterns: list[URLPattern] = [
    path("", realms.start),
    path("realms", realms.index),
    path("realms/new", realms.new),
    path(f"{_REALM}/", realms.home),
    path(f"{_REALM}/settings", realms.settings),
    path(f"{_REALM}/delete", realms.delete),
]
