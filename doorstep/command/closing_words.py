"""The end of an operation in the reader's words: reasons, what stands, what ended, the protocol.
Decides nothing, and names nobody who is not on duty.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from doorstep.command import closing, destruction, home, letter_pdf
from doorstep.command.zones import words
from doorstep.face import errors, moments, phrases
from doorstep.kit import clock
from doorstep.ledger import book, models, refusals, store
from doorstep.orders import closing as closings
from doorstep.orders import queries, rules
from doorstep.orders import release as conditions
from doorstep.registry import queries as registry
from doorstep.rounds import models as rounds


def name_reasons() -> dict[str, str]:
    """Why an operation ends."""
    return {
        "authority_ended": _("The authority has ended it"),
        "handed_over": _("It is handed over to another office"),
        "exercise": _("It was an exercise"),
    }


def name_whys() -> dict[str, str]:
    """Why something that is not finished ends, or stays open, all the same."""
    return {
        "other_grounds": _("The authority lifts it on other grounds"),
        "not_recorded": _("The condition is met, its evidence is not recorded here"),
        "rules_changed": _("The authority's rules have changed"),
        "results_awaited": _("Results are still to come; it is closed afterwards"),
        "lines_awaited": _("Lines are still to come; it is closed afterwards"),
        "given_up": _("It is not worked on any more"),
        "lost": _("The device is lost"),
        "broken": _("The device is broken"),
        "typed_in": _("What it wrote was typed in at the desk"),
    }


def _ask_why(
    one: str, may: Sequence[str], said: Mapping[str, str], before: str
) -> dict[str, object]:
    """The field for why something that is not finished ends, or stays open, all the same."""
    named, field = name_whys(), f"{before}{one}"
    choices = [("", "–"), *((word, named[word]) for word in may)]
    return {"field": field, "choices": choices, "value": said.get(field, "")}


def ask_why_all(
    groups: Mapping[str, Sequence[str]], said: Mapping[str, str], before: str
) -> dict[str, dict[str, object]]:
    """By group, the field for why whatever of it has no reason of its own ends all the same."""
    return {group: _ask_why(group, may, said, before) for group, may in groups.items()}


def name_orders(orders: Collection[rules.Order]) -> dict[str, str]:
    """Orders by their measure or risk level and where they hold."""
    packs = queries.get_packs({order.pack for order in orders})
    places = {place for order in orders for place in order.places}
    rows = store.select("registry_place", ["id", "estate"], "id", places)
    inside = {str(place): str(estate) for place, estate in rows if estate}
    named = words.name_places(places | set(inside.values()))

    def name(order: rules.Order) -> str:
        pack = packs.get(order.pack)
        value = pack.find_value(order.axis, order.value) if pack else None
        estates = sorted({inside[each] for each in order.places if inside.get(each, each) != each})
        where = [phrases.join([named.get(each, "–") for each in part])
                 for part in (estates, order.places) if part]  # fmt: skip
        return " · ".join([words.both(value.names) if value else order.value, *where])

    return {order.id: name(order) for order in orders}


def name_authorities(standing: closing.Standing) -> list[tuple[str, str]]:
    """The authorities of what is in force, with their names."""
    packs = queries.get_packs({view.order.pack for view in standing.orders})
    named: dict[str, str] = {}
    for view in standing.orders:
        authority = view.order.authority
        named[authority] = words.name_authority(packs.get(view.order.pack), authority)
    return sorted(named.items())


def name_rounds(found: Sequence[rounds.Round]) -> dict[str, str]:
    """Rounds by kind, area and day."""
    rows = home.describe(found, get_language() or "en")
    return {row["id"]: f"{row['label']} · {row['area']} · {row['round'].day}" for row in rows}


def name_devices(found: Iterable[models.Device]) -> dict[str, str]:
    """Devices by their labels and where they stand."""
    listed = list(found)
    places = registry.name_places({str(each.place) for each in listed if each.place})
    return {
        str(each.id): " · ".join(
            part for part in (each.label or str(each.id)[-8:], places.get(str(each.place))) if part
        )
        for each in listed
    }


def describe_orders(
    standing: closing.Standing, said: Mapping[str, str], before: str
) -> list[dict[str, Any]]:
    """Orders in force, with their conditions and the field for why where one is not met."""
    unmet = {view.order.id for view in standing.unmet}
    named = name_orders([view.order for view in standing.orders])
    return [
        {
            "order": view.order,
            "name": named[view.order.id],
            "met": conditions.count_met(view.lines),
            "all": len(view.lines),
        }
        | (
            _ask_why(one, closings.FOR_ORDER, said, before)
            if (one := view.order.id) in unmet
            else {}
        )
        for view in standing.orders
    ]


def describe_rounds(
    standing: closing.Standing, said: Mapping[str, str], before: str
) -> list[dict[str, Any]]:
    """Open rounds, with the field for why they stay open."""
    named = name_rounds(standing.rounds)
    return [
        {
            "round": each,
            "name": named[str(each.id)],
            "outstanding": each.counts.outstanding,
        }
        | _ask_why(str(each.id), closings.FOR_ROUND, said, before)
        for each in standing.rounds
    ]


def describe_unsent(
    standing: closing.Standing, said: Mapping[str, str], before: str
) -> list[dict[str, Any]]:
    """Devices that have not sent all they wrote, with the field for why they end all the same."""
    named = name_devices(standing.unsent)
    return [
        {
            "device": each,
            "name": named[str(each.id)],
            "unsent": (each.written or 0) - each.through,
        }
        | _ask_why(str(each.id), closings.FOR_DEVICE, said, before)
        for each in standing.unsent
    ]


def describe_dying(dying: Iterable[closing.Dying]) -> list[dict[str, Any]]:
    """Classes of records and when they may be destroyed."""
    return [
        {
            "name": destruction.name_class(each.rule.said.holds),
            "rule": words.say(each.rule.said.text),
            "days": each.rule.said.days,
            "from_on": each.from_on,
        }
        for each in dying
    ]


def describe_waiting(
    asked: closings.Closing, standing: closing.Standing, today: str
) -> dict[str, Any]:
    """What a second person looks at: who asked, for when, what was said, and what stops it now."""
    people = words.name_people([(asked.staff, asked.unit)])
    described: dict[str, Any] = {
        "entry": asked.entry,
        "day": asked.day,
        "at": asked.at,
        "by": people.get((asked.staff, asked.unit)),
        "reason": name_reasons().get(asked.body["reason"], ""),
        "papers": asked.body["papers"],
        "despite": [
            _("%(what)s: %(why)s") % {"what": what, "why": why}
            for what, why in _say_despite(asked).values()
        ],
        "is_today": asked.day == today,
    }
    try:
        closing.check(standing, dict(asked.body["papers"]), dict(asked.body["despite"]))
    except refusals.Refused as problem:
        described["problem"] = errors.describe(problem).text
    return described


def describe_done(done: Iterable[closings.Closing]) -> list[dict[str, Any]]:
    """Closings: when, and what ended, in numbers."""
    return [
        {
            "entry": each.entry,
            "day": each.day,
            "at": each.at,
            "orders": len(each.body["lifted"]) + len(each.body["withdrawn"]),
            "devices": len(each.body["devices"]),
        }
        for each in done
    ]


def _say_despite(asked: closings.Closing) -> dict[str, tuple[str, str]]:
    """What was not finished, by its id: its name, and why it ended or stayed open."""
    said = name_whys()
    ids = [one for one, _why in asked.body["despite"]]
    named = name_rounds(list(rounds.Round.objects.filter(id__in=ids)))
    named |= name_devices(models.Device.objects.filter(id__in=ids))
    named |= name_orders(queries.get_orders(ids).values())
    return {
        one: (named.get(one, one[-8:]), said.get(why, why)) for one, why in asked.body["despite"]
    }


# The protocol


def write_protocol(done: closings.Closing, address: str) -> letter_pdf.Letter:
    """The protocol of a closing: what ended, on whose word, and the root of the book under it."""
    asked = closings.find(done.asked or "")
    assert asked is not None, "a closing without its asking is none"
    zone = moments.zone()
    people = words.name_people([(asked.staff, asked.unit), (done.staff, done.unit)])
    leaf = models.Line.objects.filter(entry=done.entry).order_by("leaf")[0].leaf
    root = registry.find_root()
    at = moments.say_fully(done.at, zone)
    facts = [
        (_("Ended"), at),
        (_("Reason"), name_reasons().get(asked.body["reason"], "")),
        (_("Asked by"), _say_person(people.get((asked.staff, asked.unit)))),
        (_("Confirmed by"), _say_person(people.get((done.staff, done.unit)))),
        (_("Line of the book"), f"{leaf:,}"),
        (_("Root"), book.root_at(leaf + 1).hex()),
    ]
    issuer = root.name if root else ""
    return letter_pdf.Letter(
        issuer,
        _("Protocol: end of the operation"),
        _sentence(done),
        facts,
        [*_say_orders(asked, done), *_say_rest(asked, done), *_say_dying(done)],
        _("Issued by %(by)s on %(at)s.")
        % {"by": issuer, "at": moments.say_fully(clock.now(), zone)},
        _("Seal of the subdistrict, or signature"),
        _(
            "The root stands for all lines of the book up to and with this one. "
            "The code leads to this page."
        ),
        address,
    )


def _say_person(person: words.Person | None) -> str:
    return f"{person.name} · {person.unit}" if person else "–"


def _say_day(day: str) -> str:
    return moments.say_day(date.fromisoformat(day), date(1, 1, 1))


def _sentence(done: closings.Closing) -> str:
    orders = len(done.body["lifted"]) + len(done.body["withdrawn"])
    devices = len(done.body["devices"])
    said = {
        "day": _say_day(done.day),
        "orders": ngettext("%(n)s order", "%(n)s orders", orders) % {"n": f"{orders:,}"},
        "devices": ngettext("%(n)s device", "%(n)s devices", devices) % {"n": f"{devices:,}"},
    }
    return _("The operation ended on %(day)s, and with it %(orders)s and %(devices)s.") % said


def _say_orders(asked: closings.Closing, done: closings.Closing) -> list[str]:
    papers, despite = dict(asked.body["papers"]), _say_despite(asked)
    lifted, withdrawn = done.body["lifted"], done.body["withdrawn"]
    found = queries.get_orders({*lifted, *withdrawn})
    packs = queries.get_packs({order.pack for order in found.values()})
    named = name_orders(found.values())
    said = []
    for one in filter(found.get, lifted):
        authority = found[one].authority
        by = {"what": named[one], "document": papers.get(authority, "–")}
        by["authority"] = words.name_authority(packs.get(found[one].pack), authority)
        line = _("Lifted: %(what)s. By %(authority)s, %(document)s.") % by
        if one in despite:
            before = _("Before its release conditions were met: %(why)s.")
            line = f"{line} {before % {'why': despite[one][1]}}"
        said.append(line)
    said += [
        _("Withdrawn before it held: %(what)s.") % {"what": named[one]}
        for one in filter(found.get, withdrawn)
    ]
    return said


def _say_rest(asked: closings.Closing, done: closings.Closing) -> list[str]:
    requests = done.body["requests"]
    said = [
        _("Not finished: %(what)s. %(why)s.") % {"what": what, "why": why}
        for one, (what, why) in _say_despite(asked).items()
        if one not in done.body["lifted"]
    ]
    if requests:
        ended = ngettext("%(n)s request to stay ended.", "%(n)s requests to stay ended.", requests)
        said.append(ended % {"n": f"{requests:,}"})
    named = name_devices(
        models.Device.objects.filter(id__in=done.body["devices"]).order_by("label")
    )
    if named:
        said.append(_("Revoked: %(devices)s.") % {"devices": phrases.join(list(named.values()))})
    return said


def _say_dying(done: closings.Closing) -> list[str]:
    return [
        _("%(what)s: may be destroyed from %(day)s.")
        % {"what": each["name"], "day": _say_day(each["from_on"])}
        for each in describe_dying(closing.list_dying(done.day, done.at))
    ]
