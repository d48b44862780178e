//! Receivers of everything but plain video over loopback, and of video into other pixel formats.

const std = @import("std");
const pixel = @import("../pixel.zig");
const receiver = @import("receiver.zig");
const rtp = @import("../rtp.zig");
const st2110 = @import("../st2110.zig");
const testing = @import("receiver_testing.zig");
const configuration = @import("receiver_config.zig");

const Peer = testing.Peer;
const Target = testing.Target;
const awaitFigure = testing.awaitFigure;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const allocator = std.testing.allocator;

test "video in another pixel format: whole, and with rows of the last frame" {
    var config = try testing.videoConfig(testing.small);
    config.pixel_format = 6; // yuv422p10le
    config.plane_strides = .{ 960, 480, 480, 0 };
    config.plane_offsets = .{ 0, 960 * 36, 1440 * 36, 0 };
    config.item_bytes_max = 1920 * 36;
    config.missing_policy = @backingInt(configuration.MissingPolicy.conceal);
    var target: Target = try .init(4, config.item_bytes_max);
    defer target.deinit();
    const handle = try testing.openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var camera: testing.Camera = try .init(testing.small, 0);
    defer camera.deinit();
    const wire = try allocator.alloc(u8, 1200 * 36);
    defer allocator.free(wire);
    const pixels = try allocator.alloc(u8, config.item_bytes_max);
    defer allocator.free(pixels);
    const picture = try pixel.pictureOf(pixels, .{
        .format = 6,
        .plane_offsets = config.plane_offsets[0..3].*,
        .plane_strides_bytes = config.plane_strides[0..3].*,
    }, 480, 36);
    for (0..2) |frame| {
        try camera.begin();
        var row: u32 = 0;
        while (try camera.next()) |bytes| : (row += 1) {
            if (frame == 1 and row == 5) continue;
            try peer.send(bytes);
            @memcpy(wire[row * 1200 ..][0..1200], bytes[20..]);
        }
        const item = try target.next();
        pixel.groups.unpackRows(picture, wire, 1200, 480, 0, 36);
        try std.testing.expectEqualSlices(u8, pixels, item.payload);
        try target.done(item);
    }
    try expectEqual(@as(u64, 1), (try receiver.statisticsOf(handle)).concealed_rows);
    config.item_bytes_max -= 1;
    try std.testing.expectError(error.OutOfRange, receiver.open(&config));
}

test "audio: blocks of another size than packets, silence for what is missing" {
    for ([_]u64{ 0, 2 * std.time.ns_per_ms }) |reorder_ns| {
        var config = testing.baseConfig();
        config.kind = @backingInt(configuration.Kind.audio);
        config.clock_rate_hz = 48_000;
        config.encoding = 24;
        config.channels = 2;
        config.packet_samples = 48;
        config.block_samples = 100;
        config.reorder_ns = reorder_ns;
        var target: Target = try .init(16, 800);
        defer target.deinit();
        const handle = try testing.openInto(&config, &target);
        defer _ = receiver.close(handle) catch unreachable;
        var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
        defer peer.deinit();
        const start = st2110.timestamp.ticksAt(@intCast(testing.tai_ns), 48_000);
        for (0..12) |i| {
            // Of the packets the fourth is lost, and with room to reorder two are exchanged.
            const number: u32 = @intCast(if (reorder_ns > 0 and i == 7) 8 else if (reorder_ns > 0 and i == 8) 7 else i);
            if (number == 3) continue;
            var samples: [96]f32 = undefined;
            for (&samples, 0..) |*sample, k| sample.* = sampleAt(number * 96 + k);
            var payload: [288]u8 = undefined;
            st2110.audio.encode(.l24, &payload, &samples);
            var bytes: [300]u8 = undefined;
            try peer.send(try rtp.packet.write(&bytes, .{
                .payload_type = 96,
                .sequence = @truncate(65_530 + number),
                .timestamp = @truncate(start + number * 48),
                .ssrc = 1,
            }, &payload));
        }
        for (0..5) |block| {
            const item = try target.next();
            try expectEqual(@as(usize, 800), item.payload.len);
            const samples: []align(1) const f32 = std.mem.bytesAsSlice(f32, item.payload);
            for (samples, 0..) |sample, k| {
                const index = block * 200 + k;
                const is_lost = index / 96 == 3;
                try expectEqual(if (is_lost) 0 else sampleAt(index), sample);
            }
            try expectEqual(@as(u64, block), item.header.frame_number);
            const first: i64 = @intCast(st2110.timestamp.instantOf(start + block * 100, 48_000));
            try expectEqual(first, item.header.timestamp_ns);
            try target.done(item);
        }
        const statistics = try awaitFigure(handle, "frames", 5);
        try expectEqual(@as(u64, 48), statistics.silent_samples);
        try expectEqual(@as(u64, 1), statistics.incomplete_frames);
        try expectEqual(@as(u64, 1), statistics.lost);
        try expectEqual(@as(u64, if (reorder_ns > 0) 1 else 0), statistics.reordered);
        try expectEqual(@as(u64, 0), statistics.late);
    }
}

