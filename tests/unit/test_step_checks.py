"""Expectations of what steps came to -> verdict: a test for each sentence of the definitions."""

from typing import Any

import pytest

from labctl.checks import Check, Verdict, judge
from labctl.figures import ContainerFigures, DriveFigures, LogMatches, Summary
from labctl.figures.steps import Found, Leftovers, Proof, Stall, Steps
from labctl.labfile.expect import Expect
from tests.unit.histories import BEGIN, MIB, upload_ended
from tests.unit.summaries import (
    SIZE,
    TEXT,
    call,
    contents,
    gaps,
    health,
    integrity,
    overshoot,
    probe,
    proof,
    redundancy,
    refusals,
    resent,
    steps,
    summary,
    with_steps,
    writable,
)

EMPTY = summary(steps=Steps())


def judged(found: Summary, step: int | None = None, **expect: Any) -> tuple[Check, ...]:
    return judge(Expect.model_validate(expect), found, step=step).checks


def check(found: Summary, step: int | None = None, **expect: Any) -> Check:
    [only] = judged(found, step, **expect)
    return only


def result(found: Summary, **expect: Any) -> str:
    return check(found, **expect).result


def counted(counts: dict[Found, int], **changes: Any) -> Summary:
    return with_steps(integrity=integrity(counts, **changes))


# What was read back


@pytest.mark.parametrize("kind", ["lost", "stale", "corrupt", "phantom"])
def test_lost_stale_corrupt_and_phantom_objects_fail(kind: Found) -> None:
    found = check(counted({"intact": 52, kind: 1}), acknowledged="intact")
    assert (found.result, found.seen) == ("fail", f"53 objects read back: 52 intact, 1 {kind}")
    assert found.proof[0].what == f"a {kind} object", "what failed comes first"


@pytest.mark.parametrize("kind", ["unavailable", "undecided"])
def test_unavailable_and_undecided_objects_are_unknown(kind: Found) -> None:
    assert result(counted({"intact": 52, kind: 1}), acknowledged="intact") == "unknown"
    assert result(counted({"lost": 1, kind: 1}), acknowledged="intact") == "fail"


def test_ghosts_are_reported_and_pass() -> None:
    found = check(counted({"intact": 52, "ghost": 2, "absent": 9}), acknowledged="intact")
    assert (found.result, found.seen) == (
        "pass", "63 objects read back: 52 intact, 2 ghost, 9 absent",
    )  # fmt: skip


def test_without_a_whole_verify_nothing_passes() -> None:
    assert result(EMPTY, acknowledged="intact") == "unknown"
    assert result(counted({"intact": 5}, whole=False), acknowledged="intact") == "unknown"
    assert result(counted({"lost": 5}, whole=False), acknowledged="intact") == "fail"


def test_what_was_acknowledged_after_it_was_read_is_not_known_to_be_intact() -> None:
    found = check(counted({"intact": 5}, later=2), acknowledged="intact")
    assert found.result == "unknown"
    assert "2 objects were acknowledged after they had been read; verify once more" in found.seen
    assert result(counted({"lost": 1, "intact": 5}, later=2), acknowledged="intact") == "fail"


def test_where_nothing_was_acknowledged_nothing_is_known_to_be_intact() -> None:
    assert result(counted({"absent": 5, "ghost": 1}), acknowledged="intact") == "unknown"


@pytest.mark.parametrize("source", ["uploader", "uploader-5", "delete-2", "labctl", ""])
def test_a_gap_in_what_was_written_leaves_only_corrupt_objects_certain(source: str) -> None:
    kinds: tuple[Found, ...] = ("lost", "stale", "phantom", "intact")
    for kind in kinds:
        found = summary(steps=steps(integrity=integrity({kind: 3})), gaps=gaps(source))
        assert result(found, acknowledged="intact") == "unknown", kind
    found = summary(steps=steps(integrity=integrity({"corrupt": 1})), gaps=gaps(source))
    assert result(found, acknowledged="intact") == "fail"


def test_a_gap_in_what_was_read_mends_no_failure() -> None:
    lost = summary(steps=steps(integrity=integrity({"lost": 1})), gaps=gaps("verify-3"))
    assert result(lost, acknowledged="intact") == "fail"
    assert result(summary(gaps=gaps("verify-3")), acknowledged="intact") == "unknown"


@pytest.mark.parametrize("source", ["observer", "minio", "probe-4"])
def test_gaps_elsewhere_do_not_touch_what_was_read_back(source: str) -> None:
    assert result(summary(gaps=gaps(source)), acknowledged="intact") == "pass"


