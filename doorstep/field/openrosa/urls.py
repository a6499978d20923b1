"""The addresses of other field apps: theirs, of which one types in the app what stands before
formList; and the desk's pages about them.
"""

from django.urls import path

from doorstep.field.openrosa import pages, views

APPS = (
    [
        path("formList", views.list_forms, name="form_list"),
        path("submission", views.submission, name="submission"),
        path("forms/<str:round>/form.xml", views.get_xform, name="xform"),
        path("forms/<str:round>/manifest", views.get_manifest, name="manifest"),
        path("forms/<str:round>/<str:name>", views.get_list, name="list"),
    ],
    "openrosa",
)
DESK = (
    [
        path("", pages.show_forms, name="home"),
        path("new", pages.new_account, name="new"),
        path("forms/<int:form>/", pages.show_form, name="form"),
        path("forms/<int:form>/settle", pages.settle_form, name="settle"),
        path("forms/<int:form>/photos/<int:number>", pages.get_photo, name="photo"),
    ],
    "other_apps",
)
