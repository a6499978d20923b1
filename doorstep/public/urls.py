"""The addresses of the public's pages, below /public/."""

from django.urls import path, re_path

from doorstep.public import faces, programme, week

app_name = "public"
urlpatterns = [
    path("", faces.lead, name="home"),
    path("<str:face>/", programme.show_board, name="board"),
    path("<str:face>/categories/<str:category>", programme.show_category, name="category"),
    path("<str:face>/communities/<str:place>", programme.show_community, name="community"),
    path("<str:face>/projects/<str:project>", programme.show_project, name="project"),
    path("<str:face>/photos/<str:digest>.jpg", programme.show_photo, name="photo"),
    path("<str:face>/survey", programme.answer_survey, name="survey"),
    path("<str:face>/say", programme.say, name="say"),
    path("<str:face>/weeks/<str:week>.png", week.show_picture, name="week_picture"),
    path("<str:face>/weeks/<str:week>", week.show_week, name="week"),
    # an address without a language, as a code on a site or a slip has it
    re_path(r"^(?P<rest>projects/[^/]+|survey|say|weeks/[^/]+)$", faces.lead),
]
