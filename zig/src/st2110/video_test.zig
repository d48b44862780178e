//! Packetiser and depacketiser against each other, and the depacketiser against bad networks and bad senders.

const std = @import("std");
const packet = @import("../rtp/packet.zig");
const pgroup = @import("pgroup.zig");
const video = @import("video.zig");
const Depacketizer = @import("video_depacketizer.zig").Depacketizer;
const Outcome = @import("video_depacketizer.zig").Outcome;
const Report = @import("video_depacketizer.zig").Report;
const Packetizer = @import("video_packetizer.zig").Packetizer;

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const allocator = std.testing.allocator;

const Bench = struct {
    geometry: video.Geometry,
    memory: []align(8) u8,
    frame: []u8,
    target: []u8,
    packetizer: Packetizer,
    depacketizer: Depacketizer,
    buffer: [9000]u8 = undefined,

    fn init(format: video.Format, stride_padding: u32) !Bench {
        const geometry = try format.geometry();
        const stride = geometry.row_bytes + stride_padding;
        const memory = try allocator.alignedAlloc(u8, .@"8", Depacketizer.memoryBytes(geometry));
        errdefer allocator.free(memory);
        const depacketizer: Depacketizer = try .init(memory, .{
            .geometry = geometry,
            .stride_bytes = stride,
            .frame_ticks = 3003,
        });
        const frame = try allocator.alloc(u8, @intCast(depacketizer.targetBytes()));
        errdefer allocator.free(frame);
        for (frame, 0..) |*byte, i| byte.* = @truncate(i *% 31 + i / 251);
        const target = try allocator.alloc(u8, frame.len);
        return .{
            .geometry = geometry,
            .memory = memory,
            .frame = frame,
            .target = target,
            .packetizer = .init(geometry, 96, 7, 0xFFFF_FFF0),
            .depacketizer = depacketizer,
        };
    }

    fn deinit(self: *Bench) void {
        allocator.free(self.memory);
        allocator.free(self.frame);
        allocator.free(self.target);
    }

    fn send(self: *Bench, timestamps: [2]u32) !void {
        try self.packetizer.begin(self.depacketizer.stride_bytes, timestamps);
    }

    fn nextPacket(self: *Bench) !?packet.Packet {
        const bytes = try self.packetizer.next(self.frame, &self.buffer) orelse return null;
        return try packet.parse(bytes);
    }

    /// Receives a packet and begins a frame if it wants one.
    fn receive(self: *Bench, one: packet.Packet) !Outcome {
        const outcome = self.depacketizer.receive(one);
        if (outcome != .wanted) return outcome;
        @memset(self.target, 0);
        try self.depacketizer.begin(self.target);
        return self.depacketizer.receive(one);
    }

    fn expectSame(self: *Bench) !void {
        for (0..self.geometry.rows) |row| {
            const start = row * self.depacketizer.stride_bytes;
            const bytes = self.geometry.row_bytes;
            try std.testing.expectEqualSlices(u8, self.frame[start..][0..bytes], self.target[start..][0..bytes]);
        }
    }
};

fn hd(scan: video.Scan) video.Format {
    return .{ .width = 400, .height = 11, .sampling = .ycbcr_422, .depth = .bits_10, .scan = scan };
}

fn packetOf(payload: []const u8, timestamp: u32, marker: bool) packet.Packet {
    return .{
        .marker = marker,
        .payload_type = 96,
        .sequence = 0,
        .timestamp = timestamp,
        .ssrc = 7,
        .csrc_bytes = &.{},
        .extension = null,
        .payload = payload,
        .padding_bytes = 0,
    };
}

fn segmentPayload(target: []u8, segments: []const video.Segment) []const u8 {
    const header = video.writeHeader(target, 0, segments);
    var bytes = header.len;
    for (segments) |segment| bytes += segment.bytes;
    @memset(target[header.len..bytes], 0xEE);
    return target[0..bytes];
}