def test_a_client_that_was_killed_leaves_the_objects_unknown() -> None:
    assert result(summary(endings=()), acknowledged="intact") == "unknown"
    ended = upload_ended(8.0, attempts=66).record
    assert result(summary(endings=(ended,)), acknowledged="intact") == "unknown"


def test_an_upload_that_was_told_to_end_can_be_verified() -> None:
    ended = upload_ended(8.0, attempts=65, reason="terminated").record
    assert result(summary(endings=(ended,)), acknowledged="intact") == "pass"


def test_absence_of_refused_objects_is_an_observation() -> None:
    found = check(summary(), refused_objects="absent")
    assert found.result == "pass"
    assert "S3 does not promise it" in found.expected
    there = {"refused_present": (proof("small/0060"),), "refused_present_count": 1}
    found = check(counted({"intact": 53, "ghost": 1}, **there), refused_objects="absent")
    assert (found.result, found.seen) == ("fail", "1 of 12 refused objects stored")
    assert found.proof == (proof("small/0060"),)


def test_absence_is_unknown_without_refusals_reads_or_records() -> None:
    there = integrity(refused_present=(proof("x"),), refused_present_count=1)
    for found in (
        EMPTY,
        counted({"intact": 5}, refused=0),
        counted({"intact": 5}, whole=False),
        counted({"intact": 5, "unavailable": 1}),
        summary(gaps=gaps("verify-3")),
        summary(gaps=gaps("uploader")),
        summary(steps=steps(integrity=there), gaps=gaps("uploader")),
    ):
        assert result(found, refused_objects="absent") == "unknown"


# Shards and leftovers


def test_redundancy() -> None:
    short = with_steps(redundancy=redundancy(incomplete=2, least=3, examples=(proof("x"),)))
    assert check(summary(), redundancy="complete").expected == "no objects short of a shard"
    assert result(summary(), redundancy="complete") == "pass"
    found = check(short, redundancy="complete")
    assert (found.result, found.proof) == ("fail", (proof("x"),))
    assert found.seen == "2 of 53 objects short of a shard, at worst on 3 of 4 drives"
    assert result(short, redundancy={"incomplete": {"min": 1, "max": 2}}) == "pass"
    assert result(short, redundancy={"incomplete": {"min": 3}}) == "fail"


def test_redundancy_without_a_whole_record() -> None:
    assert result(EMPTY, redundancy="complete") == "unknown"
    assert result(with_steps(redundancy=redundancy(objects=0)), redundancy="complete") == "unknown"
    assert result(summary(gaps=gaps("verify-3")), redundancy="complete") == "unknown"
    cut = with_steps(integrity=integrity(whole=False))
    assert result(cut, redundancy="complete") == "unknown"
    short = steps(redundancy=redundancy(incomplete=2), integrity=integrity(whole=False))
    assert result(summary(steps=short), redundancy="complete") == "fail", "there are more at most"


@pytest.mark.parametrize(
    ("part", "bounds", "expected"),
    [
        ("uploads", 1, "pass"),
        ("uploads", 0, "fail"),
        ("unfinished", "4MiB", "pass"),
        ("unfinished", {"max": "3MiB"}, "fail"),
        ("trash", {"min": "2MiB"}, "pass"),
        ("trash", 0, "fail"),
        ("beyond", {"max": "7MiB"}, "pass"),
        ("beyond", {"max": "6MiB"}, "fail"),
    ],
)
def test_leftovers(part: str, bounds: Any, expected: str) -> None:
    found = check(summary(), leftovers={part: bounds})
    assert (found.name, found.result) == (f"leftovers.{part}", expected)
    assert [each.what for each in found.proof] == ["minio/data1: 60 MiB used"]
    assert found.proof[0].source == "verify-3"


def test_each_part_of_leftovers_is_a_check_of_its_own() -> None:
    found = judged(summary(), leftovers={"uploads": 1, "trash": 0})
    assert [(each.name, each.result) for each in found] == [
        ("leftovers.uploads", "pass"),
        ("leftovers.trash", "fail"),
    ]
    assert found[0].expected == "exactly 1 unfinished multipart upload"
    assert found[1].seen == "2 MiB in the trash"


