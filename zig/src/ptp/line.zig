//! A straight line from the machine's monotonic clock to TAI: TAI = tai + (1 + frequency) * (local - local_ns).
//!
//! Numbers are integers, TAI with 48 bits behind the point: a line that is set anew eight times a second must not lose
//! half a nanosecond each time (4 ppb), and a float64 has only 256 ns left at today's TAI. The unit of frequency,
//! 2^-48, is 0.3 ns per day.

const std = @import("std");

pub const fraction_bits = 48;

/// Nanoseconds with `fraction_bits` bits behind the point.
pub const Fixed = i128;

/// Difference of rate, 1 being 2^-48 ns per ns.
pub const Frequency = i64;

const one: Fixed = 1 << fraction_bits;

/// No line is faster or slower than this: a clock that is further off is broken.
pub const frequency_ppb_max = 1_000_000;

pub fn frequencyFromPpb(ppb: f64) Frequency {
    if (std.math.isNan(ppb)) return 0;
    const limited = std.math.clamp(ppb, -frequency_ppb_max, frequency_ppb_max);
    return std.math.lossyCast(i64, @round(limited * (@as(f64, one) / 1e9)));
}

pub fn ppbFromFrequency(frequency: Frequency) f64 {
    return @as(f64, @floatFromInt(frequency)) * (1e9 / @as(f64, one));
}

pub fn fixedFromNs(ns: i64) Fixed {
    return @as(Fixed, ns) << fraction_bits;
}

/// The nanosecond that `value` lies in. Beyond the years 1677 and 2262 the last one that can be told.
pub fn nsFromFixed(value: Fixed) i64 {
    return std.math.lossyCast(i64, value >> fraction_bits);
}

/// `first - second`, as far as 64 bits go.
pub fn differenceNs(first: i64, second: i64) i64 {
    return first -| second;
}

pub const Line = struct {
    /// Monotonic instant of the anchor.
    local_ns: i64,
    /// TAI there.
    tai: Fixed,
    frequency: Frequency = 0,

    pub fn init(local_ns: i64, tai_ns: i64) Line {
        return .{ .local_ns = local_ns, .tai = fixedFromNs(tai_ns) };
    }

    pub fn fixedAt(self: Line, local_ns: i64) Fixed {
        return self.tai + (@as(Fixed, local_ns) - self.local_ns) * (one + self.frequency);
    }

    pub fn taiAt(self: Line, local_ns: i64) i64 {
        return nsFromFixed(self.fixedAt(local_ns));
    }

    /// TAI less monotonic time: what the servos fit.
    pub fn rawAt(self: Line, local_ns: i64) i64 {
        return differenceNs(self.taiAt(local_ns), local_ns);
    }

    /// The same line, told from another instant and turned there.
    pub fn turned(self: Line, local_ns: i64, frequency: Frequency) Line {
        return .{ .local_ns = local_ns, .tai = self.fixedAt(local_ns), .frequency = frequency };
    }

    pub fn shifted(self: Line, by_ns: i64) Line {
        var line = self;
        line.tai += fixedFromNs(by_ns);
        return line;
    }
};

const expectEqual = std.testing.expectEqual;

test "Line is exact over a century and loses nothing when it is turned" {
    var line: Line = .init(1_000, 1_700_000_000_000_000_000);
    try expectEqual(@as(i64, 1_700_000_000_000_000_007), line.taiAt(1_007));
    line.frequency = frequencyFromPpb(50_000);
    const day_ns = 86_400 * std.time.ns_per_s;
    const expected_ns = 1_700_000_000_000_000_000 + day_ns + day_ns / 20_000;
    try std.testing.expect(@abs(line.taiAt(1_000 + day_ns) - expected_ns) <= 1);
    const far_ns = 3_155_760_000 * std.time.ns_per_s;
    var same = line;
    for (0..1000) |i| same = same.turned(@intCast(1_000 + i * 12_345_678_901), line.frequency);
    try expectEqual(line.fixedAt(far_ns), same.fixedAt(far_ns));
}

test "Line stays within 64 bits at the ends of time" {
    const line: Line = .init(std.math.minInt(i64), std.math.maxInt(i64));
    try expectEqual(@as(i64, std.math.maxInt(i64)), line.taiAt(std.math.maxInt(i64)));
    const early: Line = .init(0, -5_000_000_000);
    try expectEqual(@as(i64, -5_000_000_001), early.taiAt(-1));
}

test "Line frequency is limited and survives its units" {
    try expectEqual(frequencyFromPpb(1e6), frequencyFromPpb(1e12));
    try expectEqual(frequencyFromPpb(-1e6), frequencyFromPpb(-std.math.inf(f64)));
    try expectEqual(@as(Frequency, 0), frequencyFromPpb(std.math.nan(f64)));
    try std.testing.expectApproxEqAbs(@as(f64, 123.456), ppbFromFrequency(frequencyFromPpb(123.456)), 1e-5);
}
