//! TAI from the kernel's own clock, which somebody else disciplines (chronyd, phc2sys, ntpd): readings in, mappings out.
//!
//! Who disciplines the kernel's clock changes its rate, and CLOCK_MONOTONIC runs at the same rate. So between the two
//! there is a constant, which moves only when the clock is set. A reading that says something else than the constant by
//! more than it may be wrong is such a step. All here is values: no clock is read.

const std = @import("std");
const line_file = @import("../ptp/line.zig");
const tai_clock = @import("../ptp/tai_clock.zig");
const tai_mapping = @import("../ptp/tai_mapping.zig");
const Reading = @import("kernel_clock.zig").Reading;
const State = tai_mapping.State;
const TaiMapping = tai_mapping.TaiMapping;

/// The clock was set by no more than this: it is slewed to, at 200 ppm.
const step_ns = 20_000;
/// A small move of the clock is followed in this time.
const smooth_ns = 250 * std.time.ns_per_ms;
/// How fast the error grows when nobody disciplines the clock any more, or nobody follows it: what the rate of a
/// disciplined clock may be off by, and how fast that changes.
const holdover_ppb = 500;
const holdover_ppb_per_s = 1;
/// A holdover that may be further off than this is as good as none.
const free_error_ns = std.time.ns_per_ms;

pub const Follower = struct {
    clock: tai_clock.TaiClock,
    offset_ns: i64,
    state: State = .free,
    steps: u64 = 0,
    last_step_ns: i64 = 0,

    /// `begun` is what everyone goes by so far; null if that is each process's own reading, which is then begun with.
    pub fn init(first: Reading, begun: ?TaiMapping) Follower {
        var self: Follower = .{
            .clock = .init(
                .{ .first_step_ns = step_ns, .step_ns = step_ns },
                first.monotonic_ns,
                first.monotonic_ns +| first.offset_ns,
                first.error_ns,
            ),
            .offset_ns = first.offset_ns,
        };
        if (begun) |one| {
            self.clock.mapping = one;
            // Two processes read the same constant with different noise: nobody has set the clock for that.
            const begun_ns = one.taiAt(first.monotonic_ns) -| first.monotonic_ns;
            if (one.frequency == 0 and !isMoved(first, begun_ns)) self.offset_ns = begun_ns;
        }
        return self;
    }

    /// Takes a reading; what is to be published afterwards is `mapping()`.
    pub fn read(self: *Follower, reading: Reading) void {
        if (isMoved(reading, self.offset_ns)) self.offset_ns = reading.offset_ns;
        const now_ns = reading.monotonic_ns;
        const target_ns = now_ns +| self.offset_ns;
        // A slew ends a part of a nanosecond before its line.
        const is_there = @abs(self.clock.mapping.taiAt(now_ns) -| target_ns) <= 1;
        if (!is_there or self.clock.mapping.frequency != 0) {
            const line: line_file.Line = .init(now_ns, target_ns);
            switch (self.clock.follow(line, now_ns, smooth_ns)) {
                .deferred, .slewed => {},
                .stepped => |by_ns| {
                    self.steps += 1;
                    self.last_step_ns = by_ns;
                },
            }
        }
        self.judge(reading);
    }

    fn judge(self: *Follower, reading: Reading) void {
        const target = &self.clock.mapping;
        if (reading.is_synchronised) {
            self.state = .locked;
            target.error_local_ns = reading.monotonic_ns;
            target.error_ns = errorOf(reading);
            target.error_ppb = holdover_ppb;
            target.error_ppb_per_s = holdover_ppb_per_s;
        } else if (self.state == .locked) {
            self.state = .holdover;
        } else if (self.state == .holdover and target.errorAt(reading.monotonic_ns) > free_error_ns) {
            self.state = .free;
        } else if (self.state == .free) {
            target.error_local_ns = reading.monotonic_ns;
            target.error_ns = errorOf(reading);
        }
        target.state = self.state;
    }

    pub fn mapping(self: *const Follower) *const TaiMapping {
        return &self.clock.mapping;
    }
};

/// Whether a reading says something else than `offset_ns`, by more than two readings may differ by.
fn isMoved(reading: Reading, offset_ns: i64) bool {
    return @abs(reading.offset_ns -| offset_ns) > 2 * reading.error_ns + 1;
}

