"""The addresses of the planner, below /plans/."""

from django.urls import path

from doorstep.command.plans import pages

app_name = "plans"
urlpatterns = [
    path("", pages.show_centre, name="centre"),
    path("try", pages.show_try, name="try"),
    path("bad-days", pages.show_bad_days, name="bad_days"),
    path("plan.pdf", pages.show_paper, name="paper"),
]
