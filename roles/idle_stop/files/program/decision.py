"""Whether the machine may be stopped: pure, from what was measured and what is remembered. Nothing here looks at the host.

A sample is a dict of plain values (so that recorded ones can be replayed), as `measure.py` makes it:
`wall`, `boot` (seconds since 1970 and since the boot), `gpus` [{utilisation: percent or None, memory_mib}],
`cpu_cores` (how many were busy since the last sample), `network_kib` (per second, since the last sample),
`sessions` [{user, line, active_at: seconds or None where there is no terminal}],
`kernels` [{owner, busy, active_at}], `processes` [text], `leases` [{who, until, why}], `holds` [sentence],
`blind` {what: sentence}. What is missing was not looked at.
"""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass, replace

#: CPU and network are judged by their mean over so many seconds: a cron job of a moment is not somebody's work.
SMOOTH_SECONDS = 300
#: MiB that a card without a utilisation (MIG) may hold while nobody uses it.
UNUSED_MIB = 512
#: Seconds by which the clock may be set between two samples.
CLOCK_SLACK = 60


@dataclass(frozen=True)
class Rules:
    """What counts as work, and how long without it is idle. The defaults stand in the role."""

    idle_seconds: float
    grace_seconds: float
    sample_seconds: float
    gpu_percent: float
    gpu_memory_mib: int
    cpu_cores: float
    network_kib: float
    logins: str
    #: Seconds since 1970 when the time to live is over, None for never.
    deadline: float | None = None


@dataclass(frozen=True)
class Sign:
    """One thing that was seen. `kind`: work (of that time), hold (no stop now, whatever else), blind (cannot see)."""

    kind: str
    at: float
    text: str


@dataclass(frozen=True)
class Memory:
    """What is carried from one sample to the next."""

    #: The last work that was seen; the beginning where none was.
    since: float
    wall: float
    boot: float
    #: (boot, cpu_cores, network_kib) of the last minutes.
    recent: tuple = ()
    warned_at: float | None = None
    #: What the last work was.
    last: str = ""


@dataclass(frozen=True)
class Verdict:
    """`state`: awake, quiet (no work, not for long enough), blind, held, warned, stop. `stops_at` if nothing happens."""

    state: str
    cause: str
    since: float
    stops_at: float | None
    reasons: tuple
    #: "warn" and "relief" are told to people, once.
    event: str = ""


def begin(sample: dict) -> Memory:
    """Nothing is known of the time before: the machine is taken for busy until now."""
    return Memory(since=sample["wall"], wall=sample["wall"], boot=sample["boot"], last="this began to watch")


def decide(memory: Memory, sample: dict, rules: Rules) -> tuple[Memory, Verdict]:
    """The verdict of a sample, and what to remember of it."""
    memory = advance(memory, sample, rules)
    now, signs = sample["wall"], judge(memory, sample, rules)
    work = [sign for sign in signs if sign.kind == "work"]
    newest = max(work, key=lambda sign: sign.at, default=None)
    if newest and min(newest.at, now) >= memory.since:
        memory = replace(memory, since=min(newest.at, now), last=newest.text)
    blind = tuple(sign.text for sign in signs if sign.kind == "blind")
    holds = tuple(sign.text for sign in signs if sign.kind == "hold")
    due = memory.since + rules.idle_seconds
    expires = rules.deadline is not None and now >= rules.deadline - rules.grace_seconds
    cause = "expired" if expires else "idle" if now >= due and not blind else ""
    told = memory.warned_at is not None
    if cause and not holds:
        return warn(memory, now, cause, rules)
    memory = replace(memory, warned_at=None)
    busy = tuple(sign.text for sign in work if sign.at >= now - 2 * rules.sample_seconds)
    if cause:
        state, reasons = "held", holds
    elif now >= due:
        state, reasons = "blind", blind
    else:
        state, reasons = ("awake" if busy else "quiet"), (*busy, *holds, *blind)
    stops_at = None if holds or blind else max(due, now) + rules.grace_seconds
    if rules.deadline is not None and not holds:
        stops_at = min(rules.deadline, stops_at or rules.deadline)
    return memory, Verdict(state, cause, memory.since, stops_at, reasons, "relief" if told else "")


def warn(memory: Memory, now: float, cause: str, rules: Rules) -> tuple[Memory, Verdict]:
    """Nothing is in the way of a stop: people get their time to object, then it comes."""
    if memory.warned_at is None:
        memory = replace(memory, warned_at=now)
        verdict = Verdict("warned", cause, memory.since, now + rules.grace_seconds, (), "warn")
    else:
        stops_at = memory.warned_at + rules.grace_seconds
        verdict = Verdict("stop" if now >= stops_at else "warned", cause, memory.since, stops_at, ())
    return memory, verdict


