//! The payload of ST 2110-22 with JPEG XS (RFC 9134): the header before the data of each packet.
//!
//!      0                   1                   2                   3
//!      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!     |T|K|L| I |F counter|     SEP counter     |     P counter       |
//!     |                             data                              |
//!
//! A packetisation unit is cut into packets of one size, the last of which may be shorter. With K = 0 (codestream) the
//! unit is a whole picture segment: boxes and codestream of a frame or of a field. With K = 1 (slice) the header
//! segment is one and each slice is one. The text of the RFC was read through others; clauses are cited from memory.

const std = @import("std");

pub const header_bytes = 4;

/// The SEP counter of the header segment in slice mode (RFC 9134 section 4.3).
pub const header_segment = 0x7FF;

/// The most packets of a picture in codestream mode: 11 bits of P below 11 bits of SEP.
pub const packet_count_max = 1 << 22;

/// Which part of a frame a picture segment is: the I field.
pub const Part = enum(u2) {
    progressive = 0,
    /// The first field or segment.
    first = 2,
    second = 3,
};

/// The K bit.
pub const Mode = enum(u1) { codestream = 0, slice = 1 };

pub const Header = struct {
    /// T: packets are sent in their order. Always so in codestream mode.
    sequential: bool = true,
    /// K.
    mode: Mode = .codestream,
    /// L: the last packet of its unit.
    last: bool = false,
    /// I.
    part: Part = .progressive,
    /// F: of frames, not of fields. Some senders count fields, so nothing here relies on it.
    frame: u5 = 0,
    /// SEP: in codestream mode the wraps of P, in slice mode the slice modulo 2047 or `header_segment`.
    extension: u11 = 0,
    /// P: the packet within its unit.
    packet: u11 = 0,

    /// The packet within the picture, in codestream mode.
    pub fn index(self: Header) u22 {
        return @as(u22, self.extension) << 11 | self.packet;
    }
};

pub const Payload = struct {
    header: Header,
    /// Points into what was parsed; at least one byte.
    data: []const u8,
};

pub const ParseError = error{
    /// Shorter than the header.
    Truncated,
    /// Nothing after the header.
    Empty,
    /// I is 01.
    ReservedPart,
    /// T = 0 with K = 0: packets of a codestream in any order, which section 4.3 does not allow.
    UnorderedCodestream,
};

pub fn parse(payload: []const u8) ParseError!Payload {
    if (payload.len < header_bytes) return error.Truncated;
    const bits = std.mem.readInt(u32, payload[0..header_bytes], .big);
    const header: Header = .{
        .sequential = bits >> 31 != 0,
        .mode = @fromBackingInt(@intCast(@as(u1, @truncate(bits >> 30)))),
        .last = bits >> 29 & 1 != 0,
        .part = switch (@as(u2, @truncate(bits >> 27))) {
            0 => .progressive,
            1 => return error.ReservedPart,
            2 => .first,
            3 => .second,
        },
        .frame = @truncate(bits >> 22),
        .extension = @truncate(bits >> 11),
        .packet = @truncate(bits),
    };
    if (!header.sequential and header.mode == .codestream) return error.UnorderedCodestream;
    if (payload.len == header_bytes) return error.Empty;
    return .{ .header = header, .data = payload[header_bytes..] };
}

pub fn writeHeader(target: *[header_bytes]u8, header: Header) void {
    const bits = @as(u32, @intFromBool(header.sequential)) << 31 |
        @as(u32, @backingInt(header.mode)) << 30 |
        @as(u32, @intFromBool(header.last)) << 29 |
        @as(u32, @backingInt(header.part)) << 27 |
        @as(u32, header.frame) << 22 |
        @as(u32, header.extension) << 11 |
        header.packet;
    std.mem.writeInt(u32, target, bits, .big);
}

const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

test "each field has its bits" {
    const cases = [_]struct { header: Header, bytes: [4]u8 }{
        .{ .header = .{}, .bytes = .{ 0x80, 0, 0, 0 } },
        .{ .header = .{ .sequential = false, .mode = .slice }, .bytes = .{ 0x40, 0, 0, 0 } },
        .{ .header = .{ .last = true }, .bytes = .{ 0xA0, 0, 0, 0 } },
        .{ .header = .{ .part = .first }, .bytes = .{ 0x90, 0, 0, 0 } },
        .{ .header = .{ .part = .second }, .bytes = .{ 0x98, 0, 0, 0 } },
        .{ .header = .{ .frame = 31 }, .bytes = .{ 0x87, 0xC0, 0, 0 } },
        .{ .header = .{ .extension = 0x7FF }, .bytes = .{ 0x80, 0x3F, 0xF8, 0 } },
        .{ .header = .{ .packet = 0x7FF }, .bytes = .{ 0x80, 0, 0x07, 0xFF } },
        .{
            .header = .{ .mode = .slice, .part = .first, .frame = 21, .extension = 0x555, .packet = 0x2AA },
            .bytes = .{ 0xD5, 0x6A, 0xAA, 0xAA },
        },
    };
    for (cases) |case| {
        var bytes: [5]u8 = undefined;
        writeHeader(bytes[0..4], case.header);
        try std.testing.expectEqualSlices(u8, &case.bytes, bytes[0..4]);
        bytes[4] = 7;
        const payload = try parse(&bytes);
        try expectEqual(case.header, payload.header);
        try std.testing.expectEqualSlices(u8, &.{7}, payload.data);
    }
    try expectEqual(@as(u22, 0x2AAAAA), (Header{ .extension = 0x555, .packet = 0x2AA }).index());
}

test "parse() refuses what is short, reserved or out of order" {
    const bytes = [_]u8{ 0x80, 0, 0, 0 };
    for (0..4) |length| try expectError(error.Truncated, parse(bytes[0..length]));
    try expectError(error.Empty, parse(&bytes));
    try expectError(error.ReservedPart, parse(&.{ 0x88, 0, 0, 0, 1 }));
    try expectError(error.UnorderedCodestream, parse(&.{ 0x00, 0, 0, 0, 1 }));
}

test "parse() takes any bytes, and what it takes can be written again" {
    var random_state = std.Random.DefaultPrng.init(0x9134);
    const random = random_state.random();
    var taken: u32 = 0;
    for (0..20_000) |_| {
        var bytes: [12]u8 = undefined;
        random.bytes(&bytes);
        const payload = parse(bytes[0..random.uintAtMost(usize, bytes.len)]) catch continue;
        taken += 1;
        var again: [4]u8 = undefined;
        writeHeader(&again, payload.header);
        try std.testing.expectEqualSlices(u8, bytes[0..4], &again);
    }
    try std.testing.expect(taken > 5000);
}
