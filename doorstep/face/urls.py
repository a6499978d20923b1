"""The addresses everybody has: sign-in, language, appearance, the living style page."""

from django.urls import path

from doorstep.face import account_pages, style_pages

app_name = "face"
urlpatterns = [
    path("sign-in", account_pages.sign_in, name="sign_in"),
    path("sign-out", account_pages.sign_out, name="sign_out"),
    path("password", account_pages.change_password, name="password"),
    path("language", account_pages.choose_language, name="language"),
    path("appearance", account_pages.choose_appearance, name="appearance"),
    path("face", style_pages.show_style, name="style"),
]
