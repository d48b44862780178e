//! TAI as several processes tell it; each `Reader` here stands for one.

const std = @import("std");
const linux = std.os.linux;
const files = @import("region_file.zig");
const kit = @import("test_kit.zig");
const region_module = @import("region.zig");
const time = @import("../time.zig");
const Line = @import("../ptp/line.zig").Line;
const LocalClock = @import("local_clock.zig").LocalClock;
const Place = kit.Place;
const Publisher = @import("publisher.zig").Publisher;
const Reader = @import("reader.zig").Reader;
const Refusal = @import("region.zig").Refusal;
const State = @import("../ptp/tai_mapping.zig").State;
const TaiClock = @import("../ptp/tai_clock.zig").TaiClock;
const TaiMapping = @import("../ptp/tai_mapping.zig").TaiMapping;

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;
const mappingOf = kit.mappingOf;
const monotonicNs = kit.monotonicNs;
const ns_per_ms = std.time.ns_per_ms;
const ns_per_s = std.time.ns_per_s;
const year_2030_ns = kit.year_2030_ns;

test "TAI is the process's own while nobody has published" {
    const place: Place = .init("none");
    defer place.remove();
    var reader = place.reader();
    const offset_ns = time.mapping().offset_ns;
    try expectEqual(@as(u64, @intCast(5 * ns_per_s + offset_ns)), reader.taiOf(5 * ns_per_s));
    try expectEqual(@as(u64, 5 * ns_per_s), reader.monotonicOf(@intCast(5 * ns_per_s + offset_ns)));
    const told = reader.told(time.monotonicNs());
    try expectEqual(@as(u32, 0), told.is_shared);
    try expectEqual(@as(u32, 0), told.publisher_pid);
    try expectEqual(@backingInt(Refusal.none), told.refusal);
    try expectEqual(@backingInt(State.free), told.state);
    try expectEqual(@as(?region_module.Status, null), reader.status());
    // Only who publishes makes a file.
    try expectEqual(@as(?files.Identity, null), files.identityAt(&place.path));
}

test "all readers tell the nanosecond that one publishes" {
    const place: Place = .init("readers");
    defer place.remove();
    var own = place.reader();
    var publisher: Publisher = try .openIn(&own, .{}, .ptp);
    defer publisher.close();
    try expectEqual(@as(?TaiMapping, null), publisher.begin());
    try expect(publisher.isShared());
    publisher.tai_utc_s = 38;
    var mapping = mappingOf(year_2030_ns);
    mapping.frequency = 1 << 30;
    publisher.publish(&mapping);
    publisher.publishStatus(&.of(2, 1, @as(u64, 77)));
    var readers: [3]Reader = @splat(place.reader());
    const instant_ns = mapping.local_ns + 123_456_789;
    for (&readers) |*reader| {
        try expectEqual(@as(u64, @intCast(mapping.tickTimeAt(instant_ns))), reader.taiOf(@intCast(instant_ns)));
        const told = reader.told(time.monotonicNs());
        try expectEqual(@as(u32, 1), told.is_shared);
        try expectEqual(@as(u32, @intCast(linux.getpid())), told.publisher_pid);
        try expectEqual(@backingInt(State.locked), told.state);
        try expectEqual(@backingInt(region_module.Source.ptp), told.source);
        try expectEqual(@as(u32, 38), told.tai_utc_s);
        try expectEqual(@as(?u64, 77), reader.status().?.as(u64, 2));
    }
    mapping.tai_ns += 7;
    publisher.publish(&mapping);
    for (&readers) |*reader| {
        try expectEqual(@as(u64, @intCast(mapping.tickTimeAt(instant_ns))), reader.taiOf(@intCast(instant_ns)));
    }
}

test "a step counts from the instant at which it is taken, not from when it is published" {
    const place: Place = .init("step");
    defer place.remove();
    var reader = place.reader();
    var publisher: Publisher = try .openIn(&reader, .{}, .ptp);
    defer publisher.close();
    var clock: TaiClock = .init(.{ .lead_ns = ns_per_s }, monotonicNs(), year_2030_ns, 500);
    publisher.publish(&clock.mapping);
    var other = place.reader();
    const before = other.told(time.monotonicNs());
    const line: Line = .init(monotonicNs(), year_2030_ns + 5 * ns_per_s);
    try expect(clock.follow(line, monotonicNs(), ns_per_ms) == .stepped);
    publisher.publish(&clock.mapping);
    const step_ns: u64 = @intCast(clock.mapping.local_ns);
    const last = other.told(step_ns - 1);
    const first = other.told(step_ns);
    try expectEqual(before.steps, last.steps);
    try expectEqual(before.steps + 1, first.steps);
    try expect(first.tai_ns - last.tai_ns > 4 * ns_per_s);
    // A slew is published ahead as well, and is none.
    try expect(clock.follow(line.shifted(3_000), clock.mapping.local_ns + 1, ns_per_ms) == .slewed);
    publisher.publish(&clock.mapping);
    try expectEqual(before.steps + 1, other.told(@intCast(clock.mapping.local_ns - 1)).steps);
}