def test_leftovers_that_were_not_seen_whole_are_unknown() -> None:
    second = DriveFigures("minio/data2", SIZE, MIB, MIB)
    for found in (
        EMPTY,
        with_steps(leftovers=Leftovers(())),
        with_steps(integrity=integrity(whole=False)),
        summary(gaps=gaps("verify-3")),
        summary(drives=(*summary().drives, second)),
    ):
        assert result(found, leftovers={"trash": {"max": "9MiB"}}) == "unknown"


def test_leftovers_of_all_drives_count_together() -> None:
    both = Leftovers((contents(), contents(drive="minio/data2")))
    found = judged(with_steps(leftovers=both), leftovers={"trash": "4MiB", "uploads": 1})
    assert [each.result for each in found] == ["pass", "pass"]


# Quota


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"max": "5MiB"}, "pass"),
        ({"min": "3MiB"}, "pass"),
        ({"max": "4MiB"}, "unknown"),
        ({"min": "4MiB"}, "unknown"),
        ({"max": "2MiB"}, "fail"),
        ({"min": "6MiB"}, "fail"),
        (0, "fail"),
    ],
)
def test_overshoot_in_doubt_is_judged_by_the_whole_interval(bounds: Any, expected: str) -> None:
    found = check(summary(), overshoot=bounds)
    assert (found.name, found.result) == ("overshoot", expected)
    assert found.seen == "3 MiB to 5 MiB beyond 50 MiB"
    assert found.proof


def test_overshoot_without_a_refusal_is_a_lower_bound() -> None:
    full = with_steps(overshoot=overshoot(refused=False, from_crossing=None, from_first_put=None))
    assert result(full, overshoot={"max": "9MiB"}) == "unknown", "the trigger never came"
    assert result(full, overshoot={"min": "3MiB"}) == "pass"
    assert result(full, overshoot={"max": "2MiB"}) == "fail"
    found = check(full, overshoot={"after_crossing": "10s"})
    assert (found.result, found.seen) == ("unknown", "the quota refused nothing")


def test_overshoot_in_time() -> None:
    found = judged(summary(), overshoot={"after_crossing": "1s", "after_first_put": "15s"})
    assert [(each.name, each.result) for each in found] == [
        ("overshoot.after_crossing", "fail"),
        ("overshoot.after_first_put", "pass"),
    ]
    assert found[1].expected == (
        "the quota's first refusal at most 15.0 s after the first put under the quota"
    )
    assert found[1].seen == "10.7 s after the first put under the quota"
    at_once = with_steps(overshoot=overshoot(from_crossing=None))
    assert result(at_once, overshoot={"after_crossing": "1s"}) == "unknown", "never crossed"


@pytest.mark.parametrize("wanted", [{"max": "9MiB"}, {"max": 1}, {"after_crossing": "1s"}])
def test_overshoot_without_a_whole_record_is_unknown(wanted: Any) -> None:
    assert result(EMPTY, overshoot=wanted) == "unknown"
    assert result(summary(gaps=gaps("uploader")), overshoot=wanted) == "unknown"
    assert result(summary(endings=()), overshoot=wanted) == "unknown"


# Sent again


def test_all_that_was_refused_is_sent_again_and_acknowledged() -> None:
    found = check(summary(), resent="all")
    assert (found.result, found.seen) == (
        "pass", "12 objects refused, 12 sent again, 12 acknowledged then",
    )  # fmt: skip
    assert found.proof == (proof("sent again"),)
    assert result(with_steps(resent=resent(acknowledged=11)), resent="all") == "fail"
    assert result(with_steps(resent=resent(again=11, acknowledged=11)), resent="all") == "fail"


def test_nothing_is_sent_again() -> None:
    assert result(with_steps(resent=resent(again=0, acknowledged=0)), resent="none") == "pass"
    assert result(with_steps(resent=resent(again=1, acknowledged=0)), resent="none") == "fail"


def test_so_many_are_acknowledged_when_sent_again() -> None:
    assert result(summary(), resent={"min": 12}) == "pass"
    assert result(summary(), resent=11) == "fail"


def test_resent_is_unknown_where_nothing_was_refused_or_recorded() -> None:
    cut = summary(endings=(), steps=steps(resent=resent(again=0, acknowledged=0)))
    for wanted in ("all", "none", {"min": 1}):
        assert result(EMPTY, resent=wanted) == "unknown"
        assert result(with_steps(resent=resent(refused=0)), resent=wanted) == "unknown"
        assert result(cut, resent=wanted) == "unknown"
    assert result(summary(endings=()), resent="none") == "fail", "one was sent again"


