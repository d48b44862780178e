//! What follows the body of a PTP message: type, length, value (IEEE 1588-2008 section 14; the types of 2019 from
//! memory).
//!
//!     byte 0  tlvType, 2 bytes
//!          2  lengthField, 2 bytes: of the value alone
//!          4  value
//!
//! A TLV that we do not know is kept as bytes and does no harm. The values point into the message.

const std = @import("std");
const identity = @import("identity.zig");
const header = @import("header.zig");

pub const tlv_header_bytes = 4;

pub const Type = enum(u16) {
    management = 0x0001,
    management_error_status = 0x0002,
    organization_extension = 0x0003,
    request_unicast_transmission = 0x0004,
    grant_unicast_transmission = 0x0005,
    cancel_unicast_transmission = 0x0006,
    acknowledge_cancel_unicast_transmission = 0x0007,
    path_trace = 0x0008,
    alternate_time_offset_indicator = 0x0009,
    organization_extension_propagate = 0x4000,
    organization_extension_do_not_propagate = 0x8000,
    pad = 0x8008,
    _,
};

pub const Tlv = struct {
    type: Type,
    value: []const u8,
};

/// Over all that follows a body. It ends where a TLV is longer than what is left; up to three bytes at the end are
/// padding.
pub const Iterator = struct {
    bytes: []const u8,
    position: usize = 0,
    /// A TLV was longer than what was left.
    broken: bool = false,

    pub fn next(self: *Iterator) ?Tlv {
        const rest = self.bytes[self.position..];
        if (rest.len < tlv_header_bytes) return null;
        const value_bytes = std.mem.readInt(u16, rest[2..4], .big);
        if (value_bytes > rest.len - tlv_header_bytes) {
            self.broken = true;
            self.position = self.bytes.len;
            return null;
        }
        self.position += tlv_header_bytes + @as(usize, value_bytes);
        return .{
            .type = @fromBackingInt(std.mem.readInt(u16, rest[0..2], .big)),
            .value = rest[tlv_header_bytes..][0..value_bytes],
        };
    }
};

/// Whether every TLV ends within the bytes.
pub fn isWhole(bytes: []const u8) bool {
    var all: Iterator = .{ .bytes = bytes };
    while (all.next()) |_| {}
    return !all.broken;
}

/// "Send me messages of this type" (IEEE 1588-2008 section 16.1.4.1).
pub const Request = struct {
    type: header.Type,
    log_interval: i8,
    duration_s: u32,

    pub const value_bytes = 6;

    /// Null if it is too short or asks for a reserved type.
    pub fn read(value: []const u8) ?Request {
        if (value.len < value_bytes) return null;
        return .{
            .type = typeOf(value[0]) orelse return null,
            .log_interval = @bitCast(value[1]),
            .duration_s = std.mem.readInt(u32, value[2..6], .big),
        };
    }
};

/// The answer; a duration of 0 is a refusal (section 16.1.4.2).
pub const Grant = struct {
    type: header.Type,
    log_interval: i8,
    duration_s: u32,
    renewal_invited: bool = true,

    pub const value_bytes = 8;

    pub fn read(value: []const u8) ?Grant {
        if (value.len < value_bytes) return null;
        return .{
            .type = typeOf(value[0]) orelse return null,
            .log_interval = @bitCast(value[1]),
            .duration_s = std.mem.readInt(u32, value[2..6], .big),
            .renewal_invited = value[7] & 1 != 0,
        };
    }
};

/// The type of a cancellation or of its acknowledgement (sections 16.1.4.3 and 16.1.4.4).
pub fn readCancelled(value: []const u8) ?header.Type {
    if (value.len < cancelled_value_bytes) return null;
    return typeOf(value[0]);
}

pub const cancelled_value_bytes = 2;

fn typeOf(byte: u8) ?header.Type {
    return .of(@intCast(byte >> 4));
}

