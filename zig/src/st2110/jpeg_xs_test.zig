//! JPEG XS packets there and back: exact pictures, losses, wraps, hostile values.

const std = @import("std");
const depacketizer_file = @import("jpeg_xs_depacketizer.zig");
const jpeg_xs = @import("jpeg_xs.zig");
const packet = @import("../rtp/packet.zig");
const packetizer_file = @import("jpeg_xs_packetizer.zig");

const Depacketizer = depacketizer_file.Depacketizer;
const Outcome = depacketizer_file.Outcome;
const Packetizer = packetizer_file.Packetizer;
const Report = depacketizer_file.Report;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

/// A receiver with one buffer, that keeps the reports.
const Receiver = struct {
    depacketizer: Depacketizer = .init(64),
    buffer: [64]u8 = @splat(0xEE),
    reports: [8]Report = undefined,
    count: usize = 0,

    /// Returns what became of the packet in the end.
    fn receive(self: *Receiver, one: packet.Packet) !Outcome {
        for (0..3) |_| {
            const outcome = self.depacketizer.receive(one);
            switch (outcome) {
                .placed, .dropped => return outcome,
                .wanted => try self.depacketizer.begin(&self.buffer),
                .ended, .completed => {
                    self.reports[self.count % self.reports.len] = self.depacketizer.finish().?;
                    self.count += 1;
                    if (outcome == .completed) return outcome;
                },
            }
        }
        return error.Stuck;
    }

    fn last(self: Receiver) Report {
        return self.reports[(self.count - 1) % self.reports.len];
    }
};

const One = struct {
    sequence: u16,
    timestamp: u32 = 0,
    marker: bool = false,
    header: jpeg_xs.Header = .{},
    data: []const u8 = "data",
};

fn make(store: *[128]u8, one: One) !packet.Packet {
    var payload: [64]u8 = undefined;
    jpeg_xs.writeHeader(payload[0..4], one.header);
    @memcpy(payload[4..][0..one.data.len], one.data);
    return packet.parse(try packet.write(store, .{
        .marker = one.marker,
        .payload_type = 96,
        .sequence = one.sequence,
        .timestamp = one.timestamp,
        .ssrc = 1,
    }, payload[0 .. 4 + one.data.len]));
}

fn give(receiver: *Receiver, one: One) !Outcome {
    var store: [128]u8 = undefined;
    return receiver.receive(try make(&store, one));
}

test "pictures come out as they went in, over the wraps of all counters" {
    var packetizer: Packetizer = try .init(.{
        .payload_type = 96,
        .ssrc = 1,
        .sequence = 0xFFF0,
        .udp_bytes_max = 28,
    });
    var depacketizer: Depacketizer = .init(20_000);
    var random_state = std.Random.DefaultPrng.init(22);
    const random = random_state.random();
    var picture: [20_000]u8 = undefined;
    var target: [20_000]u8 = undefined;
    for (0..40) |i| {
        // 5000 packets at most: P wraps twice.
        const length = if (i == 0) picture.len else random.intRangeAtMost(u32, 1, 3000);
        random.bytes(picture[0..length]);
        const part: jpeg_xs.Part = if (i % 2 == 0) .first else .second;
        try packetizer.begin(@intCast(length), @truncate(0xFFFF_F000 + i * 1501), part);
        var count: u32 = 0;
        while (packetizer.nextParts()) |parts| {
            var bytes: [20]u8 = undefined;
            @memcpy(bytes[0..16], &parts.header);
            @memcpy(bytes[16..][0..parts.data_bytes], picture[parts.offset..][0..parts.data_bytes]);
            const one = try packet.parse(bytes[0 .. 16 + parts.data_bytes]);
            if (count == 0) {
                try expectEqual(.wanted, depacketizer.receive(one));
                try depacketizer.begin(&target);
            }
            count += 1;
            const wanted: Outcome = if (parts.marker) .completed else .placed;
            try expectEqual(wanted, depacketizer.receive(one));
        }
        const report = depacketizer.finish().?;
        try expectEqual(Report{
            .end = .marker,
            .timestamp = @truncate(0xFFFF_F000 + i * 1501),
            .part = part,
            .frame = @truncate(i / 2),
            .bytes = @intCast(length),
            .packet_count = count,
            .missing_count = 0,
            .wanted = true,
        }, report);
        try std.testing.expectEqualSlices(u8, picture[0..length], target[0..length]);
    }
    try expectEqual(@as(u64, 40), depacketizer.counters.pictures_complete);
    try expectEqual(@as(?Report, null), depacketizer.finish());
}

