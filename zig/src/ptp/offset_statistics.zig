//! How good the clock is, in numbers: mean, rms, standard deviation and percentiles of the measured offset.
//!
//! Percentiles come from a histogram with four classes per octave, so they are up to a fifth too large and never too
//! small. It has a side for early and one for late and can be shown as it is.

const std = @import("std");

/// Classes of one side: sizes up to 17 s, the last one holds what is larger.
pub const class_count = 132;

/// The class of an offset's size.
pub fn classOf(size_ns: u64) usize {
    if (size_ns < 4) return @intCast(size_ns);
    const octave: u6 = std.math.log2_int(u64, size_ns);
    const quarter = (size_ns >> (octave - 2)) & 3;
    return @min(class_count - 1, (@as(usize, octave) - 2) * 4 + 4 + quarter);
}

/// The largest size in a class.
pub fn classMaxNs(class: usize) u64 {
    if (class < 4) return class;
    const octave: u6 = @intCast((class - 4) / 4 + 2);
    const quarter: u64 = (class - 4) % 4;
    return ((5 + quarter) << (octave - 2)) - 1;
}

pub const OffsetStatistics = struct {
    count: u64 = 0,
    sum: f64 = 0,
    sum_of_squares: f64 = 0,
    size_max_ns: u64 = 0,
    /// Offsets below zero: our clock is behind the master's.
    behind: [class_count]u32 = @splat(0),
    ahead: [class_count]u32 = @splat(0),

    pub fn add(self: *OffsetStatistics, offset_ns: i64) void {
        const offset: f64 = @floatFromInt(offset_ns);
        self.count += 1;
        self.sum += offset;
        self.sum_of_squares += offset * offset;
        self.size_max_ns = @max(self.size_max_ns, @abs(offset_ns));
        const side = if (offset_ns < 0) &self.behind else &self.ahead;
        side[classOf(@abs(offset_ns))] +|= 1;
    }

    pub fn addAll(self: *OffsetStatistics, other: *const OffsetStatistics) void {
        self.count += other.count;
        self.sum += other.sum;
        self.sum_of_squares += other.sum_of_squares;
        self.size_max_ns = @max(self.size_max_ns, other.size_max_ns);
        for (&self.behind, other.behind) |*to, from| to.* +|= from;
        for (&self.ahead, other.ahead) |*to, from| to.* +|= from;
    }

    /// 0 without offsets, like all below.
    pub fn meanNs(self: *const OffsetStatistics) f64 {
        return if (self.count == 0) 0 else self.sum / @as(f64, @floatFromInt(self.count));
    }

    pub fn rmsNs(self: *const OffsetStatistics) f64 {
        return if (self.count == 0) 0 else @sqrt(self.sum_of_squares / @as(f64, @floatFromInt(self.count)));
    }

    pub fn deviationNs(self: *const OffsetStatistics) f64 {
        const mean = self.meanNs();
        const square = self.rmsNs() * self.rmsNs();
        return @sqrt(@max(0, square - mean * mean));
    }

    /// The size that `part` (0 to 1) of the offsets do not exceed.
    pub fn percentileNs(self: *const OffsetStatistics, part: f64) u64 {
        var wanted = @as(f64, @floatFromInt(self.count)) * part;
        for (self.behind, self.ahead, 0..) |behind, ahead, class| {
            wanted -= @floatFromInt(@as(u64, behind) + ahead);
            if (wanted <= 0) return @min(classMaxNs(class), self.size_max_ns);
        }
        return self.size_max_ns;
    }
};

/// Statistics of the last one to two windows of time.
pub const RecentStatistics = struct {
    window_ns: i64 = 60 * std.time.ns_per_s,
    /// The newest offset; null before the first.
    last_ns: ?i64 = null,
    began_ns: ?i64 = null,
    current: OffsetStatistics = .{},
    before: OffsetStatistics = .{},

    pub fn add(self: *RecentStatistics, offset_ns: i64, local_ns: i64) void {
        const began_ns = self.began_ns orelse local_ns;
        self.began_ns = began_ns;
        if (local_ns -| began_ns >= self.window_ns) {
            self.before = if (local_ns -| began_ns < 2 * self.window_ns) self.current else .{};
            self.current = .{};
            self.began_ns = local_ns;
        }
        self.current.add(offset_ns);
        self.last_ns = offset_ns;
    }

    pub fn total(self: *const RecentStatistics) OffsetStatistics {
        var sum = self.before;
        sum.addAll(&self.current);
        return sum;
    }

    pub fn reset(self: *RecentStatistics) void {
        self.* = .{ .window_ns = self.window_ns };
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "OffsetStatistics has classes without gaps, each at most a quarter wide" {
    for (1..class_count) |class| {
        const max_ns = classMaxNs(class);
        try expectEqual(class, classOf(max_ns));
        if (class + 1 < class_count) try expectEqual(class + 1, classOf(max_ns + 1));
        try expect(class < 4 or max_ns < (classMaxNs(class - 1) + 1) * 5 / 4);
    }
    try expectEqual(class_count - 1, classOf(std.math.maxInt(u64)));
    try expect(classMaxNs(class_count - 1) > 17 * std.time.ns_per_s);
}

test "OffsetStatistics knows the figures of normal noise" {
    var random_state = std.Random.DefaultPrng.init(99);
    var statistics: OffsetStatistics = .{};
    for (0..100_000) |_| statistics.add(@round(random_state.random().floatNorm(f64) * 500 + 120));
    try expect(@abs(statistics.meanNs() - 120) < 6);
    try expect(@abs(statistics.deviationNs() - 500) < 5);
    try expect(@abs(statistics.rmsNs() - @sqrt(500.0 * 500 + 120 * 120)) < 5);
    const half: f64 = @floatFromInt(statistics.percentileNs(0.99));
    try expect(half >= 1_290 and half < 1_340 * 1.25);
    try expectEqual(statistics.size_max_ns, statistics.percentileNs(1));
}

test "OffsetStatistics is empty without offsets and bounded by the largest" {
    var statistics: OffsetStatistics = .{};
    try expectEqual(@as(f64, 0), statistics.deviationNs());
    try expectEqual(@as(u64, 0), statistics.percentileNs(0.99));
    statistics.add(std.math.minInt(i64));
    statistics.add(std.math.maxInt(i64));
    try expectEqual(@as(u64, 1 << 63), statistics.size_max_ns);
    try expectEqual(@as(u32, 1), statistics.behind[class_count - 1]);
}

test "RecentStatistics forgets what is older than two windows" {
    var recent: RecentStatistics = .{ .window_ns = 1_000 };
    recent.add(9_000, 0);
    recent.add(1, 1_500);
    try expectEqual(@as(u64, 2), recent.total().count);
    recent.add(2, 2_600);
    try expectEqual(@as(u64, 2), recent.total().size_max_ns);
    recent.add(3, 9_000);
    try expectEqual(@as(u64, 1), recent.total().count);
    try expectEqual(@as(?i64, 3), recent.last_ns);
}
