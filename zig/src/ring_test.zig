//! What the ring promises, alone and in threads.

const std = @import("std");
const linux = std.os.linux;
const layout = @import("ring_layout.zig");
const race = @import("ring_race.zig");
const ring_module = @import("ring.zig");
const shm = @import("shm.zig");
const time = @import("time.zig");

const Ring = ring_module.Ring(.honoured);
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

fn makeRing(slot_count: u32, reader_max: u32) !Ring {
    return Ring.create(.{
        .slot_count = slot_count,
        .reader_max = reader_max,
        .payload_bytes = 4096,
        .metadata_bytes = 64,
        .generation = 7,
    }, "{}");
}

fn commitOne(ring: *Ring, writer: u32) !u32 {
    const slot = try ring.loan(writer);
    try ring.commit(writer, slot);
    return slot;
}

fn sequenceOf(ring: Ring, slot: u32) u64 {
    return ring.header(slot).sequence.load(.monotonic);
}

test "create() writes the control block, and a second mapping of the memory sees a commit" {
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    const second = try shm.map(ring.segment.fd, ring.segment.memory.len);
    defer _ = linux.munmap(second.ptr, second.len);
    const block: *layout.Control = @ptrCast(second.ptr);
    try expectEqual(@as(u32, layout.magic), block.magic);
    try expectEqual(@as(u32, 7), block.generation);
    try std.testing.expectEqualStrings("{}", second[layout.format_offset..][0..block.format_bytes]);
    const writer = try ring.openWriter();
    const slot = try ring.loan(writer);
    ring.payload(slot)[9] = 42;
    try ring.commit(writer, slot);
    try expectEqual(slot + 1, block.head_slot.load(.acquire));
    try expectEqual(@as(u8, 42), second[block.payload_offset + slot * block.payload_stride + 9]);
}

test "create() refuses a format that does not fit and sizes out of range" {
    const config: layout.Config =
        .{ .slot_count = 3, .reader_max = 1, .payload_bytes = 64, .metadata_bytes = 0, .generation = 0 };
    const long: [layout.format_bytes_max + 1]u8 = @splat('x');
    try expectError(error.OutOfRange, Ring.create(config, &long));
    var bad = config;
    bad.slot_count = 1;
    try expectError(error.OutOfRange, Ring.create(bad, ""));
}

test "one writer at a time, and its token is wanted" {
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    try expectError(error.BadWriter, ring.loan(1));
    try expectError(error.BadWriter, ring.loan(0));
    const writer = try ring.openWriter();
    try expectError(error.WriterTaken, ring.openWriter());
    const slot = try ring.loan(writer);
    try expectError(error.LoanOutstanding, ring.loan(writer));
    try ring.closeWriter(writer);
    try expectError(error.BadWriter, ring.commit(writer, slot));
    const second = try ring.openWriter();
    try expectError(error.NotLoaned, ring.commit(second, slot));
    try expectError(error.OutOfRange, ring.commit(second, 99));
    _ = try commitOne(&ring, second);
}

test "loan() prefers empty slots, then the oldest, and never takes the head" {
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    const writer = try ring.openWriter();
    const first = try commitOne(&ring, writer);
    const second = try commitOne(&ring, writer);
    const third = try commitOne(&ring, writer);
    try std.testing.expect(first != second and second != third and first != third);
    try expectEqual(first, try commitOne(&ring, writer));
    try expectEqual(second, try commitOne(&ring, writer));
    try expectEqual(@as(u64, 5), sequenceOf(ring, second));
}

test "loan() passes over pinned slots and counts a drop when all are taken" {
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    const writer = try ring.openWriter();
    const reader = try ring.openReader();
    _ = try commitOne(&ring, writer);
    const first = try ring.pinLatest(reader, 0);
    _ = try commitOne(&ring, writer);
    const second = try ring.pinLatest(reader, 0);
    const third = try commitOne(&ring, writer);
    try expectError(error.Full, ring.loan(writer));
    try expectError(error.Full, ring.loan(writer));
    try expectEqual(@as(u64, 2), ring.control().dropped_count.load(.monotonic));
    try expectEqual(@as(u32, layout.SlotState.committed), ring.header(first).state.load(.monotonic));
    try ring.unpin(reader, second);
    try expectEqual(second, try ring.loan(writer));
    try expectEqual(third, try ring.pinLatest(reader, 0));
}