/// What whoever disciplines the clock estimates; some say only how much it is at most.
fn errorOf(reading: Reading) u64 {
    const said_ns = if (reading.estimated_error_ns > 0) reading.estimated_error_ns else reading.max_error_ns;
    return said_ns +| reading.error_ns;
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const ms = std.time.ns_per_ms;
const year_2026_ns = 1_770_000_000_000_000_000;

fn readingAt(monotonic_ns: i64, offset_ns: i64, is_synchronised: bool) Reading {
    return .{
        .monotonic_ns = monotonic_ns,
        .offset_ns = offset_ns,
        .error_ns = 40,
        .tai_utc_s = 37,
        .is_tai_set = true,
        .is_synchronised = is_synchronised,
        .estimated_error_ns = 3_000,
        .max_error_ns = 900_000,
        .frequency_ppb = 0,
    };
}

test "Follower tells a constant through the noise of readings, and steps when the clock is set" {
    var follower: Follower = .init(readingAt(0, year_2026_ns, true), null);
    for (1..20) |i| {
        const noise_ns: i64 = if (i % 2 == 0) 30 else -30;
        follower.read(readingAt(@intCast(i * 100 * ms), year_2026_ns + noise_ns, true));
        try expectEqual(@as(i64, @intCast(i * 100 * ms)) + year_2026_ns, follower.mapping().taiAt(@intCast(i * 100 * ms)));
    }
    try expectEqual(State.locked, follower.mapping().state);
    try expectEqual(@as(u64, 3_040), follower.mapping().errorAt(1_900 * ms));
    follower.read(readingAt(2_000 * ms, year_2026_ns - 500 * ms, true));
    try expectEqual(@as(i64, year_2026_ns + 1_600 * ms), follower.mapping().taiAt(2_100 * ms));
    try expectEqual(@as(u64, 1), follower.mapping().steps);
    try expectEqual(@as(i64, -500 * ms), follower.last_step_ns);
    // A small one is slewed to.
    follower.read(readingAt(2_200 * ms, year_2026_ns - 500 * ms + 9_000, true));
    try expectEqual(@as(u64, 1), follower.steps);
    try expect(@abs(follower.mapping().taiAt(3_000 * ms) - (year_2026_ns + 2_500 * ms + 9_000)) <= 1);
}

test "Follower goes over to holdover, and is free when the error may be large" {
    var follower: Follower = .init(readingAt(0, year_2026_ns, false), null);
    follower.read(readingAt(100 * ms, year_2026_ns, false));
    try expectEqual(State.free, follower.mapping().state);
    try expectEqual(@as(u64, 3_040), follower.mapping().errorAt(100 * ms));
    follower.read(readingAt(200 * ms, year_2026_ns, true));
    follower.read(readingAt(300 * ms, year_2026_ns, false));
    try expectEqual(State.holdover, follower.mapping().state);
    follower.read(readingAt(3_600_000 * ms, year_2026_ns, false));
    try expectEqual(State.free, follower.mapping().state);
    follower.read(readingAt(3_600_100 * ms, year_2026_ns, true));
    try expectEqual(State.locked, follower.mapping().state);
}

test "Follower goes on from what was told before" {
    var before: TaiMapping = .init(0, year_2026_ns + 5_000, 100);
    before.frequency = line_file.frequencyFromPpb(2_000);
    before.steps = 3;
    var follower: Follower = .init(readingAt(1_000 * ms, year_2026_ns, true), before);
    try std.testing.expectEqualDeep(before, follower.mapping().*);
    follower.read(readingAt(1_001 * ms, year_2026_ns, true));
    try expectEqual(before.taiAt(1_001 * ms), follower.mapping().taiAt(1_001 * ms));
    try expectEqual(@as(i64, year_2026_ns + 2_000 * ms), follower.mapping().taiAt(2_000 * ms));
    try expectEqual(@as(u64, 3), follower.mapping().steps);
    for (0..10) |i| follower.read(readingAt(@intCast((2_000 + i * 100) * ms), year_2026_ns, true));
    try expect(follower.mapping().frequency == 0 and follower.steps == 0);
}

test "Follower goes on from what was told before without a slew for the noise of its own readings" {
    const before: TaiMapping = .init(0, year_2026_ns, 100);
    var follower: Follower = .init(readingAt(1_000 * ms, year_2026_ns + 35, true), before);
    for (0..10) |i| follower.read(readingAt(@intCast((1_100 + i * 100) * ms), year_2026_ns - 40, true));
    try expectEqual(@as(i64, year_2026_ns + 60_000 * ms), follower.mapping().taiAt(60_000 * ms));
}
