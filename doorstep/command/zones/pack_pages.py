"""Rule packs: what each says in words with its sources, which are adopted, adopting one, handing in
an authority's own.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from doorstep.command.zones import words
from doorstep.face import pages
from doorstep.kit import clock
from doorstep.ledger import refusals
from doorstep.orders import actions, queries, shapes
from doorstep.registry import access
from doorstep.registry import queries as registry
from doorstep.rounds import round_kinds

# groups that a list has at home by itself: by their needs, and as members of a positive tube
LISTED_AT_HOME = ("cannot_walk", "positive_pool")
MOST_BYTES = 256 << 10  # of a pack's TOML file; those that ship have some 20 KiB


@pages.page(*words.READERS)
@require_GET
def show_packs(request: HttpRequest) -> HttpResponse:
    """The packs in use, and those that could be adopted."""
    adopted = queries.list_adopted()
    known = {each.digest for each in adopted}
    people = words.name_people([(each.staff, each.unit) for each in adopted])
    rows = [
        {**_card(each.digest, each.pack), "at": each.at, "by": people.get((each.staff, each.unit))}
        for each in adopted
    ]
    others = [_card(d, pack) for d, pack in queries.list_packs().items() if d not in known]
    context = {
        "adopted": rows,
        "others": others,
        "may_hand_in": _may_at_the_top(request),
        "latest": rows[0]["key"] if rows else "",
        "breadcrumbs": [(_("Zones"), reverse("zones:zones")), (_("Rule packs"), None)],
    }
    return render(request, "zones/packs.html", context)


def _may_at_the_top(request: HttpRequest) -> bool:
    """Whether this person may say by which rules the whole cell goes."""
    root = registry.find_root()
    return root is not None and access.has(request.user, actions.PROPOSERS, str(root.id))


@pages.form_of("zones:packs")
@pages.page(*words.PROPOSERS)
@require_POST
def hand_in(request: HttpRequest) -> HttpResponse:
    """Read an authority's own pack from a TOML file; its page shows it before it is adopted."""
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > MOST_BYTES:
        raise refusals.Refused("PACK_UNREADABLE", why=_("no file, or one of more than 256 KiB"))
    toml = file.read().decode("utf-8-sig", "replace")
    digest = actions.hand_in_pack(request.user, toml=toml)
    messages.success(request, _("The pack is read and kept. Nothing is ordered by it before it is "
                                "adopted: look through it first."))  # fmt: skip
    return HttpResponseRedirect(reverse("zones:pack", args=[digest]))


def _card(digest: str, pack: shapes.Pack) -> dict[str, Any]:
    return {
        "digest": digest,
        "key": pack.key,
        "name": words.say(pack.names),
        "about": words.say(pack.about),
        "used_from_on": pack.used_from_on,
        "rules": len(pack.rules),
    }


@pages.page(*words.READERS)
@require_GET
def show_pack(request: HttpRequest, digest: str) -> HttpResponse:
    """What one pack says: rules, movement, tests, tubes, terms, conditions, clocks, sources."""
    pack = queries.get_packs({digest}).get(digest)
    if pack is None:
        raise refusals.Refused("NOT_FOUND")
    adopted = next((each for each in queries.list_adopted() if each.digest == digest), None)
    context = {
        **_card(digest, pack),
        "version": pack.version,
        "adopted": adopted,
        "described": [_describe(pack, rule) for rule in pack.rules],
        "deadlines": _deadlines(pack),
        "exclusions": [
            (words.say(each.names), each.hours, each.effect) for each in pack.exclusions
        ],
        "ordinary": _say_pools(pack, pack.pools.ordinary),
        "tubes": [(words.say(kind.names), kind.limit) for kind in pack.pools.kinds],
        "dilution": f"{pack.pools.dilution_below_per_million:,}",
        "at_the_door": _join([*_name_groups(pack).values()]),
        "by_hand": say_by_hand(pack),
        "deciders": [
            words.say(level.names)
            for level in pack.jurisdiction.levels
            if level.key in pack.jurisdiction.decides
        ],
        "facts": [words.say(word.names) for word in pack.evidence if word.levels],
        "retention": [(words.say(each.text), each.days, each.source) for each in pack.retention],
        "sources": [(key, each.title, each.date, each.grade) for key, each in pack.sources.items()],
        "may_adopt": adopted is None and _may_at_the_top(request),
        "breadcrumbs": [
            (_("Zones"), reverse("zones:zones")),
            (_("Rule packs"), reverse("zones:packs")),
            (pack.key, None),
        ],
    }
    return render(request, "zones/pack.html", context)


@pages.form_of("zones:pack", "digest")
@pages.page(*words.PROPOSERS)
@require_POST
def adopt(request: HttpRequest, digest: str) -> HttpResponse:
    """Adopt a pack for the cell."""
    actions.adopt_pack(request.user, digest=digest)
    messages.success(request, _("The pack is adopted: orders may now be recorded by its rules."))
    return HttpResponseRedirect(reverse("zones:pack", args=[digest]))


