from django.urls import include, path

from apps.console.views import login

urlpatterns = [
    path("console/login", login.login),
    path("console/callback", login.callback),
    path("console/sign-out", login.sign_out),
    path("console/language", login.choose_language),
    path("console/over", login.over),
    path("console/signed-out", login.signed_out),
    path("console/", include("apps.console.pages")),
]
