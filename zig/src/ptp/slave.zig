//! Measuring against one master: when to ask for the delay, and what the four times say (IEEE 1588-2008 sections 11.2
//! to 11.4, 9.5.11.2).
//!
//! The local clock is not corrected by anybody, so it runs at a rate of its own: with 50 ppm and a request 60 ms after
//! a Sync the plain formula is 1.5 µs off. The time between the two is therefore counted in the master's seconds, by
//! the rate that the edge's servo has found.

const std = @import("std");
const actions = @import("actions.zig");
const delay_requests = @import("delay_requests.zig");
const peer_delay = @import("peer_delay.zig");
const sync_receiver = @import("sync_receiver.zig");
const timestamp = @import("timestamp.zig");

const Measurement = actions.Measurement;

pub const Slave = struct {
    syncs: sync_receiver.SyncReceiver = .{},
    requests: delay_requests.DelayRequests = .{},
    /// How much longer the way from the master is than the mean (IEEE 1588-2008 section 7.4.2, delayAsymmetry).
    asymmetry_ns: i64 = 0,
    /// Master's seconds per second of the local clock.
    rate_ratio: f64 = 1,
    latest: ?sync_receiver.Sample = null,
    path_delay_ns: ?i64 = null,
    /// Null as long as there is nothing to ask about.
    request_next_ns: ?i64 = null,
    sync_deadline_ns: ?i64 = null,

    /// Another master. The delay to a neighbour stays what it is.
    pub fn reset(self: *Slave, keep_delay: bool) void {
        self.syncs.reset();
        self.requests.reset();
        self.latest = null;
        self.request_next_ns = null;
        self.sync_deadline_ns = null;
        if (!keep_delay) self.path_delay_ns = null;
    }

    pub fn synced(self: *Slave, sample: sync_receiver.Sample) Measurement {
        self.latest = sample;
        return .{
            .kind = .sync,
            .sequence = sample.sequence,
            .t1_ns = sample.t1_ns,
            .t2_ns = sample.t2_ns,
            .correction = self.forwardCorrection(sample),
            .path_delay_ns = self.path_delay_ns,
            .offset_ns = self.offsetNs(sample),
        };
    }

    /// Null if there was no Sync to go with it.
    pub fn delayed(self: *Slave, sample: delay_requests.Sample) ?Measurement {
        const sync = self.latest orelse return null;
        const between_ns = @as(i128, sync.t2_ns) - sample.t3_ns;
        const stretch_ns = @as(f64, @floatFromInt(between_ns)) * (self.rate_ratio - 1);
        const round_trip_ns = between_ns + std.math.lossyCast(i64, stretch_ns) + sample.t4_ns - sync.t1_ns;
        // The asymmetry is added on the way here and taken off on the way back: it cancels.
        const scaled = (round_trip_ns << 16) - sync.correction - sample.correction;
        self.path_delay_ns = std.math.lossyCast(i64, timestamp.roundScaled(@divFloor(scaled, 2)));
        return .{
            .kind = .delay,
            .sequence = sample.sequence,
            .t1_ns = sync.t1_ns,
            .t2_ns = sync.t2_ns,
            .t3_ns = sample.t3_ns,
            .t4_ns = sample.t4_ns,
            .correction = self.forwardCorrection(sync),
            .response_correction = sample.correction,
            .path_delay_ns = self.path_delay_ns,
            .offset_ns = self.offsetNs(sync),
        };
    }

    pub fn peerDelayed(self: *Slave, sample: peer_delay.Sample) Measurement {
        self.path_delay_ns = sample.delayNs(self.rate_ratio);
        return .{
            .kind = .peer_delay,
            .sequence = sample.sequence,
            .t1_ns = sample.t1_ns,
            .t2_ns = sample.t2_ns,
            .t3_ns = sample.t3_ns,
            .t4_ns = sample.t4_ns,
            .correction = sample.correction,
            .path_delay_ns = self.path_delay_ns,
            .offset_ns = null,
        };
    }

    fn forwardCorrection(self: *const Slave, sample: sync_receiver.Sample) timestamp.Scaled {
        const asymmetry = std.math.lossyCast(timestamp.Scaled, @as(i128, self.asymmetry_ns) << 16);
        return sample.correction +| asymmetry;
    }

    fn offsetNs(self: *const Slave, sample: sync_receiver.Sample) ?i64 {
        const delay_ns = self.path_delay_ns orelse return null;
        const scaled = ((@as(i128, sample.t2_ns) - sample.t1_ns - delay_ns) << 16) - self.forwardCorrection(sample);
        return std.math.lossyCast(i64, timestamp.roundScaled(scaled));
    }
};