def _describe(pack: shapes.Pack, rule: shapes.Rule) -> dict[str, Any]:
    value = pack.find_value(rule.axis, rule.value)
    return {
        "title": words.say(rule.text),
        "is_risk": rule.axis == "risk",
        "value": words.both(value.names) if value else rule.value,
        "movement": words.say(value.movement.text) if value else "",
        "movement_numbers": _say_movement(value.movement) if value else "",
        "next": _say_rule(pack, rule.next),
        "on_infection": _say_rule(pack, rule.on_infection),
        "levels": [words.name_level(level) for level in rule.levels],
        "tests": say_calendar(pack, rule.calendar),
        "pools": _say_pools(pack, rule.pools.allowed),
        "longest_days": rule.term.longest_days,
        "review_days": rule.term.review_days,
        "release": [words.say(line.text) for line in rule.release],
        "source": rule.source,
    }


def say_calendar(pack: shapes.Pack, calendar: shapes.Calendar) -> str:
    """When a rule's zone is tested, in words."""
    comma = "、" if words.is_chinese() else ", "
    methods = {method.key: words.say(method.names) for method in pack.methods}
    if calendar.mode == "ordered":
        return _("on the days the order says")
    if calendar.mode == "daily":
        named = comma.join(methods[test.method] for test in calendar.tests)
        return _("every day: %(methods)s") % {"methods": named}
    parts = [
        _("%(method)s on days %(days)s")
        % {"method": methods[test.method], "days": comma.join(str(day) for day in test.days)}
        for test in calendar.tests
    ]
    if double := sorted({day for test in calendar.tests for day in test.double_days}):
        days = comma.join(str(day) for day in double)
        parts.append(_("two samples a person on days %(days)s") % {"days": days})
    if calendar.afterwards == "ordered":
        parts.append(_("afterwards as the order says"))
    if calendar.final_days:
        parts.append(_("once more in the last %(n)d days") % {"n": calendar.final_days})
    return _join(parts)


def _join(parts: list[str]) -> str:
    return ("；" if words.is_chinese() else "; ").join(parts)


def _say_rule(pack: shapes.Pack, key: str | None) -> str:
    """A rule that another one names, in words; nothing if it names none."""
    found = pack.find_rule(key) if key else None
    return words.say(found.text) if found else ""


def _say_movement(movement: shapes.Movement) -> str:
    """The numbers of a movement rule: who may go out, how often, from when, with what result."""
    said = []
    if movement.persons_a_household:
        said.append(_("%(n)d at a time from each household") % {"n": movement.persons_a_household})
    if movement.every_days:
        every = movement.every_days
        said.append(ngettext("every day", "every %(n)d days", every) % {"n": every})
    if movement.exit_from_day:
        said.append(_("out from day %(n)d") % {"n": movement.exit_from_day})
    if movement.exit_result_hours:
        hours = movement.exit_result_hours
        said.append(_("with a negative result of the last %(n)d hours") % {"n": hours})
    return _join(said)


def say_by_hand(pack: shapes.Pack) -> list[str]:
    """What the pack says and no table here can tell: a person must see to it."""
    said = []
    drawn = {each.standing for kind in round_kinds.list_kinds().values() for each in kind.exclusion}
    for each in pack.exclusions:
        if each.effect == "not_due" and each.key.removesuffix("_within") in drawn:
            continue  # lists are drawn by it
        own = _("a tube of their own") if each.effect == "single" else _("not sampled")
        said.append(
            _("%(who)s: %(what)s. Nothing here records who that is: ask at the table.")
            % {"who": words.say(each.names), "what": own}
        )
    groups = _name_groups(pack)
    if groups:
        unknown = [name for key, name in groups.items() if key not in LISTED_AT_HOME]
        if unknown:
            said.append(
                _(
                    "%(who)s: nothing here records who that is. "
                    "Tell the team that goes to the doors."
                )
                % {"who": _join(unknown)}
            )
        said.append(_("At home each has a tube of their own: the team opens it as 1:1."))
    said.append(
        _("Who is a key person is not recorded here: give them a tube of their own at the table.")
    )
    said.append(
        _(
            "Contacts are found and judged by the centre for disease control: "
            "no clock runs here for that."
        )
    )
    return said


def _name_groups(pack: shapes.Pack) -> dict[str, str]:
    """Who is sampled at home, each in a tube of their own."""
    names = {
        "awaiting_transfer": _("people waiting for their transfer"),
        "antigen_positive": _("people with a positive antigen test"),
        "positive_pool": _("members of a positive tube"),
        "cannot_walk": _("people who cannot walk"),
        "very_old": _("very old people"),
    }
    groups = pack.at_the_door.groups if pack.at_the_door else []
    return {group: names.get(group, group) for group in groups}


def _say_pools(pack: shapes.Pack, allowed: list[shapes.Pool]) -> str:
    names = {kind.key: words.say(kind.names) for kind in pack.pools.kinds}
    return ("、" if words.is_chinese() else ", ").join(names[pool] for pool in allowed)


def _deadlines(pack: shapes.Pack) -> list[tuple[str, int]]:
    listed = (
        pack.deadlines.stay_request,
        pack.deadlines.collect,
        pack.deadlines.laboratory,
        pack.deadlines.report,
        pack.deadlines.judge_contacts,
    )
    return [(words.say(each.names), each.minutes * clock.MINUTE) for each in listed]
