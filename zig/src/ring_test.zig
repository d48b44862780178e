//! What the ring promises, alone and in threads.

const std = @import("std");
const layout = @import("ring_layout.zig");
const platform = @import("platform.zig");
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
    if (!platform.is_whole) return error.SkipZigTest; // Between processes.
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    const second = try shm.map(ring.segment.fd, ring.segment.memory.len);
    defer _ = std.os.linux.munmap(second.ptr, second.len);
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
    // What sleepers leave behind is taken with the next ring, whether they live or not.
    try expectEqual(@as(u32, 0), ring.control().asleep.load(.monotonic));
    try expectEqual(@as(u32, 0), ring.control().sleepers.load(.monotonic));
}

test "threads: no sleeper misses a doorbell" {
    const rounds = 20_000;
    const Shared = struct {
        ring: Ring,
        seen: std.atomic.Value(u32) = .init(0),

        /// Without a deadline: who misses a doorbell sleeps for ever, and so does the test.
        fn sleepForEach(self: *@This()) void {
            for (0..rounds) |round| {
                self.ring.waitUntil(@intCast(round), std.math.maxInt(i64)) catch unreachable;
                _ = self.seen.fetchAdd(1, .seq_cst);
            }
        }
    };
    var shared: Shared = .{ .ring = try makeRing(2, 1) };
    defer shared.ring.destroy();
    const threads = [_]std.Thread{
        try std.Thread.spawn(.{}, Shared.sleepForEach, .{&shared}),
        try std.Thread.spawn(.{}, Shared.sleepForEach, .{&shared}),
    };
    for (1..rounds + 1) |round| {
        shared.ring.wake();
        while (shared.seen.load(.seq_cst) < 2 * round) std.Thread.yield() catch {};
    }
    for (threads) |thread| thread.join();
}

test "open() sees the ring of an address as a second process does" {
    if (!platform.is_whole) return error.SkipZigTest; // Between processes.
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    var opened = try Ring.open(try ring.address());
    defer opened.destroy();
    try std.testing.expect(opened.segment.memory.ptr != ring.segment.memory.ptr);
    try expectEqual(ring.geometry, opened.geometry);
    try expectError(error.InvalidArgument, opened.address());
    const writer = try ring.openWriter();
    try expectError(error.WriterTaken, opened.openWriter());
    const slot = try commitOne(&ring, writer);
    const reader = try opened.openReader();
    try expectEqual(slot, try opened.pinLatest(reader, 0));
    for (0..4) |_| _ = try commitOne(&ring, writer);
    try expectEqual(@as(u64, 1), sequenceOf(opened, slot));
}

test "open() refuses what is no ring, is another one, or contradicts itself" {
    if (!platform.is_whole) return error.SkipZigTest; // Between processes.
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    const good = try ring.address();
    var other = good;
    other.key[3] ^= 1;
    try expectError(error.Gone, Ring.open(other));
    other = good;
    other.fd = 999_999;
    try expectError(error.Gone, Ring.open(other));
    other.fd = 0;
    try expectError(error.NotShared, Ring.open(other));
    var plain = try shm.Segment.create(layout.page_bytes);
    defer plain.destroy();
    try expectError(error.NotShared, Ring.open(try plain.address(good.key)));
    const block = ring.control();
    inline for (.{ "slot_count", "payload_stride", "payload_bytes", "reader_max", "format_bytes" }) |name| {
        const before = @field(block, name);
        @field(block, name) = before + 4096;
        try expectError(error.Corrupt, Ring.open(good));
        @field(block, name) = before;
    }
    block.version += 1;
    try expectError(error.WrongVersion, Ring.open(good));
    block.version -= 1;
    var opened = try Ring.open(good);
    opened.destroy();
}

test "address() and open() are not supported where processes share nothing" {
    if (platform.is_whole) return error.SkipZigTest;
    var ring = try makeRing(3, 2);
    defer ring.destroy();
    try expectError(error.NotSupported, ring.address());
    try expectError(error.NotSupported, Ring.open(.{ .pid = 1, .fd = 3, .key = @splat(0) }));
}

