"""The addresses of the programme, below /programme/."""

from django.urls import path

from doorstep.operations.programme.pages import (
    edit,
    files,
    home,
    project,
    review,
    survey,
    voices,
)

app_name = "programme"
urlpatterns = [
    path("", home.show_home, name="home"),
    path("new", edit.add, name="new"),
    path("bring", files.bring, name="bring"),
    path("programme.xlsx", files.send_book, name="book"),
    path("review", review.show_review, name="review"),
    path("survey", survey.show_survey, name="survey"),
    path("survey/codes", survey.choose_building, name="buildings"),
    path("survey/codes/<str:place>", survey.print_codes, name="codes"),
    path("survey/codes/<str:place>/replace", survey.replace_code, name="replace_code"),
    path("voices", voices.list_voices, name="voices"),
    path("voices/new", voices.hear, name="hear"),
    path("voices/<str:voice>", voices.show_voice, name="voice"),
    path("projects/<str:project>", project.show_project, name="project"),
    path("projects/<str:project>/act", project.act, name="act"),
    path("projects/<str:project>/report", project.report, name="report"),
    path("projects/<str:project>/edit", edit.edit, name="edit"),
    path("projects/<str:project>/poster", project.show_poster, name="poster"),
    path("projects/<str:project>/evidence/<str:digest>", project.show_evidence, name="evidence"),
]
