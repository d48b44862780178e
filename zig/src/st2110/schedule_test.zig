const std = @import("std");
const model = @import("schedule_model.zig");
const schedule_of = @import("schedule.zig");
const timestamp = @import("timestamp.zig");
const video = @import("video.zig");

const Rate = timestamp.Rate;
const Schedule = schedule_of.Schedule;
const Sender = schedule_of.Sender;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

/// Of 4:2:2 with 10 bits.
const Format = struct {
    width: u32,
    height: u32,
    rate: Rate,
    scan: video.Scan = .progressive,
    packing: video.Packing = .gpm,

    fn schedule(self: Format, sender: Sender) !Schedule {
        return .ofVideo(.{
            .width = self.width,
            .height = self.height,
            .sampling = .ycbcr_422,
            .depth = .bits_10,
            .scan = self.scan,
            .packing = self.packing,
        }, self.rate, sender);
    }
};

const rate_50: Rate = .{ .num = 50, .den = 1 };
const rate_25: Rate = .{ .num = 25, .den = 1 };
const rate_59: Rate = .{ .num = 60000, .den = 1001 };
const rate_29: Rate = .{ .num = 30000, .den = 1001 };
const rate_23: Rate = .{ .num = 24000, .den = 1001 };

const hd_59: Format = .{ .width = 1920, .height = 1080, .rate = rate_59 };
const hd_59_blocks: Format = .{ .width = 1920, .height = 1080, .rate = rate_59, .packing = .bpm };
const hd_50: Format = .{ .width = 1920, .height = 1080, .rate = rate_50 };
const hd_50_blocks: Format = .{ .width = 1920, .height = 1080, .rate = rate_50, .packing = .bpm };
const hd_29_fields: Format = .{ .width = 1920, .height = 1080, .rate = rate_29, .scan = .interlaced };
const hd_25_fields: Format = .{ .width = 1920, .height = 1080, .rate = rate_25, .scan = .interlaced };
const hd_25_segments: Format = .{ .width = 1920, .height = 1080, .rate = rate_25, .scan = .segmented };
const hd_23: Format = .{ .width = 1920, .height = 1080, .rate = rate_23 };
const small_50: Format = .{ .width = 1280, .height = 720, .rate = rate_50 };
const ultra_59: Format = .{ .width = 3840, .height = 2160, .rate = rate_59 };
const sd_25: Format = .{ .width = 720, .height = 576, .rate = rate_25, .scan = .interlaced };
const sd_29: Format = .{ .width = 720, .height = 486, .rate = rate_29, .scan = .interlaced };

const formats = [_]Format{
    hd_59,          hd_59_blocks, hd_50,    hd_50_blocks, hd_29_fields, hd_25_fields,
    hd_25_segments, hd_23,        small_50, ultra_59,     sd_25,        sd_29,
};

/// The frame of 60000/1001 that 2026-09-27 11:00 TAI lies in.
const frame_59 = 107_323_302_924;

const Known = struct {
    format: Format,
    sender: Sender,
    tr_offset_ns: u64,
    cmax: u32,
    vrx_full: u32,
    /// Packets 1, half of all and the last, after the datum.
    offsets_ns: [3]u64,

    fn of(format: Format, sender: Sender, tr_offset_ns: u64, models: [2]u32, offsets_ns: [3]u64) Known {
        return .{
            .format = format,
            .sender = sender,
            .tr_offset_ns = tr_offset_ns,
            .cmax = models[0],
            .vrx_full = models[1],
            .offsets_ns = offsets_ns,
        };
    }
};

