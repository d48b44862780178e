//! A race of one writer against readers in real threads, with a checker that sees every torn frame.
//!
//! Each 64-bit word of a payload is made from the sequence of its frame and the word's place, so that a frame that is
//! partly of another commit, or that changes while a reader holds it, cannot pass. The tests run it small, `zig build
//! stress` large, and both also run it with a writer that ignores pins: the checker must catch that one.

const std = @import("std");
const layout = @import("ring_layout.zig");
const ring_module = @import("ring.zig");
const time = @import("time.zig");

pub const Options = struct {
    commits: u64,
    payload_bytes: u32,
    slot_count: u32 = 3,
    /// Readers that always take the newest frame.
    latest_readers: u32 = 1,
    /// Readers that take the newest frame and hold it for a while, checking it at both ends.
    slow_readers: u32 = 0,
    /// Readers that take every frame in order.
    ordered_readers: u32 = 0,
    hold_ns: u64 = 200_000,
    /// Give the readers a turn after each commit; for machines with fewer cores than threads.
    writer_yields: bool = false,
};

pub const Counts = struct {
    committed: u64 = 0,
    dropped: u64 = 0,
    read_latest: u64 = 0,
    read_slow: u64 = 0,
    read_ordered: u64 = 0,
    missed_ordered: u64 = 0,
    torn: u64 = 0,
    /// Frames that came twice or went back, and counters that do not add up.
    disordered: u64 = 0,
};

const word_step = 0x9e37_79b9_7f4a_7c15;
const lanes = 8;
const group_step: u64 = @truncate(word_step * lanes);
const Words = @Vector(lanes, u64);

fn firstWord(sequence: u64) u64 {
    return (sequence ^ 0x5bd1_e995) *% 0xff51_afd7_ed55_8ccd;
}

fn wordsOf(payload: []align(layout.page_bytes) u8) []Words {
    return @as([*]Words, @ptrCast(payload.ptr))[0 .. payload.len / @sizeOf(Words)];
}

fn pattern(sequence: u64) Words {
    return @as(Words, @splat(firstWord(sequence))) +% std.simd.iota(u64, lanes) *% @as(Words, @splat(word_step));
}

pub fn fill(payload: []align(layout.page_bytes) u8, sequence: u64) void {
    var words = pattern(sequence);
    for (wordsOf(payload)) |*group| {
        group.* = words;
        words +%= @splat(group_step);
    }
}

pub fn isWhole(payload: []align(layout.page_bytes) u8, sequence: u64) bool {
    var words = pattern(sequence);
    var difference: Words = @splat(0);
    for (wordsOf(payload)) |*group| {
        difference |= @as(*volatile Words, group).* ^ words;
        words +%= @splat(group_step);
    }
    return @reduce(.Or, difference) == 0;
}

pub fn Race(comptime pin_rule: ring_module.PinRule) type {
    return struct {
        const Ring = ring_module.Ring(pin_rule);
        const Kind = enum { latest, slow, ordered };

        const Shared = struct {
            ring: *Ring,
            options: Options,
            ready: std.atomic.Value(u32) = .init(0),
            done: std.atomic.Value(bool) = .init(false),
        };

        pub fn run(options: Options) !Counts {
            std.debug.assert(options.payload_bytes % @sizeOf(Words) == 0);
            const reader_count = options.latest_readers + options.slow_readers + options.ordered_readers;
            var ring = try Ring.create(.{
                .slot_count = options.slot_count,
                .reader_max = reader_count,
                .payload_bytes = options.payload_bytes,
                .metadata_bytes = 0,
                .generation = 0,
            }, "");
            defer ring.destroy();
            var shared: Shared = .{ .ring = &ring, .options = options };
            var counts: [layout.reader_max_max]Counts = @splat(.{});
            var threads: [layout.reader_max_max]std.Thread = undefined;
            for (0..reader_count) |i| {
                const kind: Kind = if (i < options.latest_readers)
                    .latest
                else if (i < options.latest_readers + options.slow_readers) .slow else .ordered;
                threads[i] = try std.Thread.spawn(.{}, read, .{ &shared, kind, &counts[i] });
            }
            while (shared.ready.load(.acquire) < reader_count) yield();
            var total = try write(&shared);
            for (threads[0..reader_count]) |thread| thread.join();
            for (counts[0..reader_count]) |one| {
                inline for (@typeInfo(Counts).@"struct".field_names) |name| @field(total, name) += @field(one, name);
            }
            return total;
        }

        fn write(shared: *Shared) !Counts {
            const ring = shared.ring;
            defer shared.done.store(true, .release);
            const writer = try ring.openWriter();
            var counts: Counts = .{};
            while (counts.committed < shared.options.commits) {
                const slot = ring.loan(writer) catch |err| switch (err) {
                    error.Full => {
                        counts.dropped += 1;
                        yield();
                        continue;
                    },
                    else => return err,
                };
                const header = ring.header(slot);
                header.monotonic_ns = 1;
                header.timestamp_ns = @intCast(counts.committed + 1);
                header.payload_bytes = shared.options.payload_bytes;
                fill(ring.payload(slot), counts.committed + 1);
                try ring.commit(writer, slot);
                counts.committed += 1;
                if (shared.options.writer_yields) yield();
            }
            if (ring.control().dropped_count.load(.monotonic) != counts.dropped) counts.disordered += 1;
            try ring.closeWriter(writer);
            return counts;
        }

        fn read(shared: *Shared, kind: Kind, counts: *Counts) void {
            const ring = shared.ring;
            const reader = ring.openReader() catch unreachable;
            defer ring.closeReader(reader) catch unreachable;
            _ = shared.ready.fetchAdd(1, .release);
            var cursor: u64 = 0;
            while (true) {
                const last_round = shared.done.load(.acquire);
                const doorbell = ring.control().doorbell.load(.acquire);
                const outcome = if (kind == .ordered) ring.pinNext(reader, cursor) else ring.pinLatest(reader, cursor);
                const slot = outcome catch |err| {
                    if (err != error.Empty) counts.disordered += 1;
                    if (last_round) return;
                    ring.wait(doorbell, 10) catch {};
                    continue;
                };
                check(shared, kind, slot, cursor, counts);
                cursor = ring.header(slot).sequence.load(.monotonic);
                ring.unpin(reader, slot) catch unreachable;
            }
        }

        fn check(shared: *Shared, kind: Kind, slot: u32, cursor: u64, counts: *Counts) void {
            const ring = shared.ring;
            const sequence = ring.header(slot).sequence.load(.monotonic);
            if (sequence <= cursor) counts.disordered += 1;
            if (!isWhole(ring.payload(slot), sequence)) counts.torn += 1;
            switch (kind) {
                .latest => counts.read_latest += 1,
                .ordered => {
                    counts.read_ordered += 1;
                    counts.missed_ordered += sequence -| cursor -| 1;
                },
                .slow => {
                    counts.read_slow += 1;
                    time.sleepUntil(time.monotonicNs() + shared.options.hold_ns) catch unreachable;
                    if (!isWhole(ring.payload(slot), sequence)) counts.torn += 1;
                    if (ring.header(slot).sequence.load(.monotonic) != sequence) counts.torn += 1;
                },
            }
        }

        fn yield() void {
            std.Thread.yield() catch {};
        }
    };
}
