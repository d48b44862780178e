//! The clock that a mapping begins with: the machine's monotonic clock, or for measurements a worse one.
//!
//! Machines in a test share one oscillator, and a servo that is to show what it can do needs one that is off. So a
//! known error is put onto the monotonic clock: a rate, a swing of the rate and one step. Who publishes a mapping of
//! such a clock publishes the clock with it, and every reader applies it.
//!
//!     local = monotonic + rate * elapsed + swing(elapsed) + step
//!
//! The swing of the rate is a triangle: up from 0 to its amplitude, down to the opposite, back, in one period. All is
//! integers with one rounding at the end, so local time never goes back and everybody gets the same nanosecond.

const std = @import("std");
const Error = @import("../result.zig").Error;

const ns_per_s = std.time.ns_per_s;

/// Limit of the rate, and of the swing.
pub const ppb_max = 1_000_000;
/// Limit of the step: an hour.
pub const step_ns_max = 3600 * ns_per_s;
/// Limit of the swing's period: a day.
pub const period_ns_max = 86_400 * ns_per_s;

pub const LocalClock = extern struct {
    /// Monotonic instant from which the clock is wrong.
    origin_ns: i64 = 0,
    /// How much faster it runs, in 1e-9.
    rate_ppb: i64 = 0,
    /// It is set forward by this much, not negative: a monotonic clock is never set back.
    step_ns: i64 = 0,
    /// Monotonic instant of the step.
    step_at_ns: i64 = 0,
    /// Amplitude of the swing of the rate.
    wander_ppb: i64 = 0,
    /// Its period; 0 for no swing. The last two bits do not count.
    wander_period_ns: i64 = 0,

    pub fn check(self: LocalClock) Error!void {
        if (@abs(self.rate_ppb) > ppb_max or @abs(self.wander_ppb) > ppb_max) return error.OutOfRange;
        if (self.step_ns < 0 or self.step_ns > step_ns_max) return error.OutOfRange;
        if (self.wander_period_ns < 0 or self.wander_period_ns > period_ns_max) return error.OutOfRange;
    }

    /// Whether it is the monotonic clock itself.
    pub fn isIdentity(self: LocalClock) bool {
        return self.rate_ppb == 0 and self.step_ns == 0 and self.wander_ppb == 0;
    }

    pub fn equals(self: LocalClock, other: LocalClock) bool {
        if (self.isIdentity() and other.isIdentity()) return true;
        return std.mem.eql(u8, std.mem.asBytes(&self), std.mem.asBytes(&other));
    }

    /// Local time at a monotonic instant.
    pub fn localAt(self: LocalClock, monotonic_ns: i64) i64 {
        if (self.isIdentity()) return monotonic_ns;
        const stepped_ns: i128 = if (monotonic_ns >= self.step_at_ns) self.step_ns else 0;
        const elapsed_ns = @as(i128, monotonic_ns) - self.origin_ns;
        const drifted_ns = if (elapsed_ns <= 0) 0 else self.driftAfter(elapsed_ns);
        return std.math.lossyCast(i64, monotonic_ns + stepped_ns + drifted_ns);
    }

    fn driftAfter(self: LocalClock, elapsed_ns: i128) i128 {
        const rest_ns = @mod(elapsed_ns, ns_per_s);
        const whole_ns = @divExact(elapsed_ns - rest_ns, ns_per_s) * self.rate_ppb;
        const quarter_ns: i128 = @divTrunc(self.wander_period_ns, 4);
        if (quarter_ns == 0) return whole_ns + @divFloor(rest_ns * self.rate_ppb, ns_per_s);
        const scale = 2 * quarter_ns;
        const part = rest_ns * self.rate_ppb * scale + self.wander_ppb * swing(elapsed_ns, quarter_ns);
        return whole_ns + @divFloor(part, scale * ns_per_s);
    }

    /// The integral of the triangle of amplitude 1, times `2 * quarter_ns`.
    fn swing(elapsed_ns: i128, quarter_ns: i128) i128 {
        const q = quarter_ns;
        const u = @mod(elapsed_ns, q);
        return switch (@as(u2, @intCast(@mod(@divTrunc(elapsed_ns, q), 4)))) {
            0 => u * u,
            1 => q * q + 2 * q * u - u * u,
            2 => 2 * q * q - u * u,
            3 => q * q - 2 * q * u + u * u,
        };
    }

    /// The first monotonic instant at which local time has reached `local_ns`.
    pub fn monotonicAt(self: LocalClock, local_ns: i64) i64 {
        if (self.isIdentity()) return local_ns;
        // The clock is never slower than 0.998 and never faster than 1.002, and steps forward only.
        const passed_ns = @max(0, @as(i128, local_ns) - self.origin_ns);
        const off_ns = @divTrunc(passed_ns, 256) + 4;
        var low = @max(@as(i128, local_ns) - self.step_ns - off_ns, std.math.minInt(i64) + 1) - 1;
        var high = @min(@as(i128, local_ns) + off_ns, std.math.maxInt(i64));
        while (high - low > 1) {
            const middle = low + @divTrunc(high - low, 2);
            if (self.localAt(@intCast(middle)) >= local_ns) high = middle else low = middle;
        }
        return @intCast(high);
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "LocalClock is the monotonic clock unless it is told otherwise" {
    const clock: LocalClock = .{ .origin_ns = 7, .step_at_ns = 9, .wander_period_ns = 400 };
    try expect(clock.isIdentity() and clock.equals(.{}));
    try expectEqual(@as(i64, 12), clock.localAt(12));
    try expectEqual(@as(i64, 12), clock.monotonicAt(12));
}

test "LocalClock drifts, swings and steps by what it is told" {
    const s = ns_per_s;
    const clock: LocalClock = .{
        .origin_ns = 10 * s,
        .rate_ppb = 50_000,
        .step_ns = 3_000_000,
        .step_at_ns = 20 * s,
        .wander_ppb = 100,
        .wander_period_ns = 8 * s,
    };
    try clock.check();
    try expect(!clock.isIdentity());
    try expectEqual(@as(i64, 10 * s), clock.localAt(10 * s));
    // After half a period the swing has gained its amplitude times a quarter, after a whole one nothing.
    try expectEqual(@as(i64, 14 * s + 200_000 + 200), clock.localAt(14 * s));
    try expectEqual(@as(i64, 18 * s + 400_000), clock.localAt(18 * s));
    try expect(@abs(clock.localAt(20 * s) - clock.localAt(20 * s - 1) - 3_000_001) <= 1);
    try expectEqual(@as(i64, 3), clock.localAt(3));
}

test "LocalClock refuses what would make time go back" {
    try std.testing.expectError(error.OutOfRange, (LocalClock{ .step_ns = -1 }).check());
    try std.testing.expectError(error.OutOfRange, (LocalClock{ .rate_ppb = ppb_max + 1 }).check());
    try std.testing.expectError(error.OutOfRange, (LocalClock{ .wander_ppb = -ppb_max - 1 }).check());
    try std.testing.expectError(error.OutOfRange, (LocalClock{ .wander_period_ns = -4 }).check());
}

test "LocalClock never goes back and inverts itself to the nanosecond" {
    var random_state = std.Random.DefaultPrng.init(1588);
    const random = random_state.random();
    for (0..3_000) |_| {
        const origin_ns = random.intRangeAtMost(i64, 0, 1 << 55);
        const clock: LocalClock = .{
            .origin_ns = origin_ns,
            .rate_ppb = random.intRangeAtMost(i64, -ppb_max, ppb_max),
            .step_ns = random.intRangeAtMost(i64, 0, @as(i64, 1) << random.intRangeAtMost(u6, 0, 40)),
            .step_at_ns = origin_ns + random.intRangeAtMost(i64, -1000, 1 << 40),
            .wander_ppb = random.intRangeAtMost(i64, -ppb_max, ppb_max),
            .wander_period_ns = random.intRangeAtMost(i64, 0, period_ns_max),
        };
        try clock.check();
        const monotonic_ns = origin_ns + random.intRangeAtMost(i64, -(1 << 30), 1 << 50);
        const local_ns = clock.localAt(monotonic_ns);
        try expect(clock.localAt(monotonic_ns + 1) >= local_ns);
        const back_ns = clock.monotonicAt(local_ns);
        try expect(back_ns <= monotonic_ns);
        try expectEqual(local_ns, clock.localAt(back_ns));
        const wanted_ns = local_ns +| random.intRangeAtMost(i64, 0, 1 << 41);
        const first_ns = clock.monotonicAt(wanted_ns);
        try expect(clock.localAt(first_ns) >= wanted_ns and clock.localAt(first_ns - 1) < wanted_ns);
    }
    const ends: LocalClock = .{ .rate_ppb = ppb_max, .step_ns = step_ns_max };
    try expectEqual(@as(i64, std.math.maxInt(i64)), ends.localAt(std.math.maxInt(i64)));
    try expect(ends.monotonicAt(std.math.minInt(i64)) <= std.math.minInt(i64) + 1);
}
