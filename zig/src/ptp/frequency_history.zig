//! How steady the oscillator is: what a holdover can rest on.
//!
//! The line from monotonic time to TAI is looked at once a second. Its mean rate over sixteen seconds is the rate for a
//! holdover: the noise of single offsets is averaged out of it. How much two such rates in succession differ says how
//! fast the rate wanders, and so how the error of a holdover grows with the square of its length.

const std = @import("std");

/// Four minutes.
const count_max = 256;
const spacing_ns = std.time.ns_per_s;
/// Checkpoints that a rate is taken over.
const span = 16;

pub const Options = struct {
    /// Assumed while there is no minute of history: a crystal that warms up.
    wander_unknown_ppb_per_s: f64 = 20,
    /// Never assumed to be less.
    wander_min_ppb_per_s: f64 = 1,
    /// The future may be worse than the past.
    safety: f64 = 2,
};

const Checkpoint = struct { local_ns: i64, raw_ns: i64 };

pub const FrequencyHistory = struct {
    options: Options = .{},
    checkpoints: [count_max]Checkpoint = undefined,
    /// Checkpoints so far; the newest is at (count - 1) % count_max.
    count: usize = 0,
    /// The largest change of rate in the history.
    change_ppb_per_s: f64 = 0,

    /// `raw_ns` is the line's TAI less monotonic time at `local_ns`.
    pub fn observe(self: *FrequencyHistory, local_ns: i64, raw_ns: i64) void {
        if (self.count > 0) {
            const elapsed_ns = local_ns -| self.at(0).local_ns;
            if (elapsed_ns < spacing_ns) return;
            // A gap: the rate over it would be one of holdover, not one that was measured.
            if (elapsed_ns > span * spacing_ns) self.count = 0;
        }
        self.checkpoints[self.count % count_max] = .{ .local_ns = local_ns, .raw_ns = raw_ns };
        self.count += 1;
        self.change_ppb_per_s = self.largestChange();
    }

    /// The line was moved.
    pub fn shift(self: *FrequencyHistory, by_ns: i64) void {
        for (self.checkpoints[0..@min(self.count, count_max)]) |*checkpoint| checkpoint.raw_ns +|= by_ns;
    }

    pub fn reset(self: *FrequencyHistory) void {
        self.count = 0;
    }

    /// Mean rate of the last sixteen seconds, null while there are only four.
    pub fn frequencyPpb(self: *const FrequencyHistory) ?f64 {
        const length = @min(span, self.available() -| 1);
        return if (length < 4) null else self.rate(0, length);
    }

    /// How fast the rate may change.
    pub fn wanderPpbPerSecond(self: *const FrequencyHistory) f64 {
        const known = @max(self.change_ppb_per_s * self.options.safety, self.options.wander_min_ppb_per_s);
        return if (self.available() < 60) @max(known, self.options.wander_unknown_ppb_per_s) else known;
    }

    fn largestChange(self: *const FrequencyHistory) f64 {
        var largest: f64 = 0;
        for (0..self.available() -| 2 * span) |back| {
            const change = self.rate(back, span) - self.rate(back + span, span);
            const elapsed_ns = self.at(back).local_ns -| self.at(back + span).local_ns;
            largest = @max(largest, @abs(change) * 1e9 / @as(f64, @floatFromInt(elapsed_ns)));
        }
        return largest;
    }

    fn available(self: *const FrequencyHistory) usize {
        return @min(self.count, count_max);
    }

    fn at(self: *const FrequencyHistory, back: usize) Checkpoint {
        return self.checkpoints[(self.count - 1 - back) % count_max];
    }

    fn rate(self: *const FrequencyHistory, back: usize, length: usize) f64 {
        const end = self.at(back);
        const start = self.at(back + length);
        const raw: f64 = @floatFromInt(end.raw_ns -| start.raw_ns);
        const local: f64 = @floatFromInt(end.local_ns -| start.local_ns);
        return raw / local * 1e9;
    }
};

const expect = std.testing.expect;
const expectApproxEqAbs = std.testing.expectApproxEqAbs;

test "FrequencyHistory averages the rate and measures its change" {
    var history: FrequencyHistory = .{};
    try std.testing.expectEqual(null, history.frequencyPpb());
    // 50 ppm and 10 ppb more each second.
    for (0..8 * 300) |i| {
        const time_s = @as(f64, @floatFromInt(i)) / 8;
        history.observe(@intCast(i * 125_000_000), @round(50_000 * time_s + 5 * time_s * time_s));
    }
    try expectApproxEqAbs(@as(f64, 50_000 + 10 * 291), history.frequencyPpb().?, 1);
    try expectApproxEqAbs(@as(f64, 20), history.wanderPpbPerSecond(), 0.1);
    history.shift(1 << 40);
    try expectApproxEqAbs(@as(f64, 50_000 + 10 * 291), history.frequencyPpb().?, 1);
}

test "FrequencyHistory assumes a warming crystal while it is young, and after a gap" {
    var history: FrequencyHistory = .{};
    for (0..120) |i| {
        history.observe(@intCast(i * spacing_ns), 0);
        try std.testing.expectEqual(@as(f64, if (i < 59) 20 else 1), history.wanderPpbPerSecond());
        try std.testing.expectEqual(i >= 4, history.frequencyPpb() != null);
    }
    history.observe(200 * spacing_ns, 0);
    try std.testing.expectEqual(@as(f64, 20), history.wanderPpbPerSecond());
}
