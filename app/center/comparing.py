"""Comparing what a device holds with what it must: digests of streams, then buckets, then records.

Sums are found by node and kept in memory while nothing new is filed under the stream, so that a thousand devices that
compare what all of them read cost one sum. Not here: the device's part (`app.sync.comparing`).
"""

import base64
import binascii

import sqlalchemy as sa

from app.center.feed import is_even
from app.center.hub import Declined, Hub, standing_city
from app.center.moves import MOST_MOVED, streams_held, written_about
from app.center.senders import in_good_standing
from app.journal.digest import BUCKETS, SUMMING, bucket_of, combine, record_digests
from app.journal.ops import Key
from app.journal.streams import Tree, streams_read
from app.store.engine import reading
from app.sync.comparing import MOST_RECORDS, SUMMED_OTHERWISE, CompareRequest, CompareResponse
from app.sync.protocol import Move

_BUDGET = 1 << 20
"""Bytes of JSON of a bundle."""


def answer_compare(hub: Hub, request: CompareRequest, receipt: int) -> CompareResponse:
    """Answer one question. Raises `Declined` 401, 409 not_even and summed_otherwise, 400."""
    with reading(hub.engine) as conn:
        asking, tree = in_good_standing(conn, request.device), hub.trees.tree(conn)
        reads = streams_read(tree, asking["node"])
        hub_epoch = standing_city(conn)["hub_epoch"]
        if not is_even(conn, request.device, reads, request.cursor, hub_epoch):
            raise Declined(409, "not_even")
        if request.summing != SUMMING:
            raise Declined(409, SUMMED_OTHERWISE)
        answer = CompareResponse(request.request_id, receipt, summing=SUMMING)
        if request.within or request.records:
            _compare_records(conn, tree, reads, request, answer)
        elif request.buckets:
            sums = hub.sums.of(conn, tree, hub_epoch, [stream for stream in request.buckets if stream in reads])
            for stream, mine in sums.items():
                theirs = _unpacked(request.buckets[stream])
                differing = [bucket for bucket in range(BUCKETS) if mine[bucket] != theirs[bucket]]
                if differing:
                    answer.buckets[stream] = differing
        else:
            sums = hub.sums.of(conn, tree, hub_epoch, reads)
            answer.streams = [s for s in reads if combine({s: sums[s]}) != request.streams.get(s)]
    return answer


def compare_told(request: CompareRequest, response: CompareResponse) -> str:
    move = response.move
    counts = (len(response.streams), sum(map(len, response.buckets.values())), len(request.records))
    moved = (len(move.enter), len(move.leave)) if move is not None else (0, 0)
    return " {} streams and {} buckets differ, {} records listed, {} made anew, {} dropped".format(*counts, *moved)


def _compare_records(
    conn: sa.Connection, tree: Tree, reads: list[str], request: CompareRequest, answer: CompareResponse
) -> None:
    asked = {(stream, bucket) for stream, buckets in request.within.items() if stream in reads for bucket in buckets}
    if len(request.records) > 2 * MOST_RECORDS:
        raise Declined(400, "bad_request", what="records")
    mine: dict[str, tuple[str, str]] = {}
    told = record_digests(conn, tree, frozenset(s for s, _ in asked), by_node=True) if asked else ()
    for kind, id_, value, streams in told:
        if any((stream, bucket_of(id_)) in asked for stream in streams):
            mine[id_] = kind, f"{value:032x}"
    theirs = {id_: (kind, digest) for kind, id_, digest in request.records}
    left_out = set(request.left_out)
    differing = [(kind, id_) for id_, (kind, digest) in mine.items() if theirs.get(id_) != (kind, digest)]
    wrong = [record for record in differing if record[1] not in left_out]
    extra = [(kind, id_) for id_, (kind, _) in theirs.items() if id_ not in mine and id_ not in left_out]
    there = streams_held(conn, tree, extra)
    here = {id_ for id_, streams in there.items() if not streams.isdisjoint(reads)}
    answer.move, answer.more = _bundle(
        conn,
        # What has no number at the device and is not at the center may be there alone.
        [record for record in extra if record[1] not in here and (record[1] in there or theirs[record[1]][1])],
        sorted([*wrong, *(record for record in extra if record[1] in here)], key=lambda record: record[1]),
    )


def _bundle(conn: sa.Connection, leave: list[Key], enter: list[Key]) -> tuple[Move, bool]:
    """As many of those to be made anew as have room, at least one."""
    chosen = enter[:MOST_MOVED]
    written = written_about(conn, chosen)
    size, kept = 0, list[Key]()
    for record in chosen:
        size += written.size(record[1])
        if kept and size > _BUDGET:
            break
        kept.append(record)
    return Move(0, leave, kept, written.commits(id_ for _, id_ in kept)), len(kept) < len(enter)


def _unpacked(text: str) -> list[int]:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        data = b""
    if len(data) != BUCKETS * 16:
        raise Declined(400, "bad_request", what="buckets")
    return [int.from_bytes(data[at : at + 16], "big") for at in range(0, len(data), 16)]
