//! Receivers behind a network that loses, doubles and reorders packets, all from one seed; and the reports about it.

const std = @import("std");
const linux = std.os.linux;
const net = @import("../net.zig");
const receiver = @import("receiver.zig");
const rtp = @import("../rtp.zig");
const testing = @import("receiver_testing.zig");
const time = @import("../time.zig");
const configuration = @import("receiver_config.zig");
const Intake = @import("receiver_intake.zig").Intake;
const Reports = @import("receiver_reports.zig").Reports;

const Camera = testing.Camera;
const Config = configuration.Config;
const Endpoint = net.endpoint.Endpoint;
const Peer = testing.Peer;
const Target = testing.Target;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const allocator = std.testing.allocator;

const frame_count = 40;
const packet_bytes_max = 1300;

/// Packets in the order in which they come out of the network.
const Network = struct {
    packets: std.ArrayList(Sent) = .empty,
    store: std.heap.ArenaAllocator = .init(std.heap.page_allocator),
    random_state: std.Random.DefaultPrng,
    clock: u64 = 0,
    number: u64 = 0,
    sent: u64 = 0,

    const Sent = struct {
        at: u64,
        number: u64,
        bytes: []const u8,

        fn before(_: void, a: Sent, b: Sent) bool {
            return a.at < b.at;
        }
    };

    fn deinit(self: *Network) void {
        self.packets.deinit(allocator);
        self.store.deinit();
    }

    /// 10 % are lost, 5 % come twice, each up to 100 packets late.
    fn put(self: *Network, bytes: []const u8) !void {
        const random = self.random_state.random();
        self.clock += 1;
        self.number += 1;
        // The ends of the sequence come, so that what is between is known to be lost.
        const is_end = self.number == 1;
        if (!is_end and random.uintLessThan(u32, 100) < 10) return;
        const kept = try self.store.allocator().dupe(u8, bytes);
        const copies: usize = if (random.uintLessThan(u32, 100) < 5) 2 else 1;
        for (0..copies) |_| {
            const delay = if (is_end) 0 else random.uintAtMost(u64, 100);
            try self.packets.append(allocator, .{ .at = self.clock + delay, .number = self.number, .bytes = kept });
        }
    }

    const Expected = struct { packets: u64 = 0, duplicates: u64 = 0, reordered: u64 = 0, lost: u64 = 0 };

    /// Puts them into their order and says what a receiver must count.
    fn settle(self: *Network) !Expected {
        std.mem.sort(Sent, self.packets.items, {}, Sent.before);
        var seen: std.AutoHashMapUnmanaged(u64, void) = .empty;
        defer seen.deinit(allocator);
        var expected: Expected = .{};
        var newest: u64 = 0;
        for (self.packets.items) |one| {
            if ((try seen.getOrPut(allocator, one.number)).found_existing) {
                expected.duplicates += 1;
                continue;
            }
            expected.packets += 1;
            if (one.number < newest) expected.reordered += 1;
            newest = @max(newest, one.number);
        }
        expected.lost = newest - expected.packets;
        return expected;
    }
};

/// Every row that is not named as missing has the pixels of its frame. Returns how many are missing.
fn checkRows(item: Target.Item, number: u32) !u32 {
    const parsed = try std.json.parseFromSlice(std.json.Value, allocator, item.metadata, .{});
    defer parsed.deinit();
    var is_missing: [36]bool = @splat(false);
    var count: u32 = 0;
    if (parsed.value.object.get("missingRows")) |runs| {
        for (runs.array.items) |run| {
            const first: usize = @intCast(run.array.items[0].integer);
            const rows: usize = @intCast(run.array.items[1].integer);
            for (first..first + rows) |row| is_missing[row] = true;
            count += @intCast(rows);
        }
        try expectEqual(@as(i64, count), parsed.value.object.get("missingRowCount").?.integer);
    }
    const pixels = try allocator.alloc(u8, item.payload.len);
    defer allocator.free(pixels);
    Camera.fill(pixels, number);
    for (is_missing, 0..) |missing, row| {
        if (missing) continue;
        try std.testing.expectEqualSlices(u8, pixels[row * 1200 ..][0..1200], item.payload[row * 1200 ..][0..1200]);
    }
    return count;
}

