//! Receivers of video over loopback, with packets of the packetiser, and what all receivers do.

const std = @import("std");
const net = @import("../net.zig");
const receiver = @import("receiver.zig");
const st2110 = @import("../st2110.zig");
const testing = @import("receiver_testing.zig");
const time = @import("../time.zig");
const configuration = @import("receiver_config.zig");

const Camera = testing.Camera;
const Endpoint = net.endpoint.Endpoint;
const Peer = testing.Peer;
const Target = testing.Target;
const video = st2110.video;
const awaitFigure = testing.awaitFigure;
const loopback = testing.loopback;
const openInto = testing.openInto;
const sendFrame = testing.sendFrame;
const small = testing.small;
const videoConfig = testing.videoConfig;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const allocator = std.testing.allocator;

test "frames of video come whole, with their stamps" {
    for ([_]video.Scan{ .progressive, .interlaced }) |scan| for ([_]video.Packing{ .gpm, .bpm }) |packing| {
        for ([_]u64{ 0, std.time.ns_per_ms }) |reorder_ns| {
            var format = small;
            format.width = 960; // More than one packet for a row.
            format.scan = scan;
            format.packing = packing;
            var config = try videoConfig(format);
            config.reorder_ns = reorder_ns;
            var target: Target = try .init(4, config.item_bytes_max);
            defer target.deinit();
            const handle = try openInto(&config, &target);
            defer _ = receiver.close(handle) catch unreachable;
            var peer: Peer = try .init(loopback, (try receiver.localOf(handle)).port);
            defer peer.deinit();
            var camera: Camera = try .init(format, 0xFFFF_FFF0);
            defer camera.deinit();
            for (0..6) |i| {
                const number: u32 = @intCast(i);
                try camera.begin();
                while (try camera.next()) |bytes| try peer.send(bytes);
                const item = try target.next();
                try Camera.check(item.payload, number);
                try expectEqual(testing.tai_ns + number * 20_000_000, item.header.timestamp_ns);
                try expectEqual(item.header.timestamp_ns, item.header.source_timestamp_ns);
                try expectEqual(@as(u64, number), item.header.frame_number);
                try expectEqual(@as(u64, 1_700_000_000 * 50) + number, item.header.tai_frame);
                try expectEqual(@as(u32, 0), item.header.flags);
                try expect(item.header.monotonic_ns <= time.monotonicNs());
                var text: [64]u8 = undefined;
                const json = try std.fmt.bufPrint(&text, "{{\"rtpTimestamp\":{d}}}", .{Camera.ticksOf(number)});
                try std.testing.expectEqualStrings(json, item.metadata);
                try target.done(item);
            }
            const statistics = try awaitFigure(handle, "frames", 6);
            try expectEqual(camera.geometry.packetCount() * 6, statistics.packets);
            try expectEqual(@as(u64, 0), statistics.lost + statistics.duplicates + statistics.late);
            try expectEqual(@as(u64, 0), statistics.dropped_frames + statistics.incomplete_frames);
            try expectEqual(@as(u64, 0x1234_5678), statistics.ssrc);
        }
    };
}

test "rows that are missing: dropped, concealed or delivered" {
    for (std.enums.values(configuration.MissingPolicy)) |policy| {
        var config = try videoConfig(small);
        config.missing_policy = @backingInt(policy);
        var target: Target = try .init(4, config.item_bytes_max);
        defer target.deinit();
        const handle = try openInto(&config, &target);
        defer _ = receiver.close(handle) catch unreachable;
        var peer: Peer = try .init(loopback, (try receiver.localOf(handle)).port);
        defer peer.deinit();
        var camera: Camera = try .init(small, 5);
        defer camera.deinit();
        // Of the second frame rows 7, 8 and 20.
        for (0..2) |frame| {
            try camera.begin();
            var row: u32 = 0;
            while (try camera.next()) |bytes| : (row += 1) {
                if (frame == 1 and (row == 7 or row == 8 or row == 20)) continue;
                try peer.send(bytes);
            }
        }
        const whole = try target.next();
        try Camera.check(whole.payload, 0);
        try target.done(whole);
        const statistics = try awaitFigure(handle, "incomplete_frames", 1);
        try expectEqual(@as(u64, 3), statistics.lost);
        if (policy == .drop) {
            try expectEqual(@as(u64, 1), statistics.discarded_frames);
            try expectEqual(@as(u64, 1), statistics.frames);
            continue;
        }
        const item = try target.next();
        try std.testing.expectStringEndsWith(
            item.metadata,
            ",\"missingRowCount\":3,\"missingRows\":[[7,2],[20,1]]}",
        );
        if (policy == .conceal) {
            const pixels = try allocator.alloc(u8, config.item_bytes_max);
            defer allocator.free(pixels);
            Camera.fill(pixels, 1);
            const before = try allocator.alloc(u8, config.item_bytes_max);
            defer allocator.free(before);
            Camera.fill(before, 0);
            for ([_]u32{ 7, 8, 20 }) |row| @memcpy(pixels[row * 1200 ..][0..1200], before[row * 1200 ..][0..1200]);
            try std.testing.expectEqualSlices(u8, pixels, item.payload);
            try expectEqual(@as(u64, 3), (try receiver.statisticsOf(handle)).concealed_rows);
        }
        try target.done(item);
    }
}