// Computed apart from this code, with fractions, from the formulas of sections 6 and 7.
const known = [_]Known{
    .of(hd_59, .narrow, 637674, .{ 6, 9 }, .{ 3707, 8008000, 16012292 }),
    .of(hd_59, .narrow_linear, 637674, .{ 5, 9 }, .{ 3861, 8341666, 16679471 }),
    .of(hd_59, .wide, 637674, .{ 16, 863 }, .{ 3861, 8341666, 16679471 }),
    .of(hd_59_blocks, .narrow, 637674, .{ 5, 9 }, .{ 3892, 8006053, 16012107 }),
    .of(hd_59_blocks, .wide, 637674, .{ 16, 822 }, .{ 4054, 8339639, 16679279 }),
    .of(hd_29_fields, .narrow, 652503, .{ 4, 8 }, .{ 7414, 16698162, 32706748 }),
    .of(hd_29_fields, .narrow_linear, 652503, .{ 4, 8 }, .{ 7723, 16683333, 33358942 }),
    .of(hd_25_fields, .narrow, 782222, .{ 4, 8 }, .{ 8888, 20017777, 39208888 }),
    .of(ultra_59, .narrow, 637674, .{ 24, 38 }, .{ 926, 8008000, 16015073 }),
    .of(ultra_59, .narrow_linear, 637674, .{ 23, 38 }, .{ 965, 8341666, 16682367 }),
    .of(small_50, .narrow, 746666, .{ 4, 8 }, .{ 6666, 9600000, 19193333 }),
    .of(small_50, .wide, 746666, .{ 16, 720 }, .{ 6944, 10000000, 19993055 }),
    .of(hd_50, .narrow, 764444, .{ 5, 8 }, .{ 4444, 9600000, 19195555 }),
    .of(hd_50, .wide, 764444, .{ 16, 720 }, .{ 4629, 10000000, 19995370 }),
    .of(hd_50_blocks, .narrow, 764444, .{ 4, 8 }, .{ 4665, 9597667, 19195334 }),
    .of(hd_50_blocks, .narrow_linear, 764444, .{ 4, 8 }, .{ 4860, 9997569, 19995139 }),
    .of(hd_23, .narrow, 1594185, .{ 4, 8 }, .{ 9268, 20020000, 40030731 }),
    .of(sd_25, .narrow, 1664000, .{ 4, 8 }, .{ 32000, 20032000, 38432000 }),
    .of(sd_29, .narrow, 1271111, .{ 4, 8 }, .{ 31777, 16715111, 32127333 }),
};

test "Schedule gives the numbers of the common formats" {
    for (known) |row| {
        const schedule = try row.format.schedule(row.sender);
        try expectEqual(row.tr_offset_ns, schedule.trOffsetNs());
        try expectEqual(row.cmax, schedule.cmax);
        try expectEqual(row.vrx_full, schedule.vrx_full);
        const count = schedule.packet_count;
        for (row.offsets_ns, [_]u32{ 1, count / 2, count - 1 }) |offset_ns, packet| {
            try expectEqual(offset_ns, schedule.offsetNs(packet));
        }
    }
    const narrow = try hd_59.schedule(.narrow);
    try expectEqual(@as(u64, 1_790_510_437_116_037_674), narrow.datumNs(frame_59));
    try expectEqual(@as(u64, 1_790_510_437_132_049_966), narrow.packetNs(frame_59, 4319));
}

test "Schedule has no error that grows" {
    for (formats) |format| for ([_]Sender{ .narrow, .narrow_linear }) |sender| {
        const schedule = try format.schedule(sender);
        const rate = format.rate;
        // After as many frames as the rate's numerator, whole seconds have passed, at whatever frame one begins.
        for ([_]u64{ 0, 1, 999_999, frame_59 }) |frame| for ([_]u32{ 0, 1, schedule.packet_count - 1 }) |packet| {
            const seconds_ns = @as(u64, rate.den) * std.time.ns_per_s * 1000;
            const later_ns = schedule.packetNs(frame + @as(u64, rate.num) * 1000, packet);
            try expectEqual(schedule.packetNs(frame, packet) + seconds_ns, later_ns);
        };
        var before_ns: u64 = 0;
        for (0..schedule.packet_count) |packet| {
            const offset_ns = schedule.offsetNs(@intCast(packet));
            try std.testing.expect(packet == 0 or offset_ns > before_ns);
            try expectEqual(@as(u32, @intCast(packet + 1)), schedule.dueCount(schedule.packet_count, offset_ns));
            if (packet > 0) {
                try expectEqual(@as(u32, @intCast(packet)), schedule.dueCount(schedule.packet_count, offset_ns - 1));
            }
            before_ns = offset_ns;
        }
        try std.testing.expect(schedule.datumNs(8) > schedule.packetNs(7, schedule.packet_count - 1));
    };
}

test "Schedule takes a signalled TR_OFFSET" {
    const default = try hd_59.schedule(.wide);
    const moved = try Schedule.init(.{
        .rate = rate_59,
        .packet_count = default.packet_count,
        .height = 1080,
        .sender = .wide,
        .tr_offset_us = 1234,
    });
    try expectEqual(@as(u64, 1_234_000), moved.trOffsetNs());
    try expectEqual(rate_59.frameAt(moved.datumNs(frame_59)), frame_59);
    try expectEqual(@as(u64, 1_234_000), moved.datumNs(0));
    try expectEqual(default.offsetNs(17), moved.offsetNs(17));
    try expectEqual(@as(u64, 1_001_000_000_000 + 1_234_000), moved.datumNs(60_000));
}