/// Runs with a ring in a thread that has ended when this returns.
fn inDeadThread(ring: *Ring, comptime work: fn (*Ring) anyerror!void) !void {
    const thread = try std.Thread.spawn(.{}, struct {
        fn run(shared: *Ring) void {
            work(shared) catch |err| std.debug.panic("{t}", .{err});
        }
    }.run, .{ring});
    thread.join();
}

test "loan() takes the pins of dead readers back before it says full" {
    var ring = try makeRing(2, 2);
    defer ring.destroy();
    const writer = try ring.openWriter();
    _ = try commitOne(&ring, writer);
    try inDeadThread(&ring, struct {
        fn run(shared: *Ring) !void {
            _ = try shared.pinLatest(try shared.openReader(), 0);
        }
    }.run);
    for (0..3) |_| _ = try commitOne(&ring, writer);
    try expectEqual(@as(u64, 0), ring.control().dropped_count.load(.monotonic));
    _ = try ring.openReader();
    _ = try ring.openReader();
}

test "openWriter() takes over from a dead writer: the sequence goes on, its half-written slot is empty" {
    var ring = try makeRing(3, 1);
    defer ring.destroy();
    const reader = try ring.openReader();
    try inDeadThread(&ring, struct {
        fn run(shared: *Ring) !void {
            const writer = try shared.openWriter();
            for (0..5) |_| _ = try commitOne(shared, writer);
            const slot = try shared.loan(writer);
            shared.payload(slot)[0] = 1;
        }
    }.run);
    try expectEqual(@as(u64, 5), sequenceOf(ring, try ring.pinLatest(reader, 0)));
    const writer = try ring.openWriter();
    try expectError(error.WriterTaken, ring.openWriter());
    try expectEqual(@as(u64, 6), sequenceOf(ring, try commitOne(&ring, writer)));
    for (0..4) |_| _ = try commitOne(&ring, writer);
}

test "openWriter() finishes a commit in which the writer died" {
    // The steps of a commit that the writer still did: state alone, or state and sequence of the head.
    inline for (.{ false, true }) |head_sequence_written| {
        var ring = try makeRing(3, 1);
        defer ring.destroy();
        const reader = try ring.openReader();
        try inDeadThread(&ring, struct {
            fn run(shared: *Ring) !void {
                const writer = try shared.openWriter();
                _ = try commitOne(shared, writer);
                const slot = try shared.loan(writer);
                shared.header(slot).sequence.store(2, .monotonic);
                shared.header(slot).state.store(layout.SlotState.committed, .release);
                if (head_sequence_written) shared.control().head_sequence.store(2, .release);
            }
        }.run);
        const doorbell = ring.control().doorbell.load(.monotonic);
        const writer = try ring.openWriter();
        try expectEqual(doorbell + 1, ring.control().doorbell.load(.monotonic));
        try expectEqual(@as(u64, 2), sequenceOf(ring, try ring.pinLatest(reader, 1)));
        try expectEqual(@as(u64, 3), sequenceOf(ring, try commitOne(&ring, writer)));
    }
}

test "a place whose owner died before it could sign, or whose clearer died, is free again" {
    var ring = try makeRing(2, 1);
    defer ring.destroy();
    const dead_pid: u64 = std.math.maxInt(i32);
    const owner: *layout.Owner = &ring.control().writer;
    for ([_]u64{ 7, std.math.maxInt(u32) }) |token| {
        owner.identity.store(dead_pid << 32 | token, .release);
        _ = try ring.openWriter();
        // The same of a living process stays.
        owner.identity.store(@as(u64, platform.system.processId()) << 32 | token, .release);
        owner.thread_id.store(0, .monotonic);
        try expectError(error.WriterTaken, ring.openWriter());
    }
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
