//! Senders of uncompressed video over loopback: frames come back through the depacketizer, byte for byte.

const std = @import("std");
const kit = @import("sender_test_kit.zig");
const net = @import("../net.zig");
const sender = @import("sender.zig");
const st2110 = @import("../st2110.zig");
const time = @import("../time.zig");

const Receiver = kit.Receiver;
const allocator = kit.allocator;
const awaitDone = kit.awaitDone;
const expect = kit.expect;
const expectEqual = kit.expectEqual;
const expectError = kit.expectError;
const fillRandom = kit.fillRandom;
const jobOf = kit.jobOf;
const videoConfig = kit.videoConfig;

/// Takes one frame from the network and puts it together. Returns its first time stamp.
pub fn receiveFrame(receiver: *Receiver, geometry: st2110.video.Geometry, target: []u8) !u32 {
    const Depacketizer = st2110.video_depacketizer.Depacketizer;
    const memory = try allocator.alignedAlloc(u8, .@"8", Depacketizer.memoryBytes(geometry));
    defer allocator.free(memory);
    var depacketizer: Depacketizer = try .init(memory, .{
        .geometry = geometry,
        .stride_bytes = geometry.row_bytes,
        .frame_ticks = 1800,
    });
    while (true) {
        const one = try receiver.nextPacket();
        try expectEqual(@as(u7, 96), one.payload_type);
        try expectEqual(@as(u32, 0x11223344), one.ssrc);
        var outcome = depacketizer.receive(one);
        if (outcome == .wanted) {
            try depacketizer.begin(target);
            outcome = depacketizer.receive(one);
        }
        switch (outcome) {
            .placed => {},
            .completed => {
                const report = depacketizer.finish().?;
                try expectEqual(@as(u32, 0), report.missing_count);
                return report.timestamps[0].?;
            },
            else => return error.TestUnexpectedResult,
        }
    }
}

test "frames of pixel groups arrive as they were, by both ways of sending, with every packing and scan" {
    for ([_]u32{ 1, 2 }) |mode| for (std.enums.values(st2110.video.Scan)) |scan| {
        for (std.enums.values(st2110.video.Packing)) |packing| {
            var receiver = try Receiver.open();
            defer receiver.close();
            var config = videoConfig(receiver.port, 640, 36);
            config.mode = mode;
            config.scan = @backingInt(scan);
            config.packing = @backingInt(packing);
            const geometry = try (try config.videoFormat()).geometry();
            const frame = try allocator.alloc(u8, geometry.frameBytes());
            defer allocator.free(frame);
            const back = try allocator.alloc(u8, frame.len);
            defer allocator.free(back);
            const handle = try sender.open(config);
            for (0..3) |i| {
                fillRandom(frame, i);
                try sender.submit(handle, frame, jobOf(1000 + i));
                try expectEqual(@as(u32, @intCast(1000 + i)), try receiveFrame(&receiver, geometry, back));
                try std.testing.expectEqualSlices(u8, frame, back);
                try awaitDone(handle, i + 1);
            }
            const statistics = try sender.close(handle);
            try expectEqual(3 * geometry.packetCount(), statistics.packets);
            try expectEqual(@as(u64, 0), statistics.refused);
            try expectEqual(@as(u64, 3), statistics.done);
            try expectError(error.BadHandle, sender.doneCount(handle));
        }
    };
}