test "one publishes at a time, in one process too" {
    const place: Place = .init("busy");
    defer place.remove();
    var reader = place.reader();
    var other_reader = place.reader();
    var first: Publisher = try .openIn(&reader, .{}, .kernel_followed);
    try expectError(error.Busy, Publisher.openIn(&reader, .{}, .kernel_followed));
    try expect(!first.isWanted());
    try expectError(error.Busy, Publisher.openIn(&other_reader, .{}, .ptp));
    try expectError(error.OutOfRange, Publisher.openIn(&reader, .{ .step_ns = -1 }, .ptp));
    try expect(first.isWanted());
    first.close();
    var second: Publisher = try .openIn(&other_reader, .{}, .ptp);
    second.close();
}

test "a publisher that ends leaves a holdover, and the next goes on from it" {
    const place: Place = .init("next");
    defer place.remove();
    var first_reader = place.reader();
    var first: Publisher = try .openIn(&first_reader, .{}, .ptp);
    const mapping = mappingOf(year_2030_ns);
    first.publish(&mapping);
    first.close();
    var reader = place.reader();
    const told = reader.told(time.monotonicNs());
    try expectEqual(@backingInt(State.holdover), told.state);
    try expectEqual(@as(u32, 0), told.publisher_pid);
    try expectEqual(@as(u32, 1), told.is_shared);
    var second: Publisher = try .openIn(&reader, .{}, .kernel_followed);
    defer second.close();
    try std.testing.expectEqualDeep(mapping, second.begin().?);
    // One that has not published yet is no publisher to readers.
    second.publishStatus(&.of(3, 1, @as(u64, 1)));
    try expectEqual(@backingInt(State.holdover), reader.told(time.monotonicNs()).state);
    second.publish(&mapping);
    try expectEqual(@backingInt(State.locked), reader.told(time.monotonicNs()).state);
}

test "a holdover that may be 1 ms off is free, and one that may be 1 s off is not begun with" {
    const place: Place = .init("stale");
    defer place.remove();
    var first_reader = place.reader();
    var first: Publisher = try .openIn(&first_reader, .{}, .ptp);
    var mapping = mappingOf(year_2030_ns);
    mapping.error_ns = 2 * ns_per_ms;
    first.publish(&mapping);
    first.close();
    var reader = place.reader();
    try expectEqual(@backingInt(State.free), reader.told(time.monotonicNs()).state);
    first = try .openIn(&first_reader, .{}, .ptp);
    mapping.error_ns = 2 * ns_per_s;
    first.publish(&mapping);
    first.close();
    var late_reader = place.reader();
    try expectEqual(@as(u32, 0), late_reader.told(time.monotonicNs()).is_shared);
    // Who went by it goes on, and so does the next publisher: no jump for want of a publisher.
    try expectEqual(@as(u64, @intCast(mapping.tickTimeAt(mapping.local_ns))), reader.taiOf(@intCast(mapping.local_ns)));
    var second: Publisher = try .openIn(&late_reader, .{}, .ptp);
    defer second.close();
    try std.testing.expectEqualDeep(mapping, second.begin().?);
}

test "what was published before the machine slept is not gone by" {
    const place: Place = .init("slept");
    defer place.remove();
    var first_reader = place.reader();
    var first: Publisher = try .openIn(&first_reader, .{}, .ptp);
    const mapping = mappingOf(year_2030_ns);
    first.publish(&mapping);
    const region = first.region;
    var reader = place.reader();
    const before = reader.told(time.monotonicNs());
    try expectEqual(@as(u32, 1), before.is_shared);
    // As if it had slept for five seconds since.
    try expect(@abs(region.suspended_ns.load(.monotonic) - time.suspendedNs()) < ns_per_ms);
    region.suspended_ns.store(time.suspendedNs() - 5 * ns_per_s, .monotonic);
    // Who publishes knows better soon.
    var live_reader = place.reader();
    try expectEqual(@as(u32, 1), live_reader.told(time.monotonicNs()).is_shared);
    region.publisher_pid.store(0, .release);
    var late_reader = place.reader();
    try expectEqual(@as(u32, 0), late_reader.told(time.monotonicNs()).is_shared);
    reader.look();
    const after = reader.told(time.monotonicNs() + 2 * ns_per_ms);
    try expectEqual(@as(u32, 0), after.is_shared);
    try expectEqual(before.steps + 1, after.steps);
    first.publish(&mapping);
    reader.look();
    try expectEqual(@as(u32, 1), reader.told(time.monotonicNs() + 2 * ns_per_ms).is_shared);
    first.close();
}

