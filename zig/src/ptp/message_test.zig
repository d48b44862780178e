//! PTP messages: exact bytes, every truncation, anything at all.

const std = @import("std");
const message = @import("message.zig");

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;
const expectEqualSlices = std.testing.expectEqualSlices;

const source: message.PortIdentity = .{ .clock = .fromNumber(0x0011_22FF_FE33_4455), .port = 1 };
const asker: message.PortIdentity = .{ .clock = .fromNumber(0xA1A2_A3A4_A5A6_A7A8), .port = 0x0203 };
const stamp: message.Timestamp = .{ .seconds = 0x0000_6A01_0203, .nanoseconds = 0x0405_0607 };

const source_bytes = [_]u8{ 0x00, 0x11, 0x22, 0xFF, 0xFE, 0x33, 0x44, 0x55, 0x00, 0x01 };
const asker_bytes = [_]u8{ 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0x02, 0x03 };
const stamp_bytes = [_]u8{ 0x00, 0x00, 0x6A, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07 };

const fields: message.Fields = .{
    .domain = 127,
    .flags = .{ .two_step = true },
    .correction = 0x0102_0304,
    .source = source,
    .sequence = 0x1234,
    .log_interval = -3,
};

fn headerBytes(message_type: u8, count: u8, control: u8) [34]u8 {
    return [_]u8{ message_type, 0x12, 0, count, 127, 0, 0x02, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0 } ++
        source_bytes ++ [_]u8{ 0x12, 0x34, control, 0xFD };
}

const unknown_tlv = [_]u8{ 0x20, 0x05, 0x00, 0x02, 0xAB, 0xCD };
const ten_zeros: [10]u8 = @splat(0);

const Case = struct { body: message.Body, bytes: []const u8 };

const announce_body: message.Announce = .{
    .origin = stamp,
    .utc_offset_s = 37,
    .priority_1 = 10,
    .quality = .{ .class = 6, .accuracy = 0x21, .variance = 0x4E5D },
    .priority_2 = 20,
    .grandmaster = asker.clock,
    .steps_removed = 0x0102,
    .time_source = 0x20,
};

const announce_bytes = headerBytes(0xB, 64, 5) ++ stamp_bytes ++
    [_]u8{ 0, 37, 0, 10, 6, 0x21, 0x4E, 0x5D, 20 } ++ asker_bytes[0..8].* ++ [_]u8{ 1, 2, 0x20 };

const cases = [_]Case{
    .{ .body = .{ .sync = stamp }, .bytes = &(headerBytes(0, 44, 0) ++ stamp_bytes) },
    .{ .body = .{ .delay_req = stamp }, .bytes = &(headerBytes(1, 44, 1) ++ stamp_bytes) },
    .{ .body = .{ .pdelay_req = stamp }, .bytes = &(headerBytes(2, 54, 5) ++ stamp_bytes ++ ten_zeros) },
    .{
        .body = .{ .pdelay_resp = .{ .stamp = stamp, .requesting = asker } },
        .bytes = &(headerBytes(3, 54, 5) ++ stamp_bytes ++ asker_bytes),
    },
    .{ .body = .{ .follow_up = stamp }, .bytes = &(headerBytes(8, 44, 2) ++ stamp_bytes) },
    .{
        .body = .{ .delay_resp = .{ .stamp = stamp, .requesting = asker } },
        .bytes = &(headerBytes(9, 54, 3) ++ stamp_bytes ++ asker_bytes),
    },
    .{
        .body = .{ .pdelay_resp_follow_up = .{ .stamp = stamp, .requesting = asker } },
        .bytes = &(headerBytes(0xA, 54, 5) ++ stamp_bytes ++ asker_bytes),
    },
    .{ .body = .{ .announce = announce_body }, .bytes = &announce_bytes },
    .{ .body = .{ .signaling = asker }, .bytes = &(headerBytes(0xC, 44, 5) ++ asker_bytes) },
    .{
        .body = .{ .management = .{ .target = asker, .starting_hops = 3, .hops = 2, .action = .command } },
        .bytes = &(headerBytes(0xD, 48, 4) ++ asker_bytes ++ [_]u8{ 3, 2, 3, 0 }),
    },
};

