"""The addresses of the planner, below /plans/."""

from django.urls import path

from doorstep.command.plans import ask_pages, kept_pages, pages, shift_pages

app_name = "plans"
urlpatterns = [
    path("", pages.show_centre, name="centre"),
    path("try", pages.show_try, name="try"),
    path("bad-days", pages.show_bad_days, name="bad_days"),
    path("keep", kept_pages.keep, name="keep"),
    path("plan.pdf", pages.show_paper, name="paper"),
    path("kept", kept_pages.list_kept, name="kept_list"),
    path("kept/<str:plan>", kept_pages.show_kept, name="kept"),
    path("kept/<str:plan>/accept", kept_pages.accept, name="accept"),
    path("kept/<str:plan>/withdraw", kept_pages.withdraw, name="withdraw"),
    path("kept/<str:plan>/plan.pdf", kept_pages.show_paper, name="kept_paper"),
    path("kept/<str:plan>/problem.json", kept_pages.show_problem, name="problem"),
    path("kept/<str:plan>/result.json", kept_pages.show_result, name="result"),
    path("kept/<str:plan>/shifts.xlsx", shift_pages.show_sheet, name="sheet"),
    path("kept/<str:plan>/absence", shift_pages.replan, name="replan"),
    path("for/shifts", ask_pages.show, {"model": "shifts"}, name="shifts"),
    path("shifts/workbook", shift_pages.take_book, name="take_book"),
    path("shifts/workbook/<str:unit>", shift_pages.show_template, name="shift_template"),
    path("for/<str:model>", ask_pages.show, name="ask"),
    path("for/<str:model>/try", ask_pages.show_try, name="ask_try"),
    path("for/<str:model>/keep", ask_pages.keep, name="ask_keep"),
    path("for/<str:model>/plan.pdf", ask_pages.show_paper, name="ask_paper"),
]