test "every loss of one or two packets is counted, and leaves zeros" {
    for (0..6) |lost_a| for (lost_a..6) |lost_b| {
        var receiver: Receiver = .{};
        for (0..3) |picture| for (0..6) |i| {
            if (picture == 1 and (i == lost_a or i == lost_b)) continue;
            _ = try give(&receiver, .{
                .sequence = @truncate(0xFFF8 + picture * 6 + i),
                .timestamp = @intCast(picture),
                .marker = i == 5,
                .header = .{ .last = i == 5, .packet = @intCast(i) },
                .data = if (i == 5) "ab" else "data",
            });
            if (picture == 1 and i == 5 and lost_b < 5) {
                var wanted: [22]u8 = "datadatadatadatadataab".*;
                @memset(wanted[lost_a * 4 ..][0..4], 0);
                @memset(wanted[lost_b * 4 ..][0..4], 0);
                try std.testing.expectEqualSlices(u8, &wanted, receiver.buffer[0..22]);
            }
        };
        try expectEqual(@as(usize, 3), receiver.count);
        const lost: u64 = if (lost_a == lost_b) 1 else 2;
        try expectEqual(@as(u64, 0), receiver.reports[0].missing_count);
        try expectEqual(lost, receiver.reports[1].missing_count);
        try expectEqual(@as(u64, 0), receiver.reports[2].missing_count);
        const end: depacketizer_file.End = if (lost_b == 5) .newer else .marker;
        try expectEqual(end, receiver.reports[1].end);
        const bytes: u32 = if (lost_b < 5) 22 else if (lost_a == 4) 16 else 20;
        try expectEqual(bytes, receiver.reports[1].bytes);
        try expectEqual(lost, receiver.depacketizer.counters.missing);
    };
}

test "a picture of which nothing came is part of the loss before the next" {
    var receiver: Receiver = .{};
    _ = try give(&receiver, .{ .sequence = 0, .timestamp = 0, .header = .{ .packet = 0 } });
    // Three packets and a whole picture later, with its head missing.
    _ = try give(&receiver, .{ .sequence = 9, .timestamp = 2, .header = .{ .packet = 2 } });
    try expectEqual(@as(u64, 6), receiver.last().missing_count);
    _ = try give(&receiver, .{ .sequence = 10, .timestamp = 2, .header = .{ .packet = 3, .last = true } });
    try expectEqual(@as(u64, 2), receiver.last().missing_count);
    try expectEqual(@as(u64, 2 + 6), receiver.depacketizer.counters.missing);
}

test "what is late, doubled or reordered is dropped and harms nothing" {
    var receiver: Receiver = .{};
    try expectEqual(.placed, try give(&receiver, .{ .sequence = 7, .header = .{ .packet = 0 }, .data = "aa" }));
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 7, .header = .{ .packet = 0 }, .data = "xx" }));
    try expectEqual(.placed, try give(&receiver, .{ .sequence = 9, .header = .{ .packet = 2 }, .data = "cc" }));
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 8, .header = .{ .packet = 1 }, .data = "bb" }));
    try expectEqual(.completed, try give(&receiver, .{
        .sequence = 10,
        .marker = true,
        .header = .{ .packet = 3 },
        .data = "d",
    }));
    try std.testing.expectEqualSlices(u8, "aa\x00\x00ccd\xEE", receiver.buffer[0..8]);
    try expectEqual(@as(u64, 1), receiver.last().missing_count);
    try expectEqual(@as(u64, 2), receiver.depacketizer.counters.late);
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 11, .header = .{ .packet = 4 } }));
    try expectEqual(@as(u64, 1), receiver.depacketizer.counters.after_end);
}