test "no file makes a process panic, whatever is in it" {
    const place: Place = .init("hostile");
    defer place.remove();
    var own = place.reader();
    var publisher: Publisher = try .openIn(&own, .{}, .ptp);
    publisher.publish(&mappingOf(year_2030_ns));
    const region = publisher.region;
    const good = region.read().?;
    var reader = place.reader();
    _ = reader.told(0);
    var random_state = std.Random.DefaultPrng.init(4);
    const random = random_state.random();
    const ends = [_]u64{ 0, 1, 1 << 40, 1 << 47, 1 << 48, 1 << 61, (1 << 63) - 1, 1 << 63, std.math.maxInt(u64) };
    var taken: usize = 0;
    for (0..20_000) |_| {
        var record = good;
        const words: *[@sizeOf(region_module.Record) / 8]u64 = @ptrCast(&record);
        for (0..random.intRangeAtMost(usize, 1, 4)) |_| {
            const value = if (random.boolean()) ends[random.uintLessThan(usize, ends.len)] else random.int(u64);
            words[random.uintLessThan(usize, words.len)] = value >> random.int(u6);
        }
        region.record.write(&record);
        if (region.read() != null) taken += 1;
        for ([_]u64{ 0, time.monotonicNs(), std.math.maxInt(i64), std.math.maxInt(u64) }) |instant_ns| {
            const told = reader.told(instant_ns);
            try expect(told.state <= 3 and told.source <= 3);
            _ = reader.monotonicOf(reader.taiOf(instant_ns));
        }
        if (publisher.begin()) |mapping| {
            var clock: TaiClock = .init(.{}, monotonicNs(), year_2030_ns, 0);
            clock.mapping = mapping;
            _ = clock.follow(.init(monotonicNs(), year_2030_ns), monotonicNs(), ns_per_s);
            publisher.publish(&clock.mapping);
        }
    }
    try expect(taken > 1_000 and taken < 19_000);
    publisher.close();
}

test "a process that goes over to what is published never goes back" {
    inline for (.{ "later", "earlier" }, .{ 5 * ns_per_ms, -5 * ns_per_ms }) |what, by_ns| {
        const place: Place = .init(what);
        defer place.remove();
        var reader = place.reader();
        var other_reader = place.reader();
        const begin_ns = time.monotonicNs();
        var last_ns = reader.taiOf(begin_ns);
        const before = reader.told(begin_ns);
        var publisher: Publisher = try .openIn(&other_reader, .{}, .ptp);
        defer publisher.close();
        const mapping = mappingOf(@intCast(@as(i64, @intCast(reader.taiOf(time.monotonicNs()))) + by_ns));
        publisher.publish(&mapping);
        reader.look();
        const end_ns: u64 = @intCast(monotonicNs() + 40 * ns_per_ms);
        var instant_ns = begin_ns;
        while (instant_ns < end_ns) : (instant_ns += 7_919) {
            const tai_ns = reader.taiOf(instant_ns);
            try expect(tai_ns >= last_ns);
            last_ns = tai_ns;
            const found_ns = reader.monotonicOf(tai_ns);
            try expect(found_ns <= instant_ns and reader.taiOf(found_ns) >= tai_ns);
        }
        try expectEqual(@as(u64, @intCast(mapping.tickTimeAt(@intCast(end_ns)))), reader.taiOf(end_ns));
        try expectEqual(before.steps + 1, reader.told(end_ns).steps);
        // What was told of the past stays as it was told.
        try expectEqual(before.tai_ns, reader.taiOf(begin_ns));
    }
}

