//! How long a message is under way: the median of the last ten exchanges.
//!
//! An exchange has an interval measured by the peer and one measured by us. We keep the intervals, not the delay, so
//! that a new estimate of our frequency also corrects the exchanges that came before it: at 50 ppm, half a second
//! between Sync and Delay_Req is an error of 12 µs.
//!
//! What cannot be seen here: a path that is longer in one direction. Half of that difference is in every offset.

const std = @import("std");
const sorting = @import("median.zig");

/// The length of linuxptp's filter.
pub const count_max = 10;

/// One measurement of the path. All corrections of the protocol are already in the time stamps.
pub const Exchange = struct {
    /// Between two stamps of the master (of the neighbour).
    peer_ns: i64,
    /// Between two of our stamps, of the monotonic clock.
    local_ns: i64,

    /// Delay_Req and Delay_Resp (IEEE 1588-2019 §11.3): Sync left at t1 and came at t2, Delay_Req left at t3 and came
    /// at t4; t2 and t3 are monotonic. The correction of Sync and Follow_Up is added to t1, that of Delay_Resp taken
    /// from t4.
    pub fn endToEnd(t1_ns: i64, t2_ns: i64, t3_ns: i64, t4_ns: i64) Exchange {
        return .{ .peer_ns = t4_ns -| t1_ns, .local_ns = t3_ns -| t2_ns };
    }

    /// Pdelay (§11.4): Pdelay_Req left at t1 and came at t2, its answer left at t3 and came at t4; t1 and t4 are
    /// monotonic. `turnaround_ns` is t3 - t2 with all corrections.
    pub fn peerToPeer(t1_ns: i64, t4_ns: i64, turnaround_ns: i64) Exchange {
        return .{ .peer_ns = -turnaround_ns, .local_ns = -(t4_ns -| t1_ns) };
    }

    /// With `frequency_ppb` as the rate of TAI against our clock.
    fn delay(self: Exchange, frequency_ppb: f64) f64 {
        const peer: f64 = @floatFromInt(self.peer_ns -| self.local_ns);
        const turn: f64 = @floatFromInt(self.local_ns);
        return (peer - turn * frequency_ppb * 1e-9) / 2;
    }
};

pub const DelayFilter = struct {
    exchanges: [count_max]Exchange = undefined,
    count: usize = 0,
    next: usize = 0,

    pub fn add(self: *DelayFilter, exchange: Exchange) void {
        self.exchanges[self.next] = exchange;
        self.next = (self.next + 1) % count_max;
        self.count = @min(self.count + 1, count_max);
    }

    /// The path has changed (another master, another link).
    pub fn reset(self: *DelayFilter) void {
        self.* = .{};
    }

    /// Null before the first exchange. Never negative: stamps that say so are noise.
    pub fn delayNs(self: *const DelayFilter, frequency_ppb: f64) ?i64 {
        if (self.count == 0) return null;
        var delays: [count_max]f64 = undefined;
        for (self.exchanges[0..self.count], delays[0..self.count]) |exchange, *delay| {
            delay.* = exchange.delay(frequency_ppb);
        }
        return @max(0, std.math.lossyCast(i64, @round(sorting.median(delays[0..self.count]))));
    }
};

const expectEqual = std.testing.expectEqual;

test "DelayFilter measures both mechanisms, whatever the offset" {
    // Delay 2300 ns, our clock 1 s ahead of the master's.
    const s = std.time.ns_per_s;
    var filter: DelayFilter = .{};
    filter.add(.endToEnd(0, s + 2_300, s + 50_000, 52_300));
    try expectEqual(@as(?i64, 2_300), filter.delayNs(0));
    filter.reset();
    filter.add(.peerToPeer(5 * s, 5 * s + 10_000, 5_400));
    try expectEqual(@as(?i64, 2_300), filter.delayNs(0));
}

test "DelayFilter corrects old exchanges with a new frequency" {
    // 0.1 s between t2 and t3 by the master, 50 ppm less by our clock: TAI is 50 ppm faster.
    const tenth_ns = 100 * std.time.ns_per_ms;
    var filter: DelayFilter = .{};
    filter.add(.endToEnd(0, 2_000, 2_000 + tenth_ns - 5_000, tenth_ns + 4_000));
    try expectEqual(@as(?i64, 4_500), filter.delayNs(0));
    try expectEqual(@as(?i64, 2_000), filter.delayNs(50_000));
}

test "DelayFilter is a median of ten and never negative" {
    var filter: DelayFilter = .{};
    try expectEqual(@as(?i64, null), filter.delayNs(0));
    for (0..6) |_| filter.add(.{ .peer_ns = 4_000, .local_ns = 0 });
    for (0..4) |_| filter.add(.{ .peer_ns = 900_000, .local_ns = 0 });
    try expectEqual(@as(?i64, 2_000), filter.delayNs(0));
    for (0..10) |_| filter.add(.{ .peer_ns = -10, .local_ns = 0 });
    try expectEqual(@as(?i64, 0), filter.delayNs(0));
    filter.add(.{ .peer_ns = std.math.maxInt(i64), .local_ns = std.math.minInt(i64) });
    try expectEqual(@as(?i64, 0), filter.delayNs(1e6));
}