test "PsF segments with one time stamp are two pictures" {
    var receiver: Receiver = .{};
    for ([_]jpeg_xs.Part{ .first, .second }, 0..) |part, i| {
        try expectEqual(.completed, try give(&receiver, .{
            .sequence = @intCast(i),
            .timestamp = 5,
            .marker = true,
            .header = .{ .part = part, .last = true },
        }));
        try expectEqual(part, receiver.last().part);
    }
}

test "a picture without a marker is whole if nothing is missing" {
    var receiver: Receiver = .{};
    for (0..2) |picture| for (0..2) |i| {
        _ = try give(&receiver, .{
            .sequence = @intCast(picture * 2 + i),
            .timestamp = @intCast(picture),
            .header = .{ .packet = @intCast(i) },
        });
    };
    try expectEqual(@as(usize, 1), receiver.count);
    try expect(receiver.last().isComplete());
    try expectEqual(.newer, receiver.last().end);
    try expectEqual(@as(u64, 1), receiver.depacketizer.counters.pictures_unmarked);
    const report = receiver.depacketizer.finish().?;
    try expectEqual(.closed, report.end);
    try expectEqual(@as(u64, 1), report.missing_count);
}

test "values that contradict each other are dropped and counted" {
    var receiver: Receiver = .{};
    const counters = &receiver.depacketizer.counters;
    // The last packet alone, when no size is known.
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 0, .header = .{ .packet = 3, .last = true } }));
    try expectEqual(@as(u64, 1), counters.unplaceable);
    try expectEqual(.placed, try give(&receiver, .{ .sequence = 1 }));
    for ([_]jpeg_xs.Header{
        .{ .packet = 2 },
        .{ .packet = 0 },
        .{ .packet = 1, .extension = 1 },
        .{ .packet = 0x7FF, .extension = 0x7FF },
        .{ .packet = 1, .mode = .slice },
    }, 1..) |header, i| {
        try expectEqual(.dropped, try give(&receiver, .{ .sequence = 2, .header = header }));
        try expectEqual(i, counters.inconsistent);
    }
    // Another picture that would have begun before this one ended.
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 2, .timestamp = 9, .header = .{ .packet = 1 } }));
    try expectEqual(@as(u64, 6), counters.inconsistent);
    for ([_][]const u8{ "abc", "abcde" }, 1..) |data, i| {
        try expectEqual(.dropped, try give(&receiver, .{ .sequence = 2, .header = .{ .packet = 1 }, .data = data }));
        try expectEqual(i, counters.uneven);
    }
    try expectEqual(.placed, try give(&receiver, .{ .sequence = 2, .header = .{ .packet = 1 } }));
    // 16 pieces of 4 fit into 64.
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 17, .header = .{ .packet = 16, .last = true } }));
    try expectEqual(@as(u64, 1), counters.too_long);
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 3000, .header = .{ .packet = 15 } }));
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 30_000, .header = .{ .packet = 15 } }));
    try expectEqual(@as(u64, 1), counters.jumps);
    try expectEqual(.dropped, try give(&receiver, .{
        .sequence = 3,
        .header = .{ .packet = 2, .mode = .slice, .sequential = false },
    }));
    try expectEqual(@as(u64, 1), counters.unordered);
    try expectEqual(@as(u64, 2), counters.packets);
}

test "a first packet with a wild place does not say which picture it is" {
    var receiver: Receiver = .{};
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 0, .header = .{ .packet = 99 } }));
    try expectEqual(@as(u64, 1), receiver.depacketizer.counters.too_long);
    try expectEqual(.completed, try give(&receiver, .{ .sequence = 1, .timestamp = 1, .header = .{ .last = true } }));
    try expect(receiver.last().isComplete());
    try expectEqual(@as(?u32, 1), receiver.last().timestamp);
}

