"""Folding the whole book anew: by pieces that are bounded in lines and bytes, into shadows that are
in a file and without what only pages need, and compared by key with what is live.
"""

import pytest
from django.db import DatabaseError, connection, transaction

from doorstep.ledger import book, models, replay, store, temporary
from doorstep.rounds import actions
from doorstep.rounds.tests import street

DAY = "2021-06-21"


def open_rounds(*days: str) -> list[str]:
    street.build(buildings=2, doors=30, people=2)
    opened = [
        actions.open_round(street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day=day)
        for day in days
    ]
    replay.rebuild()  # the street's residents and roles are in their tables without entries
    return opened


@pytest.mark.django_db
def test_a_book_is_folded_in_pieces_of_so_many_lines_or_bytes(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_rounds(DAY, "2021-06-22", "2021-06-23")
    size = book.get_cell().size
    told: list[tuple[int, int]] = []
    assert replay.replay(lambda done, of: told.append((done, of)))["different"] == {}
    assert told == [(size, size)]
    monkeypatch.setattr(replay, "CHUNK", 4)
    told.clear()
    assert replay.replay(lambda done, of: told.append((done, of)))["different"] == {}
    assert [done for done, _ in told] == [*range(4, size, 4), size]
    monkeypatch.setattr(replay, "CHUNK", 1_000)
    monkeypatch.setattr(replay, "LARGEST", 1)
    told.clear()
    assert replay.replay(lambda done, of: told.append((done, of)))["different"] == {}
    assert [done for done, _ in told] == [*range(1, size + 1)]


@pytest.mark.django_db
def test_each_table_is_compared_row_by_row(cell: models.Cell) -> None:
    [round_] = open_rounds(DAY)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rounds_door SET digest = digest + 1")
        cursor.execute("UPDATE rounds_due SET at = at + 1 WHERE subject = %s",
                       [street.person_id(1, 1, 1)])  # fmt: skip
        cursor.execute("DELETE FROM rounds_subject WHERE subject = %s", [street.person_id(1, 1, 1)])
    store.insert("rounds_slot", ["round", "slot", "done"], [(round_, 1, 1), (round_, 2, 1)])
    different = replay.replay()["different"]
    assert different == {
        "rounds_door": (60, 60),
        "rounds_due": (1, 1),
        "rounds_subject": (0, 1),
        "rounds_slot": (2, 0),
    }
    replay.rebuild()
    assert replay.replay()["different"] == {}


@pytest.mark.django_db
def test_what_is_null_on_one_side_is_a_difference(cell: models.Cell) -> None:
    open_rounds(DAY)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rounds_round SET closed_at = 0")
        cursor.execute("UPDATE rounds_act SET area = NULL")
    assert replay.replay()["different"] == {"rounds_round": (1, 1), "rounds_act": (1, 1)}


@pytest.mark.django_db
def test_shadows_have_the_indexes_of_folds_and_not_those_of_pages(cell: models.Cell) -> None:
    open_rounds(DAY)
    live, seen = list_indexes(), []
    replay.replay(lambda done, of: seen.append(list_indexes()))
    for model in replay.list_state_models():
        table, asked = model._meta.db_table, getattr(model, "for_pages", ())
        left = {each for each in live[table] if each[0] not in asked}
        assert seen[0][table] == left, table
        assert {each[0] for each in live[table]} >= set(asked), table
    assert sum(map(len, live.values())) > sum(map(len, seen[0].values())) > 20


def list_indexes() -> dict[str, set[tuple[str, ...]]]:
    """The columns of each index that is no constraint, by table, of the tables in sight."""
    with connection.cursor() as cursor:
        return {
            (table := model._meta.db_table): {
                tuple(each["columns"])
                for each in connection.introspection.get_constraints(cursor, table).values()
                if each["index"] and not each["unique"]
            }
            for model in replay.list_state_models()
        }


@pytest.mark.django_db
def test_a_process_that_folds_its_part_can_write_no_live_table(cell: models.Cell) -> None:
    open_rounds(DAY)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE shadow (number integer)")
        with transaction.atomic(), temporary.alone():
            cursor.execute("INSERT INTO shadow VALUES (1)")
            assert store.select("rounds_due", ["subject"], "subject", [street.person_id(1, 1, 1)])
            for write in (
                "DELETE FROM rounds_due",
                "UPDATE rounds_due SET at = at + 1",
                "INSERT INTO rounds_slot (round, slot, done) SELECT round, 1, 1 FROM rounds_round",
            ):
                with pytest.raises(DatabaseError), transaction.atomic():
                    cursor.execute(write)
            cursor.execute("INSERT INTO shadow VALUES (2)")
            transaction.set_rollback(True)  # with which PostgreSQL writes again


@pytest.mark.django_db(transaction=True)
def test_sqlite_keeps_the_shadows_in_a_file_and_gives_it_back(cell: models.Cell) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's temporary tables are in files")
    open_rounds(DAY)
    stores, memory = [], 2

    def look(done: int, of: int) -> None:
        stores.append(store.query("PRAGMA temp_store")[0][0])

    for fold in (replay.replay, replay.rebuild):
        assert fold(look)["different"] == {}
        assert store.query("PRAGMA temp_store") == [(memory,)]
        assert store.query("SELECT COUNT(*) FROM sqlite_temp_master") == [(0,)]
    assert stores == [1, 1]