test "10 % loss, 5 % doubles, disorder of 100 packets: counted exactly, and no pixel is wrong" {
    for ([_]u64{ 0, 10 * std.time.ns_per_ms }) |reorder_ns| for (0..3) |seed| {
        errdefer std.debug.print("seed {d}, reorder {d} ns\n", .{ seed, reorder_ns });
        try runNetwork(seed, reorder_ns);
    };
}

fn runNetwork(seed: u64, reorder_ns: u64) !void {
    var config = try testing.videoConfig(testing.small);
    config.reorder_ns = reorder_ns;
    config.missing_policy = @backingInt(configuration.MissingPolicy.deliver);
    var target: Target = try .init(frame_count + 8, config.item_bytes_max);
    defer target.deinit();
    const handle = try testing.openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var network: Network = .{ .random_state = .init(seed) };
    defer network.deinit();
    var camera: Camera = try .init(testing.small, 0xFFF0);
    defer camera.deinit();
    for (0..frame_count) |_| {
        try camera.begin();
        while (try camera.next()) |bytes| try network.put(bytes);
    }
    const expected = try network.settle();
    for (network.packets.items, 1..) |one, i| {
        try peer.send(one.bytes);
        // So that no buffer of the system runs over.
        if (i % 64 == 0 or i == network.packets.items.len) try awaitArrivals(handle, i);
    }
    // The last frame ends when nothing more comes.
    var delivered: u64 = 0;
    var missing: u64 = 0;
    while (target.next()) |item| {
        const parsed = try std.json.parseFromSlice(std.json.Value, allocator, item.metadata, .{});
        defer parsed.deinit();
        const stamp: u32 = @intCast(parsed.value.object.get("rtpTimestamp").?.integer);
        missing += try checkRows(item, (stamp -% testing.clock_start_ticks) / 1800);
        try target.done(item);
        delivered += 1;
        const statistics = try receiver.statisticsOf(handle);
        if (stamp == Camera.ticksOf(frame_count - 1) and statistics.frames == delivered) break;
    } else |err| return err;
    const statistics = try receiver.statisticsOf(handle);
    try expectEqual(expected.packets, statistics.packets);
    try expectEqual(expected.duplicates, statistics.duplicates);
    try expectEqual(expected.reordered, statistics.reordered);
    try expectEqual(expected.lost, statistics.lost);
    try expectEqual(delivered, statistics.frames);
    // One packet is one row: what is not in the picture was late for it.
    try expectEqual(expected.packets, delivered * 36 - missing + statistics.late);
    try expectEqual(@as(u64, 0), statistics.jumps + statistics.restarts + statistics.kernel_dropped);
}

fn awaitArrivals(handle: u32, count: u64) !void {
    for (0..5000) |_| {
        const statistics = try receiver.statisticsOf(handle);
        if (statistics.packets + statistics.duplicates == count) return;
        time.sleepUntil(time.monotonicNs() + std.time.ns_per_ms / 10) catch {};
    }
    return error.NeverCame;
}

test "garbage and broken packets of every kind: each is counted once, nothing breaks" {
    var config = try testing.videoConfig(testing.small);
    config.payload_type = configuration.payload_type_any;
    config.missing_policy = @backingInt(configuration.MissingPolicy.deliver);
    var target: Target = try .init(3, config.item_bytes_max);
    defer target.deinit();
    const handle = try testing.openInto(&config, &target);
    defer _ = receiver.close(handle) catch unreachable;
    var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
    defer peer.deinit();
    var camera: Camera = try .init(testing.small, 0);
    defer camera.deinit();
    var random_state = std.Random.DefaultPrng.init(0x6761_7262);
    const random = random_state.random();
    var sent: u64 = 0;
    for (0..60) |_| {
        try camera.begin();
        while (try camera.next()) |bytes| {
            // A bit is wrong, or the end is missing, in some.
            var bad: [1500]u8 = undefined;
            @memcpy(bad[0..bytes.len], bytes);
            var length = bytes.len;
            switch (random.uintLessThan(u32, 4)) {
                0 => bad[random.uintLessThan(usize, 40)] ^= @as(u8, 1) << random.int(u3),
                1 => length = random.uintAtMost(usize, bytes.len),
                2 => random.bytes(bad[0..40]),
                else => {},
            }
            try peer.send(bad[0..length]);
            sent += 1;
        }
        try awaitSum(handle, sent);
    }
    // It still works: a sender that is silent for a while is succeeded by another.
    time.sleepUntil(time.monotonicNs() + 90 * std.time.ns_per_ms) catch {};
    time.sleepUntil(time.monotonicNs() + 90 * std.time.ns_per_ms) catch {};
    camera.packetizer.ssrc = 0xFEED;
    camera.number = 100_000;
    const frames = (try receiver.statisticsOf(handle)).frames;
    for (0..4) |_| try testing.sendFrame(&camera, peer);
    for (0..1000) |_| {
        if ((try receiver.statisticsOf(handle)).frames > frames + 2) break;
        time.sleepUntil(time.monotonicNs() + std.time.ns_per_ms) catch {};
    } else return error.NeverCame;
}

