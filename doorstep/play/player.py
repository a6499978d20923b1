"""Performs a script: writes what is due into the phones' outboxes, pushes, hands result files in on
the laboratory's page, keeps the played clock, and closes the day's rounds when all is done.

Resumes where it stood: an act whose line is in an outbox is never written again. Refuses nothing a
person does meanwhile; tables taken by hand are left alone.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from doorstep.kit import clock
from doorstep.play import acts, clocks, control, desks, files, phones, rounds
from doorstep.play.hand import Desk, Hand

SLICE = 5 * clock.MINUTE  # played between two pushes when as fast as it goes
BLINK = 0.4  # seconds between two pushes when people watch
HANDS = 8  # phones that push at the same time
HISTORY = 10 * clock.MINUTE
AFTER = 10 * clock.MINUTE  # played after the last act, so that the last file is read


class Progress(NamedTuple):
    """Where the day stands, for a progress bar. `at`: played moment."""

    at: int
    done: int
    due: int
    lines: int
    paused: bool


class Player:
    """One performance. `speed`: played seconds a second; None as fast as it goes."""

    def __init__(
        self,
        hand: Hand,
        script: acts.Script,
        *,
        url: str,
        folder: Path,
        played: clocks.PlayedClock,
        speed: float | None,
        show: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.hand, self.script, self.url = hand, script, url
        self.folder, self.played, self.speed, self.show = folder, played, speed, show
        self.state = control.read_state(folder)
        self.phones: dict[str, phones.Phone] = {}
        self._written: set[str] = set()  # ids of the lines in the outboxes when we began
        self._signed_in: dict[str, desks.Desk] = {}
        self._desks = {desk.name: desk for desk in hand.list_desks()}
        self._dropped = set(self.state.dropped)
        self._taken: set[str] = set()
        self._due = {due.person for due in hand.due}
        self._done: set[str] = set()
        self._inside = {
            act.fields["tube"]: act.fields["count"]
            for act in script.acts
            if act.kind == "tube.closed" and not act.recheck
        }
        self._counts = dict.fromkeys(("sampled", "shipped", "received", "reported"), 0)
        self._boxes: dict[str, list[str]] = {}
        self._broken = [fault for fault in script.faults if fault.kind != "offline"]
        self._offline = [fault for fault in script.faults if fault.kind == "offline"]

    def enrol(self) -> None:
        """Enrol every phone, or wake it, and let each pull its snapshot."""
        keys = random.Random(f"{self.hand.seed}/keys/{self.hand.round}")
        folder = self.folder / "phones"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, desk in self._desks.items():
            phone = phones.enrol(self.url, folder, name, desk.code, keys.randbytes(32))
            phone.pull()
            self.phones[name] = phone

    def run(self) -> control.State:
        """Play the day to its end, or until stopped by KeyboardInterrupt; where it stands then."""
        if not self.state.finished:
            self._perform()
        self._close_rounds()
        self.state.finished = True
        control.write_state(self.folder, self.state)
        return self.state

    def _perform(self) -> None:
        at, files_at = self._catch_up()
        begun = time.monotonic()
        spent = self.state.seconds
        end = self.script.ends_at + AFTER
        self._set_speed(self.script.acts[0].at if not at else self.state.at + self.state.shift)
        with ThreadPoolExecutor(HANDS) as hands:
            while self.state.at < end:
                self._wait_while_paused(at)
                until = self._next_moment(at, files_at, self._meet_rechecks(end))
                at = self._write_acts(at, until)
                self._push_all(hands, until)
                files_at = self._hand_in(files_at, until)
                self._remember(until, spent + time.monotonic() - begun)
        self._push_all(None, self.state.at, everything=True)

    def _meet_rechecks(self, end: int) -> int:
        """Ask the server for the rounds of the visits that begin now; until when the day may be
        played before there is another one to ask for.
        """
        for visit in self.script.rechecks:
            if visit.of in self.state.rechecks:
                continue
            if self.state.at < visit.begins_at - 1:
                end = min(end, visit.begins_at - 1)  # its tube's result is handed in by then
                continue
            found = rounds.Found()
            if visit.of not in self._dropped:
                found = rounds.find_recheck(self.phones[visit.phone], visit)
            members = {p for p, (state, _) in found.due.items() if state == "due"}
            self._dropped |= {tube for p, tube in visit.tubes.items() if p not in members}
            self.state.rechecks[visit.of] = control.Recheck(found.round, len(found.due))
            self.state.dropped = sorted(self._dropped)
            control.write_state(self.folder, self.state)
        return end

    def _close_rounds(self) -> None:
        """Close the day's rounds on their pages, as far as nothing stands in the way."""
        officer = self._desk_of(self.hand.officer)
        for visit in self.script.rechecks:
            kept = self.state.rechecks.get(visit.of, control.Recheck())
            if not kept.round or kept.closed:
                continue
            due = rounds.look_at(self.phones[visit.phone], kept.round)
            if due is not None:  # else a person has closed it
                kept.due = len(due)
                kept.done = sum(state == "done" for state, _ in due.values())
            kept.closed = due is None or rounds.close(officer, kept.round)
            control.write_state(self.folder, self.state)
        rounds.close(officer, self.hand.round)

    def _catch_up(self) -> tuple[int, int]:
        """How many acts and files are behind us; counts them again."""
        written = {
            msgspec.json.decode(line)["id"] for p in self.phones.values() for line in p.lines
        }
        done = [act for act in self.script.acts if act.at <= self.state.at or act.id in written]
        for act in done:
            if act.id in written:
                self._count(act)
        self._written = written
        at = sum(act.at <= self.state.at for act in self.script.acts)
        files_at = 0
        while files_at < len(self.script.files) and self._is_past(self.script.files[files_at]):
            self._count_file(self.script.files[files_at])
            files_at += 1
        return at, files_at

    def _is_past(self, file: acts.File) -> bool:
        return file.at <= self.state.at

    def _set_speed(self, played: int) -> None:
        self.played.restart(played, self.speed or 0)

    def _wait_while_paused(self, at: int) -> None:
        if not control.read_control(self.folder).paused:
            return
        held_at = self.played.now()
        self.played.run(1)  # for the person who works meanwhile, time is true
        try:
            while control.read_control(self.folder).paused:
                self._leave_tables(at)  # a table may be given back before the day goes on
                self.show(self._progress(True))
                time.sleep(0.3)
        finally:  # stopped while held, too: else the clock would go back behind people's work
            self.state.shift += self.played.now() - held_at
            self.state.dropped = sorted(self._dropped)
            control.write_state(self.folder, self.state)
        self.played.run(self.speed or 0)

    def _next_moment(self, at: int, files_at: int, end: int) -> int:
        """Until when to perform next, in the script's time; the clock is there on return."""
        if self.speed is not None:
            time.sleep(BLINK)
            return max(self.state.at, min(self.played.now() - self.state.shift, end))
        coming = [self.state.at + SLICE]
        if at < len(self.script.acts):
            coming.append(self.script.acts[at].at)
        elif files_at < len(self.script.files):
            coming.append(self.script.files[files_at].at)
        else:
            coming.append(end)
        until = min(max(coming), end)
        self.played.set(until + self.state.shift)
        return until

    def _leave_tables(self, at: int) -> set[str]:
        """The tables people work. What lies on a table when they take it is theirs from then on:
        the tube in hand and the tubes waiting for a box, or both would close and seal them.
        """
        taken = set(control.read_control(self.folder).taken)
        for name in taken - self._taken:
            mine = [act for act in self.script.acts[:at] if act.phone == name]
            opened = {act.fields["tube"] for act in mine if act.kind == "tube.opened"}
            sealed = [act.fields["tubes"] for act in mine if act.kind == "box.sealed"]
            self._dropped |= opened.difference(*sealed)
        self._taken = taken
        return taken

    def _write_acts(self, at: int, until: int) -> int:
        taken = self._leave_tables(at)
        while at < len(self.script.acts) and self.script.acts[at].at <= until:
            act = self._left_of(self.script.acts[at], taken)
            if act is not None and act.id not in self._written:
                desk = self._desks[act.phone]
                phone = self.phones[act.phone]
                phone.add(self._line_of(act, desk, phone), act.offset)
                self._count(act)
            at += 1
        return at

    def _line_of(self, act: acts.Act, desk: Desk, phone: phones.Phone) -> bytes:
        note = self.script.attachments.get(act.id)
        if note is not None:
            salt = sha256(act.id.encode()).digest()[:16]
            digest = sha256(salt + note).hexdigest()
            phone.attach(note, salt)
            act = act._replace(fields={**act.fields, "attachment": digest})
        return acts.write_line(act, desk.staff, desk.place, self.hand.zone, self.state.shift)

    def _left_of(self, act: acts.Act, taken: set[str]) -> acts.Act | None:
        """The act, or what is left of it after tables were taken by hand; None when nothing is."""
        if act.recheck:
            act = self._give_round(act)
        fields = act.fields
        if act.kind == "tube.opened" and act.phone in taken:
            self._dropped.add(fields["tube"])
        if fields.get("tube") in self._dropped or fields.get("box") in self._dropped:
            return None
        if act.kind == "person.added" and act.phone in taken:
            return None
        if act.kind == "box.sealed":
            left = [tube for tube in fields["tubes"] if tube not in self._dropped]
            if not left:
                self._dropped.add(fields["box"])
                return None
            gone = len(fields["tubes"]) - len(left)
            self._boxes[fields["box"]] = left
            return act._replace(fields={**fields, "tubes": left, "count": fields["count"] - gone})
        if act.kind in ("box.collected", "box.received"):
            count = len(self._boxes.get(fields["box"], ()))
            return act._replace(fields={**fields, "count": count}) if count else None
        return act

    def _give_round(self, act: acts.Act) -> acts.Act:
        if "round" not in act.fields:
            return act
        round_ = self.state.rechecks[act.recheck].round
        return act._replace(fields={**act.fields, "round": round_})

    def _push_all(
        self, hands: ThreadPoolExecutor | None, moment: int, *, everything: bool = False
    ) -> None:
        now = self.played.now()  # which may have run on since `moment`
        silent = set()
        if not everything:
            silent = {f.phone for f in self._offline if f.from_at <= moment < f.until_at}
        pushing = [p for name, p in self.phones.items() if p.waiting and name not in silent]
        for fault in [f for f in self._broken if f.from_at <= moment]:
            if self.phones[fault.phone] in pushing:
                self.phones[fault.phone].push_badly(now, whole=fault.kind == "unanswered")
                self._broken.remove(fault)
        if hands is None:
            for phone in pushing:
                phone.push(now)
        else:
            list(hands.map(lambda phone: phone.push(now), pushing))

    def _hand_in(self, files_at: int, until: int) -> int:
        while files_at < len(self.script.files) and self.script.files[files_at].at <= until:
            file = self.script.files[files_at]
            rows = [row for row in file.rows if row.tube not in self._dropped]
            laboratory = self.hand.laboratories[file.laboratory]
            if rows:
                content = files.write(
                    file._replace(rows=rows), laboratory.name, self.hand.zone, self.state.shift
                )
                desk = self._desk_of(laboratory.account)
                desks.upload_results(desk, file.name, content, laboratory.unit)
            self._count_file(file)
            files_at += 1
        return files_at

    def _desk_of(self, account: str) -> desks.Desk:
        if account not in self._signed_in:
            self._signed_in[account] = desks.Desk(self.url, account, self.hand.password)
        return self._signed_in[account]

    def _count(self, act: acts.Act) -> None:
        if act.kind == "person.sampled":
            self._done.add(act.fields["person"])
            self._counts["sampled"] = len(self._done)
        elif act.kind == "box.sealed":
            self._boxes.setdefault(act.fields["box"], act.fields["tubes"])
        elif act.kind in ("box.collected", "box.received"):
            name = "shipped" if act.kind == "box.collected" else "received"
            tubes = self._boxes.get(act.fields["box"], ())
            self._counts[name] += sum(self._inside.get(tube, 0) for tube in tubes)

    def _count_file(self, file: acts.File) -> None:
        if "(" not in file.name:  # the same file again reports nobody anew
            self._counts["reported"] += sum(self._inside.get(row.tube, 0) for row in file.rows)

    def _remember(self, until: int, seconds: float) -> None:
        for phone in self.phones.values():
            phone.flush()  # a silent one too: what is behind us is never written again
        self.state.at = until
        self.state.seconds = seconds
        self.state.dropped = sorted(self._dropped)
        last: Any = self.state.history[-1].at if self.state.history else 0
        if until - last >= HISTORY:
            self.state.history.append(control.Moment(until, **self._counts))
        control.write_state(self.folder, self.state)
        self.show(self._progress(False))

    def _progress(self, paused: bool) -> Progress:
        lines = sum(phone.through for phone in self.phones.values())
        done = len(self._done & self._due)
        at = self.played.now()
        return Progress(at, done, len(self._due), lines, paused)
