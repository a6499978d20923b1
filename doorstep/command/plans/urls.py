"""The addresses of the planner, below /plans/."""

from django.urls import path

from doorstep.command.plans import kept_pages, pages

app_name = "plans"
urlpatterns = [
    path("", pages.show_centre, name="centre"),
    path("try", pages.show_try, name="try"),
    path("bad-days", pages.show_bad_days, name="bad_days"),
    path("keep", kept_pages.keep, name="keep"),
    path("kept", kept_pages.list_kept, name="kept_list"),
    path("kept/<str:plan>", kept_pages.show_kept, name="kept"),
    path("kept/<str:plan>/accept", kept_pages.accept, name="accept"),
    path("kept/<str:plan>/withdraw", kept_pages.withdraw, name="withdraw"),
    path("plan.pdf", pages.show_paper, name="paper"),
]