fn sampleAt(index: usize) f32 {
    return @as(f32, @floatFromInt(index % 1000)) / 1024.0;
}

const Caption = struct {
    sequence: u32 = 0xFFFE,

    fn send(
        self: *Caption,
        peer: Peer,
        timestamp: u32,
        field: st2110.ancillary.Field,
        packets: *[]const st2110.ancillary.Packet,
        marker: bool,
    ) !void {
        var payload: [1440]u8 = undefined;
        const written = try st2110.ancillary.write(&payload, @truncate(self.sequence >> 16), field, packets);
        var bytes: [1460]u8 = undefined;
        try peer.send(try rtp.packet.write(&bytes, .{
            .marker = marker,
            .payload_type = 96,
            .sequence = @truncate(self.sequence),
            .timestamp = timestamp,
            .ssrc = 1,
        }, written));
        self.sequence += 1;
    }
};

test "ancillary data: lists of fields, of several packets, of none" {
    var config = testing.baseConfig();
    config.kind = @backingInt(configuration.Kind.ancillary);
    config.item_bytes_max = 4096;
    var target: Target = try .init(8, 4096);
    defer target.deinit();
    const handle = try testing.openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var caption: Caption = .{};
    const ticks = testing.clock_start_ticks;
    const words = [_]u16{ 0x3FF, 0x001, 0x155 };
    var long: [255]u16 = undefined;
    for (&long, 0..) |*word, i| word.* = @intCast(i * 4);
    const one: st2110.ancillary.Packet = .{
        .location = .{ .chroma = true, .line = 9, .offset = 0xFFF, .stream = 5 },
        .did = 0x61,
        .sdid = 2,
        .words = &words,
    };
    const many: [6]st2110.ancillary.Packet = @splat(.{ .did = 0x41, .sdid = 5, .words = &long });
    var list: []const st2110.ancillary.Packet = &.{one};
    try caption.send(peer, ticks, .first, &list, true);
    list = &.{};
    try caption.send(peer, ticks + 900, .second, &list, true);
    list = &many;
    while (list.len > 0) try caption.send(peer, ticks + 1800, .progressive, &list, list.len <= 2);
    const first = try target.next();
    try std.testing.expectEqualSlices(u8, &.{
        1,    0, 0,    0,    0,    0, 0,    0, //
        9,    0, 0xFF, 0x0F, 3,    5, 0x61, 2,
        3,    0, 2,    0,    0xFF, 3, 1,    0,
        0x55, 1, 0,    0,
    }, first.payload);
    try expectEqual(testing.tai_ns, first.header.timestamp_ns);
    try target.done(first);
    const second = try target.next();
    try std.testing.expectEqualSlices(u8, &.{ 0, 0, 0, 0, 0, 0, 0, 0 }, second.payload);
    try target.done(second);
    const third = try target.next();
    try expectEqual(@as(u32, 6), std.mem.readInt(u32, third.payload[0..4], .little));
    try expectEqual(@as(usize, 8 + 6 * (12 + 512)), third.payload.len);
    for (0..6) |i| {
        const record = third.payload[8 + i * 524 ..][0..524];
        try expectEqual(@as(u16, 255), std.mem.readInt(u16, record[8..10], .little));
        for (0..255) |k| {
            try expectEqual(long[k], std.mem.readInt(u16, record[12 + k * 2 ..][0..2], .little));
        }
    }
    try target.done(third);
    const statistics = try awaitFigure(handle, "frames", 3);
    try expectEqual(@as(u64, 0), statistics.incomplete_frames + statistics.lost + statistics.faulty);
}