test "pixels are converted row by row, whatever the scan and packing" {
    const pixel = @import("../pixel.zig");
    const yuv422p10le = 6;
    // Twice as many rows as the sender keeps converted.
    const width, const height = .{ 3840, 40 };
    const plane_bytes = width * height * 2;
    const frame = try allocator.alloc(u8, 2 * plane_bytes);
    defer allocator.free(frame);
    fillRandom(frame, 1);
    const samples: []u16 = @alignCast(std.mem.bytesAsSlice(u16, frame));
    for (samples) |*sample| sample.* &= 0x3FF;
    const offsets: [3]u32 = .{ 0, plane_bytes, plane_bytes + plane_bytes / 2 };
    const strides: [3]u32 = .{ 2 * width, width, width };
    const picture = try pixel.pictureOf(frame, .{
        .format = yuv422p10le,
        .plane_offsets = offsets,
        .plane_strides_bytes = strides,
    }, width, height);
    for (std.enums.values(st2110.video.Scan)) |scan| for (std.enums.values(st2110.video.Packing)) |packing| {
        var receiver = try Receiver.open();
        defer receiver.close();
        var config = videoConfig(receiver.port, width, height);
        config.scan = @backingInt(scan);
        config.packing = @backingInt(packing);
        config.pixel_format = yuv422p10le;
        // At once, if the socket holds a whole frame: that depends on who runs the tests.
        if (receiver.socket.receiveBufferBytes() < 2 << 20) config.pacing = 2;
        const geometry = try (try config.videoFormat()).geometry();
        const expected = try allocator.alloc(u8, geometry.frameBytes());
        defer allocator.free(expected);
        pixel.groups.packRows(expected, geometry.row_bytes, picture, width, 0, height);
        const back = try allocator.alloc(u8, expected.len);
        defer allocator.free(back);
        const handle = try sender.open(config);
        defer _ = sender.close(handle) catch unreachable;
        var job = jobOf(5);
        try expectError(error.BadPayload, sender.submit(handle, frame, job));
        job.plane_offsets = offsets ++ @as([1]u32, .{0});
        job.plane_strides = strides ++ @as([1]u32, .{0});
        try expectError(error.BadPayload, sender.submit(handle, frame[0 .. frame.len - 1], job));
        for (0..2) |_| {
            try sender.submit(handle, frame, job);
            _ = try receiveFrame(&receiver, geometry, back);
            try std.testing.expectEqualSlices(u8, expected, back);
        }
    };
}

test "a frame with gaps between its rows, in the midst of a payload" {
    var receiver = try Receiver.open();
    defer receiver.close();
    const config = videoConfig(receiver.port, 64, 4);
    const geometry = try (try config.videoFormat()).geometry();
    var payload: [1024]u8 = undefined;
    fillRandom(&payload, 3);
    const handle = try sender.open(config);
    defer _ = sender.close(handle) catch unreachable;
    var job = jobOf(1);
    job.plane_offsets[0] = 64;
    job.plane_strides[0] = 200;
    try expectError(error.BadPayload, sender.submit(handle, payload[0 .. 64 + 3 * 200 + 159], job));
    try sender.submit(handle, payload[0 .. 64 + 3 * 200 + 160], job);
    var back: [640]u8 = undefined;
    _ = try receiveFrame(&receiver, geometry, &back);
    for (0..4) |row| {
        try std.testing.expectEqualSlices(u8, payload[64 + row * 200 ..][0..160], back[row * 160 ..][0..160]);
    }
    job.plane_strides[0] = 159;
    try expectError(error.BadPayload, sender.submit(handle, &payload, job));
}

test "frames over IPv6" {
    const local: [16]u8 = @as([15]u8, @splat(0)) ++ @as([1]u8, .{1});
    const socket = net.udp.Socket.openReceive(.{ .local = .ip6(local, 0, 0) }) catch |err| switch (err) {
        // A machine without it.
        error.AddressNotLocal => return error.SkipZigTest,
        else => return err,
    };
    var receiver: Receiver = .{ .socket = socket, .port = @intCast((try socket.localEndpoint()).port) };
    defer receiver.close();
    var config = videoConfig(receiver.port, 64, 4);
    config.to = .ip6(local, receiver.port, 0);
    const geometry = try (try config.videoFormat()).geometry();
    var frame: [640]u8 = undefined;
    fillRandom(&frame, 6);
    var back: [640]u8 = undefined;
    const handle = try sender.open(config);
    try sender.submit(handle, &frame, jobOf(6));
    try expectEqual(@as(u32, 6), try receiveFrame(&receiver, geometry, &back));
    try std.testing.expectEqualSlices(u8, &frame, &back);
    try expectEqual(receiver.port, (try receiver.socket.localEndpoint()).port);
    try expect((try sender.localEndpoint(handle)).port != 0);
    _ = try sender.close(handle);
}