/// A random wait for the next Delay_Req: up to twice the interval, so that the mean is the interval and a thousand
/// slaves do not ask at once (section 9.5.11.2).
pub fn requestWaitNs(random: std.Random, log_interval: i8) i64 {
    return @intFromFloat(random.float(f64) * 2 * @as(f64, @floatFromInt(timestamp.intervalNs(log_interval))));
}

/// A wait for the next Pdelay_Req: the interval, a tenth more or less.
pub fn peerWaitNs(random: std.Random, log_interval: i8) i64 {
    return @intFromFloat((0.9 + 0.2 * random.float(f64)) * @as(f64, @floatFromInt(timestamp.intervalNs(log_interval))));
}

const expectEqual = std.testing.expectEqual;

fn sampleOf(t1_ns: i64, t2_ns: i64, correction_ns: i64) sync_receiver.Sample {
    return .{ .sequence = 1, .t1_ns = t1_ns, .t2_ns = t2_ns, .correction = correction_ns << 16 };
}

test "delay and offset come from the four times and the corrections" {
    var slave: Slave = .{};
    // The local clock is 1000 ahead; 100 on the wire each way, 30 and 50 in switches that say so.
    const first = slave.synced(sampleOf(10_000, 11_130, 30));
    try expectEqual(@as(?i64, null), first.offset_ns);
    const delay = slave.delayed(.{ .sequence = 1, .t3_ns = 21_000, .t4_ns = 20_150, .correction = 50 << 16 }).?;
    try expectEqual(@as(?i64, 100), delay.path_delay_ns);
    try expectEqual(@as(?i64, 1000), delay.offset_ns);
    try expectEqual(@as(?i64, 1005), slave.synced(sampleOf(30_000, 31_135, 30)).offset_ns);
}

test "the asymmetry moves the offset, not the delay" {
    var slave: Slave = .{ .asymmetry_ns = 20 };
    _ = slave.synced(sampleOf(10_000, 11_120, 0));
    const delay = slave.delayed(.{ .sequence = 1, .t3_ns = 21_000, .t4_ns = 20_080, .correction = 0 }).?;
    try expectEqual(@as(?i64, 100), delay.path_delay_ns);
    try expectEqual(@as(?i64, 1000), delay.offset_ns);
}

test "the rate of the local clock does not spoil the delay" {
    // 50 ppm fast, asked 60 ms after the Sync, 100 on the wire.
    const later_ns = 60_000_000;
    var slave: Slave = .{};
    const times: delay_requests.Sample = .{
        .sequence = 1,
        .t3_ns = 100 + later_ns + later_ns / 20_000,
        .t4_ns = 200 + later_ns,
        .correction = 0,
    };
    _ = slave.synced(sampleOf(0, 100, 0));
    try expectEqual(@as(?i64, 100 - 1500), slave.delayed(times).?.path_delay_ns);
    slave.rate_ratio = 1.0 / 1.000_05;
    try expectEqual(@as(?i64, 100), slave.delayed(times).?.path_delay_ns);
}

test "times that are centuries apart saturate instead of wrapping" {
    var slave: Slave = .{ .path_delay_ns = 0 };
    const ends = [_]i64{ std.math.minInt(i64), std.math.maxInt(i64) };
    const wide = slave.synced(.{ .sequence = 1, .t1_ns = ends[0], .t2_ns = ends[1], .correction = ends[0] });
    try expectEqual(@as(?i64, std.math.maxInt(i64)), wide.offset_ns);
    _ = slave.delayed(.{ .sequence = 1, .t3_ns = ends[0], .t4_ns = ends[1], .correction = ends[0] });
}

test "requestWaitNs() has the interval as its mean" {
    var random_state = std.Random.DefaultPrng.init(1);
    var sum_ns: i64 = 0;
    for (0..10_000) |_| {
        const wait_ns = requestWaitNs(random_state.random(), -3);
        try std.testing.expect(wait_ns >= 0 and wait_ns < 250_000_000);
        sum_ns += wait_ns;
        const peer_ns = peerWaitNs(random_state.random(), 0);
        try std.testing.expect(peer_ns >= 900_000_000 and peer_ns <= 1_100_000_000);
    }
    try std.testing.expect(@abs(@divFloor(sum_ns, 10_000) - 125_000_000) < 3_000_000);
}
