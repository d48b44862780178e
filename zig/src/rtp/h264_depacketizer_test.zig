//! Packets into access units: there and back, every loss, what the tools of others send, hostile bytes.

const std = @import("std");
const depacketizer_file = @import("h264_depacketizer.zig");
const h264 = @import("h264.zig");
const packet = @import("packet.zig");
const packetizer_file = @import("h264_packetizer.zig");

const Depacketizer = depacketizer_file.Depacketizer;
const Outcome = depacketizer_file.Outcome;
const Packetizer = packetizer_file.Packetizer;
const Report = depacketizer_file.Report;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectEqualSlices = std.testing.expectEqualSlices;

/// A receiver with one buffer, that keeps the reports.
const Receiver = struct {
    depacketizer: Depacketizer = .init(.{ .framing = .annex_b, .bytes_max = 64 }),
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

    fn give(self: *Receiver, sequence: u16, timestamp: u32, marker: bool, payload: []const u8) !Outcome {
        return self.receive(make(sequence, timestamp, marker, payload));
    }

    fn last(self: Receiver) Report {
        return self.reports[(self.count - 1) % self.reports.len];
    }

    fn expectBytes(self: *Receiver, wanted: []const u8) !void {
        try expectEqualSlices(u8, wanted, self.buffer[0..self.last().bytes]);
    }
};

fn make(sequence: u16, timestamp: u32, marker: bool, payload: []const u8) packet.Packet {
    return .{
        .marker = marker,
        .payload_type = 96,
        .sequence = sequence,
        .timestamp = timestamp,
        .ssrc = 1,
        .csrc_bytes = &.{},
        .extension = null,
        .payload = payload,
        .padding_bytes = 0,
    };
}

test "each payload, byte for byte, in both framings" {
    for ([_]h264.Framing{ .annex_b, .avcc }) |framing| {
        var receiver: Receiver = .{};
        receiver.depacketizer = .init(.{ .framing = framing, .bytes_max = 64 });
        const sets = "\x78\x00\x05\x67\x42\xE0\x1F\x80\x00\x02\x68\xCE";
        try expectEqual(.placed, try receiver.give(0xFFFE, 7, false, sets));
        try expectEqual(.placed, try receiver.give(0xFFFF, 7, false, "\x06s"));
        try expectEqual(.placed, try receiver.give(0, 7, false, "\x7C\x85\x88a"));
        try expectEqual(.placed, try receiver.give(1, 7, false, "\x7C\x05"));
        try expectEqual(.placed, try receiver.give(2, 7, false, "\x7C\x05bc"));
        try expectEqual(.completed, try receiver.give(3, 7, true, "\x7C\x45d"));
        try receiver.expectBytes(switch (framing) {
            .annex_b => "\x00\x00\x00\x01\x67\x42\xE0\x1F\x80" ++ "\x00\x00\x00\x01\x68\xCE" ++
                "\x00\x00\x00\x01\x06s" ++ "\x00\x00\x00\x01\x65\x88abcd",
            .avcc => "\x00\x00\x00\x05\x67\x42\xE0\x1F\x80" ++ "\x00\x00\x00\x02\x68\xCE" ++
                "\x00\x00\x00\x02\x06s" ++ "\x00\x00\x00\x06\x65\x88abcd",
        });
        try expectEqual(Report{
            .end = .marker,
            .timestamp = 7,
            .bytes = 9 + 6 + 6 + 10,
            .unit_count = 4,
            .packet_count = 6,
            .missing_count = 0,
            .broken_count = 0,
            .lost_before = 0,
            .is_keyframe = true,
            .sets_changed = true,
            .wanted = true,
        }, receiver.last());
        var record: [64]u8 = undefined;
        try expectEqualSlices(
            u8,
            "\x01\x42\xE0\x1F\xFF\xE1\x00\x05\x67\x42\xE0\x1F\x80\x01\x00\x02\x68\xCE",
            try receiver.depacketizer.sets.writeRecord(&record),
        );
        try expectEqual(.completed, try receiver.give(4, 8, true, "\x78\x00\x02\x68\xCE\x00\x02\x41\x9A"));
        try expect(!receiver.last().is_keyframe and !receiver.last().sets_changed);
    }
}