test "loan() clears the header and abort() empties the slot" {
    var ring = try makeRing(2, 1);
    defer ring.destroy();
    const writer = try ring.openWriter();
    const slot = try ring.loan(writer);
    ring.header(slot).frame_number = 5;
    ring.header(slot).flags = 9;
    try ring.commit(writer, slot);
    _ = try commitOne(&ring, writer);
    try expectEqual(slot, try ring.loan(writer));
    try expectEqual(@as(u64, 0), ring.header(slot).frame_number);
    try expectEqual(@as(u32, 0), ring.header(slot).flags);
    try ring.abort(writer, slot);
    try expectEqual(@as(u32, layout.SlotState.empty), ring.header(slot).state.load(.monotonic));
    try expectError(error.NotLoaned, ring.abort(writer, slot));
}

test "commit() stamps the monotonic time if the caller did not, and refuses sizes above the capacity" {
    var ring = try makeRing(2, 1);
    defer ring.destroy();
    const writer = try ring.openWriter();
    const before_ns = time.monotonicNs();
    const slot = try commitOne(&ring, writer);
    try std.testing.expect(ring.header(slot).monotonic_ns >= before_ns);
    const next = try ring.loan(writer);
    ring.header(next).monotonic_ns = 123;
    ring.header(next).payload_bytes = 4097;
    try expectError(error.OutOfRange, ring.commit(writer, next));
    ring.header(next).payload_bytes = 4096;
    try ring.commit(writer, next);
    try expectEqual(@as(u64, 123), ring.header(next).monotonic_ns);
}

test "pinLatest() is empty before the first commit and for what was seen" {
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    const writer = try ring.openWriter();
    const reader = try ring.openReader();
    try expectError(error.Empty, ring.pinLatest(reader, 0));
    _ = try commitOne(&ring, writer);
    const newest = try commitOne(&ring, writer);
    try expectEqual(newest, try ring.pinLatest(reader, 1));
    try expectError(error.Empty, ring.pinLatest(reader, 2));
    try expectEqual(newest, try ring.pinLatest(reader, 0));
    try ring.unpin(reader, newest);
    try expectError(error.NotPinned, ring.unpin(reader, newest));
    try expectError(error.OutOfRange, ring.unpin(reader, 3));
}

test "pinNext() goes through the kept frames in order and over a gap" {
    var ring = try makeRing(4, 2);
    defer ring.destroy();
    const writer = try ring.openWriter();
    const reader = try ring.openReader();
    try expectError(error.Empty, ring.pinNext(reader, 0));
    for (0..6) |_| _ = try commitOne(&ring, writer);
    var cursor: u64 = 0;
    for ([_]u64{ 3, 4, 5, 6 }) |wanted| {
        const slot = try ring.pinNext(reader, cursor);
        cursor = sequenceOf(ring, slot);
        try expectEqual(wanted, cursor);
        try ring.unpin(reader, slot);
    }
    try expectError(error.Empty, ring.pinNext(reader, cursor));
}

test "pinAt() finds the newest frame that is not later than the instant" {
    var ring = try makeRing(4, 2);
    defer ring.destroy();
    const writer = try ring.openWriter();
    const reader = try ring.openReader();
    for ([_]i64{ -5, 100, 200, 200 }) |timestamp_ns| {
        const slot = try ring.loan(writer);
        ring.header(slot).timestamp_ns = timestamp_ns;
        try ring.commit(writer, slot);
    }
    try expectError(error.Empty, ring.pinAt(reader, -6));
    try expectEqual(@as(u64, 1), sequenceOf(ring, try ring.pinAt(reader, 99)));
    try expectEqual(@as(u64, 2), sequenceOf(ring, try ring.pinAt(reader, 199)));
    try expectEqual(@as(u64, 4), sequenceOf(ring, try ring.pinAt(reader, 1000)));
}

test "readers have places, tokens and pins of their own" {
    var ring = try makeRing(2, 2);
    defer ring.destroy();
    const writer = try ring.openWriter();
    const first = try ring.openReader();
    const second = try ring.openReader();
    try expectError(error.ReadersFull, ring.openReader());
    const slot = try commitOne(&ring, writer);
    try expectEqual(slot, try ring.pinLatest(first, 0));
    try expectEqual(slot, try ring.pinLatest(second, 0));
    _ = try commitOne(&ring, writer);
    try expectError(error.Full, ring.loan(writer));
    try ring.unpin(first, slot);
    try expectError(error.Full, ring.loan(writer));
    try ring.closeReader(second);
    try expectError(error.BadReader, ring.unpin(second, slot));
    try expectError(error.BadReader, ring.pinLatest(second, 0));
    try expectEqual(slot, try ring.loan(writer));
    const third = try ring.openReader();
    try std.testing.expect(third != second and third & 0xff == second & 0xff);
    try expectError(error.BadReader, ring.pinLatest(0xffff_ffff, 0));
}