fn awaitSum(handle: u32, count: u64) !void {
    for (0..5000) |_| {
        const s = try receiver.statisticsOf(handle);
        // What is too short for its high half is counted as truncated, and was not a packet of the stream before.
        const refused = s.not_rtp + s.rtcp_at_media_port + s.wrong_payload_type + s.strays + s.jumps + s.duplicates;
        if (s.packets + refused + s.truncated >= count) return;
        time.sleepUntil(time.monotonicNs() + std.time.ns_per_ms / 10) catch {};
    }
    return error.NeverCame;
}

test "reports: the sender's are read, ours say what came, a goodbye ends the stream" {
    var statistics: receiver.Statistics = .{};
    var config = testing.baseConfig();
    config.ssrc = 0xABCD;
    config.cname_bytes = 3;
    config.cname[0..3].* = "r@t".*;
    const sender: Peer = .{ .socket = try .openReceive(.{ .local = testing.loopback }) };
    defer sender.deinit();
    config.local.port = (try sender.socket.localEndpoint()).port;
    // Its port is the one above that of the media: it need not be free.
    var reports: Reports = for (0..50) |i| {
        config.local.port = @intCast(40_000 + i * 2);
        break Reports.open(&config, &statistics, 1_000_000_000) catch continue;
    } else return error.NoPort;
    defer reports.socket.close();
    var intake: Intake = .init(&config, false, &statistics);
    for (0..100) |i| {
        if (i % 4 == 1) continue;
        var bytes: [16]u8 = undefined;
        const one = try rtp.packet.write(
            &bytes,
            .{ .payload_type = 96, .sequence = @intCast(i), .timestamp = 0, .ssrc = 7 },
            "abcd",
        );
        try expect(intake.take(one, &testing.loopback, 1_000_000_000) != null);
    }
    var buffer: [128]u8 = undefined;
    var writer: rtp.rtcp.Writer = .{ .target = &buffer };
    const info: rtp.rtcp.SenderInfo =
        .{ .ntp = 0x1122_3344_5566_7788, .rtp_timestamp = 9, .packet_count = 100, .octet_count = 400 };
    try writer.report(7, info, &.{});
    try writer.canonicalName(7, "s@t");
    var address: net.endpoint.Sockaddr = undefined;
    const address_bytes = (try reports.socket.localEndpoint()).toSockaddr(&address);
    const written = writer.written();
    for ([_][]const u8{ written, written[0..9] }) |bytes| {
        _ = linux.sendto(sender.socket.fd, bytes.ptr, bytes.len, 0, @ptrCast(&address), address_bytes);
    }
    reports.tick(&intake, 1_500_000_000);
    try expectEqual(@as(u64, 1), statistics.sender_reports);
    try expectEqual(@as(u64, 1), statistics.bad_rtcp);
    try expectEqual(info.ntp, statistics.sender_ntp);
    try expectEqual(@as(u64, 0), statistics.reports_sent);
    reports.tick(&intake, 6_000_000_000);
    try expectEqual(@as(u64, 1), statistics.reports_sent);
    const count = linux.recvfrom(sender.socket.fd, &buffer, buffer.len, 0, null, null);
    try expectEqual(.SUCCESS, linux.errno(count));
    var packets = rtp.rtcp.parse(buffer[0..count]);
    const report = (try packets.next()).?.report;
    try expectEqual(@as(u32, 0xABCD), report.ssrc);
    const block = report.block(0);
    try expectEqual(@as(u32, 7), block.ssrc);
    try expectEqual(@as(i24, 25), block.lost);
    try expectEqual(@as(u32, 0x3344_5566), block.last_sender_report);
    try expectEqual(@as(u32, 4 * 65536 + 32768), block.delay_since);
    var items = (try packets.next()).?.source_description.items();
    try std.testing.expectEqualStrings("r@t", items.next().?.text);
    // Another SSRC is heard at once after a goodbye.
    writer = .{ .target = &buffer };
    try writer.report(7, null, &.{});
    try writer.goodbye(7, "");
    const bye = writer.written();
    _ = linux.sendto(sender.socket.fd, bye.ptr, bye.len, 0, @ptrCast(&address), address_bytes);
    reports.tick(&intake, 6_000_000_001);
    try expectEqual(@as(u64, 1), statistics.goodbyes);
    var bytes: [16]u8 = undefined;
    const next = try rtp.packet.write(
        &bytes,
        .{ .payload_type = 96, .sequence = 500, .timestamp = 0, .ssrc = 8 },
        "abcd",
    );
    try expect(intake.take(next, &testing.loopback, 6_000_000_002).?.is_restart);
}

