"""A table taken by hand: what lies on it is the person's; what is boxed stays the player's."""

from pathlib import Path

from doorstep.kit import clock
from doorstep.play import acts, clocks, control, player, script
from doorstep.play.tests import days


def make_player(folder: Path) -> player.Player:
    hand = days.make_hand()
    (folder / "clock").write_text("{}")
    return player.Player(
        hand,
        script.write_script(hand),
        url="",
        folder=folder,
        played=clocks.PlayedClock(folder / "clock"),
        speed=None,
    )


def test_what_lies_on_a_taken_table_is_left_to_people(tmp_path: Path) -> None:
    played = make_player(tmp_path)
    name = played.hand.tables[0].name
    mine = [act for act in played.script.acts if act.phone == name]
    sealed = next(act for act in mine if act.kind == "box.sealed")
    later = next(a for a in mine if a.kind == "tube.opened" and a.at > sealed.at + clock.MINUTE)
    at = played.script.acts.index(later) + 1

    control.write_control(tmp_path, control.Control(True, [name]))
    played._leave_tables(at)
    control.write_control(tmp_path, control.Control(True, []))  # given back before it goes on
    played._leave_tables(at)

    tube = later.fields["tube"]
    assert tube in played._dropped
    assert not played._dropped & set(sealed.fields["tubes"])
    rest = [act for act in played.script.acts[at:] if act.fields.get("tube") == tube]
    assert rest and all(played._left_of(act, set()) is None for act in rest)
    assert _boxes_with(played, at, tube) == []


def _boxes_with(played: player.Player, at: int, tube: str) -> list[acts.Act]:
    # a recheck has no round yet, and is made at doors
    boxes = [a for a in played.script.acts[at:] if a.kind == "box.sealed" and not a.recheck]
    left = [played._left_of(box, set()) for box in boxes]
    return [act for act in left if act is not None and tube in act.fields["tubes"]]