test "a frame that nobody has a slot for passes, and is counted" {
    const config = try videoConfig(small);
    var target: Target = try .init(2, config.item_bytes_max);
    defer target.deinit();
    const handle = try receiver.open(&config);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var camera: Camera = try .init(small, 0);
    defer camera.deinit();
    // No ring.
    try sendFrame(&camera, peer);
    _ = try awaitFigure(handle, "dropped_frames", 1);
    try receiver.setRing(handle, target.sink());
    try sendFrame(&camera, peer);
    const first = try target.next();
    try expectEqual(@as(u64, 0), first.header.frame_number);
    // The other slot takes one frame and is the newest then.
    for (0..2) |_| try sendFrame(&camera, peer);
    const statistics = try awaitFigure(handle, "dropped_frames", 2);
    try expectEqual(@as(u64, 2), statistics.frames);
    try target.done(first);
    try sendFrame(&camera, peer);
    const second = try target.next();
    try Camera.check(second.payload, 2);
    try expectEqual(@as(u64, 1), second.header.frame_number);
    try target.done(second);
    const next = try target.next();
    try Camera.check(next.payload, 4);
    try expectEqual(@as(u64, 3), next.header.frame_number);
    try target.done(next);
}

test "setRing() moves the frame that is being filled" {
    const config = try videoConfig(small);
    var old: Target = try .init(3, config.item_bytes_max);
    defer old.deinit();
    var new: Target = try .init(3, config.item_bytes_max + 4096);
    defer new.deinit();
    const handle = try openInto(&config, &old);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var camera: Camera = try .init(small, 0);
    defer camera.deinit();
    try camera.begin();
    for (0..20) |_| try peer.send((try camera.next()).?);
    _ = try awaitFigure(handle, "packets", 20);
    const released_before = testing.released.load(.monotonic);
    var short: Target = try .init(3, config.item_bytes_max - 1);
    defer short.deinit();
    try std.testing.expectError(error.OutOfSpace, receiver.setRing(handle, short.sink()));
    try expectEqual(released_before + 1, testing.released.load(.monotonic));
    try receiver.setRing(handle, new.sink());
    try expectEqual(released_before + 2, testing.released.load(.monotonic));
    // The old ring is its writer's again.
    const slot = try old.ring.loan(old.writer);
    @memset(old.ring.payload(slot), 0xEE);
    while (try camera.next()) |bytes| try peer.send(bytes);
    const item = try new.next();
    try Camera.check(item.payload, 0);
    try new.done(item);
    for (old.ring.payload(slot)) |byte| try expectEqual(@as(u8, 0xEE), byte);
    try old.ring.abort(old.writer, slot);
    // Without a ring the frame that is being filled is dropped.
    try camera.begin();
    for (0..20) |_| try peer.send((try camera.next()).?);
    _ = try awaitFigure(handle, "packets", 36 + 20);
    try receiver.setRing(handle, null);
    while (try camera.next()) |bytes| try peer.send(bytes);
    const statistics = try awaitFigure(handle, "packets", 72);
    try expectEqual(@as(u64, 1), statistics.dropped_frames);
    try expectEqual(@as(u64, 1), statistics.frames);
}