def test_steps_that_send_nothing_can_expect_what_was_sent_before() -> None:
    verified = summary(uploads=(), endings=(), attempts=0)
    assert result(verified, resent="all") == "pass"
    assert result(verified, overshoot={"max": "9MiB"}) == "pass"
    assert result(verified, acknowledged="intact") == "pass"
    assert result(verified, accepted={"min": 1}) == "unknown"


# Waits


def test_writable_again() -> None:
    found = check(summary(), writable_again={"within": "10s"})
    assert (found.result, found.seen) == (
        "pass",
        "a put of 1 MiB was accepted 400 ms after ballast: 0 (3 x XMinioStorageFull before)",
    )
    assert found.proof == writable().proof
    assert result(summary(), writable_again="100ms") == "fail"
    assert result(summary(), writable_again={"min": "1s"}) == "fail"


def test_what_was_never_writable_fails_only_if_it_was_tried_for_long_enough() -> None:
    never = with_steps(writable=(writable(seconds=None, tried=10.0),))
    assert result(never, writable_again="10s") == "fail"
    assert result(never, writable_again="11s") == "unknown"
    assert result(never, writable_again={"min": "1s"}) == "unknown"


def test_of_several_waits_the_last_counts_or_the_steps_own() -> None:
    found = with_steps(writable=(writable(step=2, seconds=20.0), writable(step=5, seconds=1.0)))
    assert check(found, writable_again="10s").result == "pass"
    assert check(found, 2, writable_again="10s").result == "fail"
    assert check(found, 7, writable_again="10s").result == "unknown"


def test_writable_again_is_unknown_where_nothing_was_freed() -> None:
    found = check(with_steps(writable=(writable(since=None),)), writable_again="10s")
    assert (found.result, found.seen.partition(", but ")[2]) == (
        "unknown", "nothing was freed before",
    )  # fmt: skip
    never = with_steps(writable=(writable(since=None, seconds=None, tried=20.0),))
    assert result(never, writable_again="10s") == "unknown"


def test_writable_again_is_unknown_where_nothing_waited_or_was_recorded() -> None:
    assert result(EMPTY, writable_again="10s") == "unknown"
    for source in ("wait-2", "ballast-3", "grow-3", "delete-3", "uploader", "labctl"):
        assert result(summary(gaps=gaps(source)), writable_again="10s") == "unknown"
    assert result(summary(gaps=gaps("observer")), writable_again="10s") == "pass"


def test_the_longest_silence() -> None:
    found = check(summary(), stall={"max": "2s"})
    assert (found.result, found.seen, found.proof) == (
        "pass", "2.0 s", (proof("the longest silence"),),
    )  # fmt: skip
    assert result(summary(), stall="1s") == "fail"
    assert result(summary(), stall={"min": "3s"}) == "fail"
    assert result(EMPTY, stall="1s") == "unknown"


def test_an_attempt_that_is_not_recorded_may_have_been_silent_for_longer() -> None:
    gap = summary(gaps=gaps("uploader"))
    assert result(gap, stall="2s") == "unknown"
    assert result(gap, stall="1s") == "fail"
    terminated = upload_ended(8.0, attempts=65, reason="terminated").record
    assert result(summary(endings=(terminated,)), stall="2s") == "unknown"
    silent = summary(steps=steps(stall=Stall(60.0, proof("x"))), endings=())
    assert result(silent, stall={"min": "10s"}) == "unknown"


# Probes and health


@pytest.mark.parametrize(
    ("verb", "wanted", "expected"),
    [
        ("get", "works", "pass"),
        ("get", "refused", "fail"),
        ("get", 200, "pass"),
        ("put-small", "works", "fail"),
        ("put-small", "refused", "pass"),
        ("put-small", 507, "pass"),
        ("put-small", 500, "fail"),
        ("put-small", "XMinioStorageFull", "pass"),
        ("put-small", "SlowDown", "fail"),
    ],
)
def test_what_a_call_comes_to(verb: str, wanted: Any, expected: str) -> None:
    found = check(summary(), probe={verb: wanted})
    assert (found.name, found.result) == (f"probe.{verb}", expected)
    assert [each.source for each in found.proof] == ["probe-4"]


def test_a_call_without_an_answer_does_not_work() -> None:
    silent = call("get", works=False, status=None, error="ReadTimeoutError: read timed out")
    found = with_steps(probes=(probe(calls=(silent,)),))
    assert check(found, probe={"get": "works"}).seen == (
        "no answer (ReadTimeoutError: read timed out) after 100 ms"
    )
    for wanted, expected in (("works", "fail"), ("refused", "pass"), (507, "fail")):
        assert result(found, probe={"get": wanted}) == expected


