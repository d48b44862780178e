//! What becomes of a mapping that is published too late.
//!
//! A mapping begins a moment after it was made, so that all readers have it by then. A publisher that was kept from
//! running publishes it after that, when readers have gone on by the one before. If they are further than it says,
//! time for ticks would go back. So it is told ahead by as much, which wears off as after a step back; and so are the
//! mappings after it, until that is over: the publisher's own clock knows nothing of it.

const std = @import("std");
const line_file = @import("../ptp/line.zig");
const tai_mapping = @import("../ptp/tai_mapping.zig");
const TaiMapping = tai_mapping.TaiMapping;

/// From the publisher's reading of the clock until all readers have the mapping.
const publish_ns = 100_000;

/// Changes `next` so that readers who went by `published` until now do not see time for ticks go back. Instants are of
/// the local clock of both.
pub fn keepForward(published: *const TaiMapping, next: *TaiMapping, now_ns: i64) void {
    if (next.local_ns < published.local_ns) return;
    const begin_ns = @max(next.local_ns, now_ns +| publish_ns);
    const told = published.fixedAt(begin_ns) + published.aheadAt(begin_ns);
    const missing = told - next.fixedAt(begin_ns) - next.aheadAt(begin_ns);
    // What is further back than that is meant to be a jump.
    if (missing <= 0 or missing > line_file.fixedFromNs(tai_mapping.ahead_ns_max)) return;
    // Half a nanosecond of it goes with every nanosecond since the mapping begins.
    const ahead_ns = line_file.nsFromFixed(next.aheadAt(begin_ns) + missing) +| 1;
    next.ahead_ns = ahead_ns +| @divFloor(begin_ns -| next.local_ns +| 1, 2);
    next.before_ahead_ns = published.ahead_ns -| @divFloor(next.local_ns -| published.local_ns, 2);
}

const expect = std.testing.expect;
const TaiClock = @import("../ptp/tai_clock.zig").TaiClock;
const Line = line_file.Line;
const ms = std.time.ns_per_ms;

test "keepForward() leaves mappings that come in time as they are" {
    var clock: TaiClock = .init(.{}, 0, 1_770_000_000_000_000_000, 0);
    for (0..50) |i| {
        const now_ns: i64 = @intCast(i * 125 * ms);
        const before = clock.mapping;
        const line: Line = .init(0, 1_770_000_000_000_000_000 + @as(i64, @intCast(i % 7)) * 3 * ms);
        _ = clock.follow(line, now_ns, 250 * ms);
        var kept = clock.mapping;
        keepForward(&before, &kept, now_ns);
        try std.testing.expectEqualDeep(clock.mapping, kept);
    }
}

test "keepForward(): time for ticks never goes back, however late mappings are published" {
    var random_state = std.Random.DefaultPrng.init(320);
    const random = random_state.random();
    for (0..100) |_| {
        var now_ns: i64 = @intCast(random.uintAtMost(u32, 1 << 30));
        var clock: TaiClock = .init(.{ .step_ns = random.uintAtMost(u64, 2 * ms) }, now_ns, 1_770_000_000_000_000_000, 0);
        var published = clock.mapping;
        var line: Line = .init(now_ns, 1_770_000_000_000_000_000);
        var tick_ns: i64 = std.math.minInt(i64);
        for (0..300) |_| {
            line = line.turned(now_ns, random.intRangeAtMost(i64, -(1 << 38), 1 << 38));
            line = line.shifted(random.intRangeAtMost(i64, -3 * ms, 3 * ms));
            _ = clock.follow(line, now_ns, random.intRangeAtMost(i64, 1, 500 * ms));
            // Readers go on by the old one while the publisher is kept from running.
            const late_ns = random.intRangeAtMost(i64, 0, 20 * ms);
            for (0..10) |i| {
                const instant_ns = now_ns + @divFloor(late_ns * @as(i64, @intCast(i)), 9);
                try expect(published.tickTimeAt(instant_ns) >= tick_ns);
                tick_ns = published.tickTimeAt(instant_ns);
            }
            now_ns += late_ns;
            var next = clock.mapping;
            keepForward(&published, &next, now_ns);
            published = next;
            now_ns += publish_ns;
            for (0..10) |_| {
                now_ns += random.intRangeAtMost(i64, 0, 20 * ms);
                try expect(published.tickTimeAt(now_ns) >= tick_ns);
                tick_ns = published.tickTimeAt(now_ns);
            }
        }
    }
}
