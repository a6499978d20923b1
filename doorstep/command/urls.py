"""The addresses of the command post."""

from django.urls import path

from doorstep.command import home, wall

app_name = "command"
urlpatterns = [
    path("", home.show_home, name="home"),
    path("wall/<uuid:estate>/", wall.show_wall, name="wall"),
    path("wall/<uuid:estate>/layout.json", wall.get_layout, name="wall_layout"),
    path("wall/<uuid:estate>/state.json", wall.get_state, name="wall_state"),
    path("wall/<uuid:estate>/doors", wall.show_table, name="wall_table"),
    path("wall/<uuid:estate>/sheet", wall.show_sheet, name="wall_sheet"),
    path("wall/<uuid:estate>/door/<uuid:door>", wall.show_card, name="wall_card"),
]