def advance(memory: Memory, sample: dict, rules: Rules) -> Memory:
    """Note the sample. A time that nobody watched, or a clock that was set, is no proof of idleness: begin anew."""
    passed, shown = sample["boot"] - memory.boot, sample["wall"] - memory.wall
    recent = (*memory.recent, (sample["boot"], sample.get("cpu_cores"), sample.get("network_kib")))
    recent = tuple(one for one in recent if one[0] > sample["boot"] - SMOOTH_SECONDS)
    memory = replace(memory, wall=sample["wall"], boot=sample["boot"], recent=recent)
    if passed < 0 or passed > 3 * rules.sample_seconds + CLOCK_SLACK:
        return replace(
            memory, since=sample["wall"], warned_at=None, last="nobody watched for a while", recent=recent[-1:]
        )
    if abs(passed - shown) > CLOCK_SLACK:
        return replace(memory, since=sample["wall"], warned_at=None, last="the clock was set")
    return memory


def judge(memory: Memory, sample: dict, rules: Rules) -> list:
    """Every sign in a sample."""
    now = sample["wall"]
    # Not to know of a backup or a lease forbids a stop as much as to know of one.
    signs = [
        Sign("hold" if what in ("holds", "leases") else "blind", now, text)
        for what, text in sample.get("blind", {}).items()
    ]
    signs += [Sign("hold", now, text) for text in sample.get("holds", ())]
    signs += [Sign("hold", now, lease_text(one)) for one in sample.get("leases", ()) if one["until"] > now]
    signs += [Sign("work", now, f"the process {text} is running") for text in sample.get("processes", ())]
    for index, card in enumerate(sample.get("gpus", ())):
        signs += judge_card(index, card, now, rules)
    cores, kib = mean(one[1] for one in memory.recent), mean(one[2] for one in memory.recent)
    if cores >= rules.cpu_cores:
        signs.append(Sign("work", now, f"{cores:.1f} processor cores are busy ({rules.cpu_cores:g} are work)"))
    if kib >= rules.network_kib:
        signs.append(Sign("work", now, f"the network carries {kib:.0f} KiB/s ({rules.network_kib:g} are work)"))
    signs += [sign for one in sample.get("sessions", ()) for sign in judge_session(one, now, rules)]
    for kernel in sample.get("kernels", ()):
        busy = kernel["busy"]
        text = f"a Jupyter kernel of {kernel['owner']} {'is busy' if busy else 'was used'}"
        signs.append(Sign("work", now if busy else kernel["active_at"], text))
    return signs


def judge_card(index: int, card: dict, now: float, rules: Rules) -> list:
    used, held = card["utilisation"], card["memory_mib"]
    if used is None:
        text = f"GPU {index} does not tell its utilisation (MIG), and {held} MiB of it are held"
        return [Sign("work", now, text)] if held > UNUSED_MIB else []
    if used >= rules.gpu_percent:
        return [Sign("work", now, f"GPU {index} works at {used:g} % ({rules.gpu_percent:g} % are work)")]
    if 0 < rules.gpu_memory_mib <= held:
        return [Sign("work", now, f"{held} MiB of GPU {index} are held ({rules.gpu_memory_mib} are work)")]
    return []


def judge_session(session: dict, now: float, rules: Rules) -> list:
    """A terminal counts by its last input; what has none (VS Code, a copy, a tunnel) while it is open."""
    if rules.logins == "ignore":
        return []
    who, line = session["user"], session["line"]
    if rules.logins == "open" or session["active_at"] is None:
        return [Sign("work", now, f"{who} is logged in ({line})")]
    return [Sign("work", session["active_at"], f"{who} typed something on {line}")]


def lease_text(lease: dict) -> str:
    return f"{lease['who']} keeps it awake until {clock(lease['until'])}{lease['why'] and ': ' + lease['why']}"


def mean(values: object) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def deadline(expires_at: str, ttl_hours: float, booted: float) -> float | None:
    """When the time to live is over. One that was over before the boot begins anew with it: somebody started the machine."""
    if expires_at:
        moment = datetime.datetime.fromisoformat(expires_at.replace("Z", "+00:00"))
        if moment.timestamp() > booted:
            return moment.timestamp()
    return booted + ttl_hours * 3600 if ttl_hours else None


def clock(moment: float) -> str:
    """A moment for people: the host's time, with the day where it is not today."""
    when = time.localtime(moment)
    return time.strftime("%H:%M" if when[:3] == time.localtime()[:3] else "%Y-%m-%d %H:%M", when)
