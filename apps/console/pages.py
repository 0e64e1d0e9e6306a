"""Paths of the console's pages, under /console/. One block a noun, in the order of the rail."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
