"""Safeguard: the personal fields that may exist are listed here, one by one. No location trail, no
face, nothing on petitions, banking or politics, no colour, no score, no ranking of workers.

Every text, JSON and binary column of the database is named below. Whoever adds one must come here
and say what it holds; a personal one needs a reason.
"""

import re
from pathlib import Path

import msgspec
from django.apps import apps
from django.db import models

import doorstep
from doorstep.ledger import kinds
from doorstep.ledger.fields import IdField

# What is known of a resident, and of who is on duty, apart from ids and moments.
PERSONAL = {
    "registry_person": {"name", "sex", "born_on", "relation", "flags"},
    "registry_document": {"type", "issuer", "blind", "sealed"},
    "registry_contact": {"blind", "sealed"},
    "registry_residence": {"presence"},
    "registry_listing": {"presence"},
    "registry_standing": {"kind"},
    "registry_staff": {"name", "title", "account", "password", "last_login"},
    "ledger_attachment": {"sealed"},  # what was noted of somebody met at a table; erasable
    "field_account": {"user", "password"},  # of who is on duty and works with another field app
    "sampling_sample": {"tube", "state"},
    "rounds_subject": {"state", "reason"},
    "rounds_mark": {"kind", "reason"},
}
# Texts that hold no person: words, codes, days, digests, keys, names of places and units.
OTHER = {
    "ledger_cell": {"zone", "nodes"},
    "ledger_revocation": {"reason"},
    "rounds_planact": {"problem", "result", "reason", "turn"},  # digests, a word
    "command_draft": {"model", "day", "problem", "result"},  # numbers of people, never who
    "ledger_enrolment": {"code_hash", "role", "label", "people"},  # ids of who is on duty
    "ledger_device": {"algorithm", "public_key", "role", "label", "head"},
    "ledger_push": {"previous", "head", "sent", "signature"},
    "ledger_line": {"hash", "content", "custody", "kind"},  # no name, document, phone: docs/sync.md
    "ledger_tile": {"hashes"},
    "ledger_signer": {"public_key"},
    "ledger_checkpoint": {"root", "note"},  # sizes and roots, signed
    "ledger_backup": {"root", "digest"},
    "ledger_balance": {"content", "note"},  # counts of rounds and their ids, signed
    "ledger_destruction": {"holds", "rule", "pack", "balance"},  # words and digests
    "ledger_backupgone": {"backup", "how"},
    "ledger_settlement": {"turn"},  # a device and a number
    "ledger_asideline": {"content"},
    "ledger_attachment": {"digest"},
    "ledger_verdict": {"owner", "code"},
    "ledger_folded": {"kind"},
    "field_submission": {"code"},  # why a form waits; the form itself is an attachment
    "ledger_done": {"reaction", "subject", "fact", "state", "error"},
    "ledger_lease": {"name", "holder"},
    "registry_place": {"kind", "code", "name", "english", "path"},
    "registry_unit": {"type", "name", "english", "founded_on", "founded_by"},
    "registry_listing": {"turn", "attachment"},  # a device and a number; a digest
    "registry_roleact": {"role", "turn"},
    "registry_role": {"role"},
    "registry_sight": {"what"},
    "orders_packtext": {"digest", "content"},
    "orders_adoption": {"pack", "digest"},
    "orders_fact": {"kind", "body"},
    "orders_order": {"axis", "value", "rule", "pack", "places", "authority", "document",
                     "evidence", "review_on", "test_days", "ended_as", "lifted_document"},
    "orders_evidence": {"fact", "since_on", "document", "pack"},
    "orders_closing": {"day", "body"},  # ids of orders, rounds and devices, words, document numbers
    "rounds_act": {"kind", "round_kind", "day", "pool", "pack", "reason"},
    "rounds_round": {"round_kind", "day", "pool", "pack", "state", "reason"},  # a word of a list
    "sampling_withdrawal": {"tube"},
    "sampling_tubefact": {"tube", "fact", "pool", "reason"},
    "sampling_boxfact": {"box", "fact", "seal", "reason"},
    "sampling_boxtube": {"box", "tube"},
    "sampling_result": {"tube", "outcome", "ct_orf1ab", "ct_n", "accession"},
    "sampling_issue": {"first", "last"},
    "sampling_tube": {"tube", "pool", "box", "outcome", "state"},
    "sampling_box": {"box", "seal", "state"},
    "sampling_stay": {"tube", "reason"},
    "sampling_stayend": {"reason"},
    "sampling_notice": {"tube", "audience", "says", "places"},
    "registry_householdcode": {"blind"},  # a keyed hash of a code that opens no person
    "programme_act": {"kind", "day", "turn", "body"},  # ids, words, days, digests; no text
    "programme_project": {"code", "category", "level", "starts", "deadline", "wording", "state",
                          "reason", "expected", "begun_on", "reported_on", "closed_on"},
    "programme_milestone": {"due", "reached_on", "evidence"},  # days and a digest
    "programme_voiceact": {"kind", "day", "turn", "body"},  # as of a project's acts
    "programme_voice": {"sort", "source", "category", "state", "said", "answer", "day"},
    "programme_answer": {"ballot", "month", "turn"},  # a keyed hash that names no household
}  # fmt: skip
FORBIDDEN = {
    "petition", "petitions", "grievance", "bank", "banking", "loan", "debt", "credit", "political",
    "politics", "party", "religion", "ethnic", "ethnicity", "faith", "location", "latitude",
    "longitude", "lat", "lng", "gps", "geo", "track", "trail", "trajectory", "movement", "visited",
    "venue", "face", "biometric", "fingerprint", "portrait", "score", "points", "colour", "color",
    "red", "yellow", "green", "code_colour", "blacklist", "watchlist", "suspicion", "mood",
}  # fmt: skip
# The laboratory or courier that has a tube or box: an id of an institution or of who is on duty.
NO_PARTY_MEMBERSHIP = {("sampling_tubefact", "party"), ("sampling_boxfact", "party")}
RANKING = {"speed", "rate", "rank", "ranking", "rating", "productivity", "performance", "fastest",
           "slowest", "per_hour", "pace"}  # fmt: skip
