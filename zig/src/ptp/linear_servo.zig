//! A servo by linear regression: the line through the last 4, 8, 16, 32 or 64 points.
//!
//! Long windows average noise, short ones follow a wandering oscillator. Which one is right changes with the machine
//! and the hour, so each window is judged by what it would have foretold for the point that came next, and the best one
//! steers. Only the difference of two windows matters and noise is in both, so the longer one wins unless it is worse
//! by a margin.

const std = @import("std");
const Point = @import("first_estimate.zig").Point;

const log_min = 2;
const log_max = 6;
pub const count_max = 1 << log_max;
const window_kinds = log_max - log_min + 1;

/// A shorter window must foretell this much better, as mean square.
const margin = 0.95;
/// Forecasts that the judgement is averaged over.
const memory = 64;
/// The difference to the fitted line is taken out over this many intervals: one that is lost then does no harm.
const correction_intervals = 2;

const Fit = struct {
    /// ns per s.
    slope_ppb: f64,
    /// Relative to the newest point.
    phase_ns: f64,
};

pub const LinearServo = struct {
    interval_s: f64,
    points: [count_max]Point = undefined,
    /// Points so far; the newest one is at (count - 1) % count_max.
    count: usize = 0,
    fits: [window_kinds]?Fit = @splat(null),
    forecast_squares: [window_kinds]f64 = @splat(0),
    forecast_counts: [window_kinds]f64 = @splat(0),
    /// The window that steers.
    chosen: usize = 0,
    frequency_ppb: f64 = 0,

    /// Starts from an estimate and the points that it was made of.
    pub fn begin(self: *LinearServo, frequency_ppb: f64, points: []const Point) void {
        self.* = .{ .interval_s = self.interval_s, .frequency_ppb = frequency_ppb };
        for (points) |point| {
            self.points[self.count % count_max] = point;
            self.count += 1;
        }
    }

    /// The clock that is measured, or the one that measures, was moved.
    pub fn shift(self: *LinearServo, by_ns: i64) void {
        for (self.points[0..@min(self.count, count_max)]) |*point| point.raw_ns +|= by_ns;
    }

    /// The rate until the next sample. `offset_ns` is our time less the master's at `point`.
    pub fn sample(self: *LinearServo, point: Point, offset_ns: f64) f64 {
        if (self.count > 0) self.judge(point);
        self.points[self.count % count_max] = point;
        self.count += 1;
        self.fitAll(point);
        const fit = self.choose() orelse return self.frequency_ppb;
        self.frequency_ppb = fit.slope_ppb;
        // Raw is TAI less local, so the line of our time lies at raw + offset and the fit at raw + phase.
        return fit.slope_ppb - (offset_ns - fit.phase_ns) / (correction_intervals * self.interval_s);
    }

    fn judge(self: *LinearServo, point: Point) void {
        const newest = self.points[(self.count - 1) % count_max];
        const elapsed_s = @as(f64, @floatFromInt(point.local_ns -| newest.local_ns)) * 1e-9;
        const moved: f64 = @floatFromInt(point.raw_ns -| newest.raw_ns);
        for (self.fits, &self.forecast_squares, &self.forecast_counts) |maybe_fit, *square, *count| {
            const fit = maybe_fit orelse continue;
            const wrong = moved - fit.phase_ns - fit.slope_ppb * elapsed_s;
            count.* = @min(count.* + 1, memory);
            square.* += (wrong * wrong - square.*) / count.*;
        }
    }

    fn fitAll(self: *LinearServo, newest: Point) void {
        const available = @min(self.count, count_max);
        var sum_x: f64 = 0;
        var sum_y: f64 = 0;
        var sum_xx: f64 = 0;
        var sum_xy: f64 = 0;
        for (0..available) |back| {
            const point = self.points[(self.count - 1 - back) % count_max];
            const x = @as(f64, @floatFromInt(point.local_ns -| newest.local_ns)) * 1e-9;
            const y: f64 = @floatFromInt(point.raw_ns -| newest.raw_ns);
            sum_x += x;
            sum_y += y;
            sum_xx += x * x;
            sum_xy += x * y;
            const count = back + 1;
            if (count < 1 << log_min or !std.math.isPowerOfTwo(count)) continue;
            const n: f64 = @floatFromInt(count);
            const spread = n * sum_xx - sum_x * sum_x;
            const slope = if (spread > 0) (n * sum_xy - sum_x * sum_y) / spread else self.frequency_ppb;
            self.fits[std.math.log2_int(usize, count) - log_min] = .{
                .slope_ppb = slope,
                .phase_ns = (sum_y - slope * sum_x) / n,
            };
        }
    }

    /// A window is not trusted before it has foretold something, unless there is nothing else.
    fn choose(self: *LinearServo) ?Fit {
        var best: ?usize = null;
        for (0..window_kinds) |from_last| {
            const i = window_kinds - 1 - from_last;
            if (self.fits[i] == null) continue;
            const current = best orelse {
                best = i;
                continue;
            };
            if (self.forecast_counts[i] < 4 or self.forecast_counts[current] < 4) continue;
            if (self.forecast_squares[i] < margin * self.forecast_squares[current]) best = i;
        }
        self.chosen = best orelse return null;
        return self.fits[self.chosen];
    }
};

const expect = std.testing.expect;

test "LinearServo takes out offset and rate without noise, loss or not" {
    for ([_]u64{ 1, 2, 3 }) |every| {
        var servo: LinearServo = .{ .interval_s = 0.125 };
        servo.begin(49_000, &.{});
        var line_raw: f64 = 5_000;
        var frequency_ppb: f64 = 49_000;
        var offset_ns: f64 = 0;
        for (1..200) |i| {
            line_raw += frequency_ppb * 0.125;
            const truth = 6_250 * @as(i64, @intCast(i));
            offset_ns = line_raw - @as(f64, @floatFromInt(truth));
            if (i % every != 0) continue;
            frequency_ppb = servo.sample(.{ .local_ns = @intCast(i * 125_000_000), .raw_ns = truth }, offset_ns);
        }
        try expect(@abs(offset_ns) < 1);
        try expect(@abs(servo.frequency_ppb - 50_000) < 0.1);
    }
}

test "LinearServo takes long windows for noise and short ones for wander" {
    var random_state = std.Random.DefaultPrng.init(1588);
    const random = random_state.random();
    var steady: LinearServo = .{ .interval_s = 0.125 };
    var wandering: LinearServo = .{ .interval_s = 0.125 };
    for (0..1000) |i| {
        const local_ns: i64 = @intCast(i * 125_000_000);
        const time_s = @as(f64, @floatFromInt(i)) * 0.125;
        const noise_ns = random.floatNorm(f64) * 500;
        const wander_ns = 300_000 * @sin(time_s * 0.8);
        _ = steady.sample(.{ .local_ns = local_ns, .raw_ns = @round(noise_ns) }, 0);
        _ = wandering.sample(.{ .local_ns = local_ns, .raw_ns = @round(noise_ns + wander_ns) }, 0);
    }
    try expect(steady.chosen >= 3);
    try expect(wandering.chosen <= 1);
}