test "a sender that begins anew ends the picture" {
    var receiver: Receiver = .{};
    try expectEqual(.placed, try give(&receiver, .{ .sequence = 40_000 }));
    try expectEqual(.dropped, try give(&receiver, .{ .sequence = 5, .timestamp = 9 }));
    try expectEqual(.placed, try give(&receiver, .{ .sequence = 6, .timestamp = 9, .header = .{ .packet = 1 } }));
    try expectEqual(.restarted, receiver.last().end);
    try expectEqual(@as(u64, 1), receiver.last().missing_count);
    try expectEqual(.completed, try give(&receiver, .{
        .sequence = 7,
        .timestamp = 9,
        .header = .{ .packet = 2, .last = true },
    }));
    try expectEqual(@as(u64, 1), receiver.last().missing_count);
}

test "a sender that begins anew may begin with the same time stamp" {
    var receiver: Receiver = .{};
    for ([_]u16{ 40_000, 5, 6 }, [_]Outcome{ .completed, .dropped, .completed }) |sequence, outcome| {
        try expectEqual(outcome, try give(&receiver, .{ .sequence = sequence, .marker = true }));
    }
    try expectEqual(@as(u64, 0), receiver.depacketizer.counters.after_end);
}

test "slice mode is put together as it comes" {
    const Unit = struct { sep: u11, p: u11, last: bool, data: []const u8 };
    const units = [_]Unit{
        .{ .sep = 0x7FF, .p = 0, .last = false, .data = "head" },
        .{ .sep = 0x7FF, .p = 1, .last = true, .data = "er" },
        .{ .sep = 0, .p = 0, .last = false, .data = "slice" },
        .{ .sep = 0, .p = 1, .last = true, .data = "0" },
        .{ .sep = 1, .p = 0, .last = true, .data = "slice1" },
    };
    for (0..units.len + 1) |lost| {
        var receiver: Receiver = .{};
        for (0..3) |picture| for (units, 0..) |unit, i| {
            if (picture == 1 and i == lost) continue;
            _ = try give(&receiver, .{
                .sequence = @intCast(picture * units.len + i),
                .timestamp = @intCast(picture),
                .marker = i == units.len - 1,
                .header = .{ .mode = .slice, .last = unit.last, .extension = unit.sep, .packet = unit.p },
                .data = unit.data,
            });
        };
        try expectEqual(@as(usize, 3), receiver.count);
        for (receiver.reports[0..3], 0..) |report, i| {
            const missing: u64 = if (i == 1 and lost < units.len) 1 else 0;
            try expectEqual(missing, report.missing_count);
        }
        try std.testing.expectEqualSlices(u8, "headerslice0slice1", receiver.buffer[0..receiver.last().bytes]);
    }
}

test "buffers that are too short, and pictures that are let pass" {
    var depacketizer: Depacketizer = .init(64);
    var store: [128]u8 = undefined;
    const one = try make(&store, .{ .sequence = 0, .marker = true, .header = .{ .last = true } });
    try expectEqual(.wanted, depacketizer.receive(one));
    var short: [63]u8 = undefined;
    try std.testing.expectError(error.OutOfSpace, depacketizer.begin(&short));
    try depacketizer.begin(null);
    try expectEqual(.completed, depacketizer.receive(one));
    const report = depacketizer.finish().?;
    try expect(!report.wanted and report.isComplete());
    try expectEqual(@as(u64, 1), depacketizer.counters.unwanted);
    try depacketizer.begin(null);
    const empty = depacketizer.finish().?;
    try expectEqual(@as(?u32, null), empty.timestamp);
    try expect(!empty.isComplete());
}

test "every truncation of a packet is refused or a shorter piece" {
    var store: [128]u8 = undefined;
    const whole = try make(&store, .{ .sequence = 0, .header = .{ .last = true } });
    for (0..whole.payload.len + 1) |length| {
        var receiver: Receiver = .{};
        var one = whole;
        one.payload = whole.payload[0..length];
        const outcome = try receiver.receive(one);
        try expectEqual(if (length > 4) Outcome.completed else .dropped, outcome);
        try expectEqual(@intFromBool(length < 4), receiver.depacketizer.counters.truncated);
        try expectEqual(@intFromBool(length == 4), receiver.depacketizer.counters.empty);
    }
}

