//! Which offsets are measurements and which are accidents.
//!
//! Software stamps are taken when the kernel comes to it: most lie within a microsecond, one in some hundred is 50 µs
//! late. An offset further from the median of the last ones than six of their deviations is refused.
//!
//! A clock that has really been moved looks the same at first. What was refused is therefore remembered: five in a row
//! that agree among themselves are the new truth. If sixteen in a row are refused and do not agree, it is our idea of
//! the noise that is wrong, and they become the window.

const std = @import("std");
const sorting = @import("median.zig");

pub const Options = struct {
    /// Offsets that are closer to the median than this are never refused.
    floor_ns: f64 = 3_000,
    /// Deviations from the median; 6 refuses one good offset in 500 million.
    deviations: f64 = 6,
};

/// Offsets that the median is taken of.
pub const window_count = 16;
/// Refused ones in a row that make a new truth if they agree.
pub const rival_count = 5;
/// Below this many everything is taken.
const judge_count = 5;

pub const Verdict = union(enum) {
    accepted,
    /// To be dropped and counted.
    refused,
    /// The last `rival_count` belong to a clock that has been moved: by how much the median did.
    moved: i64,
};

pub const OutlierFilter = struct {
    options: Options = .{},
    window: [window_count]f64 = undefined,
    count: usize = 0,
    next: usize = 0,
    refused: [window_count]f64 = undefined,
    refused_count: usize = 0,

    pub fn add(self: *OutlierFilter, offset_ns: i64) Verdict {
        const offset: f64 = @floatFromInt(offset_ns);
        const center = self.median();
        if (self.count < judge_count or @abs(offset - center) <= self.gate(center)) {
            self.refused_count = 0;
            self.push(offset);
            return .accepted;
        }
        self.refused[self.refused_count] = offset;
        self.refused_count += 1;
        if (self.rivalsAgree()) return .{ .moved = self.takeRivals(rival_count, center) };
        if (self.refused_count == window_count) return .{ .moved = self.takeRivals(window_count, center) };
        return .refused;
    }

    /// Forgets everything.
    pub fn reset(self: *OutlierFilter) void {
        self.* = .{ .options = self.options };
    }

    /// The line that offsets are measured against was moved by `by_ns`.
    pub fn shift(self: *OutlierFilter, by_ns: i64) void {
        const by: f64 = @floatFromInt(by_ns);
        for (self.window[0..self.count]) |*offset| offset.* += by;
        for (self.refused[0..self.refused_count]) |*offset| offset.* += by;
    }

    /// Of the accepted ones; 0 if there is none.
    pub fn median(self: *const OutlierFilter) f64 {
        if (self.count == 0) return 0;
        var sorted = self.window;
        return sorting.median(sorted[0..self.count]);
    }

    /// Noise of the accepted ones as a standard deviation.
    pub fn deviationNs(self: *const OutlierFilter) f64 {
        if (self.count == 0) return 0;
        var values = self.window;
        return sorting.deviation(values[0..self.count], self.median());
    }

    fn gate(self: *const OutlierFilter, center: f64) f64 {
        var values = self.window;
        return @max(self.options.floor_ns, self.options.deviations * sorting.deviation(values[0..self.count], center));
    }

    fn push(self: *OutlierFilter, offset: f64) void {
        self.window[self.next] = offset;
        self.next = (self.next + 1) % window_count;
        self.count = @min(self.count + 1, window_count);
    }

    /// The newest rivals lie as close together as good offsets do.
    fn rivalsAgree(self: *const OutlierFilter) bool {
        if (self.refused_count < rival_count) return false;
        var rivals: [rival_count]f64 = undefined;
        @memcpy(&rivals, self.refused[self.refused_count - rival_count ..][0..rival_count]);
        const center = sorting.median(&rivals);
        const width = self.gate(self.median());
        return @abs(rivals[0] - center) <= width and @abs(rivals[rival_count - 1] - center) <= width;
    }

    fn takeRivals(self: *OutlierFilter, comptime count: usize, center: f64) i64 {
        var rivals: [count]f64 = undefined;
        @memcpy(&rivals, self.refused[self.refused_count - count ..][0..count]);
        self.reset();
        for (rivals) |rival| self.push(rival);
        return std.math.lossyCast(i64, @round(sorting.median(&rivals) - center));
    }
};

const expectEqual = std.testing.expectEqual;

fn filterWithNoise() OutlierFilter {
    var filter: OutlierFilter = .{};
    for (0..40) |i| std.debug.assert(filter.add(@as(i64, @intCast(i * 37 % 21)) * 100 - 1_000) == .accepted);
    return filter;
}

test "OutlierFilter refuses single stamps that are late, and takes what is between them" {
    var filter = filterWithNoise();
    for (0..100) |i| {
        try expectEqual(.refused, filter.add(50_000 + @as(i64, @intCast(i))));
        try expectEqual(.accepted, filter.add(300));
    }
    try expectEqual(.refused, filter.add(std.math.maxInt(i64)));
    try expectEqual(.refused, filter.add(std.math.minInt(i64)));
}

test "OutlierFilter takes a clock that was moved after five agreeing offsets" {
    var filter = filterWithNoise();
    for (0..4) |i| try expectEqual(.refused, filter.add(1_000_000_000 + @as(i64, @intCast(i)) * 100));
    const moved = filter.add(1_000_000_100);
    try expectEqual(@as(i64, 1_000_000_100), moved.moved + @as(i64, @trunc(filterWithNoise().median())));
    try expectEqual(.accepted, filter.add(1_000_000_200));
    filter.shift(-1_000_000_100);
    try expectEqual(.accepted, filter.add(0));
}

fn scattered(i: usize) i64 {
    const size_ns: i64 = @intCast(20_000 + i * 7_919 % 19 * 10_000);
    return if (i % 2 == 0) size_ns else -size_ns;
}

test "OutlierFilter gives in when noise has grown for good" {
    var filter = filterWithNoise();
    for (0..15) |i| try expectEqual(.refused, filter.add(scattered(i)));
    const verdict = filter.add(scattered(15));
    try std.testing.expect(@abs(verdict.moved) < 50_000);
    for (16..100) |i| try expectEqual(.accepted, filter.add(scattered(i)));
}

test "OutlierFilter takes everything until it knows the noise" {
    var filter: OutlierFilter = .{};
    for ([_]i64{ 0, 900_000, -900_000, 1, 2 }) |offset| try expectEqual(.accepted, filter.add(offset));
    filter.reset();
    try expectEqual(@as(f64, 0), filter.deviationNs());
}
