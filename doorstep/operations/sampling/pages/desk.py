"""The sampling desk: the whole table, from the person to the sealed box, by keyboard or scanner.

Every act answers with the working part of the page alone, so nothing reloads between two people.
What was typed comes back whenever an act is refused.
"""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from doorstep.face import errors, pages, phrases
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import desk_state, entry_line, words
from doorstep.registry import people

# What to do next after a refusal, where its own words do not say it.
NEXT = {
    "BOX_COUNT_DIFFERS": gettext_lazy(
        "Count again, or count by scanning: what stays unticked is what is missing."
    ),
    "TUBE_COUNT_DIFFERS": gettext_lazy(
        "If a scan was forgotten, add the person. Or close with your number: it stays visible."
    ),
    "ALREADY_SAMPLED": gettext_lazy("Look at that tube; a wrong entry can be taken back there."),
    "PERSON_NOT_LISTED": gettext_lazy("Choose the person again to sample anyway."),
    "PERSON_EXCLUDED": gettext_lazy("Choose the person again to sample anyway."),
    "TUBE_OTHER_HOUSEHOLD": gettext_lazy("Scan the next tube for the next household."),
    "COUNT_MISSING": gettext_lazy("Then try again."),
}


BADGE = "doorstep-badge"  # how the code of a badge begins (command.badges); some guns lose colons
GLIMPSE = 5  # people shown while no tube is open


class Answer(NamedTuple):
    """What an act leaves on the desk beside the state of the book."""

    said: str = ""
    tone: str = "good"  # good | ask | bad: a sound, a vibration and a colour
    tube: str = ""
    text: str = ""  # what stays in the entry line
    ask: str = ""  # a question the desk puts: open | anyway | count | unknown
    pending: tuple[str, ...] = ()
    candidates: tuple[desk_state.Candidate, ...] = ()
    panel: str = ""  # box: the box panel stays open
    more: int = 0  # people found beyond those shown


@pages.page(*actions.AT_THE_TABLE)
def show_desk(request: HttpRequest, table: str) -> HttpResponse:
    """The desk of one table."""
    place = common.find_table(table)
    pages.require(request, *actions.AT_THE_TABLE, place=table)
    query = request.GET
    answer = Answer(tube=query.get("tube", ""))
    return _render(request, place, query, answer, whole=True)


@pages.form_of("sampling:desk", "table")
@pages.page(*actions.AT_THE_TABLE)
def act(request: HttpRequest, table: str) -> HttpResponse:
    """One act at the desk; `act` in the form names it."""
    place = common.find_table(table)
    pages.require(request, *actions.AT_THE_TABLE, place=table)
    form = request.POST
    status = 200
    refusal = None
    try:
        do = _ACTS.get(form.get("act", ""))
        if do is None:
            raise refusals.Refused("REQUEST_INVALID")
        answer = do(request, place, form)
    except refusals.Refused as no:
        if no.code in ("NOT_YOURS", "REQUEST_INVALID"):
            raise
        answer = _answer_refusal(request, place, form, no)
        refusal = errors.describe(no)
        status = 409
    if not pages.is_fragment(request) and status == 200 and not answer.ask:
        address = reverse("sampling:desk", args=[table])
        return HttpResponseRedirect(f"{address}?round={form.get('round', '')}&tube={answer.tube}")
    whole = not pages.is_fragment(request)
    return _render(request, place, form, answer, whole=whole, refusal=refusal, status=status)