test "access units end at another time stamp, too" {
    var receiver: Receiver = .{};
    try expectEqual(.placed, try receiver.give(0, 1, false, "\x41\x9A1"));
    try expectEqual(.placed, try receiver.give(1, 1, false, "\x41\x402"));
    // Time stamps go back where pictures are reordered.
    try expectEqual(.placed, try receiver.give(2, 0, false, "\x01\x9A3"));
    try receiver.expectBytes("\x00\x00\x00\x01\x01\x9A3" ++ "\x00\x00\x00\x01\x41\x402");
    try expectEqual(.newer, receiver.last().end);
    try expect(receiver.last().isComplete());
    const closed = receiver.depacketizer.finish().?;
    try expectEqual(.closed, closed.end);
    try expect(!closed.isComplete());
    try expectEqual(@as(?Report, null), receiver.depacketizer.finish());
}

/// An access unit in five packets: a single unit, a STAP-A, and a FU-A in three.
const five = [_][]const u8{
    "\x09\x10", "\x78\x00\x02\x06s\x00\x03\x41\x9Aa", "\x5C\x81\x40b", "\x5C\x01cc", "\x5C\x41d",
};

test "every loss of one or two packets in three access units is known" {
    const count = 3 * five.len;
    for (0..count) |lost_a| for (lost_a..count) |lost_b| {
        var receiver: Receiver = .{};
        for (0..count) |i| {
            if (i == lost_a or i == lost_b) continue;
            const at = i % five.len;
            _ = try receiver.give(@truncate(0xFFFA + i), @intCast(i / five.len), at == 4, five[at]);
        }
        if (receiver.depacketizer.finish()) |report| {
            receiver.reports[receiver.count] = report;
            receiver.count += 1;
        }
        try expectEqual(@as(usize, 3), receiver.count);
        for (receiver.reports[0..3], 0..) |report, i| {
            const first = i * five.len;
            // The delimiter alone cannot be told from what came before: what follows it shows the beginning, too.
            var is_whole = true;
            for (first + 1..first + five.len) |one| {
                if (one == lost_a or one == lost_b) is_whole = false;
            }
            try expectEqual(is_whole, report.isComplete());
            const is_end_lost = i > 0 and (lost_a == first - 1 or lost_b == first - 1);
            const is_first_alone = (lost_a == first or lost_b == first) and lost_a != first + 1 and lost_b != first + 1;
            const lost_before: u64 = if (i > 0 and is_first_alone and !is_end_lost) 1 else 0;
            try expectEqual(lost_before, report.lost_before);
            if (is_whole) try expectEqual(.marker, report.end);
        }
    };
}

test "whose the missing packets are" {
    var receiver: Receiver = .{};
    // Begun in the middle.
    _ = try receiver.give(0, 0, true, "\x41\x40");
    try expectEqual(@as(u64, 1), receiver.last().missing_count);
    // After a marker: whole access units, if this one shows its beginning.
    _ = try receiver.give(3, 1, true, "\x41\x9A");
    try expectEqual(@as(u64, 2), receiver.last().lost_before);
    try expect(receiver.last().isComplete());
    // If it does not, they are its own.
    _ = try receiver.give(6, 2, true, "\x41\x40");
    try expectEqual(@as(u64, 2), receiver.last().missing_count);
    try expectEqual(@as(u64, 0), receiver.last().lost_before);
    // Without a marker: the one before lacks them, and the next only if it does not show its beginning.
    _ = try receiver.give(7, 3, false, "\x41\x9A");
    _ = try receiver.give(9, 4, false, "\x41\x9A");
    try expectEqual(@as(u64, 1), receiver.last().missing_count);
    _ = try receiver.give(12, 5, true, "\x41\x40");
    try expectEqual(@as(u64, 2), receiver.reports[4].missing_count);
    try expectEqual(@as(u64, 1), receiver.reports[5].missing_count);
    try expectEqual(@as(u64, 2 + 2 + 1 + 2), receiver.depacketizer.counters.missing);
}