test "end() and setSuccessor() are said once and ring the doorbell" {
    var ring = try makeRing(2, 1);
    defer ring.destroy();
    const writer = try ring.openWriter();
    try expectError(error.InvalidArgument, ring.end(@fromBackingInt(4)));
    try expectError(error.InvalidArgument, ring.setSuccessor(0));
    try ring.setSuccessor(5);
    try expectError(error.AlreadySet, ring.setSuccessor(6));
    try ring.end(.finished);
    try expectError(error.AlreadySet, ring.end(.failed));
    try expectEqual(@as(u32, 1), ring.control().ended.load(.monotonic));
    try expectEqual(@as(u32, 2), ring.control().doorbell.load(.monotonic));
    try expectError(error.Ended, ring.loan(writer));
}

test "wait() returns for a doorbell that rang and times out for one that did not" {
    var ring = try makeRing(2, 1);
    defer ring.destroy();
    try expectError(error.TimedOut, ring.wait(0, 1));
    ring.wake();
    try ring.wait(0, 100);
    try expectEqual(@as(u32, 0), ring.control().sleepers.load(.monotonic));
}

test "reap() frees what a dead thread held, and nothing of the living" {
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    const mine = try ring.openReader();
    const thread = try std.Thread.spawn(.{}, struct {
        fn run(shared: *Ring) void {
            const writer = shared.openWriter() catch unreachable;
            const reader = shared.openReader() catch unreachable;
            _ = commitOne(shared, writer) catch unreachable;
            _ = shared.pinLatest(reader, 0) catch unreachable;
            _ = shared.loan(writer) catch unreachable;
        }
    }.run, .{&ring});
    thread.join();
    try expectEqual(@as(u32, 2), ring.reap());
    try expectEqual(@as(u32, 0), ring.reap());
    try expectEqual(@as(u64, 1), sequenceOf(ring, try ring.pinLatest(mine, 0)));
    const writer = try ring.openWriter();
    for (0..10) |_| _ = try commitOne(&ring, writer);
    _ = try ring.openReader();
}

test "threads: no torn frame, ordered readers see rising sequences, a slow reader holds its frame" {
    const counts = try race.Race(.honoured).run(.{
        .commits = 100_000,
        .payload_bytes = 1024,
        .slot_count = 4,
        .latest_readers = 1,
        .slow_readers = 1,
        .ordered_readers = 1,
    });
    try expectEqual(@as(u64, 100_000), counts.committed);
    try expectEqual(@as(u64, 0), counts.torn);
    try expectEqual(@as(u64, 0), counts.disordered);
    try std.testing.expect(counts.read_latest > 0 and counts.read_slow > 0 and counts.read_ordered > 0);
    try expectEqual(counts.committed, counts.read_ordered + counts.missed_ordered);
}

test "threads: the checker catches a writer that ignores pins" {
    const counts = try race.Race(.ignored).run(.{
        .commits = 200_000,
        .payload_bytes = 4096,
        .latest_readers = 1,
        .slow_readers = 1,
        .writer_yields = true,
    });
    try std.testing.expect(counts.torn > 0);
}

test "the mutant gives a pinned slot away, the ring does not" {
    inline for (.{ .{ ring_module.PinRule.honoured, false }, .{ ring_module.PinRule.ignored, true } }) |case| {
        var ring = try ring_module.Ring(case[0]).create(
            .{ .slot_count = 3, .reader_max = 1, .payload_bytes = 64, .metadata_bytes = 0, .generation = 0 },
            "",
        );
        defer ring.destroy();
        const writer = try ring.openWriter();
        const reader = try ring.openReader();
        try ring.commit(writer, try ring.loan(writer));
        const held = try ring.pinLatest(reader, 0);
        var given_away = false;
        for (0..6) |_| {
            const slot = try ring.loan(writer);
            if (slot == held) given_away = true;
            try ring.commit(writer, slot);
        }
        try expectEqual(case[1], given_away);
    }
}