test "every format goes through packets and back" {
    var checked: u32 = 0;
    for (std.enums.values(pgroup.Sampling)) |sampling| for (std.enums.values(pgroup.Depth)) |depth| {
        for (std.enums.values(video.Scan)) |scan| for (std.enums.values(video.Packing)) |packing| {
            for ([_]u32{ video.udp_bytes_standard, video.udp_bytes_extended }) |udp_bytes_max| {
                const format: video.Format = .{
                    .width = 1442,
                    .height = 12,
                    .sampling = sampling,
                    .depth = depth,
                    .scan = scan,
                    .packing = packing,
                    .udp_bytes_max = udp_bytes_max,
                };
                _ = format.geometry() catch continue;
                var bench: Bench = try .init(format, 3);
                defer bench.deinit();
                try sendFrame(&bench, .{ 0, if (scan == .interlaced) 1501 else 0 });
                try sendFrame(&bench, .{ 3003, if (scan == .interlaced) 4504 else 3003 });
                checked += 1;
            }
        };
    };
    // 26 groups; 4:2:0 only progressive; BPM only in standard size and not with 8 bytes.
    try expectEqual(@as(u32, 23 * 3 * 2 + 3 * 2 + 21 * 3 + 3), checked);
}

fn sendFrame(bench: *Bench, timestamps: [2]u32) !void {
    try bench.send(timestamps);
    var count: u64 = 0;
    while (try bench.nextPacket()) |one| {
        count += 1;
        const last = count == bench.geometry.packetCount();
        try expectEqual(if (last) Outcome.completed else .placed, try bench.receive(one));
    }
    const report = bench.depacketizer.finish().?;
    try expectEqual(.complete, report.end);
    try expectEqual(@as(u32, 0), report.missing_count);
    try expectEqual(@as(?u32, timestamps[0]), report.timestamps[0]);
    if (bench.geometry.scan != .progressive) try expectEqual(@as(?u32, timestamps[1]), report.timestamps[1]);
    try bench.expectSame();
}

test "the rows of lost packets are named, and the marker ends the frame" {
    var bench: Bench = try .init(hd(.progressive), 0);
    defer bench.deinit();
    try bench.send(.{ 100, 0 });
    var row: u32 = 0;
    while (try bench.nextPacket()) |one| : (row += 1) {
        if (row == 3 or row == 7) continue;
        try expectEqual(if (row == 10) Outcome.completed else .placed, try bench.receive(one));
    }
    const report = bench.depacketizer.finish().?;
    try expectEqual(.marker, report.end);
    try expectEqual(@as(u32, 2), report.missing_count);
    try expectEqual(@as(u64, 1 << 3 | 1 << 7), report.missing[0]);
    try expectEqual(@as(?Report, null), bench.depacketizer.finish());
    try expectEqual(@as(u64, 1), bench.depacketizer.counters.frames_incomplete);
}

test "a newer time stamp ends a frame that has lost its marker" {
    var bench: Bench = try .init(hd(.progressive), 0);
    defer bench.deinit();
    try bench.send(.{ 0xFFFF_FF00, 0 });
    for (0..10) |_| try expectEqual(.placed, try bench.receive((try bench.nextPacket()).?));
    const marker = (try bench.nextPacket()).?;
    var late_bytes: [1500]u8 = undefined;
    @memcpy(late_bytes[0..marker.payload.len], marker.payload);
    const late = packetOf(late_bytes[0..marker.payload.len], 0xFFFF_FF00, true);
    try bench.send(.{ 1245, 0 });
    const first = (try bench.nextPacket()).?;
    try expectEqual(.ended, try bench.receive(first));
    const report = bench.depacketizer.finish().?;
    try expectEqual(.newer, report.end);
    try expectEqual(@as(u64, 1 << 10), report.missing[0]);
    // What comes late for a frame that is over is dropped, with the next one open and before.
    try expectEqual(.dropped, try bench.receive(late));
    try expectEqual(.placed, try bench.receive(first));
    try expectEqual(.dropped, try bench.receive(late));
    try expectEqual(.placed, try bench.receive(first));
    const counters = bench.depacketizer.counters;
    try expectEqual(@as(u64, 2), counters.late);
    try expectEqual(@as(u64, 1), counters.duplicates);
    const open = bench.depacketizer.finish().?;
    try expectEqual(.closed, open.end);
    try expectEqual(@as(u32, 10), open.missing_count);
}