test "what is not ours is counted by its reason, and does no harm" {
    var config = try videoConfig(small);
    config.source = loopback;
    var target: Target = try .init(4, config.item_bytes_max);
    defer target.deinit();
    const handle = try openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    const port = (try receiver.localOf(handle)).port;
    var peer: Peer = try .init(loopback, port);
    defer peer.deinit();
    var to = loopback;
    to.port = port;
    const foreign: Peer = .{ .socket = try .openSend(.{ .to = to, .from = .ip4(.{ 127, 0, 0, 2 }, 0) }) };
    defer foreign.deinit();
    var camera: Camera = try .init(small, 0);
    defer camera.deinit();
    try camera.begin();
    var count: u32 = 0;
    while (try camera.next()) |bytes| : (count += 1) {
        try peer.send(bytes);
        switch (count) {
            3 => try foreign.send(bytes),
            5 => try peer.send("garbage"),
            6 => try peer.send(bytes[0..0]),
            7 => { // Another SSRC.
                var other: [1500]u8 = undefined;
                @memcpy(other[0..bytes.len], bytes);
                other[8] ^= 1;
                try peer.send(other[0..bytes.len]);
            },
            9 => { // Another payload type.
                var other: [1500]u8 = undefined;
                @memcpy(other[0..bytes.len], bytes);
                other[1] ^= 3;
                try peer.send(other[0..bytes.len]);
            },
            11 => try peer.send(&([_]u8{ 0x80, 200 } ++ @as([26]u8, @splat(0)))),
            13 => try peer.send(bytes),
            15 => { // Longer than its payload.
                var other: [1500]u8 = undefined;
                @memcpy(other[0..40], bytes[0..40]);
                other[2] = bytes[2];
                other[3] = bytes[3] +% 100;
                try peer.send(other[0..40]);
            },
            else => {},
        }
    }
    const item = try target.next();
    try Camera.check(item.payload, 0);
    try target.done(item);
    const statistics = try receiver.statisticsOf(handle);
    try expectEqual(@as(u64, 1), statistics.wrong_source);
    try expectEqual(@as(u64, 2), statistics.not_rtp);
    try expectEqual(@as(u64, 1), statistics.strays);
    try expectEqual(@as(u64, 1), statistics.wrong_payload_type);
    try expectEqual(@as(u64, 1), statistics.rtcp_at_media_port);
    try expectEqual(@as(u64, 1), statistics.duplicates);
    try expectEqual(@as(u64, 1), statistics.truncated);
}

