//! Senders of coded pictures over loopback.

const std = @import("std");
const kit = @import("sender_test_kit.zig");
const sender = @import("sender.zig");
const st2110 = @import("../st2110.zig");
const time = @import("../time.zig");

const Receiver = kit.Receiver;
const allocator = kit.allocator;
const awaitDone = kit.awaitDone;
const configOf = kit.configOf;
const expect = kit.expect;
const expectEqual = kit.expectEqual;
const expectError = kit.expectError;
const fillRandom = kit.fillRandom;
const jobOf = kit.jobOf;

test "JPEG XS: a picture comes back whole, its packets spread over half of the frame" {
    var receiver = try Receiver.open();
    defer receiver.close();
    var config = configOf(.jpeg_xs, receiver.port);
    config.pacing = 2;
    config.picture_bytes = 100_000;
    const handle = try sender.open(config);
    const picture = try allocator.alloc(u8, 100_000);
    defer allocator.free(picture);
    const back = try allocator.alloc(u8, 100_000);
    defer allocator.free(back);
    try expectError(error.BadPayload, sender.submit(handle, picture[1..], jobOf(0)));
    for (0..3) |i| {
        fillRandom(picture, i);
        const start_ns = time.monotonicNs() + 1_000_000;
        try sender.submit(handle, picture, .{ .start_ns = start_ns, .media_clock = i, .second_media_clock = 0 });
        var position: usize = 0;
        while (true) {
            const one = try receiver.nextPacket();
            const payload = try st2110.jpeg_xs.parse(one.payload);
            @memcpy(back[position..][0..payload.data.len], payload.data);
            position += payload.data.len;
            if (one.marker) break;
        }
        // Half of 20 ms, less what batches are early.
        try expect(time.monotonicNs() >= start_ns + 8_000_000);
        try expectEqual(picture.len, position);
        try std.testing.expectEqualSlices(u8, picture, back);
    }
    const statistics = try sender.close(handle);
    try expectEqual(@as(u64, 3 * 70), statistics.packets);
    try expect(statistics.burst_max < 12);
}

test "H.264: small units go together, long ones in parts, parameter sets before pictures" {
    var receiver = try Receiver.open();
    defer receiver.close();
    var config = configOf(.h264, receiver.port);
    config.packet_mode = 1;
    const handle = try sender.open(config);
    const sps = [_]u8{ 0x67, 0x42, 0xC0, 0x1E, 0x11 };
    const pps = [_]u8{ 0x68, 0xCE, 0x3C, 0x80 };
    const record = [_]u8{ 1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0, sps.len } ++ sps ++ [_]u8{ 1, 0, pps.len } ++ pps;
    try expectError(error.BadPayload, sender.setParameterSets(handle, record[0..9]));
    try sender.setParameterSets(handle, &record);
    var unit: [5000]u8 = undefined;
    for (&unit, 0..) |*byte, i| byte.* = @truncate(i % 251 + 1);
    unit[4] = 0x65;
    unit[0..4].* = .{ 0, 0, 0, 1 };
    try sender.submit(handle, &unit, jobOf(77));
    var parsed: usize = 0;
    while (true) {
        const one = try receiver.nextPacket();
        try expectEqual(@as(u32, 77), one.timestamp);
        const payload = try @import("../rtp/h264.zig").parse(one.payload);
        switch (payload) {
            .aggregate => |aggregate| {
                var units = aggregate;
                try std.testing.expectEqualSlices(u8, &sps, units.next().?);
                try std.testing.expectEqualSlices(u8, &pps, units.next().?);
                parsed += 1;
            },
            .fragment => parsed += 1,
            else => return error.TestUnexpectedResult,
        }
        if (one.marker) break;
    }
    try expectEqual(@as(usize, 5), parsed);
    const broken = [_]u8{ 1, 2, 3 };
    try sender.submit(handle, &broken, jobOf(78));
    try awaitDone(handle, 2);
    const statistics = try sender.close(handle);
    try expectEqual(@as(u64, 1), statistics.malformed);
    try expectEqual(@as(u64, 1), statistics.dropped);
}