test "every type has its exact bytes, both ways" {
    var buffer: [128]u8 = undefined;
    for (cases) |case| {
        try expectEqualSlices(u8, case.bytes, try message.write(&buffer, fields, case.body, &.{}));
        const parsed = try message.parse(case.bytes);
        try std.testing.expectEqualDeep(case.body, parsed.body);
        try expectEqual(@as(i64, 0x0102_0304), parsed.header.correction);
        try expectEqual(@as(usize, 0), parsed.tlv_bytes.len);
        for (0..case.bytes.len) |room| {
            try expectError(error.OutOfSpace, message.write(buffer[0..room], fields, case.body, &.{}));
        }
    }
}

test "every truncation of every type is refused, with and without TLVs" {
    var buffer: [128]u8 = undefined;
    for (cases) |case| {
        for (0..case.bytes.len) |length| try expectError(error.Truncated, message.parse(case.bytes[0..length]));
        const longer = try message.write(&buffer, fields, case.body, &unknown_tlv);
        for (0..longer.len) |length| try expectError(error.Truncated, message.parse(longer[0..length]));
        var all = (try message.parse(longer)).tlvs();
        const one = all.next().?;
        try expectEqual(@as(u16, 0x2005), @backingInt(one.type));
        try expectEqualSlices(u8, unknown_tlv[4..], one.value);
        try expect(all.next() == null);
        // The length says one byte less than the TLV has.
        longer[3] -= 1;
        try expectError(error.BadTlv, message.parse(longer));
        // A length below that of the type.
        longer[3] = @intCast(case.bytes.len - 1);
        try expectError(error.BadLength, message.parse(longer));
    }
}

test "padding after the message is ignored" {
    const padded = announce_bytes ++ [_]u8{ 0xFF, 0xFF };
    const parsed = try message.parse(&padded);
    try expectEqual(@as(usize, 0), parsed.tlv_bytes.len);
}

test "write() refuses TLVs that are not whole" {
    var buffer: [128]u8 = undefined;
    const outcome = message.write(&buffer, fields, .{ .sync = .{} }, unknown_tlv[0..5]);
    try expectError(error.InvalidArgument, outcome);
}

test "the answer to a request of the year 2106 and later keeps its 48 bits" {
    var buffer: [64]u8 = undefined;
    const late: message.Timestamp = .{ .seconds = 0xFFFF_FFFF_FFFF, .nanoseconds = 999_999_999 };
    const bytes = try message.write(&buffer, fields, .{ .follow_up = late }, &.{});
    try expectEqual(late, (try message.parse(bytes)).body.follow_up);
}

test "parse() takes any bytes, and what it takes can be written again" {
    var random_state = std.Random.DefaultPrng.init(0x5054_5031);
    const random = random_state.random();
    var seen: [16]usize = @splat(0);
    for (0..200_000) |_| {
        var bytes: [128]u8 = undefined;
        const length = random.uintAtMost(usize, bytes.len);
        random.bytes(bytes[0..length]);
        if (length > 4 and random.uintLessThan(u8, 8) > 0) { // mostly what gets past the first checks
            bytes[1] = (bytes[1] & 0xF0) | 2;
            bytes[2] = 0;
            bytes[3] = @intCast(length -| (bytes[3] & 3));
        }
        for (44..@max(44, length)) |i| {
            if (i % 2 == 0 and random.boolean()) bytes[i] = 0; // lengths of TLVs that fit now and then
        }
        const parsed = message.parse(bytes[0..length]) catch continue;
        seen[@backingInt(parsed.header.type)] += 1;
        var all = parsed.tlvs();
        while (all.next()) |one| try expect(one.value.len <= length);
        var copy: [128]u8 = undefined;
        const header = parsed.header;
        const written = try message.write(&copy, .{
            .major_sdo_id = header.major_sdo_id,
            .minor_version = header.minor_version,
            .domain = header.domain,
            .minor_sdo_id = header.minor_sdo_id,
            .flags = header.flags,
            .correction = header.correction,
            .type_specific = header.type_specific,
            .source = header.source,
            .sequence = header.sequence,
            .log_interval = header.log_interval,
        }, parsed.body, parsed.tlv_bytes);
        const again = try message.parse(written);
        try std.testing.expectEqualDeep(parsed.body, again.body);
        try expectEqualSlices(u8, parsed.tlv_bytes, again.tlv_bytes);
    }
    for (seen, 0..) |count, number| {
        if (@import("header.zig").Type.of(@intCast(number)) != null) try expect(count > 300);
    }
}
