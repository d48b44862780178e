//! RTP packets (RFC 3550 section 5.1): bytes to fields and back.
//!
//!      0                   1                   2                   3
//!      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//!     |                           timestamp                           |
//!     |                             SSRC                              |
//!     |                      CSRC, CC times                           |
//!     |     profile (if X)            |  length in words              |
//!     |                      extension data                           |
//!     |                      payload                                  |
//!     |                      padding (if P), its length in the last byte
//!
//! A parsed packet points into the bytes that it was parsed from and is good for as long as they are.

const std = @import("std");

pub const header_bytes = 12;

/// RTP and RTCP can meet on one port; these payload types mean RTCP there (RFC 5761 section 4).
pub const rtcp_payload_type_min = 64;
pub const rtcp_payload_type_max = 95;

/// What a packet can be refused for.
pub const ParseError = error{
    /// Shorter than the fixed header.
    TooShort,
    /// The version is not 2.
    WrongVersion,
    /// It ends within the list of contributing sources.
    TruncatedSources,
    /// It ends within the header extension.
    TruncatedExtension,
    /// The count of padding bytes is 0 or larger than what follows the header.
    BadPadding,
};

pub const Extension = struct {
    /// 0xBEDE and 0x1000 to 0x100F are the forms of RFC 8285; others belong to a profile.
    profile: u16,
    /// A multiple of 4 bytes.
    data: []const u8,

    /// The elements of the one-byte or two-byte form; none for another profile.
    pub fn elements(self: Extension) ElementIterator {
        const form: ElementIterator.Form = switch (self.profile) {
            one_byte_profile => .one_byte,
            two_byte_profile_min...two_byte_profile_max => .two_byte,
            else => .unknown,
        };
        return .{ .data = if (form == .unknown) &.{} else self.data, .form = form };
    }
};

pub const one_byte_profile = 0xBEDE;
pub const two_byte_profile_min = 0x1000;
pub const two_byte_profile_max = 0x100F;

/// RFC 8285 sections 4.2 and 4.3. It ends early where an element is longer than what is left.
pub const ElementIterator = struct {
    data: []const u8,
    form: Form,
    position: usize = 0,

    pub const Form = enum { one_byte, two_byte, unknown };
    pub const Element = struct { id: u8, data: []const u8 };

    pub fn next(self: *ElementIterator) ?Element {
        while (self.position < self.data.len and self.data[self.position] == 0) self.position += 1;
        if (self.position == self.data.len) return null;
        const first = self.data[self.position];
        const id, const bytes, const start = switch (self.form) {
            // An id of 15 says: stop here.
            .one_byte => if (first >> 4 == 15) return self.stop() else .{
                first >> 4,
                @as(usize, first & 15) + 1,
                self.position + 1,
            },
            .two_byte => if (self.position + 1 == self.data.len) return self.stop() else .{
                first,
                @as(usize, self.data[self.position + 1]),
                self.position + 2,
            },
            .unknown => unreachable,
        };
        if (bytes > self.data.len - start) return self.stop();
        self.position = start + bytes;
        return .{ .id = id, .data = self.data[start..][0..bytes] };
    }

    fn stop(self: *ElementIterator) ?Element {
        self.position = self.data.len;
        return null;
    }
};

pub const Packet = struct {
    marker: bool,
    payload_type: u7,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    /// The contributing sources as they lie in the packet: 4 bytes each, big-endian.
    csrc_bytes: []const u8,
    extension: ?Extension,
    payload: []const u8,
    /// With the byte that says so.
    padding_bytes: u8,

    pub fn csrcCount(self: Packet) usize {
        return self.csrc_bytes.len / 4;
    }

    pub fn csrc(self: Packet, index: usize) u32 {
        return std.mem.readInt(u32, self.csrc_bytes[index * 4 ..][0..4], .big);
    }
};

