"""A whole sampling day of one building, with its mistakes, against a real server on loopback:
nothing lost, nothing doubled, held as planted, suspect tubes rechecked, replay equal; also when the
server is killed in the middle, and when a person settles what is held. On both databases.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorstep.play import acts, desks, hand, player, report, report_words, stage
from tests.player import ground
from tests.player.ground import Played, check_rechecks, found_codes, perform, read_book, sign_in


@pytest.fixture(scope="module")
def played(town: ground.Still, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The day, played to its end."""
    with ground.copied(town, tmp_path_factory.mktemp("played") / "data") as made:
        made.start()
        written, state = perform(made)
        return Played(ground.stop(made), written, state)


@pytest.fixture
def evening(played: Played, tmp_path: Path) -> Iterator[stage.Stage]:
    """A copy of the played day; its server is stopped."""
    with ground.copied(played.still, tmp_path / "data") as made:
        yield made


def settle(desk: desks.Desk, written: acts.Script) -> int:
    """Settle every held set on the review list: of several claims those of the first phone stand,
    a claim alone does not. How many sets there were.
    """
    phones = {act.id: act.phone for act in written.acts}
    count = 0
    while sets := re.findall(r'"(/sampling/review/[0-9a-f-]{36})"', desk.read("/sampling/review")):
        entries = re.findall(r'name="entries" value="([0-9a-f-]{36})"', desk.read(sets[0]))
        first = [entry for entry in entries if phones.get(entry) == phones.get(entries[0])]
        stands = first if len(entries) > 1 else []
        desk.post(sets[0], {"entries": entries, "stands": stands})
        count += 1
    return count


def test_a_day_full_of_mistakes_is_kept_and_marked_as_it_happened(
    played: Played, evening: stage.Stage
) -> None:
    _, written, state = played
    book = read_book(evening)
    assert state.finished and book["kept"] == len(written.acts)
    assert found_codes(book) == report.count_planted(written.planted)
    held = {each.code for each in written.planted if each.held}
    assert book["held_by_code"].keys() == held
    assert book["due"] == book["done"] + book["excused"] + book["refused"] + book["outstanding"]
    assert book["done"] > 0.85 * book["due"]
    assert book["tubes"]["reported"] == book["tubes"]["sampled"] - 1  # of the tube used twice
    # what waits for a person keeps the round open, and nobody is called missed yet
    assert (book["closed"], book["missed"]) == (False, 0)
    assert report.list_open(book) == {**book["held_by_code"], "TUBES_WITHOUT_RESULT": 1}
    assert report_words.CODES.keys() >= {*found_codes(book), "TUBES_WITHOUT_RESULT"}


def test_the_people_of_suspect_tubes_are_sampled_again_singly(
    played: Played, evening: stage.Stage
) -> None:
    _, written, state = played
    evening.start()
    check_rechecks(written, state)
    desk = sign_in(evening)
    positive = {
        visit.of: sum("Positive, reported" in desk.read(f"/sampling/tubes/{tube}")
                      for tube in visit.tubes.values())
        for visit in written.rechecks
    }  # fmt: skip
    pooled = {row.tube: row.outcome for file in written.files for row in file.rows}
    expected = {"positive": 1, "inconclusive": 0}
    assert positive == {visit.of: expected[pooled[visit.of]] for visit in written.rechecks}
    for visit in written.rechecks:
        for tube in visit.tubes.values():  # all of them have a result
            assert ", reported" in desk.read(f"/sampling/tubes/{tube}")


def test_once_a_person_has_settled_what_is_held_the_player_closes_the_round(
    played: Played,
    evening: stage.Stage,
) -> None:
    written = played.written
    evening.start()
    assert settle(sign_in(evening), written) > 3
    _, state = perform(evening)  # the day is over: only what was refused is asked again
    book = read_book(evening)
    check_rechecks(written, state)
    assert book["kept"] == len(written.acts)
    assert book["closed"] and book["outstanding"] == 0
    assert book["missed"] == book["due"] - book["done"] - book["excused"] - book["refused"] > 0
    assert book["held"] == 0 and book["missed_doors"]
    handed = hand.read(evening.play / "hand.json")
    english, chinese = report_words.list_sentences(report.make_report(handed, written, state, book))
    assert f"missed: {book['missed']};" in english and english.endswith("The round is closed.")
    assert f"漏检{book['missed']}人" in chinese and chinese.endswith("本轮已关闭。")


def test_the_server_dies_in_the_middle_of_the_day_and_nothing_is_lost(scene: stage.Stage) -> None:
    killed: list[int] = []

    def show(progress: player.Progress) -> None:
        if progress.lines > 120 and not killed:
            killed.append(progress.lines)
            scene.kill()
            scene.start()

    written, _ = perform(scene, show=show)
    book = read_book(scene)
    assert killed and book["kept"] == len(written.acts)
    assert found_codes(book) == report.count_planted(written.planted)