def test_one_record_of_a_call_proves_it_and_none_leaves_it_unknown() -> None:
    cut = with_steps(probes=(probe(calls=(call("get"),), whole=False),))
    assert result(cut, probe={"get": "works"}) == "pass"
    found = check(cut, probe={"head": "works"})
    assert (found.result, found.seen) == (
        "unknown", "it was not tried, but the prober did not come to its end",
    )  # fmt: skip
    assert result(EMPTY, probe={"get": "works"}) == "unknown"


def test_of_several_probes_the_last_counts_or_the_steps_own() -> None:
    refused = probe(step=7, calls=(call("get", works=False, status=503),))
    both = with_steps(probes=(probe(), refused))
    assert check(both, probe={"get": "works"}).result == "fail"
    assert check(both, 4, probe={"get": "works"}).result == "pass"
    assert check(both, 9, probe={"get": "works"}).result == "unknown"


def seen_health(*seen: Any, **changes: Any) -> Summary:
    return with_steps(probes=(probe(health=seen, **changes),))


def test_green_health() -> None:
    assert result(summary(), health="green") == "pass"
    others = [health(name) for name in ("live", "ready", "cluster/read")]
    down = seen_health(*others, health("cluster", 503, server_status="offline"))
    found = check(down, health="green")
    assert (found.result, found.seen) == ("fail", "cluster: 503 (server offline)")
    assert [each.what for each in found.proof] == ["cluster: 503 (server offline)"]
    assert result(seen_health(*others, health("cluster", None)), health="green") == "fail"
    found = check(seen_health(*others), health="green")
    assert found.result == "unknown"
    assert "not asked: cluster" in found.seen


def test_health_by_endpoint() -> None:
    found = seen_health(health("cluster", 503), health("live"))
    both = judged(found, health={"cluster": 503, "live": 503})
    assert [(each.name, each.result) for each in both] == [
        ("health.cluster", "pass"),
        ("health.live", "fail"),
    ]
    assert result(found, health={"ready": 200}) == "unknown"


def test_health_is_unknown_where_no_probe_was_recorded_whole() -> None:
    found = check(EMPTY, health="green")
    assert (found.result, found.seen) == ("unknown", "no health endpoint was asked")
    assert result(with_steps(probes=(probe(whole=False),)), health="green") == "unknown"
    assert result(summary(gaps=gaps("probe-4")), health="green") == "unknown"
    down = seen_health(health("live", 503), whole=False)
    assert result(down, health="green") == "fail", "no answer of another endpoint mends it"


# Refusals by group, several kinds, shares of the drives


def test_refusals_of_a_group_are_counted_by_kind() -> None:
    other = refusals(3, status=400, code="IncompleteBody", reason="client-cut", groups={"large": 3})
    mixed = summary(refused=15, refusals=(refusals(12, groups={"small": 10, "large": 2}), other))
    kind = {"group": "small", "reason": "drive-full"}
    found = check(mixed, refused=kind | {"count": 10})
    assert found.result == "pass"
    assert found.expected == "exactly 10 objects of small refused with reason drive-full"
    assert found.seen == "10 objects refused (10 certain)"
    assert result(mixed, refused=kind | {"count": {"min": 11}}) == "fail"
    assert result(mixed, refused={"group": "large", "count": 5}) == "pass"
    assert result(mixed, refused={"group": "another"}) == "fail"
    assert result(mixed, refused={"group": "another", "count": 0}) == "pass"


def test_several_kinds_of_refusals_are_checks_of_their_own() -> None:
    found = judged(summary(), refused=[{"status": 507}, {"reason": "quota"}])
    assert [(each.name, each.result) for each in found] == [
        ("refused", "pass"),
        ("refused", "fail"),
    ]


def test_refusals_name_events_that_prove_them() -> None:
    proof = Proof("uploader", BEGIN + 6, "small/0054: 507 XMinioStorageFull", "R54")
    many = summary(refusals=(refusals(proof=(proof,) * 4), refusals(proof=(proof,) * 4)))
    assert check(many, refused={"reason": "drive-full"}).proof == (proof,) * 5
    otherwise = check(many, refused={"reason": "quota"})
    assert (otherwise.result, otherwise.proof) == ("fail", (proof,) * 5)