/// An organization's own: who, which, what (section 14.3).
pub const Organization = struct {
    id: [3]u8,
    sub_type: [3]u8,
    data: []const u8,

    /// Null for a TLV of another type, or one that is too short.
    pub fn read(tlv: Tlv) ?Organization {
        switch (tlv.type) {
            .organization_extension,
            .organization_extension_propagate,
            .organization_extension_do_not_propagate,
            => {},
            else => return null,
        }
        if (tlv.value.len < 6) return null;
        return .{ .id = tlv.value[0..3].*, .sub_type = tlv.value[3..6].*, .data = tlv.value[6..] };
    }
};

/// Whether a path trace names the clock: then the Announce has gone round a loop (section 16.2).
pub fn pathHas(value: []const u8, clock: identity.ClockIdentity) bool {
    var position: usize = 0;
    while (value.len - position >= identity.clock_bytes) : (position += identity.clock_bytes) {
        if (std.mem.eql(u8, value[position..][0..identity.clock_bytes], &clock.bytes)) return true;
    }
    return false;
}

/// Writes one TLV behind another.
pub const Writer = struct {
    target: []u8,
    position: usize = 0,

    pub const Error = error{ OutOfSpace, InvalidArgument };

    pub fn written(self: Writer) []u8 {
        return self.target[0..self.position];
    }

    pub fn raw(self: *Writer, tlv: Tlv) Error!void {
        @memcpy(try self.begin(tlv.type, tlv.value.len), tlv.value);
    }

    pub fn request(self: *Writer, one: Request) Error!void {
        const value = try self.begin(.request_unicast_transmission, Request.value_bytes);
        writeTerms(value[0..6], one.type, one.log_interval, one.duration_s);
    }

    pub fn grant(self: *Writer, one: Grant) Error!void {
        const value = try self.begin(.grant_unicast_transmission, Grant.value_bytes);
        writeTerms(value[0..6], one.type, one.log_interval, one.duration_s);
        value[6..8].* = .{ 0, @intFromBool(one.renewal_invited) };
    }

    pub fn cancel(self: *Writer, message_type: header.Type) Error!void {
        const value = try self.begin(.cancel_unicast_transmission, cancelled_value_bytes);
        value[0..2].* = .{ @as(u8, @backingInt(message_type)) << 4, 0 };
    }

    pub fn acknowledgeCancel(self: *Writer, message_type: header.Type) Error!void {
        const value = try self.begin(.acknowledge_cancel_unicast_transmission, cancelled_value_bytes);
        value[0..2].* = .{ @as(u8, @backingInt(message_type)) << 4, 0 };
    }

    fn writeTerms(value: *[6]u8, message_type: header.Type, log_interval: i8, duration_s: u32) void {
        value[0] = @as(u8, @backingInt(message_type)) << 4;
        value[1] = @bitCast(log_interval);
        std.mem.writeInt(u32, value[2..6], duration_s, .big);
    }

    fn begin(self: *Writer, tlv_type: Type, value_bytes: usize) Error![]u8 {
        // IEEE 1588-2008 section 14.1: the length is even.
        if (value_bytes % 2 != 0 or value_bytes > std.math.maxInt(u16)) return error.InvalidArgument;
        const rest = self.target[self.position..];
        if (rest.len < tlv_header_bytes + value_bytes) return error.OutOfSpace;
        std.mem.writeInt(u16, rest[0..2], @backingInt(tlv_type), .big);
        std.mem.writeInt(u16, rest[2..4], @intCast(value_bytes), .big);
        self.position += tlv_header_bytes + value_bytes;
        return rest[tlv_header_bytes..][0..value_bytes];
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;
const expectEqualSlices = std.testing.expectEqualSlices;

const negotiation = [_]u8{
    0x00, 0x04, 0x00, 0x06, 0xB0, 0x01, 0x00, 0x00, 0x01, 0x2C, // request Announce, 2 s, 300 s
    0x00, 0x05, 0x00, 0x08, 0x00, 0xFD, 0x00, 0x00, 0x00, 0x3C, 0x00, 0x01, // grant Sync, 1/8 s, 60 s
    0x00, 0x06, 0x00, 0x02, 0x90, 0x00, // cancel Delay_Resp
    0x00, 0x07, 0x00, 0x02, 0x90, 0x00,
    0x12, 0x34, 0x00, 0x02, 0xAB, 0xCD, // unknown
};

test "Writer gives the bytes of a negotiation" {
    var buffer: [64]u8 = undefined;
    for (0..negotiation.len + 1) |room| {
        var writer: Writer = .{ .target = buffer[0..room] };
        const outcome = writeNegotiation(&writer);
        if (room < negotiation.len) try expectError(error.OutOfSpace, outcome) else try outcome;
        try expectEqualSlices(u8, negotiation[0..writer.position], writer.written());
    }
    var writer: Writer = .{ .target = &buffer };
    try expectError(error.InvalidArgument, writer.raw(.{ .type = .pad, .value = "odd" }));
}

fn writeNegotiation(writer: *Writer) Writer.Error!void {
    try writer.request(.{ .type = .announce, .log_interval = 1, .duration_s = 300 });
    try writer.grant(.{ .type = .sync, .log_interval = -3, .duration_s = 60 });
    try writer.cancel(.delay_resp);
    try writer.acknowledgeCancel(.delay_resp);
    try writer.raw(.{ .type = @fromBackingInt(0x1234), .value = &.{ 0xAB, 0xCD } });
}

test "Iterator reads them again, and keeps what is unknown" {
    var all: Iterator = .{ .bytes = &negotiation };
    const request = Request.read(all.next().?.value).?;
    try expectEqual(Request{ .type = .announce, .log_interval = 1, .duration_s = 300 }, request);
    const grant = Grant.read(all.next().?.value).?;
    try expectEqual(Grant{ .type = .sync, .log_interval = -3, .duration_s = 60, .renewal_invited = true }, grant);
    try expectEqual(@as(?header.Type, .delay_resp), readCancelled(all.next().?.value));
    try expectEqual(Type.acknowledge_cancel_unicast_transmission, all.next().?.type);
    const unknown = all.next().?;
    try expectEqual(@as(u16, 0x1234), @backingInt(unknown.type));
    try expectEqualSlices(u8, &.{ 0xAB, 0xCD }, unknown.value);
    try expect(all.next() == null and !all.broken);
}

test "Iterator stops at every truncation" {
    const ends = [_]usize{ 0, 10, 22, 28, 34, 40 };
    for (0..negotiation.len + 1) |length| {
        const past = for (ends) |end| {
            // Up to three bytes of a next TLV cannot be told from padding.
            if (length >= end and length - end < tlv_header_bytes) break true;
        } else false;
        try expectEqual(past, isWhole(negotiation[0..length]));
    }
}

test "readers refuse values that are too short or of a reserved type" {
    for (0..Request.value_bytes) |length| try expect(Request.read(negotiation[4..][0..length]) == null);
    for (0..Grant.value_bytes) |length| try expect(Grant.read(negotiation[14..][0..length]) == null);
    for (0..cancelled_value_bytes) |length| try expect(readCancelled(negotiation[26..][0..length]) == null);
    try expect(readCancelled(&.{ 0x40, 0 }) == null);
    for (0..6) |length| {
        const short: Tlv = .{ .type = .organization_extension, .value = negotiation[0..length] };
        try expect(Organization.read(short) == null);
    }
    try expect(Organization.read(.{ .type = .pad, .value = &negotiation }) == null);
    const whole = Organization.read(.{ .type = .organization_extension, .value = &.{ 1, 2, 3, 4, 5, 6, 7 } }).?;
    try expectEqualSlices(u8, &.{7}, whole.data);
    try expectEqual([3]u8{ 4, 5, 6 }, whole.sub_type);
}

test "pathHas() finds a clock among whole identities only" {
    const path = [_]u8{ 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0 };
    try expect(pathHas(&path, .fromNumber(1)) and pathHas(&path, .fromNumber(2)));
    try expect(!pathHas(&path, .fromNumber(0)) and !pathHas(&path, .fromNumber(256)));
    try expect(!pathHas(&.{}, .fromNumber(1)));
}