test "fields with time stamps of their own, one in common, or one field missing" {
    var bench: Bench = try .init(hd(.interlaced), 0);
    defer bench.deinit();
    try sendFrame(&bench, .{ 0, 1501 });
    try sendFrame(&bench, .{ 3003, 3003 }); // as FFmpeg does
    // Of the next frame the second field is lost with its marker, of the one after that the first.
    try bench.send(.{ 6006, 7507 });
    for (0..6) |_| try expectEqual(.placed, try bench.receive((try bench.nextPacket()).?));
    try bench.send(.{ 9009, 10510 });
    for (0..6) |_| _ = (try bench.nextPacket()).?;
    try expectEqual(.ended, try bench.receive((try bench.nextPacket()).?));
    const half = bench.depacketizer.finish().?;
    try expectEqual([2]?u32{ 6006, null }, half.timestamps);
    try expectEqual(@as(u64, 0b01010101010), half.missing[0]);
    try bench.send(.{ 9009, 10510 });
    for (0..6) |_| _ = (try bench.nextPacket()).?;
    for (0..5) |i| {
        const one = (try bench.nextPacket()).?;
        try expectEqual(if (i == 4) Outcome.completed else .placed, try bench.receive(one));
    }
    const other = bench.depacketizer.finish().?;
    try expectEqual([2]?u32{ null, 10510 }, other.timestamps);
    try expectEqual(@as(u64, 0b10101010101), other.missing[0]);
    try sendFrame(&bench, .{ 12012, 13513 });
}

test "rows numbered as rows of the frame are understood" {
    var bench: Bench = try .init(hd(.interlaced), 0);
    defer bench.deinit();
    var payload: [1100]u8 = undefined;
    for (0..2) |frame| {
        const timestamp: u32 = @intCast(frame * 3003);
        for (0..11) |i| {
            const field: u1 = if (i < 6) 0 else 1;
            const row = if (field == 0) i * 2 else (i - 6) * 2 + 1;
            const segment: video.Segment = .{ .field = field, .row = @intCast(row), .offset = 0, .bytes = 1000 };
            const bytes = segmentPayload(&payload, &.{segment});
            _ = try bench.receive(packetOf(bytes, timestamp, i == 10));
        }
        const report = bench.depacketizer.finish().?;
        if (frame == 1) try expectEqual(@as(u32, 0), report.missing_count);
    }
    try expectEqual(@as(u64, 1), bench.depacketizer.counters.frame_numbered);
    // The first row beyond its field was taken for a stray, as is a row of the other field.
    try expectEqual(@as(u64, 1), bench.depacketizer.counters.outside);
    const stray: video.Segment = .{ .field = 0, .row = 3, .offset = 0, .bytes = 5 };
    try expectEqual(.dropped, try bench.receive(packetOf(segmentPayload(&payload, &.{stray}), 6006, false)));
    try expectEqual(@as(u64, 2), bench.depacketizer.counters.outside);
    try expectEqual(@as(u64, 1), bench.depacketizer.counters.frame_numbered);
}

test "strays with rows beyond their field do not change how the rows of a stream are read" {
    var bench: Bench = try .init(hd(.interlaced), 0);
    defer bench.deinit();
    var payload: [100]u8 = undefined;
    const beyond: video.Segment = .{ .field = 0, .row = 8, .offset = 0, .bytes = 5 };
    for ([_]u32{ 1, 2, 0 }, 0..) |strays, frame| {
        const timestamp: u32 = @intCast(3003 * (frame + 1));
        try bench.send(.{ timestamp, timestamp + 1501 });
        _ = try bench.receive((try bench.nextPacket()).?);
        for (0..strays) |_| {
            _ = try bench.receive(packetOf(segmentPayload(&payload, &.{beyond}), timestamp, false));
        }
        while (try bench.nextPacket()) |one| _ = try bench.receive(one);
        const report = bench.depacketizer.finish().?;
        // Two strays in a frame are believed, until the rows of the stream say otherwise.
        if (strays < 2) try expectEqual(@as(u32, 0), report.missing_count);
        if (strays == 0) try bench.expectSame();
    }
    try expectEqual(@as(u64, 0), bench.depacketizer.counters.frame_numbered);
}