test "Schedule refuses what cannot be sent" {
    const stream: schedule_of.Stream = .{ .rate = rate_50, .packet_count = 4320, .height = 1080, .sender = .narrow };
    var bad = stream;
    bad.rate.den = 0;
    try expectError(error.BadRate, Schedule.init(bad));
    bad.rate = .{ .num = 1 << 27, .den = 1 };
    try expectError(error.BadRate, Schedule.init(bad));
    bad = stream;
    bad.packet_count = 0;
    try expectError(error.BadPacketCount, Schedule.init(bad));
    bad.packet_count = (1 << 24) + 1;
    try expectError(error.BadPacketCount, Schedule.init(bad));
    bad = stream;
    bad.scan = .interlaced;
    for ([_]u32{ 48, 720, 1200 }) |height| {
        bad.height = height;
        bad.sender = .narrow;
        try expectError(error.NoGap, Schedule.init(bad));
        bad.sender = .narrow_linear;
        _ = try Schedule.init(bad);
    }
    for ([_]u32{ 480, 486, 487, 576, 1035, 1080 }) |height| {
        bad.height = height;
        bad.sender = .narrow;
        _ = try Schedule.init(bad);
    }
    // 900 000 packets per second and one less per frame.
    bad = stream;
    bad.sender = .wide;
    bad.packet_count = 18_000;
    try expectError(error.TooFast, Schedule.init(bad));
    bad.packet_count = 17_999;
    _ = try Schedule.init(bad);
    try expectError(error.TooFast, ultra_59.schedule(.wide));
}

test "Schedule counts the extended UDP limit in VRX_FULL" {
    var stream: schedule_of.Stream = .{
        .rate = rate_59,
        .packet_count = 1080,
        .height = 1080,
        .udp_bytes_max = video.udp_bytes_extended,
        .sender = .narrow,
    };
    try expectEqual(@as(u32, 2), (try Schedule.init(stream)).vrx_full);
    try expectEqual(@as(u32, 2), (try Schedule.init(stream)).burst_max);
    stream.sender = .wide;
    try expectEqual(@as(u32, 215), (try Schedule.init(stream)).vrx_full);
}

const Judges = struct { network: model.NetworkModel, receiver: model.ReceiverModel };

/// What the models say of bursts of so many packets, each as early as its last instant allows.
fn judge(schedule: Schedule, burst: u32, lead_ns: u64, frames: u64) Judges {
    var judges: Judges = .{ .network = .init(schedule), .receiver = .init(schedule) };
    for (frame_59..frame_59 + frames) |frame| {
        var left_ns: u64 = 0;
        for (0..schedule.packet_count) |packet| {
            if (packet % burst == 0) left_ns = schedule.packetNs(frame, @intCast(packet)) - lead_ns;
            _ = judges.network.observe(left_ns);
            _ = judges.receiver.observe(frame, @intCast(packet), left_ns);
        }
    }
    return judges;
}

test "the exact schedule holds one packet in the network and one in the receiver, for every type and rate" {
    for (formats) |format| for (std.enums.values(Sender)) |sender| {
        const schedule = format.schedule(sender) catch |failure| {
            try expectEqual(error.TooFast, failure);
            continue;
        };
        const judges = judge(schedule, 1, 0, 40);
        try expectEqual(@as(u64, 40) * schedule.packet_count, judges.network.packets);
        try expectEqual(@as(u64, 1), judges.network.peak);
        try std.testing.expect(judges.network.holds() and judges.receiver.holds());
        try expectEqual(@as(i64, 1), judges.receiver.peak);
        try expectEqual(@as(i64, 1), judges.receiver.lowest);
    };
}

test "bursts of burst_max hold, one packet more does not" {
    for (formats) |format| for (std.enums.values(Sender)) |sender| {
        const schedule = format.schedule(sender) catch continue;
        try expectEqual(schedule.cmax, schedule.burst_max);
        const judges = judge(schedule, schedule.burst_max, 0, 25);
        try std.testing.expect(judges.network.holds() and judges.receiver.holds());
        try expectEqual(@as(u64, schedule.burst_max), judges.network.peak);
        try expectEqual(@as(i64, schedule.burst_max), judges.receiver.peak);
        try std.testing.expect(!judge(schedule, schedule.burst_max + 1, 0, 2).network.holds());
    };
}