test "any packets: nothing is written outside, every packet is accounted for" {
    var random_state = std.Random.DefaultPrng.init(0x9134_22);
    const random = random_state.random();
    var depacketizer: Depacketizer = .init(64);
    var buffer: [64 + 8]u8 = @splat(0x55);
    var sequence: u16 = 0xFF00;
    var timestamp: u32 = 0;
    var index: u22 = 0;
    var packets: u64 = 0;
    var ended: u64 = 0;
    for (0..200_000) |_| {
        sequence +%= if (random.uintLessThan(u32, 20) == 0) random.uintLessThan(u16, 5) else 1;
        if (random.uintLessThan(u32, 500) == 0) sequence = random.int(u16);
        index +%= 1;
        if (random.uintLessThan(u32, 8) == 0) {
            timestamp +%= 1;
            index = 0;
        }
        var header: jpeg_xs.Header = .{
            .mode = if (timestamp / 100 % 4 == 0) .slice else .codestream,
            .last = random.uintLessThan(u32, 10) == 0,
            .extension = @intCast(index >> 11),
            .packet = @truncate(index),
        };
        if (random.uintLessThan(u32, 30) == 0) header.packet = random.int(u11);
        if (random.uintLessThan(u32, 30) == 0) header.extension = random.int(u11);
        if (random.uintLessThan(u32, 30) == 0) header.sequential = false;
        if (random.uintLessThan(u32, 30) == 0) header.part = .second;
        var payload: [16]u8 = undefined;
        random.bytes(&payload);
        jpeg_xs.writeHeader(payload[0..4], header);
        if (random.uintLessThan(u32, 50) == 0) random.bytes(payload[0..4]);
        const length = if (random.uintLessThan(u32, 6) == 0) random.uintAtMost(usize, 16) else 8;
        var store: [64]u8 = undefined;
        const one = try packet.parse(try packet.write(&store, .{
            .marker = random.uintLessThan(u32, 20) == 0,
            .payload_type = 96,
            .sequence = sequence,
            .timestamp = timestamp,
            .ssrc = 1,
        }, payload[0..length]));
        packets += 1;
        var tries: u32 = 0;
        while (true) : (tries += 1) {
            try expect(tries < 3);
            const outcome = depacketizer.receive(one);
            switch (outcome) {
                .placed, .dropped => break,
                .wanted => try depacketizer.begin(if (random.uintLessThan(u32, 10) == 0) null else buffer[0..64]),
                .ended, .completed => {
                    const report = depacketizer.finish().?;
                    try expect(report.bytes <= 64);
                    ended += 1;
                    if (outcome == .completed) break;
                },
            }
        }
        try std.testing.expectEqualSlices(u8, &@as([8]u8, @splat(0x55)), buffer[64..]);
    }
    const c = depacketizer.counters;
    try expectEqual(packets, c.packets + c.truncated + c.empty + c.reserved_part + c.unordered + c.jumps + c.late +
        c.inconsistent + c.uneven + c.unplaceable + c.too_long + c.after_end);
    try expectEqual(ended, c.pictures_complete + c.pictures_incomplete + c.pictures_unwanted -
        @intFromBool(depacketizer.state == .open and depacketizer.target == null));
    try expect(c.pictures_complete > 500 and c.pictures_incomplete > 5000 and c.packets > 50_000);
    inline for (@typeInfo(@TypeOf(c)).@"struct".field_names) |name| {
        // Once a size was seen, every packet has a place.
        if (@field(c, name) == 0 and comptime !std.mem.eql(u8, name, "unplaceable")) {
            std.debug.print("{s} never happened\n", .{name});
            return error.NeverHappened;
        }
    }
}