def _render(
    request: HttpRequest,
    place: Any,
    form: QueryDict,
    answer: Answer,
    *,
    whole: bool,
    refusal: errors.Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    tube = answer.tube or form.get("tube", "")
    desk = desk_state.read_desk(place, form.get("round", ""), tube, form.get("pool", ""))
    context = {
        "desk": desk,
        "answer": answer,
        "form": form,
        "desk_refusal": refusal,
        "desk_next": NEXT.get(refusal.code, "") if refusal else "",
        "together": _together(answer.candidates, desk),
        "ticked": form.getlist("tubes") if answer.panel else None,
        "round_label": words.round_label(desk.round) if desk.round else "",
        "round_labels": words.label_rounds(desk.rounds),
        "pool_word": words.POOLS.get(desk.tube.pool or "", "") if desk.tube else "",
        "pending": ",".join(answer.pending),
        "breadcrumbs": [(_("Sampling"), reverse("sampling:home")), (place.name, None)],
    }
    name = "sampling/desk.html" if whole else "sampling/desk_part.html"
    return render(request, name, context, status=status)


def _together(found: tuple[desk_state.Candidate, ...], desk: desk_state.Desk) -> list[str]:
    """Those of one door who can go into the tube in hand all at once; none if it is not so."""
    left = [each for each in found if not each.tube and each.listed and each.presence == "present"]
    doors = {each.door for each in found}
    fits = desk.room is None or len(left) <= desk.room
    if desk.tube is None or len(doors) != 1 or len(left) < 2 or not fits:
        return []
    return [each.person for each in left]


def _read(request: HttpRequest, place: Any, form: QueryDict) -> Answer:
    """The entry line."""
    desk = desk_state.read_desk(place, form.get("round", ""), form.get("tube", ""))
    if desk.round is None:
        raise refusals.Refused("ROUND_CLOSED")
    scanned = form.get("scanned") == "1"
    read = entry_line.read(
        request.user,
        form.get("text", ""),
        area=desk.round.area,
        scanned=scanned,
        near=desk_state.list_near(desk),
    )
    if not read.text:
        return Answer(_("Scan a tube or a card, or type a door or a name."), "ask")
    if read.text.lower().startswith(BADGE):
        return Answer(_("This is a badge. Scan a tube or a person."), "bad")
    mine = next(
        (each for each in (desk.tube, *desk.others) if each and each.tube == read.code), None
    )
    if mine is not None:
        return Answer(_("Tube %(tube)s is in hand.") % {"tube": mine.tube}, tube=mine.tube)
    if read.code is not None and (read.known or scanned):
        return _open(request, place, form, read.code)
    if read.person is not None and not read.found:
        # on a roster, but not of this place: shown, and bound only when asked for
        return _offer(desk, read.text, _find([read.person]))
    if read.person is not None:
        return _bind_or_keep(request, desk, [read.person], read.how, list(read.found))
    if read.found:
        return _offer(desk, read.text, list(read.found), read.more)
    if read.code is not None:
        said = _("Nobody is found. Is %(code)s a tube?") % {"code": read.code}
        return Answer(said, "ask", text=read.code, ask="open")
    said = _("Nobody here is found for “%(text)s”.") % {"text": read.text}
    if desk.tube is None:
        said = f"{said} {_('No tube is open: scan one first, then look for the person.')}"
        return Answer(said, "bad", text=read.text)
    return Answer(said, "ask", text=read.text, ask="unknown")


def _find(named: list[str]) -> list[people.Found]:
    """People of these ids as a search gives them."""
    masked = people.mask_documents(named)
    return [
        people.Found(
            id=seen.id,
            name=seen.name,
            door=seen.door,
            label=seen.label,
            presence=seen.presence,
            flags=seen.flags,
            masked_document=masked.get(seen.id, ""),
        )
        for seen in people.get_people(named).values()
    ]


def _offer(desk: desk_state.Desk, text: str, found: list[people.Found], more: int = 0) -> Answer:
    assert desk.round is not None
    candidates = tuple(desk_state.list_candidates(desk.round.id, found))
    if desk.tube is None:
        # shown, so that nobody looks twice, but nobody can be chosen; the tube brings them back
        said = words.say_code("NO_TUBE_OPEN")
        kept = tuple(each.person for each in candidates)
        rest = more + len(candidates[GLIMPSE:])
        return Answer(said, "bad", pending=kept, candidates=candidates[:GLIMPSE], more=rest)
    count = len(candidates) + more
    said = ngettext("%(count)d person found.", "%(count)d people found.", count)
    return Answer(said % {"count": count}, "ask", text=text, candidates=candidates, more=more)


def _bind_or_keep(
    request: HttpRequest,
    desk: desk_state.Desk,
    named: list[str],
    how: str,
    found: list[people.Found],
) -> Answer:
    assert desk.round is not None
    if desk.tube is None:
        candidates = tuple(desk_state.list_candidates(desk.round.id, found))
        said = words.say_code("NO_TUBE_OPEN")
        return Answer(said, "bad", pending=tuple(named), candidates=candidates)
    return _bind(request, desk, named, how, anyway=False)


def _bind(
    request: HttpRequest, desk: desk_state.Desk, named: list[str], how: str, *, anyway: bool
) -> Answer:
    assert desk.round is not None and desk.tube is not None
    code = desk.tube.tube
    actions.sample_people(
        request.user, round=desk.round.id, tube=code, people=named, how=how, anyway=anyway
    )
    names = phrases.join([each.masked_name for each in people.get_people(named).values()])
    after = common.find_tube(code)
    inside = desk.inside + len(named)
    if after is not None and desk.size is not None and inside >= desk.size:
        actions.close_tube(request.user, tube=code)
        said = _("In: %(names)s. Tube %(tube)s is full with %(count)d and closed; scan the next.")
        return Answer(said % {"names": names, "tube": code, "count": inside})
    said = _("In tube %(tube)s: %(names)s.") % {"names": names, "tube": code}
    return Answer(said, tube=code)


def _pick(request: HttpRequest, place: Any, form: QueryDict) -> Answer:
    """A candidate chosen, or all of a door."""
    desk = desk_state.read_desk(place, form.get("round", ""), form.get("tube", ""))
    named = [each for each in form.getlist("person") if each]
    if desk.round is None or not named:
        raise refusals.Refused("REQUEST_INVALID")
    if desk.tube is None:
        said = words.say_code("NO_TUBE_OPEN")
        return Answer(said, "bad", pending=tuple(named), candidates=_recall(desk, named))
    return _bind(request, desk, named, "list", anyway=form.get("anyway") == "1")


def _recall(desk: desk_state.Desk, named: list[str]) -> tuple[desk_state.Candidate, ...]:
    assert desk.round is not None
    return tuple(desk_state.list_candidates(desk.round.id, _find(named)))


def _open_named(request: HttpRequest, place: Any, form: QueryDict) -> Answer:
    return _open(request, place, form, form.get("code", ""))


def _open(request: HttpRequest, place: Any, form: QueryDict, code: str) -> Answer:
    """Open a tube. One in hand with people in it is closed first: at once where tubes are small,
    else when the person at the desk says so.
    """
    desk = desk_state.read_desk(place, form.get("round", ""), form.get("tube", ""))
    if desk.round is None:
        raise refusals.Refused("ROUND_CLOSED")
    pool = form.get("pool") or None
    closed = ""
    if desk.tube is not None and desk.inside:
        small = desk.tube.pool in ("single", "household")
        if not small and form.get("close") != "1":
            facts = {"tube": desk.tube.tube, "inside": desk.inside, "size": desk.size, "code": code}
            said = _("Tube %(tube)s holds %(inside)s of %(size)s. Close it and open %(code)s?")
            return Answer(said % facts, "ask", tube=desk.tube.tube, text=code, ask="close")
        # first what may be refused, so that nothing is closed for a tube that cannot be opened
        opened = actions.open_tube(
            request.user, round=desk.round.id, table=place.id, tube=code, pool=pool
        )
        count = actions.close_tube(request.user, tube=desk.tube.tube)
        closed = _("Tube %(tube)s is closed with %(count)d.") % {
            "tube": desk.tube.tube,
            "count": count,
        }
    else:
        opened = actions.open_tube(
            request.user, round=desk.round.id, table=place.id, tube=code, pool=pool
        )
    said = _("Tube %(tube)s is open.") % {"tube": opened}
    pending = [each for each in form.get("pending", "").split(",") if each]
    candidates = _recall(desk, pending) if pending else ()
    return Answer(f"{closed} {said}".strip(), tube=opened, candidates=candidates)


def _undo(request: HttpRequest, place: Any, form: QueryDict) -> Answer:
    entry = form.get("entry", "")
    actions.unsample(request.user, entry=entry)
    said = _("Taken back: %(name)s.") % {"name": desk_state.name_swab(entry)}
    return Answer(said, tube=form.get("tube", ""))


def _close(request: HttpRequest, place: Any, form: QueryDict) -> Answer:
    text = form.get("count", "").strip()
    code = form.get("tube", "")
    count = actions.close_tube(
        request.user,
        tube=code,
        count=_number(text) if text else None,
        anyway=form.get("anyway") == "1",
    )
    facts = {"tube": code, "count": count}
    return Answer(_("Tube %(tube)s is closed with %(count)d.") % facts, tube="-")


def _seal(request: HttpRequest, place: Any, form: QueryDict) -> Answer:
    box = actions.seal_box(
        request.user,
        round=form.get("round", ""),
        table=place.id,
        box=form.get("box", ""),
        seal=form.get("seal", ""),
        tubes=form.getlist("tubes"),
        counted=_number(form.get("counted", "")),
    )
    count = len(set(form.getlist("tubes")))
    said = ngettext(
        "Box %(box)s is sealed with %(count)d tube. A courier can take it.",
        "Box %(box)s is sealed with %(count)d tubes. A courier can take it.",
        count,
    )
    return Answer(said % {"box": box, "count": count})


def _add_unknown(request: HttpRequest, place: Any, form: QueryDict) -> Answer:
    desk = desk_state.read_desk(place, form.get("round", ""), form.get("tube", ""))
    if desk.tube is None:  # before anybody is written down: nobody is added without a swab
        raise refusals.Refused("NO_TUBE_OPEN")
    person = actions.add_unknown_person(
        request.user,
        round=form.get("round", ""),
        table=place.id,
        name=form.get("name", ""),
        document=form.get("document", ""),
        phone=form.get("phone", ""),
        door=form.get("door", ""),
    )
    return _bind(request, desk, [person], "list", anyway=True)


def _answer_refusal(
    request: HttpRequest, place: Any, form: QueryDict, no: refusals.Refused
) -> Answer:
    """What stays on the desk after a refusal: the text, the choice, and where it helps the way to
    do it anyway.
    """
    unfit = no.code in ("PERSON_NOT_LISTED", "PERSON_EXCLUDED")
    ask = {"TUBE_COUNT_DIFFERS": "count"}.get(no.code, "anyway" if unfit else "")
    panel = "box" if form.get("act") == "seal" else ""
    text = form.get("text", "") if form.get("act") == "read" else ""
    pending = tuple(form.getlist("person")) if unfit else ()
    if unfit and not pending:
        listed: Any = no.facts.get("people", ())
        pending = tuple(listed)
    desk = desk_state.read_desk(place, form.get("round", ""), form.get("tube", ""))
    candidates = _recall(desk, list(pending)) if pending and desk.round else ()
    if form.get("act") == "unknown":
        ask, text = "unknown", form.get("name", "")
    return Answer(
        "", "bad", text=text, ask=ask, pending=pending, candidates=candidates, panel=panel
    )


def _number(text: str) -> int:
    plain = text.strip()
    if not plain.isdecimal() or len(plain) > 6:
        raise refusals.Refused("COUNT_MISSING")
    return int(plain)


_ACTS = {
    "read": _read,
    "open": _open_named,
    "pick": _pick,
    "undo": _undo,
    "close": _close,
    "seal": _seal,
    "unknown": _add_unknown,
}