test "pieces without a beginning or an end are left out" {
    const Case = struct { payloads: []const []const u8, broken: u32, orphans: u64, units: u32 };
    const cases = [_]Case{
        // No start.
        .{ .payloads = &.{ "\x41\x9A", "\x5C\x01a", "\x5C\x01b", "\x5C\x41c" }, .broken = 1, .orphans = 3, .units = 1 },
        .{ .payloads = &.{ "\x41\x9A", "\x5C\x01a", "\x41\x40" }, .broken = 1, .orphans = 1, .units = 2 },
        // No end.
        .{ .payloads = &.{ "\x5C\x81\x9A", "\x41\x40" }, .broken = 1, .orphans = 0, .units = 1 },
        .{ .payloads = &.{ "\x5C\x81\x9A", "\x5C\x81\x40", "\x5C\x41a" }, .broken = 1, .orphans = 0, .units = 1 },
        .{ .payloads = &.{"\x5C\x81\x9A"}, .broken = 1, .orphans = 0, .units = 0 },
        // Another type within.
        .{ .payloads = &.{ "\x5C\x81\x9A", "\x5C\x05a", "\x5C\x41b" }, .broken = 1, .orphans = 2, .units = 0 },
        // Another unit between two.
        .{ .payloads = &.{ "\x41\x9A", "\x5C\x01a", "\x41\x40", "\x5C\x41b" }, .broken = 2, .orphans = 2, .units = 2 },
        // Two of them.
        .{ .payloads = &.{ "\x41\x9A", "\x5C\x41a", "\x5C\x41b" }, .broken = 2, .orphans = 2, .units = 1 },
    };
    for (cases) |case| {
        var receiver: Receiver = .{};
        for (case.payloads, 1..) |payload, i| {
            _ = try receiver.give(@intCast(i), 0, i == case.payloads.len, payload);
        }
        const report = receiver.last();
        try expectEqual(case.broken, report.broken_count);
        try expectEqual(case.units, report.unit_count);
        try expectEqual(case.orphans, receiver.depacketizer.counters.orphan_fragments);
        try expect(!report.isComplete() and report.missing_count == 0);
    }
}

test "a unit whose middle is missing does not come out" {
    var receiver: Receiver = .{};
    _ = try receiver.give(0, 0, false, "\x41\x9A");
    _ = try receiver.give(1, 0, false, "\x5C\x81\x40");
    _ = try receiver.give(3, 0, true, "\x5C\x41b");
    try receiver.expectBytes("\x00\x00\x00\x01\x41\x9A");
    try expectEqual(@as(u64, 1), receiver.last().missing_count);
    try expectEqual(@as(u32, 1), receiver.last().broken_count);
    try expectEqual(@as(u64, 1), receiver.depacketizer.counters.units_broken);
}

test "what is late, doubled or reordered is dropped and harms nothing" {
    var receiver: Receiver = .{};
    _ = try receiver.give(5, 0, false, "\x41\x9A");
    try expectEqual(.dropped, try receiver.give(5, 0, false, "\x41xx"));
    try expectEqual(.placed, try receiver.give(7, 0, false, "\x41\x40"));
    try expectEqual(.dropped, try receiver.give(6, 0, false, "\x41yy"));
    try expectEqual(.dropped, try receiver.give(4, 9, true, "\x41zz"));
    try expectEqual(.completed, try receiver.give(8, 0, true, "\x41\x41"));
    try receiver.expectBytes("\x00\x00\x00\x01\x41\x9A\x00\x00\x00\x01\x41\x40\x00\x00\x00\x01\x41\x41");
    try expectEqual(@as(u64, 1), receiver.last().missing_count);
    try expectEqual(@as(u64, 3), receiver.depacketizer.counters.late);
}

test "what is refused has a name, and is missing where it would have been" {
    var receiver: Receiver = .{};
    const counters = &receiver.depacketizer.counters;
    _ = try receiver.give(0, 0, false, "\x41\x9A");
    const cases = [_]struct { []const u8, *u64 }{
        .{ "", &counters.truncated },
        .{ "\x7C", &counters.truncated },
        .{ "\x60", &counters.reserved },
        .{ "\x7E", &counters.reserved },
        .{ "\x7F", &counters.reserved },
        .{ "\x78", &counters.bad_aggregate },
        .{ "\x7C\xC1", &counters.whole_fragment },
        .{ "\x79\x00\x00", &counters.stap_b },
        .{ "\x7A", &counters.mtap },
        .{ "\x7B", &counters.mtap },
        .{ "\x7D\x81", &counters.fu_b },
    };
    for (cases) |case| {
        const before = case[1].*;
        try expectEqual(.dropped, try receiver.give(1, 0, true, case[0]));
        try expectEqual(before + 1, case[1].*);
    }
    try expectEqual(.completed, try receiver.give(2, 0, true, "\x41\x40"));
    try expectEqual(@as(u64, 1), receiver.last().missing_count);
}

