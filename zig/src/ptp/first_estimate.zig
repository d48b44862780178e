//! The first estimate of rate and phase, from nothing but pairs of instants.
//!
//! A line through two points would do, but at half a microsecond of noise it is 700 ppb wrong after a second, and one
//! late stamp makes it 50 ppm. We take up to 32 points over two seconds and the median of the slopes of all pairs
//! (Theil and Sen): a quarter of the points may be nonsense.

const std = @import("std");
const sorting = @import("median.zig");

/// One Sync that came: the difference of the two clocks then.
pub const Point = struct {
    /// Monotonic.
    local_ns: i64,
    /// TAI as measured, less `local_ns`.
    raw_ns: i64,
};

/// Points of one estimate.
pub const count_max = 32;
const count_min = 8;
const pairs_max = count_max * (count_max - 1) / 2;

pub const Options = struct {
    /// The estimate is made after this time, when there are eight points,
    duration_ns: i64 = 2 * std.time.ns_per_s,
    /// or after this time, when there are three.
    patience_ns: i64 = 8 * std.time.ns_per_s,
};

pub const Estimate = struct {
    /// Rate of TAI against the monotonic clock.
    frequency_ppb: f64,
    /// The estimate's point at the newest measurement.
    newest: Point,
};

pub const FirstEstimate = struct {
    options: Options = .{},
    points: [count_max]Point = undefined,
    count: usize = 0,

    /// Points must come in the order of their instants. The estimate, once there is one.
    pub fn add(self: *FirstEstimate, point: Point) ?Estimate {
        const spacing_ns = @divTrunc(self.options.duration_ns, count_max);
        if (self.count > 0 and point.local_ns -| self.points[self.count - 1].local_ns < spacing_ns) return null;
        if (self.count == count_max) {
            std.mem.copyForwards(Point, self.points[0 .. count_max - 1], self.points[1..]);
            self.count -= 1;
        }
        self.points[self.count] = point;
        self.count += 1;
        const elapsed_ns = point.local_ns -| self.points[0].local_ns;
        const is_enough = self.count >= count_min and elapsed_ns + spacing_ns >= self.options.duration_ns;
        const is_late = self.count >= 3 and elapsed_ns >= self.options.patience_ns;
        return if (is_enough or is_late) self.estimate() else null;
    }

    pub fn reset(self: *FirstEstimate) void {
        self.count = 0;
    }

    pub fn used(self: *const FirstEstimate) []const Point {
        return self.points[0..self.count];
    }

    fn estimate(self: *const FirstEstimate) Estimate {
        const points = self.points[0..self.count];
        var slopes: [pairs_max]f64 = undefined;
        var slope_count: usize = 0;
        for (points, 0..) |first, i| {
            for (points[i + 1 ..]) |second| {
                const raw: f64 = @floatFromInt(second.raw_ns -| first.raw_ns);
                const local: f64 = @floatFromInt(second.local_ns -| first.local_ns);
                slopes[slope_count] = raw / local;
                slope_count += 1;
            }
        }
        const slope = sorting.median(slopes[0..slope_count]);
        const newest = points[points.len - 1];
        var phases: [count_max]f64 = undefined;
        for (points, phases[0..points.len]) |point, *phase| {
            const raw: f64 = @floatFromInt(point.raw_ns -| newest.raw_ns);
            const local: f64 = @floatFromInt(point.local_ns -| newest.local_ns);
            phase.* = raw - slope * local;
        }
        const phase = std.math.lossyCast(i64, @round(sorting.median(phases[0..points.len])));
        return .{
            .frequency_ppb = slope * 1e9,
            .newest = .{ .local_ns = newest.local_ns, .raw_ns = newest.raw_ns +| phase },
        };
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "FirstEstimate finds the line through a quarter of nonsense" {
    var first: FirstEstimate = .{};
    const tai_ns = 1_700_000_000_000_000_000;
    for (0..16) |i| {
        const local_ns: i64 = @intCast(i * 125_000_000);
        const late_ns: i64 = if (i % 5 == 2) 50_000 else 0;
        const found = first.add(.{ .local_ns = local_ns, .raw_ns = tai_ns + @divTrunc(local_ns, 20_000) + late_ns });
        try expectEqual(null, found);
    }
    const found = first.add(.{ .local_ns = 16 * 125_000_000, .raw_ns = tai_ns + 16 * 6_250 - 900_000 }).?;
    try std.testing.expectApproxEqAbs(@as(f64, 50_000), found.frequency_ppb, 1e-3);
    try expectEqual(@as(i64, tai_ns + 16 * 6_250), found.newest.raw_ns);
}

test "FirstEstimate waits for slow masters and thins out fast ones" {
    var slow: FirstEstimate = .{};
    for (0..4) |i| {
        const found = slow.add(.{ .local_ns = @intCast(i * 4_000_000_000), .raw_ns = 0 });
        try expectEqual(i >= 2, found != null);
    }
    var fast: FirstEstimate = .{};
    var estimates: usize = 0;
    for (0..256) |i| {
        if (fast.add(.{ .local_ns = @intCast(i * 7_812_500), .raw_ns = 0 }) != null) estimates += 1;
    }
    try expectEqual(@as(usize, count_max), fast.count);
    try expect(estimates >= 1);
}
