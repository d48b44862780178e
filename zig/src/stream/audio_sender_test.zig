//! Senders of audio over loopback.

const std = @import("std");
const kit = @import("sender_test_kit.zig");
const packet = @import("../rtp/packet.zig");
const sender = @import("sender.zig");
const time = @import("../time.zig");

const Job = kit.Job;
const Receiver = kit.Receiver;
const awaitPackets = kit.awaitPackets;
const configOf = kit.configOf;
const expect = kit.expect;
const expectEqual = kit.expectEqual;
const expectError = kit.expectError;

test "audio: blocks of any size become packets of one size, every sample once" {
    for ([_]u32{ 1, 2, 3 }) |pacing| {
        var receiver = try Receiver.open();
        defer receiver.close();
        var config = configOf(.audio, receiver.port);
        config.clock_rate_hz = 48_000;
        config.encoding = 24;
        config.channels = 2;
        config.packet_samples = 6;
        config.pacing = pacing;
        const handle = try sender.open(config);
        var clock: u64 = 0xFFFF_FFF0; // over the wrap of time stamps
        const start_ns = time.monotonicNs() + 2_000_000;
        var value: f32 = 0;
        var block: [2 * 100]f32 = undefined;
        const first_clock = clock;
        for ([_]u32{ 100, 1, 5, 77, 33 }) |count| {
            for (block[0 .. 2 * count]) |*sample| {
                sample.* = value / 8_388_608.0;
                value += 1;
            }
            const payload = std.mem.sliceAsBytes(block[0 .. 2 * count]);
            try sender.submit(handle, payload, .{
                .start_ns = start_ns + (clock - first_clock) * std.time.ns_per_s / 48_000,
                .media_clock = clock,
                .second_media_clock = 0,
                .frames = count,
            });
            @memset(&block, -1); // it was copied
            clock += count;
        }
        try expectEqual(@as(u64, 5), try sender.doneCount(handle));
        var expected: i24 = 0;
        for (0..216 / 6) |i| {
            const one = try receiver.nextPacket();
            const packet_start_ns = start_ns + i * 125_000;
            if (pacing != 3) try expect(time.monotonicNs() >= packet_start_ns);
            try expectEqual(@as(u32, @truncate(first_clock + i * 6)), one.timestamp);
            try expectEqual(@as(u16, @truncate(0xFFF0 + i)), one.sequence);
            try expect(!one.marker);
            try expectEqual(@as(usize, 36), one.payload.len);
            for (0..12) |s| {
                try expectEqual(expected, std.mem.readInt(i24, one.payload[s * 3 ..][0..3], .big));
                expected += 1;
            }
        }
        const statistics = try sender.close(handle);
        try expectEqual(@as(u64, 36), statistics.packets);
        try expectEqual(@as(u64, 36 * 36), statistics.octets);
        try expectEqual(@as(u64, 5), statistics.submitted);
        var deviations: u64 = 0;
        for (statistics.deviation) |count| deviations += count;
        switch (pacing) {
            1 => try expectEqual(@as(u64, 36), deviations),
            2 => try expect(deviations >= 5 and deviations < 18),
            else => try expectEqual(@as(u64, 0), deviations),
        }
    }
}

test "audio: a jump throws away what has filled no packet, and wrong blocks are refused" {
    var receiver = try Receiver.open();
    defer receiver.close();
    var config = configOf(.audio, receiver.port);
    config.clock_rate_hz = 48_000;
    config.encoding = 16;
    config.channels = 1;
    config.packet_samples = 48;
    const handle = try sender.open(config);
    const block: [50]f32 = @splat(0.5);
    var job: Job = .{ .start_ns = 0, .media_clock = 0, .second_media_clock = 0, .frames = 50 };
    try expectError(error.BadPayload, sender.submit(handle, std.mem.asBytes(&block)[0..199], job));
    try sender.submit(handle, std.mem.asBytes(&block), job);
    job.media_clock = 1000;
    try sender.submit(handle, std.mem.asBytes(&block), job);
    job.frames = 0;
    try expectError(error.BadPayload, sender.submit(handle, &.{}, job));
    try expectEqual(@as(u32, 0), (try receiver.nextPacket()).timestamp);
    try expectEqual(@as(u32, 1000), (try receiver.nextPacket()).timestamp);
    const statistics = try awaitPackets(handle, 2);
    try expectEqual(@as(u64, 2), statistics.discarded_samples);
    _ = try sender.close(handle);
}