test "what is told ahead after a step back counts as an error, and TAI is not locked meanwhile" {
    const place: Place = .init("ahead");
    defer place.remove();
    var reader = place.reader();
    var other_reader = place.reader();
    _ = reader.taiOf(time.monotonicNs());
    var publisher: Publisher = try .openIn(&other_reader, .{}, .ptp);
    defer publisher.close();
    const mapping = mappingOf(@intCast(reader.taiOf(time.monotonicNs()) - 5 * ns_per_ms));
    publisher.publish(&mapping);
    reader.look();
    const begin_ns: u64 = @intCast(monotonicNs() + 2 * ns_per_ms);
    const told = reader.told(begin_ns);
    try expectEqual(@backingInt(State.acquiring), told.state);
    try expect(told.error_ns >= 3 * ns_per_ms);
    const later = reader.told(begin_ns + 40 * ns_per_ms);
    try expectEqual(@backingInt(State.locked), later.state);
    try expect(later.error_ns < ns_per_ms);
}

test "a process that is more than a second ahead of what is published jumps back, once" {
    const place: Place = .init("jump");
    defer place.remove();
    var reader = place.reader();
    var other_reader = place.reader();
    const begin_ns = time.monotonicNs();
    const before = reader.told(begin_ns);
    var publisher: Publisher = try .openIn(&other_reader, .{}, .ptp);
    defer publisher.close();
    const mapping = mappingOf(@intCast(before.tai_ns - 3600 * ns_per_s));
    publisher.publish(&mapping);
    reader.look();
    const end_ns: u64 = @intCast(monotonicNs() + 2 * ns_per_ms);
    try expectEqual(@as(u64, @intCast(mapping.tickTimeAt(@intCast(end_ns)))), reader.taiOf(end_ns));
    try expectEqual(before.steps + 1, reader.told(end_ns).steps);
    try expectEqual(before.tai_ns, reader.taiOf(begin_ns));
    // An instant that TAI reaches again is the later one.
    const reached_ns = reader.monotonicOf(reader.taiOf(end_ns));
    try expect(reached_ns <= end_ns and reached_ns > begin_ns);
}

test "monotonicOf() is the first instant at which TAI is there, whatever the mapping does" {
    const place: Place = .init("inverse");
    defer place.remove();
    var reader = place.reader();
    var random_state = std.Random.DefaultPrng.init(37);
    const random = random_state.random();
    const begin_ns = monotonicNs();
    const local: LocalClock = .{
        .origin_ns = begin_ns,
        .rate_ppb = 48_000,
        .step_ns = 300_000,
        .step_at_ns = begin_ns + ns_per_s,
        .wander_ppb = 900,
        .wander_period_ns = 3 * ns_per_s,
    };
    var publisher: Publisher = try .openIn(&reader, local, .ptp);
    defer publisher.close();
    var clock: TaiClock = .init(.{ .step_ns = 50_000 }, local.localAt(begin_ns), year_2030_ns, 0);
    publisher.publish(&clock.mapping);
    for (0..40) |round| {
        const now_ns = begin_ns + 10 * ns_per_ms + @as(i64, @intCast(round)) * 50 * ns_per_ms;
        var line: Line = .init(local.localAt(now_ns), clock.mapping.taiAt(local.localAt(now_ns)));
        line = line.shifted(random.intRangeAtMost(i64, -90_000, 90_000));
        _ = clock.follow(line, local.localAt(now_ns), random.intRangeAtMost(i64, 1, 200 * ns_per_ms));
        publisher.publish(&clock.mapping);
        for (0..50) |_| {
            const instant_ns: u64 = @intCast(now_ns + random.intRangeAtMost(i64, -ns_per_ms, 200 * ns_per_ms));
            const tai_ns = reader.taiOf(instant_ns) + random.uintAtMost(u64, 100_000);
            const found_ns = reader.monotonicOf(tai_ns);
            try expect(reader.taiOf(found_ns) >= tai_ns and reader.taiOf(found_ns - 1) < tai_ns);
        }
    }
    // The ends of time are told as far as 64 bits go.
    const last: u64 = std.math.maxInt(i64);
    try expect(reader.taiOf(std.math.maxInt(u64)) == last and reader.monotonicOf(std.math.maxInt(u64)) <= last);
    try expectEqual(@as(u64, 0), reader.monotonicOf(0));
    // Another local clock goes on where this one was.
    publisher.close();
    publisher = try .openIn(&reader, .{}, .ptp);
    const next = publisher.begin().?;
    try expect(@abs(next.tickTimeAt(next.local_ns) - @as(i64, @intCast(reader.taiOf(@intCast(next.local_ns))))) <= 1);
}