test "bad segments are refused whole, each for its reason" {
    var bench: Bench = try .init(hd(.progressive), 0);
    defer bench.deinit();
    var buffer: [4000]u8 = undefined;
    const good: video.Segment = .{ .field = 0, .row = 0, .offset = 0, .bytes = 5 };
    const bad = [_]struct { segment: video.Segment, counter: []const u8 }{
        .{ .segment = .{ .field = 0, .row = 11, .offset = 0, .bytes = 5 }, .counter = "outside" },
        .{ .segment = .{ .field = 0, .row = 32767, .offset = 0, .bytes = 5 }, .counter = "outside" },
        .{ .segment = .{ .field = 0, .row = 0, .offset = 400, .bytes = 5 }, .counter = "outside" },
        .{ .segment = .{ .field = 0, .row = 10, .offset = 398, .bytes = 10 }, .counter = "outside" },
        .{ .segment = .{ .field = 0, .row = 10, .offset = 32766, .bytes = 5 }, .counter = "outside" },
        .{ .segment = .{ .field = 1, .row = 0, .offset = 0, .bytes = 5 }, .counter = "outside" },
        .{ .segment = .{ .field = 0, .row = 0, .offset = 1, .bytes = 5 }, .counter = "split_group" },
        .{ .segment = .{ .field = 0, .row = 0, .offset = 0, .bytes = 6 }, .counter = "split_group" },
    };
    inline for (bad) |one| {
        const before = @field(bench.depacketizer.counters, one.counter);
        const bytes = segmentPayload(&buffer, &.{ good, one.segment });
        try expectEqual(.dropped, try bench.receive(packetOf(bytes, 5, false)));
        try expectEqual(before + 1, @field(bench.depacketizer.counters, one.counter));
    }
    const alone = segmentPayload(&buffer, &.{.{ .field = 1, .row = 0, .offset = 0, .bytes = 5 }});
    try expectEqual(.dropped, try bench.receive(packetOf(alone, 5, false)));
    for (bench.target) |byte| try expectEqual(@as(u8, 0), byte);
    const payload = segmentPayload(&buffer, &.{good});
    for (0..payload.len) |length| {
        try expectEqual(.dropped, try bench.receive(packetOf(payload[0..length], 5, false)));
    }
    try expectEqual(@as(u64, payload.len), bench.depacketizer.counters.truncated);
    try expectEqual(@as(u64, 0), bench.depacketizer.counters.packets);
    const nothing = segmentPayload(&buffer, &.{.{ .field = 0, .row = 0, .offset = 0, .bytes = 0 }});
    try expectEqual(.completed, try bench.receive(packetOf(nothing, 5, true)));
    try expectEqual(@as(u32, 11), bench.depacketizer.finish().?.missing_count);
}

test "one stray time stamp is dropped, a second of its kind is believed" {
    var bench: Bench = try .init(hd(.progressive), 0);
    defer bench.deinit();
    try sendFrame(&bench, .{ 1000, 0 });
    try bench.send(.{ 2501, 0 });
    const first = (try bench.nextPacket()).?;
    try expectEqual(.placed, try bench.receive(first));
    var stray = first;
    for ([_]u32{ 0x8000_0000, 0x4000_0000, 0x8000_0000 }) |timestamp| {
        stray.timestamp = timestamp;
        try expectEqual(.dropped, try bench.receive(stray));
    }
    try expectEqual(.placed, try bench.receive(first));
    stray.timestamp = 0x8000_0000;
    try expectEqual(.dropped, try bench.receive(stray));
    stray.timestamp +%= 1501;
    try expectEqual(.ended, try bench.receive(stray));
    try expectEqual(.newer, bench.depacketizer.finish().?.end);
    try expectEqual(.placed, try bench.receive(stray));
    _ = bench.depacketizer.finish().?;
    // A sender that starts again may be in the past.
    stray.timestamp = 500_000;
    try expectEqual(.dropped, try bench.receive(stray));
    try expectEqual(.placed, try bench.receive(stray));
    try expectEqual(@as(u64, 5), bench.depacketizer.counters.jumps);
}

test "a frame that nobody wants passes" {
    var bench: Bench = try .init(hd(.progressive), 0);
    defer bench.deinit();
    try bench.send(.{ 0, 0 });
    try bench.depacketizer.begin(null);
    while (try bench.nextPacket()) |one| {
        const outcome = bench.depacketizer.receive(one);
        try expectEqual(if (one.marker) Outcome.completed else .placed, outcome);
    }
    try expect(!bench.depacketizer.finish().?.wanted);
    try expectEqual(@as(u64, 11), bench.depacketizer.counters.unwanted);
    try sendFrame(&bench, .{ 1501, 0 });
    try std.testing.expectError(error.OutOfSpace, bench.depacketizer.begin(bench.target[1..]));
}