test "any config opens or is refused, and takes any packets" {
    var random_state = std.Random.DefaultPrng.init(0x52454345);
    const random = random_state.random();
    var target: Target = try .init(4, 1 << 16);
    defer target.deinit();
    var opened: u32 = 0;
    for (0..400) |_| {
        var config = try plausible(random);
        const words: []u32 = @ptrCast(std.mem.asBytes(&config));
        for (0..random.uintAtMost(usize, 2)) |_| {
            const place = random.uintLessThan(usize, words.len);
            // Not the addresses, and not what the socket is: what is sent shall arrive.
            if (place * 4 >= @offsetOf(Config, "local") and place * 4 < @offsetOf(Config, "clock_rate_hz")) continue;
            words[place] = oddNumber(random);
        }
        config.real_time_priority = 0;
        config.rtcp = 0;
        const handle = receiver.open(&config) catch continue;
        defer _ = receiver.close(handle) catch unreachable;
        opened += 1;
        receiver.setRing(handle, target.sink()) catch {};
        var peer: Peer = try .init(testing.loopback, (try receiver.localOf(handle)).port);
        defer peer.deinit();
        for (0..16) |i| {
            var bytes: [200]u8 = undefined;
            const length = random.uintAtMost(usize, 160);
            random.bytes(bytes[0..length]);
            // Such as a payload header may begin with: lengths that can be, fields, places near the start.
            for (bytes[0..@min(length, 8)], 0..) |*byte, k| if (k % 2 == 0) {
                byte.* &= 0x80;
            };
            var packet: [256]u8 = undefined;
            try peer.send(try rtp.packet.write(&packet, .{
                .marker = random.boolean(),
                .payload_type = 96,
                .sequence = @intCast(i),
                .timestamp = random.int(u32),
                .ssrc = 1,
            }, bytes[0..length]));
        }
        try awaitSum(handle, 16);
    }
    try expect(opened > 100);
}

fn plausible(random: std.Random) !Config {
    var config = try testing.videoConfig(testing.small);
    config.kind = random.intRangeAtMost(u32, 1, 5);
    config.scan = random.uintAtMost(u32, 2);
    config.missing_policy = random.intRangeAtMost(u32, 1, 3);
    config.encoding = if (random.boolean()) 16 else 24;
    config.channels = 2;
    config.packet_samples = 6;
    config.block_samples = 48;
    if (config.kind == 2) config.clock_rate_hz = 48_000;
    if (random.boolean()) config.reorder_ns = 2 * std.time.ns_per_ms;
    return config;
}

fn oddNumber(random: std.Random) u32 {
    const some = [_]u32{ 0, 1, 2, 3, 5, 9, 63, 64, 255, 256, 1460, 32767, 65535, 65536, 1 << 31, ~@as(u32, 0) };
    return if (random.boolean()) some[random.uintLessThan(usize, some.len)] else random.int(u32);
}
