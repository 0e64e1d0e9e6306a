"""Only in embedded mode: the mail that would have been sent, and the design system on show."""

from django.urls import path

from apps.web import mailbox, showcase

urlpatterns = [
    path("mailbox", mailbox.mailbox),
    path("mailbox/<str:name>", mailbox.message),
    path("design", showcase.showcase),
]