pub fn parse(bytes: []const u8) ParseError!Packet {
    if (bytes.len < header_bytes) return error.TooShort;
    if (bytes[0] >> 6 != 2) return error.WrongVersion;
    const csrc_bytes = @as(usize, bytes[0] & 15) * 4;
    if (bytes.len - header_bytes < csrc_bytes) return error.TruncatedSources;
    var rest = bytes[header_bytes + csrc_bytes ..];
    var extension: ?Extension = null;
    if (bytes[0] & 0x10 != 0) {
        if (rest.len < 4) return error.TruncatedExtension;
        const data_bytes = @as(usize, std.mem.readInt(u16, rest[2..4], .big)) * 4;
        if (rest.len - 4 < data_bytes) return error.TruncatedExtension;
        extension = .{ .profile = std.mem.readInt(u16, rest[0..2], .big), .data = rest[4..][0..data_bytes] };
        rest = rest[4 + data_bytes ..];
    }
    var padding_bytes: u8 = 0;
    if (bytes[0] & 0x20 != 0) {
        if (rest.len == 0) return error.BadPadding;
        padding_bytes = rest[rest.len - 1];
        if (padding_bytes == 0 or padding_bytes > rest.len) return error.BadPadding;
    }
    return .{
        .marker = bytes[1] & 0x80 != 0,
        .payload_type = @truncate(bytes[1]),
        .sequence = std.mem.readInt(u16, bytes[2..4], .big),
        .timestamp = std.mem.readInt(u32, bytes[4..8], .big),
        .ssrc = std.mem.readInt(u32, bytes[8..12], .big),
        .csrc_bytes = bytes[header_bytes..][0..csrc_bytes],
        .extension = extension,
        .payload = rest[0 .. rest.len - padding_bytes],
        .padding_bytes = padding_bytes,
    };
}

/// Whether the bytes are RTCP by their second byte (RFC 5761 section 4), for ports that carry both.
pub fn isRtcp(bytes: []const u8) bool {
    if (bytes.len < 2 or bytes[0] >> 6 != 2) return false;
    const payload_type = bytes[1] & 0x7f;
    return payload_type >= rtcp_payload_type_min and payload_type <= rtcp_payload_type_max;
}

pub const Header = struct {
    marker: bool = false,
    payload_type: u7,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    /// At most 15.
    csrc: []const u32 = &.{},
    /// Its data is a multiple of 4 bytes, at most 65535 times 4.
    extension: ?Extension = null,
    /// Bytes after the payload, the last of which says how many. 0 for none.
    padding_bytes: u8 = 0,

    pub fn bytes(self: Header) usize {
        return header_bytes + self.csrc.len * 4 + if (self.extension) |one| 4 + one.data.len else 0;
    }
};

pub const WriteError = error{ OutOfSpace, InvalidArgument };

/// Writes what stands before the payload and returns how many bytes it is.
pub fn writeHeader(target: []u8, header: Header) WriteError!usize {
    if (header.csrc.len > 15) return error.InvalidArgument;
    if (header.extension) |one| {
        if (one.data.len % 4 != 0 or one.data.len / 4 > std.math.maxInt(u16)) return error.InvalidArgument;
    }
    const count = header.bytes();
    if (target.len < count) return error.OutOfSpace;
    writeFixed(target[0..header_bytes], header);
    var position: usize = header_bytes;
    for (header.csrc) |source| {
        std.mem.writeInt(u32, target[position..][0..4], source, .big);
        position += 4;
    }
    if (header.extension) |one| {
        std.mem.writeInt(u16, target[position..][0..2], one.profile, .big);
        std.mem.writeInt(u16, target[position + 2 ..][0..2], @intCast(one.data.len / 4), .big);
        @memcpy(target[position + 4 ..][0..one.data.len], one.data);
    }
    return count;
}