test "a sender may be ahead by leadNs() and as late" {
    for (formats) |format| for (std.enums.values(Sender)) |sender| {
        const schedule = format.schedule(sender) catch continue;
        const lead_ns = schedule.leadNs(schedule.burst_max);
        try std.testing.expect(lead_ns > 0 and lead_ns <= schedule.trOffsetNs() / 2);
        const judges = judge(schedule, schedule.burst_max, lead_ns, 3);
        try std.testing.expect(judges.network.holds() and judges.receiver.holds());
    };
}

test "NetworkModel drains at multiples of T / N / 1.1 since the epoch" {
    // 10 packets per second: a drain every 1/11 s.
    const schedule = try Schedule.init(.{
        .rate = .{ .num = 1, .den = 1 },
        .packet_count = 10,
        .height = 1080,
        .sender = .narrow_linear,
    });
    try expectEqual(@as(u64, 0), schedule.drainCount(90_909_090));
    try expectEqual(@as(u64, 1), schedule.drainCount(90_909_091));
    try expectEqual(@as(u64, 11), schedule.drainCount(1_000_000_000));
    try expectEqual(@as(u64, 90_909_091), schedule.drainNs(1, .up));
    try expectEqual(@as(u64, 90_909_090), schedule.drainNs(1, .down));
    var network: model.NetworkModel = .init(schedule);
    const instants = [_]struct { u64, u64 }{
        .{ 1_000_000_000, 1 }, .{ 1_000_000_000, 2 }, .{ 1_000_000_001, 3 }, .{ 1_000_000_001, 4 },
        .{ 1_090_909_090, 5 }, .{ 1_090_909_091, 5 }, .{ 1_181_818_182, 5 }, .{ 1_400_000_000, 4 },
        .{ 9_000_000_000, 1 },
    };
    for (instants) |row| try expectEqual(row[1], network.observe(row[0]));
    try expectEqual(@as(u64, 3), network.over);
    try expectEqual(@as(u64, 5), network.peak);
    try std.testing.expect(!network.holds());
}

test "ReceiverModel sees what is late, early, and not sent" {
    const schedule = try small_50.schedule(.narrow);
    var receiver: model.ReceiverModel = .init(schedule);
    const frame = 1000;
    try expectEqual(@as(i64, 1), receiver.observe(frame, 0, schedule.packetNs(frame, 0)));
    try expectEqual(@as(i64, 1), receiver.observe(frame, 1, schedule.packetNs(frame, 1)));
    try std.testing.expect(receiver.holds());
    // One nanosecond late, then by four packets, and the next in time.
    try expectEqual(@as(i64, 0), receiver.observe(frame, 2, schedule.packetNs(frame, 2) + 1));
    try expectEqual(@as(i64, -3), receiver.observe(frame, 3, schedule.packetNs(frame, 6) + 1));
    try expectEqual(@as(i64, 1), receiver.observe(frame, 7, schedule.packetNs(frame, 7)));
    try expectEqual(@as(u64, 2), receiver.underflows);
    try expectEqual(schedule.packetNs(frame, 6) + 1 - schedule.packetNs(frame, 3), receiver.worst_late_ns);
    try expectEqual(@as(i64, -3), receiver.lowest);
    // Eight may be there, nine not; a frame that was left out is no fault.
    const next_ns = schedule.packetNs(frame + 2, 0);
    for (0..8) |i| try expectEqual(@as(i64, @intCast(i + 1)), receiver.observe(frame + 2, @intCast(i), next_ns));
    try expectEqual(@as(u64, 0), receiver.overflows);
    try expectEqual(@as(i64, 9), receiver.observe(frame + 2, 8, next_ns));
    try expectEqual(@as(u64, 1), receiver.overflows);
    try expectEqual(@as(i64, 9), receiver.peak);
    try expectEqual(@as(i64, 1), receiver.observe(frame + 3, 0, schedule.datumNs(frame + 3)));
}

test "formats that are sent linear run ahead of gapped reads by what the gap is" {
    const narrow = try hd_59.schedule(.narrow);
    const linear = try hd_59.schedule(.narrow_linear);
    var receiver: model.ReceiverModel = .init(linear);
    for (0..narrow.packet_count) |packet| {
        _ = receiver.observe(5, @intCast(packet), narrow.packetNs(5, @intCast(packet)));
    }
    try expectEqual(@as(i64, 173), receiver.peak);
    try std.testing.expect(!receiver.holds());
}