def test_where_drives_were_not_watched_only_certain_reasons_fail() -> None:
    gap = {"gaps": gaps("observer")}
    limited = {"reason": "drive-full", "count": {"max": 11}}
    assert result(summary(**gap), refused=limited) == "fail"
    high = summary(refusals=(refusals(sure="high"),), **gap)
    assert result(high, refused=limited) == "unknown", "they may have had another reason"
    assert result(high, refused={"status": 507, "count": {"max": 11}}) == "fail"


def test_accepted_as_a_share_of_the_drives() -> None:
    found = check(summary(), accepted={"min": "26%", "max": "27%"})
    assert found.result == "pass"
    assert found.expected == (
        "26% of the drives (52 MiB) to 27% of the drives (54 MiB) acknowledged"
    )
    assert result(summary(), accepted={"min": "27%"}) == "fail"
    assert result(summary(), accepted={"max": "26%"}) == "fail"
    assert result(summary(), accepted={"min": "10MiB", "max": "50%"}) == "pass"
    assert result(summary(), accepted_before_refusal={"min": "26%"}) == "pass"
    assert check(summary(), accepted={"max": "50%"}).expected.startswith("at most 50% of the")
    assert check(summary(), accepted={"min": "5%"}).expected.startswith("at least 5% of the")
    assert check(summary(), accepted="50%").expected.startswith("exactly 50% of the drives")


def test_a_share_of_drives_of_unknown_size_is_unknown() -> None:
    unseen = with_steps(drive_bytes=0)
    for bounds in ({"min": "1%"}, {"max": "1%"}):
        assert result(unseen, accepted=bounds) == "unknown"
        assert result(summary(gaps=gaps("observer")), accepted=bounds) == "unknown"
    assert result(unseen, accepted={"min": 1}) == "pass"


# Client and log


def test_a_steps_client_is_its_own_container() -> None:
    ends = (
        ContainerFigures("uploader", "exited", 1, oom_killed=False),
        ContainerFigures("verify-3", "exited", 0, oom_killed=False),
        ContainerFigures("uploader-5", "exited", 0, oom_killed=False),
    )
    found = summary(containers=ends)
    assert check(found, 3, client_exit=0).result == "pass"
    assert check(found, 1, client_exit=0).result == "fail"
    assert check(found, client_exit=0).result == "fail", "one of the uploads"
    assert check(found, 1, client_exit=1).seen == "exit code 1"
    assert check(found, 2, client_exit=0).result == "unknown", "the step's was not recorded"


def test_a_client_whose_end_may_be_missing_is_unknown() -> None:
    [upload] = summary().uploads
    assert result(summary(uploads=(upload, upload)), client_exit=0) == "unknown"
    assert result(summary(gaps=gaps("labctl")), client_exit=0) == "unknown"
    assert result(summary(gaps=gaps("labctl")), client_exit=1) == "fail"


def test_each_text_of_the_log_is_a_check_of_its_own() -> None:
    found = judged(summary(), log=[TEXT, "another"])
    assert [(each.name, each.result) for each in found] == [("log", "pass"), ("log", "unknown")]
    nowhere = summary(logs=(LogMatches("another", 0, 40, None),))
    assert result(nowhere, log="another") == "fail"
    silent = summary(logs=(LogMatches("another", 0, 0, None),))
    assert result(silent, log="another") == "unknown"
    assert check(silent, 3, log="another").result == "fail", "a step may see a server say nothing"
    missing = summary(logs=silent.logs, gaps=gaps("minio"))
    assert check(missing, 3, log="another").result == "unknown"


# All together


def test_a_step_is_named_in_its_checks() -> None:
    assert check(summary(), 3, acknowledged="intact").step == 3
    assert check(summary(), acknowledged="intact").step is None


def test_no_more_than_five_events_prove_a_check() -> None:
    many = integrity({"lost": 9}, examples={"lost": tuple(proof(f"{n}") for n in range(9))})
    found = check(with_steps(integrity=many), acknowledged="intact")
    assert [each.what for each in found.proof] == ["0", "1", "2", "3", "4"]


def test_verdicts_of_steps_are_joined() -> None:
    good = judge(Expect.model_validate({"acknowledged": "intact"}), summary(), step=3)
    unknown = judge(Expect.model_validate({"stall": 1}), EMPTY, step=1)
    bad = judge(Expect.model_validate({"stall": 1}), summary())
    assert Verdict.of([]).result == "pass"
    assert Verdict.of([good]) == good
    assert Verdict.of([good, unknown]).result == "unknown"
    assert Verdict.of([bad, unknown, good]).result == "fail"
    assert Verdict.of([bad, good]).checks == bad.checks + good.checks