fn writeFixed(target: *[header_bytes]u8, header: Header) void {
    const padding: u8 = if (header.padding_bytes > 0) 0x20 else 0;
    const extension: u8 = if (header.extension != null) 0x10 else 0;
    target[0] = 0x80 | padding | extension | @as(u8, @intCast(header.csrc.len));
    target[1] = (if (header.marker) @as(u8, 0x80) else 0) | header.payload_type;
    std.mem.writeInt(u16, target[2..4], header.sequence, .big);
    std.mem.writeInt(u32, target[4..8], header.timestamp, .big);
    std.mem.writeInt(u32, target[8..12], header.ssrc, .big);
}

/// Writes a whole packet and returns its part of `target`.
pub fn write(target: []u8, header: Header, payload: []const u8) WriteError![]u8 {
    const start = try writeHeader(target, header);
    if (target.len - start < payload.len + header.padding_bytes) return error.OutOfSpace;
    @memcpy(target[start..][0..payload.len], payload);
    const padding = target[start + payload.len ..][0..header.padding_bytes];
    if (padding.len > 0) {
        @memset(padding, 0);
        padding[padding.len - 1] = header.padding_bytes;
    }
    return target[0 .. start + payload.len + padding.len];
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

const example = [_]u8{
    0xB2, 0xE0, 0x12, 0x34, // version 2, padding, extension, 2 sources; marker, type 96; sequence
    0x89, 0xAB, 0xCD, 0xEF,
    0x01, 0x02, 0x03, 0x04,
    0x00, 0x00, 0x00, 0x0A,
    0x00, 0x00, 0x00, 0x0B,
    0xBE, 0xDE, 0x00, 0x02,
    0x10, 0xAA, 0x00, 0x21, // id 1, 1 byte; a zero between; id 2, 2 bytes
    0xBB, 0xCC, 0x00, 0x00,
    'h',  'i',  0x00, 0x00,
    0x03,
};

const example_header: Header = .{
    .marker = true,
    .payload_type = 96,
    .sequence = 0x1234,
    .timestamp = 0x89ABCDEF,
    .ssrc = 0x01020304,
    .csrc = &.{ 10, 11 },
    .extension = .{ .profile = one_byte_profile, .data = example[24..32] },
    .padding_bytes = 3,
};

test "parse() reads sources, extension and padding" {
    const packet = try parse(&example);
    try expect(packet.marker);
    try expectEqual(@as(u7, 96), packet.payload_type);
    try expectEqual(@as(u16, 0x1234), packet.sequence);
    try expectEqual(@as(u32, 0x89ABCDEF), packet.timestamp);
    try expectEqual(@as(u32, 0x01020304), packet.ssrc);
    try expectEqual(@as(usize, 2), packet.csrcCount());
    try expectEqual(@as(u32, 11), packet.csrc(1));
    try std.testing.expectEqualStrings("hi", packet.payload);
    try expectEqual(@as(u8, 3), packet.padding_bytes);
    var elements = packet.extension.?.elements();
    const first = elements.next().?;
    try expectEqual(@as(u8, 1), first.id);
    try std.testing.expectEqualSlices(u8, &.{0xAA}, first.data);
    const second = elements.next().?;
    try expectEqual(@as(u8, 2), second.id);
    try std.testing.expectEqualSlices(u8, &.{ 0xBB, 0xCC }, second.data);
    try expect(elements.next() == null);
}

test "write() gives the same bytes" {
    var buffer: [64]u8 = undefined;
    try std.testing.expectEqualSlices(u8, &example, try write(&buffer, example_header, "hi"));
    for (0..example.len) |room| try expectError(error.OutOfSpace, write(buffer[0..room], example_header, "hi"));
    var header = example_header;
    header.csrc = &@as([16]u32, @splat(0));
    try expectError(error.InvalidArgument, write(&buffer, header, ""));
    header = example_header;
    header.extension = .{ .profile = 0, .data = "abc" };
    try expectError(error.InvalidArgument, write(&buffer, header, ""));
}

test "parse() refuses every truncation of the header, and padding that is not there" {
    for (0..header_bytes) |length| try expectError(error.TooShort, parse(example[0..length]));
    for (header_bytes..20) |length| try expectError(error.TruncatedSources, parse(example[0..length]));
    for (20..32) |length| try expectError(error.TruncatedExtension, parse(example[0..length]));
    // Cut within the payload, the last byte is no longer a good count, or it is one of another meaning.
    try expectError(error.BadPadding, parse(example[0..32]));
    try expectError(error.BadPadding, parse(example[0..33]));
    try expectError(error.BadPadding, parse(example[0..35]));
    var bytes = example;
    bytes[0] = 0x40 | (bytes[0] & 0x3f);
    try expectError(error.WrongVersion, parse(&bytes));
    bytes = example;
    bytes[36] = 5;
    try expectEqual(@as(usize, 0), (try parse(&bytes)).payload.len);
    bytes[36] = 6;
    try expectError(error.BadPadding, parse(&bytes));
}

test "elements() reads the two-byte form and stops at what is broken" {
    const two: Extension = .{ .profile = 0x1003, .data = &.{ 1, 0, 0, 2, 3, 7, 8, 9, 5, 200, 0, 0 } };
    var elements = two.elements();
    try expectEqual(@as(usize, 0), elements.next().?.data.len);
    const second = elements.next().?;
    try expectEqual(@as(u8, 2), second.id);
    try std.testing.expectEqualSlices(u8, &.{ 7, 8, 9 }, second.data);
    try expect(elements.next() == null);
    const stopped: Extension = .{ .profile = one_byte_profile, .data = &.{ 0xF0, 0x10, 0xAA, 0 } };
    var none = stopped.elements();
    try expect(none.next() == null and none.next() == null);
    const other: Extension = .{ .profile = 0x1234, .data = &.{ 1, 2, 3, 4 } };
    var unknown = other.elements();
    try expect(unknown.next() == null);
}

test "parse() takes any bytes, and what it takes can be written again" {
    var random_state = std.Random.DefaultPrng.init(0x5254_5031);
    const random = random_state.random();
    var bytes: [96]u8 = undefined;
    var copy: [96]u8 = undefined;
    var taken: usize = 0;
    for (0..100_000) |_| {
        const length = random.uintAtMost(usize, bytes.len);
        random.bytes(bytes[0..length]);
        if (length > 0) bytes[0] = 0x80 | (bytes[0] & 0x33); // mostly what gets past the first checks
        if (length > 16 and bytes[0] & 0x1F == 0x10) std.mem.writeInt(u16, bytes[14..16], bytes[15] & 15, .big);
        if (length > 0) bytes[length - 1] &= 7;
        const packet = parse(bytes[0..length]) catch continue;
        taken += 1;
        if (packet.extension) |one| {
            var elements = one.elements();
            while (elements.next()) |element| try expect(element.data.len <= one.data.len);
        }
        var sources: [15]u32 = undefined;
        for (0..packet.csrcCount()) |i| sources[i] = packet.csrc(i);
        const again = try parse(try write(&copy, .{
            .marker = packet.marker,
            .payload_type = packet.payload_type,
            .sequence = packet.sequence,
            .timestamp = packet.timestamp,
            .ssrc = packet.ssrc,
            .csrc = sources[0..packet.csrcCount()],
            .extension = packet.extension,
            .padding_bytes = packet.padding_bytes,
        }, packet.payload));
        try std.testing.expectEqualDeep(packet, again);
    }
    try expect(taken > 20_000);
}

test "isRtcp() goes by the payload type" {
    try expect(isRtcp(&.{ 0x80, 200 }));
    try expect(isRtcp(&.{ 0x81, 203 }));
    try expect(!isRtcp(&.{ 0x80, 96 }));
    try expect(!isRtcp(&.{ 0x80, 0x80 | 96 }));
    try expect(!isRtcp(&.{ 0x40, 200 }));
    try expect(!isRtcp(&.{0x80}));
}
