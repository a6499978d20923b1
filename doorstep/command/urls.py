"""The addresses of the command post."""

from django.urls import path, register_converter

from doorstep.command import (
    badges,
    book,
    book_days,
    book_lists,
    care,
    closing_pages,
    corrections,
    destruction,
    devices,
    doorless,
    home,
    letters,
    people,
    roster,
    round_acts,
    rounds,
    sampling_panel,
    staff,
    subjects,
    units,
    unlisted,
    wall,
)


class _Id:
    """An id in its one spelling (kit.ids); any other spelling is no address of ours."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def to_python(self, text: str) -> str:
        return text

    def to_url(self, text: str) -> str:
        return str(text)


register_converter(_Id, "command_id")
app_name = "command"
_WALL = "wall/<command_id:estate>/"
_ROUND = "rounds/<command_id:round>/"
_SUBJECT = _ROUND + "subjects/<command_id:subject>/"
urlpatterns = [
    path("", home.show_home, name="home"),
    path(_WALL, wall.show_wall, name="wall"),
    path(_WALL + "layout.json", wall.get_layout, name="wall_layout"),
    path(_WALL + "state.json", wall.get_state, name="wall_state"),
    path(_WALL + "doors", wall.show_table, name="wall_table"),
    path(_WALL + "sheet", wall.show_sheet, name="wall_sheet"),
    path(_WALL + "door/<command_id:door>", wall.show_card, name="wall_card"),
    path("rounds/", rounds.show_rounds, name="rounds"),
    path("rounds/new", round_acts.new_round, name="new_round"),
    path("rounds/new/preview", round_acts.preview_round, name="preview_round"),
    path(_ROUND, rounds.show_round, name="round"),
    path(_ROUND + "live", rounds.live_round, name="live_round"),
    path(_ROUND + "checks", sampling_panel.show_findings, name="findings"),
    path(_ROUND + "checks/<slug:key>", sampling_panel.show_finding, name="finding"),
    path(_ROUND + "curve.json", rounds.get_curve, name="curve"),
    path(_ROUND + "curve.csv", rounds.get_curve_csv, name="curve_csv"),
    path(_ROUND + "extra", rounds.show_extra, name="extra"),
    path(_ROUND + "unlisted", unlisted.show_unlisted, name="unlisted"),
    path(_ROUND + "unlisted/list", unlisted.list_them, name="list_unlisted"),
    path(_ROUND + "closing", round_acts.ask_close, name="close_round"),
    path(_ROUND + "close", round_acts.close_round, name="do_close_round"),
    path(_ROUND + "withdraw", unlisted.withdraw, name="withdraw_round"),
    path(_ROUND + "reopen", round_acts.reopen_round, name="reopen_round"),
    path(_SUBJECT, subjects.show_subject, name="subject"),
    path(_SUBJECT + "say", subjects.say, name="say"),
    path(_SUBJECT + "take-back", subjects.take_back, name="take_back"),
    path("people/", people.find_people, name="people"),
    path("people/care", care.show_care, name="care"),
    path("people/without-a-door", doorless.show_doorless, name="doorless"),
    path("people/<command_id:person>/", people.show_person, name="person"),
    path("people/<command_id:person>/reveal", people.reveal, name="reveal"),
    path("people/<command_id:person>/presence", people.change_presence, name="presence"),
    path("people/<command_id:person>/home", corrections.change_home, name="home_of"),
    path("people/<command_id:person>/correct", corrections.correct_person, name="correct_person"),
    path("people/<command_id:person>/standing", corrections.give_standing, name="give_standing"),
    path(
        "people/<command_id:person>/standing/back",
        corrections.take_standing_back,
        name="take_standing_back",
    ),
    path("people/<command_id:person>/letter", letters.show_letter, name="letter"),
    path("letters/check", letters.check_letter, name="check_letter"),
    path("doors/<command_id:door>/", people.show_household, name="household"),
    path("devices/", devices.show_devices, name="devices"),
    path("devices/new", devices.new_code, name="new_device"),
    path("devices/aside", devices.show_aside, name="aside"),
    path("devices/lines", devices.bring_lines, name="bring_lines"),
    path("devices/<command_id:device>/", devices.show_device, name="device"),
    path("devices/<command_id:device>/revoke", devices.revoke_device, name="revoke_device"),
    path("devices/<command_id:device>/assign", devices.assign_person, name="assign_person"),
    path("devices/<command_id:device>/unassign", devices.unassign_person, name="unassign_person"),
    path("book/", book.show_book, name="book"),
    path("book/line", book.find_line, name="find_line"),
    path("book/day", book_days.print_day, name="print_day"),
    path("book/checkpoints/", book_lists.show_checkpoints, name="checkpoints"),
    path("book/checkpoints/<int:number>", book_lists.show_checkpoint, name="checkpoint"),
    path("book/closing/", closing_pages.show_closing, name="closing"),
    path("book/closing/protocol", closing_pages.show_protocol, name="closing_protocol"),
    path("book/closing/<command_id:asked>/confirm", closing_pages.confirm, name="confirm_closing"),
    path("book/destruction/", destruction.show_destruction, name="destruction"),
    path("book/destruction/ask", destruction.ask, name="ask_destruction"),
    path("book/destruction/<command_id:asked>", destruction.show_asked, name="asked_destruction"),
    path("book/destruction/<command_id:asked>/order", destruction.order, name="do_destruction"),
    path("book/destruction/backup", destruction.report_backup, name="report_backup"),
    path("book/proofs/<int:leaf>", book.prove_line, name="prove_line"),
    path("book/lines/<command_id:entry>", book.show_line, name="line"),
    path("roster/", roster.show_roster, name="roster"),
    path("roster/estate", roster.add_estate, name="add_estate"),
    path("roster/vaccinated", roster.take_vaccinated, name="take_vaccinated"),
    path("roster/<command_id:upload>/", roster.show_upload, name="upload"),
    path("roster/<command_id:upload>/commit", roster.commit_upload, name="commit_upload"),
    path("staff/", staff.show_staff, name="staff"),
    path("staff/new", staff.add_member, name="new_member"),
    path("staff/badges.pdf", badges.get_badges, name="badges"),
    path("staff/<command_id:staff>/", staff.show_member, name="member"),
    path("staff/<command_id:staff>/change", staff.change_member, name="change_member"),
    path("units/", units.show_units, name="units"),
    path("units/new", units.add_unit, name="add_unit"),
    path("units/uncovered", units.show_uncovered, name="uncovered"),
]