test "ancillary data: lost markers, packets with faults, and too much of it" {
    var config = testing.baseConfig();
    config.kind = @backingInt(configuration.Kind.ancillary);
    config.item_bytes_max = 64;
    var target: Target = try .init(8, 64);
    defer target.deinit();
    const handle = try testing.openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var caption: Caption = .{};
    const ticks = testing.clock_start_ticks;
    const words: [10]u16 = @splat(0x200);
    const packets: [3]st2110.ancillary.Packet = @splat(.{ .did = 0x61, .sdid = 1, .words = &words });
    // Without a marker; the next time stamp ends it. What does not fit is left out.
    var list: []const st2110.ancillary.Packet = &packets;
    try caption.send(peer, ticks, .progressive, &list, false);
    list = packets[0..1];
    try caption.send(peer, ticks + 1800, .progressive, &list, false);
    const first = try target.next();
    try expectEqual(@as(u32, 1), std.mem.readInt(u32, first.payload[0..4], .little));
    try target.done(first);
    // Nothing more comes: it ends by itself.
    const second = try target.next();
    try expectEqual(@as(u32, 1), std.mem.readInt(u32, second.payload[0..4], .little));
    try target.done(second);
    // A word is wrong, and so is the checksum.
    var payload: [1440]u8 = undefined;
    list = packets[0..1];
    const written = try st2110.ancillary.write(&payload, 1, .progressive, &list);
    written[16] ^= 4;
    var bytes: [1460]u8 = undefined;
    try peer.send(try rtp.packet.write(
        &bytes,
        .{ .marker = true, .payload_type = 96, .sequence = 0, .timestamp = ticks + 3600, .ssrc = 1 },
        written,
    ));
    const third = try target.next();
    try expectEqual(@as(u32, 0), std.mem.readInt(u32, third.payload[0..4], .little));
    try target.done(third);
    const statistics = try awaitFigure(handle, "frames", 3);
    try expectEqual(@as(u64, 1), statistics.faulty);
    try expectEqual(@as(u64, 2), statistics.oversized_frames);
    try expectEqual(@as(u64, 3), statistics.incomplete_frames);
}

const sps = [_]u8{ 0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0 };
const pps = [_]u8{ 0x68, 0xCE, 0x3C, 0x80 };