ROOT = Path(doorstep.__file__).parent


def our_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m.__module__.startswith("doorstep.")]


def texts_of(model: type[models.Model]) -> set[str]:
    """Columns that could hold words: all but ids, numbers, switches and links."""
    plain = (IdField, models.IntegerField, models.BooleanField, models.ForeignKey)
    return {
        field.name
        for field in model._meta.concrete_fields
        if not isinstance(field, plain) and field.get_internal_type() != "CompositePrimaryKey"
    }


def parts(name: str) -> set[str]:
    return {name, *name.split("_")}


def test_every_column_that_can_hold_words_is_listed() -> None:
    for model in our_models():
        table = model._meta.db_table
        known = PERSONAL.get(table, set()) | OTHER.get(table, set())
        new = texts_of(model) - known
        assert not new, f"{table}: say in {Path(__file__).name} what {sorted(new)} holds"


def test_the_lists_name_nothing_that_is_gone() -> None:
    tables = {model._meta.db_table: texts_of(model) for model in our_models()}
    for listed in (PERSONAL, OTHER):
        for table, names in listed.items():
            assert names <= tables.get(table, set()), table


def test_personal_texts_stand_in_the_vault_or_are_a_states_word() -> None:
    for model in our_models():
        for name in PERSONAL.get(model._meta.db_table, ()):
            field = model._meta.get_field(name)
            short = isinstance(field, models.CharField) and (field.max_length or 0) <= 40
            vault = getattr(model, "table_class", "") in ("vault", "book")
            assert vault or short, f"{model._meta.db_table}.{name}"


def test_every_table_says_its_class_and_when_it_dies() -> None:
    for model in our_models():
        assert getattr(model, "table_class", None) in ("book", "state", "vault"), model
        assert getattr(model, "retention", None), model


def test_no_column_and_no_entry_on_what_must_not_be_known() -> None:
    for model in our_models():
        for field in model._meta.concrete_fields:
            if (model._meta.db_table, field.name) not in NO_PARTY_MEMBERSHIP:
                assert not parts(field.name) & (FORBIDDEN | RANKING), (model, field.name)
    for kind in kinds.list_kinds():
        for field in msgspec.structs.fields(kind.shape):
            assert not parts(field.name) & (FORBIDDEN | RANKING), (kind.name, field.name)
            assert not parts(kind.name.replace(".", "_")) & (FORBIDDEN | RANKING), kind.name


def test_nobody_on_duty_is_ranked() -> None:
    """No table sums up a worker, and no query groups by one with a time or a count to order by."""
    for model in our_models():
        names = {field.name for field in model._meta.concrete_fields}
        keyed = {f.name for f in model._meta.concrete_fields if f.primary_key}
        if keyed & {"staff", "by", "device"}:
            assert not names & {"count", "done", "total", "seconds", "minutes"}, model
    ranked = re.compile(r"GROUP BY[^\"']*\b(staff|acted_by|opened_by|entered_by|l\.by)\b", re.I)
    for path in ROOT.rglob("*.py"):
        if "migrations" not in path.parts and "tests" not in path.parts:
            assert not ranked.search(path.read_text("utf-8")), path


def test_no_page_and_no_script_asks_where_somebody_is() -> None:
    asked = re.compile(r"navigator\.geolocation|getCurrentPosition|watchPosition|FaceDetector")
    for path in [*ROOT.rglob("*.js"), *ROOT.rglob("*.html")]:
        assert not asked.search(path.read_text("utf-8")), path
    from doorstep.face import middleware
    from doorstep.ledger import intake

    assert "geolocation=()" in Path(middleware.__file__).read_text("utf-8")
    assert "geo" not in Path(intake.__file__).read_text("utf-8").lower()
