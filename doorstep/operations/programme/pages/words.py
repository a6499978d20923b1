"""Words of the programme's pages, in the reader's language: states, bands, kinds of act, who and
where. Refuses nothing: a word without a translation stands as it is.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from doorstep.face import lists
from doorstep.ledger import store
from doorstep.operations.programme import catalogue, queries, rules, wording

CHIPS = {"waiting": "none", "working": "due", "finished": "done", "ended": "excused"}


class Named(NamedTuple):
    """What ids are called: places and units."""

    places: dict[str, str]
    units: dict[str, str]


def language() -> str:
    """The reader's."""
    return get_language() or "en"


def name_state(state: str) -> str:
    """How a project stands, in words."""
    if state == catalogue.ACCEPTED:
        return pgettext("project", "Accepted")
    return catalogue.label(catalogue.get().state, state, language())


def chip_of(state: str) -> lists.Chip:
    """The same as a mark."""
    if state == catalogue.ACCEPTED:
        return lists.Chip("done", name_state(state))
    found = catalogue.get().find_state(state)
    return lists.Chip(CHIPS[found.stage] if found else "none", name_state(state))


def name_category(key: str | None) -> str:
    """What a project is about."""
    return catalogue.label(catalogue.get().category, key, language())


def name_level(level: str) -> str:
    """Whose project it is."""
    return {"subdistrict": _("Subdistrict"), "community": _("Community")}.get(level, level)


def name_reason(key: str | None) -> str:
    """Why it is delayed or dropped."""
    return catalogue.label(catalogue.get().reason, key, language())


def name_voice(sort: str) -> str:
    """What sort of voice it is."""
    return catalogue.label(catalogue.get().voice, sort, language())


def name_source(source: str) -> str:
    """Where a voice was heard."""
    return {
        "building_head": _("building head"),
        "duty_desk": _("duty desk"),
        "household": _("household code"),
    }.get(source, source)


def name_voice_state(state: str) -> str:
    """What became of a voice."""
    return {
        "open": pgettext("voice", "Open"),
        "answered": _("Answered"),
        "adopted": pgettext("voice", "Adopted"),
        "merged": _("Merged"),
        "thanks": _("Thanks"),
    }.get(state, state)


def name_moment(moment: str) -> str:
    """When a photo was taken."""
    return {"before": _("Before"), "during": _("Meanwhile"), "after": _("Afterwards")}[moment]


def name_act(act: queries.Act) -> str:
    """What a line of a project's history says."""
    body = act.body
    if act.kind == rules.REPORTED:
        said = _("Reported: %(state)s") % {"state": name_state(body["state"])}
        why = name_reason(body.get("reason"))
        return f"{said} · {why}" if why else said
    return {
        rules.DESCRIBED: _("Described"),
        rules.REACHED: _("Milestone reached"),
        rules.PICTURED: _("Photo shown"),
        rules.ASKED: _("Closing asked for"),
        rules.CLOSED: pgettext("project", "Closed"),
        rules.REFUSED: _("Closing refused"),
        rules.REOPENED: _("Opened again"),
    }[act.kind]


def show_band(key: str, progress: int | None = None) -> SafeString:
    """A band by its colour and shape, and in words: how far a project is, else the band's name,
    which is read and not seen.
    """
    label = catalogue.get().find_band(key).label.read(language())
    mark = format_html(
        '<i class="band__mark band__mark--{}" title="{}" aria-hidden="true"></i>', key, label
    )
    said = format_html('<span class="unseen">{}</span>', label)
    if progress is not None:
        said = format_html("{} {}%", said, progress)
    return format_html('<span class="band">{}{}</span>', mark, said)


def show_board(projects: Collection[queries.Project]) -> list[dict[str, Any]]:
    """Each band with how many projects stand in it, and its part of a bar of a thousand: what
    programme/board.html draws.
    """
    counted = queries.count_bands(projects)
    whole = sum(counted.values()) or 1
    shown, start = [], 0.0
    for band in catalogue.get().band:
        count = counted[band.key]
        width = 1_000 * count / whole
        text = band.label.read(language())
        shown.append(
            {"key": band.key, "text": text, "count": count, "start": start, "width": width}
        )
        start += width
    return shown


def name(projects: Collection[queries.Project]) -> Named:
    """What the ids of these projects are called."""
    english = not language().startswith("zh")
    places = {str(each.row.place) for each in projects}
    places |= {each.community for each in projects if each.community}
    units = {str(each.row.unit) for each in projects}
    return Named(
        _names("registry_place", places, english),
        _names("registry_unit", units, english),
    )


def name_staff(staff: Collection[str]) -> dict[str, str]:
    """People on duty, by name."""
    rows = store.select("registry_staff", ["id", "name"], "id", staff)
    return {str(id_): called for id_, called in rows}


def name_places(places: Collection[str]) -> dict[str, str]:
    """Places in the reader's language."""
    return _names("registry_place", places, not language().startswith("zh"))


def _names(table: str, ids: Collection[str], english: bool) -> dict[str, str]:
    rows = store.select(table, ["id", "name", "english"], "id", ids)
    return {str(id_): (other if english and other else called) for id_, called, other in rows}


def title_of(project: queries.Project) -> str:
    """What a project is called."""
    return wording.say(project.words.title, language())
