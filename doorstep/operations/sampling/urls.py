"""The addresses of sampling, below /sampling/."""

from django.urls import path

from doorstep.operations.sampling.pages import (
    boxes,
    desk,
    home,
    issue,
    laboratory,
    paper,
    review,
    tubes,
)

app_name = "sampling"
urlpatterns = [
    path("", home.show_home, name="home"),
    path("desk/<str:table>", desk.show_desk, name="desk"),
    path("desk/<str:table>/act", desk.act, name="desk_act"),
    path("paper/<str:table>", paper.show_paper, name="paper"),
    path("tubes", tubes.list_tubes, name="tubes"),
    path("tubes/<str:tube>", tubes.show_tube, name="tube"),
    path("tubes/<str:tube>/act", tubes.act, name="tube_act"),
    path("results/<str:entry>/correct", tubes.correct, name="correct"),
    path("boxes", boxes.list_boxes, name="boxes"),
    path("boxes/<str:box>", boxes.show_box, name="box"),
    path("boxes/<str:box>/act", boxes.act, name="box_act"),
    path("laboratory", laboratory.show_laboratory, name="laboratory"),
    path("laboratory/refuse", laboratory.refuse_tube, name="refuse_tube"),
    path("laboratory/enter", laboratory.enter_result, name="enter_result"),
    path("laboratory/files", laboratory.upload, name="upload"),
    path("laboratory/files/<str:digest>", laboratory.show_file, name="results"),
    path("review", review.list_held, name="review"),
    path("review/<str:entry>", review.show_set, name="settle"),
    path("issue", issue.show_issue, name="issue"),
    path("issue/<str:entry>/labels", issue.print_labels, name="labels"),
    path("doors/<str:round>", home.print_doors, name="doors"),
]
