//! How much later a one-step Sync leaves than the time that is written into it.
//!
//! The time is written before the message goes through the kernel, which stamps it on its way out: too late for this
//! one, but the next one will take about as long. The median of the last ones is added beforehand.

const std = @import("std");
const sorting = @import("../ptp/median.zig");

const window_count = 16;
const open_count = 8;
/// Longer is an accident, which tells nothing of the next one.
const lateness_ns_max = std.time.ns_per_ms;

const Open = struct { token: u32 = 0, written_ns: i64 = 0 };

/// Instants are of any one clock.
pub const SendLateness = struct {
    open: [open_count]Open = @splat(.{}),
    next_open: usize = 0,
    window: [window_count]f64 = undefined,
    count: usize = 0,
    next: usize = 0,

    /// To be added to the time that is written.
    pub fn ns(self: *const SendLateness) i64 {
        if (self.count == 0) return 0;
        var sorted = self.window;
        return std.math.lossyCast(i64, @round(sorting.median(sorted[0..self.count])));
    }

    /// The message of a token, which is not 0, is about to be sent.
    pub fn wrote(self: *SendLateness, token: u32, now_ns: i64) void {
        self.open[self.next_open] = .{ .token = token, .written_ns = now_ns };
        self.next_open = (self.next_open + 1) % open_count;
    }

    /// A message left, of this kind or another.
    pub fn left(self: *SendLateness, token: u32, stamp_ns: i64) void {
        for (&self.open) |*one| {
            if (one.token != token) continue;
            one.token = 0;
            const late_ns = stamp_ns -| one.written_ns;
            if (late_ns < 0 or late_ns > lateness_ns_max) return;
            self.window[self.next] = @floatFromInt(late_ns);
            self.next = (self.next + 1) % window_count;
            self.count = @min(self.count + 1, window_count);
            return;
        }
    }
};

const expectEqual = std.testing.expectEqual;

test "SendLateness is the median of the last messages, whatever one of them took" {
    var lateness: SendLateness = .{};
    try expectEqual(@as(i64, 0), lateness.ns());
    for (0..40) |i| {
        const token: u32 = @intCast(i + 1);
        const now_ns: i64 = @intCast(i * 125_000_000);
        lateness.wrote(token, now_ns);
        const took_ns: i64 = if (i % 5 == 2) 400_000 else 9_000 + @as(i64, @intCast(i % 3)) * 100;
        lateness.left(token, now_ns + took_ns);
    }
    try std.testing.expect(lateness.ns() >= 9_000 and lateness.ns() <= 9_200);
}

test "SendLateness takes nothing of other messages, of doubled stamps and of accidents" {
    var lateness: SendLateness = .{};
    lateness.wrote(7, 1_000);
    lateness.left(8, 2_000);
    lateness.left(7, 6_000);
    lateness.left(7, 900_000);
    try expectEqual(@as(i64, 5_000), lateness.ns());
    for ([_]i64{ -1, lateness_ns_max + 1, std.math.minInt(i64), std.math.maxInt(i64) }) |late_ns| {
        lateness.wrote(9, 0);
        lateness.left(9, late_ns);
    }
    try expectEqual(@as(i64, 5_000), lateness.ns());
    // Of messages whose stamp never comes the last ones are remembered.
    for (10..100) |token| lateness.wrote(@intCast(token), 0);
    lateness.left(10, 1);
    lateness.left(99, 5_200);
    try expectEqual(@as(i64, 5_100), lateness.ns());
}