test "H.264: access units, parameter sets, and what is lost" {
    var config = testing.baseConfig();
    config.kind = @backingInt(configuration.Kind.h264);
    config.item_bytes_max = 16_384;
    config.unit_length_bytes = 4;
    var target: Target = try .init(8, 16_384);
    defer target.deinit();
    const handle = try receiver.open(&config);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var packetizer: rtp.h264_packetizer.Packetizer =
        try .init(.{ .payload_type = 96, .ssrc = 1, .sequence = 65_534, .framing = .annex_b });
    var slice: [5000]u8 = undefined;
    for (&slice, 0..) |*byte, i| byte.* = @truncate(i *% 7 | 1);
    const start_code = [_]u8{ 0, 0, 0, 1 };
    const idr = start_code ++ sps ++ start_code ++ pps ++ start_code ++ [_]u8{0x65} ++ slice;
    const other = start_code ++ [_]u8{0x41} ++ slice;
    var record: [256]u8 = undefined;
    try std.testing.expectError(error.Empty, receiver.parameterSets(handle, &record));
    // Without a ring the parameter sets are known all the same.
    try sendUnit(&packetizer, peer, &idr, 0, null);
    _ = try awaitFigure(handle, "parameter_set_changes", 1);
    const length = try receiver.parameterSets(handle, &record);
    const parsed = try rtp.h264_parameter_sets.parseRecord(record[0..length]);
    var sets = parsed.iterator();
    try std.testing.expectEqualSlices(u8, &sps, sets.next().?);
    try std.testing.expectEqualSlices(u8, &pps, sets.next().?);
    try receiver.setRing(handle, target.sink());
    try sendUnit(&packetizer, peer, &idr, 1, null);
    try sendUnit(&packetizer, peer, &other, 2, null);
    try sendUnit(&packetizer, peer, &other, 3, 1); // Its second packet is lost.
    try sendUnit(&packetizer, peer, &other, 4, null);
    const key = try target.next();
    try expectEqual(@as(usize, idr.len), key.payload.len);
    try std.testing.expectEqualSlices(u8, &.{ 0, 0, 0, sps.len }, key.payload[0..4]);
    try std.testing.expectEqualSlices(u8, &slice, key.payload[key.payload.len - slice.len ..]);
    // The one before was dropped for want of a ring.
    try expectEqual(@as(u32, 4 | 2), key.header.flags);
    try target.done(key);
    const second = try target.next();
    try expectEqual(@as(u32, 0), second.header.flags);
    try std.testing.expectEqualSlices(u8, &slice, second.payload[5..]);
    try target.done(second);
    const fourth = try target.next();
    try expectEqual(@as(u32, 2), fourth.header.flags);
    try expectEqual(second.header.frame_number + 2, fourth.header.frame_number);
    try target.done(fourth);
    const statistics = try awaitFigure(handle, "frames", 3);
    try expectEqual(@as(u64, 1), statistics.incomplete_frames);
    try expectEqual(@as(u64, 1), statistics.discarded_frames);
    try expectEqual(@as(u64, 1), statistics.dropped_frames);
}

fn sendUnit(
    packetizer: *rtp.h264_packetizer.Packetizer,
    peer: Peer,
    unit: []const u8,
    frame: u32,
    lost: ?u32,
) !void {
    _ = try packetizer.begin(unit, testing.Camera.ticksOf(frame));
    var buffer: [1500]u8 = undefined;
    var index: u32 = 0;
    while (try packetizer.next(&buffer)) |bytes| : (index += 1) {
        if (index != lost) try peer.send(bytes);
    }
}

test "JPEG XS: pictures and fields, and what is lost" {
    var config = testing.baseConfig();
    config.kind = @backingInt(configuration.Kind.jpeg_xs);
    config.item_bytes_max = 8192;
    var target: Target = try .init(8, 8192);
    defer target.deinit();
    const handle = try testing.openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var packetizer: st2110.jpeg_xs_packetizer.Packetizer =
        try .init(.{ .payload_type = 96, .ssrc = 1, .sequence = 65_534 });
    var picture: [6000]u8 = undefined;
    for (&picture, 0..) |*byte, i| byte.* = @truncate(i *% 13);
    var buffer: [1500]u8 = undefined;
    for ([_]st2110.jpeg_xs.Part{ .progressive, .progressive, .first, .second }, 0..) |part, i| {
        const ticks = testing.Camera.ticksOf(@intCast(i));
        try packetizer.begin(@intCast(picture.len - i), ticks, part);
        var index: u32 = 0;
        while (try packetizer.next(picture[0 .. picture.len - i], &buffer)) |bytes| : (index += 1) {
            if (i != 1 or index != 2) try peer.send(bytes);
        }
    }
    for ([_]usize{ 0, 2, 3 }) |i| {
        const item = try target.next();
        try std.testing.expectEqualSlices(u8, picture[0 .. picture.len - i], item.payload);
        try expectEqual(@as(u32, if (i == 2) 4 | 2 else 4), item.header.flags);
        const note = if (i == 0) "}" else if (i == 2) ",\"field\":1}" else ",\"field\":2}";
        try std.testing.expectStringEndsWith(item.metadata, note);
        try target.done(item);
    }
    const statistics = try awaitFigure(handle, "frames", 3);
    try expectEqual(@as(u64, 1), statistics.discarded_frames);
    try expectEqual(@as(u64, 1), statistics.lost);
}
