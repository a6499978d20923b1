"""The addresses of the command post."""

from django.urls import path, register_converter

from doorstep.command import home, wall


class _Id:
    """An id in its one spelling (kit.ids); any other spelling is no address of ours."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def to_python(self, text: str) -> str:
        return text

    def to_url(self, text: str) -> str:
        return str(text)


register_converter(_Id, "command_id")
app_name = "command"
urlpatterns = [
    path("", home.show_home, name="home"),
    path("wall/<command_id:estate>/", wall.show_wall, name="wall"),
    path("wall/<command_id:estate>/layout.json", wall.get_layout, name="wall_layout"),
    path("wall/<command_id:estate>/state.json", wall.get_state, name="wall_state"),
    path("wall/<command_id:estate>/doors", wall.show_table, name="wall_table"),
    path("wall/<command_id:estate>/sheet", wall.show_sheet, name="wall_sheet"),
    path("wall/<command_id:estate>/door/<command_id:door>", wall.show_card, name="wall_card"),
    path("rounds/<command_id:round>/", home.show_home, name="round"),
    path("doors/<command_id:door>/", home.show_home, name="household"),
]