test "any payload: nothing outside of the frame is touched, and every packet has an outcome" {
    var random_state = std.Random.DefaultPrng.init(0x2110_2020);
    const random = random_state.random();
    for (std.enums.values(video.Scan)) |scan| {
        var bench: Bench = try .init(hd(scan), 8);
        defer bench.deinit();
        var payload: [300]u8 = undefined;
        var frames: u32 = 0;
        var timestamp: u32 = 0;
        for (0..100_000) |_| {
            const length = random.uintAtMost(usize, payload.len);
            random.bytes(payload[0..length]);
            likely(random, payload[0..length]);
            if (random.uintLessThan(u32, 50) == 0) timestamp +%= 1501;
            if (random.uintLessThan(u32, 1000) == 0) timestamp = random.int(u32);
            const one = packetOf(payload[0..length], timestamp, random.uintLessThan(u32, 100) == 0);
            while (true) {
                const outcome = try bench.receive(one);
                if (outcome != .ended and outcome != .completed) break;
                const report = bench.depacketizer.finish().?;
                frames += 1;
                var missing: u32 = 0;
                for (report.missing) |word| missing += @popCount(word);
                try expectEqual(report.missing_count, missing);
                // Between the rows nobody writes.
                for (0..bench.geometry.rows - 1) |row| {
                    const gap = bench.target[row * 1008 + 1000 ..][0..8];
                    try expect(std.mem.allEqual(u8, gap, 0));
                }
                if (outcome == .completed) break;
            }
        }
        try expect(frames > 100);
        try expect(bench.depacketizer.counters.packets > 1000);
    }
}

/// Makes some of the random payloads good ones.
fn likely(random: std.Random, payload: []u8) void {
    if (payload.len < 8 or random.boolean()) return;
    std.mem.writeInt(u16, payload[2..4], random.uintAtMost(u16, 40) * 5, .big);
    std.mem.writeInt(u16, payload[4..6], random.uintAtMost(u16, 12) | @as(u16, random.int(u1)) << 15, .big);
    std.mem.writeInt(u16, payload[6..8], random.uintAtMost(u16, 200) * 2, .big);
}

test "what is missing is known exactly, however segments overlap, and each whole row is told of once" {
    const Rows = struct {
        told: [11]u32 = @splat(0),

        fn tell(context: *anyopaque, row: u32) void {
            const self: *@This() = @ptrCast(@alignCast(context));
            self.told[row] += 1;
        }
    };
    var random_state = std.Random.DefaultPrng.init(0x4F56_4552);
    const random = random_state.random();
    const groups = 200;
    for (std.enums.values(video.Scan)) |scan| {
        var bench: Bench = try .init(hd(scan), 8);
        defer bench.deinit();
        var rows: Rows = .{};
        bench.depacketizer.on_row = .{ .context = &rows, .call = Rows.tell };
        var payload: [1100]u8 = undefined;
        for (0..400) |frame| {
            rows = .{};
            var arrived: [11][groups]bool = @splat(@splat(false));
            // Runs that mostly go on where the last one has ended, so that every way of counting is gone.
            var row: u32 = 0;
            var first: u32 = 0;
            const timestamp: u32 = @intCast(frame * 3003);
            const is_over = for (0..random.uintAtMost(u32, 100)) |_| {
                if (random.uintLessThan(u32, 4) == 0) {
                    row = random.uintLessThan(u32, 11);
                    first = if (random.boolean()) 0 else random.uintLessThan(u32, groups);
                }
                const count = @min(groups - first, 1 + random.uintAtMost(u32, 60));
                const field: u1 = if (scan == .progressive) 0 else @intCast(row % 2);
                const segment: video.Segment = .{
                    .field = field,
                    .row = @intCast(if (scan == .progressive) row else row / 2),
                    .offset = @intCast(first * 2),
                    .bytes = @intCast(count * 5),
                };
                for (arrived[row][first..][0..count]) |*one| one.* = true;
                const outcome = try bench.receive(packetOf(segmentPayload(&payload, &.{segment}), timestamp, false));
                if (outcome == .completed) break true;
                try expectEqual(Outcome.placed, outcome);
                first += count;
                if (first == groups) {
                    first = 0;
                    row = (row + fieldStep(scan)) % 11;
                }
            } else false;
            const report = bench.depacketizer.finish() orelse continue;
            var missing: u32 = 0;
            for (arrived, 0..) |groups_of_row, i| {
                const is_whole = std.mem.allEqual(bool, &groups_of_row, true);
                try expectEqual(is_whole, report.missing[0] >> @intCast(i) & 1 == 0);
                try expectEqual(@as(u32, @intFromBool(is_whole)), rows.told[i]);
                missing += @intFromBool(!is_whole);
                for (groups_of_row, 0..) |is_here, group| {
                    const bytes = bench.target[i * 1008 + group * 5 ..][0..5];
                    try expect(std.mem.allEqual(u8, bytes, if (is_here) 0xEE else 0));
                }
            }
            try expectEqual(report.missing_count, missing);
            try expectEqual(is_over, missing == 0);
        }
    }
}

fn fieldStep(scan: video.Scan) u32 {
    return if (scan == .progressive) 1 else 2;
}