test "IPv6" {
    var config = try videoConfig(small);
    const local: Endpoint = .ip6(@as([15]u8, @splat(0)) ++ .{1}, 0, 0);
    config.local = local;
    var target: Target = try .init(4, config.item_bytes_max);
    defer target.deinit();
    const handle = try openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(local, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var camera: Camera = try .init(small, 0);
    defer camera.deinit();
    try sendFrame(&camera, peer);
    const item = try target.next();
    try Camera.check(item.payload, 0);
    try target.done(item);
}

test "open() names what cannot be, close() frees the port and is an error twice" {
    const good = try videoConfig(small);
    var config = good;
    config.sampling = 5;
    try std.testing.expectError(error.NoPgroup, receiver.open(&config));
    config = good;
    config.plane_strides[0] = 1199;
    try std.testing.expectError(error.OutOfRange, receiver.open(&config));
    config = good;
    config.pixel_format = 1;
    try std.testing.expectError(error.NoConversion, receiver.open(&config));
    config = good;
    config.local = .ip4(.{ 192, 0, 2, 1 }, 5004);
    try std.testing.expectError(error.AddressNotLocal, receiver.open(&config));
    config = good;
    const handle = try receiver.open(&config);
    config.local.port = (try receiver.localOf(handle)).port;
    try std.testing.expectError(error.PortTaken, receiver.open(&config));
    _ = try receiver.close(handle);
    try std.testing.expectError(error.BadHandle, receiver.close(handle));
    try std.testing.expectError(error.BadHandle, receiver.statisticsOf(handle));
    const again = try receiver.open(&config);
    _ = try receiver.close(again);
}

test "a sender that begins anew is followed, and the break is flagged" {
    const config = try videoConfig(small);
    var target: Target = try .init(4, config.item_bytes_max);
    defer target.deinit();
    const handle = try openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var camera: Camera = try .init(small, 1000);
    defer camera.deinit();
    try sendFrame(&camera, peer);
    try target.done(try target.next());
    // Elsewhere in its numbers, and an hour later.
    camera.packetizer.sequence = 0x4000_0000;
    camera.number = 180_000;
    for (0..2) |_| try sendFrame(&camera, peer);
    const item = try target.next();
    try Camera.check(item.payload, @intCast(180_001));
    try expectEqual(@as(u32, 2), item.header.flags & 2);
    try target.done(item);
    const statistics = try receiver.statisticsOf(handle);
    try expectEqual(@as(u64, 1), statistics.restarts);
    try expectEqual(@as(u64, 1), statistics.jumps);
}

test "what is open when a sender begins anew ends the old stream, and says nothing of the new one's clock" {
    for ([_]u64{ 0, std.time.ns_per_ms }) |reorder_ns| {
        var config = try videoConfig(small);
        config.missing_policy = @backingInt(configuration.MissingPolicy.deliver);
        config.reorder_ns = reorder_ns;
        var target: Target = try .init(4, config.item_bytes_max);
        defer target.deinit();
        const handle = try openInto(&config, &target);
        defer _ = receiver.close(handle) catch unreachable;
        var peer: Peer = try .init(loopback, (try receiver.localOf(handle)).port);
        defer peer.deinit();
        var camera: Camera = try .init(small, 1000);
        defer camera.deinit();
        try camera.begin();
        for (0..10) |_| try peer.send((try camera.next()).?);
        // It counts from elsewhere now: numbers, and time by an hour.
        camera.packetizer.sequence = 0x4000_0000;
        camera.number = 180_000;
        for (0..3) |_| try sendFrame(&camera, peer);
        const cut = try target.next();
        try expectEqual(testing.tai_ns, cut.header.timestamp_ns);
        try expectEqual(@as(u32, 0), cut.header.flags & 2);
        try target.done(cut);
        for (0..2) |i| {
            const item = try target.next();
            try expectEqual(@as(u32, if (i == 0) 2 else 0), item.header.flags & 2);
            const distance_ns = item.header.timestamp_ns - testing.tai_ns;
            try expect(@abs(distance_ns) < 600 * std.time.ns_per_s);
            try target.done(item);
        }
        const statistics = try receiver.statisticsOf(handle);
        try expectEqual(configuration.Oddity.other_epoch, statistics.oddities);
        // The first packet of the new stream was a number far off, the second one is the first that counts.
        try expectEqual(@as(u64, 0), statistics.timestamp_jumps);
    }
}

/// Sends frames until it is told to stop.
const Storm = struct {
    peer: Peer,
    stop: std.atomic.Value(bool) = .init(false),
    failed: std.atomic.Value(bool) = .init(false),

    fn run(self: *Storm) void {
        self.send() catch self.failed.store(true, .release);
    }

    fn send(self: *Storm) !void {
        var camera: Camera = try .init(small, 0xFFF0);
        defer camera.deinit();
        while (!self.stop.load(.acquire)) {
            try camera.begin();
            // Nobody may listen just now.
            while (try camera.next()) |bytes| self.peer.send(bytes) catch {};
            time.sleepUntil(time.monotonicNs() + 200 * std.time.ns_per_us) catch {};
        }
    }
};

fn frameNumberOf(item: Target.Item) !u32 {
    const parsed = try std.json.parseFromSlice(std.json.Value, allocator, item.metadata, .{});
    defer parsed.deinit();
    const stamp: u32 = @intCast(parsed.value.object.get("rtpTimestamp").?.integer);
    return (stamp -% testing.clock_start_ticks) / 1800;
}

test "threads: the ring changes under fire; every frame is whole, and in one ring" {
    const config = try videoConfig(small);
    const handle = try receiver.open(&config);
    defer _ = receiver.close(handle) catch unreachable;
    var storm: Storm = .{ .peer = try .init(loopback, (try receiver.localOf(handle)).port) };
    defer storm.peer.deinit();
    const thread = try std.Thread.spawn(.{}, Storm.run, .{&storm});
    defer {
        storm.stop.store(true, .release);
        thread.join();
    }
    var last: ?u32 = null;
    for (0..60) |_| {
        var target: Target = try .init(8, config.item_bytes_max);
        defer target.deinit();
        try receiver.setRing(handle, target.sink());
        for (0..3) |_| {
            const item = try target.next();
            const number = try frameNumberOf(item);
            if (last) |one| try expect(number > one);
            last = number;
            try Camera.check(item.payload, number);
            try target.done(item);
        }
        try receiver.setRing(handle, null);
        // It is its writer's again at once: no slot is on loan.
        const slot = try target.ring.loan(target.writer);
        try target.ring.abort(target.writer, slot);
    }
    try expect(!storm.failed.load(.acquire));
}

test "threads: after close() under fire nothing is written any more, and the port is free" {
    var config = try videoConfig(small);
    const probe = try receiver.open(&config);
    config.local.port = (try receiver.localOf(probe)).port;
    _ = try receiver.close(probe);
    var storm: Storm = .{ .peer = try .init(loopback, config.local.port) };
    defer storm.peer.deinit();
    const thread = try std.Thread.spawn(.{}, Storm.run, .{&storm});
    defer {
        storm.stop.store(true, .release);
        thread.join();
    }
    for (0..30) |round| {
        var target: Target = try .init(3, config.item_bytes_max);
        defer target.deinit();
        const handle = try openInto(&config, &target);
        if (round % 2 == 0) try target.done(try target.next());
        const last = try receiver.close(handle);
        for (0..3) |slot| @memset(target.ring.payload(@intCast(slot)), 0xEE);
        const sequence = target.ring.control().head_sequence.load(.acquire);
        try expect(last.frames >= sequence);
        time.sleepUntil(time.monotonicNs() + std.time.ns_per_ms) catch {};
        try expectEqual(sequence, target.ring.control().head_sequence.load(.acquire));
        for (0..3) |slot| {
            try expect(std.mem.allEqual(u8, target.ring.payload(@intCast(slot)), 0xEE));
        }
    }
    try expect(!storm.failed.load(.acquire));
}