test "units that do not fit are left out, those that do are kept" {
    var receiver: Receiver = .{};
    const long: [61]u8 = @splat(0x41);
    _ = try receiver.give(0, 0, false, "\x09\x10");
    _ = try receiver.give(1, 0, false, &long);
    _ = try receiver.give(2, 0, false, "\x5C\x81\x40");
    _ = try receiver.give(3, 0, false, "\x5C\x01" ++ &@as([60]u8, @splat(0x41)));
    _ = try receiver.give(4, 0, false, "\x5C\x41a");
    _ = try receiver.give(5, 0, true, "\x0Cf");
    try receiver.expectBytes("\x00\x00\x00\x01\x09\x10\x00\x00\x00\x01\x0Cf");
    try expectEqual(@as(u32, 2), receiver.last().broken_count);
    try expectEqual(@as(u64, 2), receiver.depacketizer.counters.units_too_long);
    // To the last byte.
    _ = try receiver.give(6, 1, true, long[0..60]);
    try expectEqual(@as(u32, 64), receiver.last().bytes);
    try expect(receiver.last().isComplete());
}

test "a sender that begins anew ends the access unit" {
    var receiver: Receiver = .{};
    _ = try receiver.give(40_000, 0, false, "\x41\x9A");
    try expectEqual(.dropped, try receiver.give(5, 9, false, "\x67\x42\xE0\x1F\x80"));
    try expectEqual(.placed, try receiver.give(6, 9, false, "\x68\xCE"));
    try expectEqual(.restarted, receiver.last().end);
    try expect(!receiver.last().isComplete());
    try expectEqual(@as(u64, 1), receiver.depacketizer.counters.jumps);
    try expectEqual(.completed, try receiver.give(7, 9, true, "\x65\x88"));
    try expect(receiver.last().is_keyframe);
}

test "access units that are let pass" {
    var depacketizer: Depacketizer = .init(.{ .framing = .avcc, .bytes_max = 64 });
    const one = make(0, 0, true, "\x65\x88");
    try expectEqual(.wanted, depacketizer.receive(one));
    var short: [63]u8 = undefined;
    try std.testing.expectError(error.OutOfSpace, depacketizer.begin(&short));
    try depacketizer.begin(null);
    try expectEqual(.completed, depacketizer.receive(one));
    const report = depacketizer.finish().?;
    try expect(!report.wanted and report.isComplete() and report.is_keyframe);
    try expectEqual(@as(u64, 1), depacketizer.counters.unwanted);
}

fn expectUnitsEqual(a_start: h264.Units, b_start: h264.Units) !void {
    var a = a_start;
    var b = b_start;
    while (try a.next()) |one| {
        const other = (try b.next()).?;
        try expectEqualSlices(u8, a.bytes[one.offset..][0..one.bytes], b.bytes[other.offset..][0..other.bytes]);
    }
    try expectEqual(@as(?h264.Span, null), try b.next());
}

test "access units come out as they went in, over the wraps of sequence and time" {
    var random_state = std.Random.DefaultPrng.init(0x264);
    const random = random_state.random();
    const modes = [_]packetizer_file.Mode{ .single_unit, .non_interleaved };
    for (modes) |mode| for ([_]h264.Framing{ .annex_b, .avcc }) |into| {
        var packetizer: Packetizer = try .init(.{
            .payload_type = 96,
            .ssrc = 1,
            .sequence = 0xFF00,
            .mode = mode,
            .framing = .avcc,
            .udp_bytes_max = 120,
        });
        var depacketizer: Depacketizer = .init(.{ .framing = into, .bytes_max = 4096 });
        for (0..300) |i| {
            var access_unit: [4096]u8 = undefined;
            var length: usize = 0;
            for (0..random.intRangeAtMost(u32, 1, 12)) |n| {
                const unit_bytes = random.intRangeAtMost(u32, 2, if (mode == .single_unit) 100 else 300);
                std.mem.writeInt(u32, access_unit[length..][0..4], unit_bytes, .big);
                const unit = access_unit[length + 4 ..][0..unit_bytes];
                // No zeros: start codes within are for the encoder to prevent.
                for (unit) |*byte| byte.* = random.intRangeAtMost(u8, 1, 255);
                unit[0] = (unit[0] & 0x60) | random.intRangeAtMost(u8, 1, 23);
                if (n == 0) unit[0..2].* = .{ 0x09, 0x10 };
                length += 4 + unit_bytes;
            }
            var target: [4096]u8 = undefined;
            const timestamp: u32 = @truncate(0xFFFF_0000 + i * 3003);
            const count = try packetizer.begin(access_unit[0..length], timestamp);
            for (1..count + 1) |n| {
                var buffer: [112]u8 = undefined;
                const one = try packet.parse((try packetizer.next(&buffer)).?);
                if (n == 1) {
                    try expectEqual(.wanted, depacketizer.receive(one));
                    try depacketizer.begin(&target);
                }
                try expectEqual(if (n == count) Outcome.completed else .placed, depacketizer.receive(one));
            }
            const report = depacketizer.finish().?;
            try expect(report.isComplete() and report.lost_before == 0);
            try expectEqual(timestamp, report.timestamp.?);
            try expectEqual(count, report.packet_count);
            try expectUnitsEqual(
                .{ .bytes = access_unit[0..length], .framing = .avcc },
                .{ .bytes = target[0..report.bytes], .framing = into },
            );
        }
        try expectEqual(@as(u64, 300), depacketizer.counters.access_units_complete);
    };
}

test "any packets: nothing is written outside, every packet is accounted for, what comes out can be read" {
    var random_state = std.Random.DefaultPrng.init(0x6184_6184);
    const random = random_state.random();
    var depacketizer: Depacketizer = .init(.{ .framing = .avcc, .bytes_max = 64 });
    var buffer: [64 + 8]u8 = @splat(0x55);
    var sequence: u16 = 0xFF00;
    var timestamp: u32 = 0;
    var packets: u64 = 0;
    var ended: u64 = 0;
    for (0..200_000) |_| {
        sequence +%= if (random.uintLessThan(u32, 20) == 0) random.uintLessThan(u16, 5) else 1;
        if (random.uintLessThan(u32, 500) == 0) sequence = random.int(u16);
        if (random.uintLessThan(u32, 6) == 0) timestamp +%= 1;
        var payload: [24]u8 = undefined;
        random.bytes(&payload);
        switch (random.uintLessThan(u32, 8)) {
            0...2 => {
                payload[0] = h264.type_fu_a;
                payload[1] &= 0xC7;
            },
            3 => payload[0..7].* = .{ h264.type_stap_a, 0, random.uintAtMost(u8, 3), 0x67, 0, 0, 1 },
            4 => {},
            else => payload[0] = random.intRangeAtMost(u8, 1, 12),
        }
        const one = make(
            sequence,
            timestamp,
            random.uintLessThan(u32, 6) == 0,
            payload[0..random.uintAtMost(usize, payload.len)],
        );
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
                    ended += 1;
                    if (report.wanted) {
                        var units: h264.Units = .{ .bytes = buffer[0..report.bytes], .framing = .avcc };
                        var count: u32 = 0;
                        while (try units.next()) |_| count += 1;
                        try expectEqual(report.unit_count, count);
                    }
                    if (outcome == .completed) break;
                },
            }
        }
        try expectEqualSlices(u8, &@as([8]u8, @splat(0x55)), buffer[64..]);
    }
    const c = depacketizer.counters;
    try expectEqual(packets, c.packets + c.truncated + c.reserved + c.bad_aggregate + c.whole_fragment + c.stap_b +
        c.mtap + c.fu_b + c.jumps + c.late);
    try expectEqual(ended, c.access_units_complete + c.access_units_incomplete + c.access_units_unwanted -
        @intFromBool(depacketizer.state == .open and depacketizer.target == null));
    inline for (@typeInfo(@TypeOf(c)).@"struct".field_names) |name| {
        if (@field(c, name) == 0) {
            std.debug.print("{s} never happened\n", .{name});
            return error.NeverHappened;
        }
    }
}
