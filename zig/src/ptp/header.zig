//! What every PTP message begins with (IEEE 1588-2008 section 13.3, IEEE 1588-2019 section 13.3, both from memory).
//!
//!      byte 0  majorSdoId (4 bits; 2008: transportSpecific), messageType (4)
//!           1  minorVersionPTP (4 bits; 2008: reserved), versionPTP (4)
//!           2  messageLength, 2 bytes
//!           4  domainNumber
//!           5  minorSdoId (2008: reserved)
//!           6  flagField, 2 bytes
//!           8  correctionField, 8 bytes: nanoseconds times 2^16
//!          16  messageTypeSpecific, 4 bytes
//!          20  sourcePortIdentity, 10 bytes
//!          30  sequenceId, 2 bytes
//!          32  controlField
//!          33  logMessageInterval
//!
//! All numbers are big-endian. Version 2 with any minor version is taken: 2.0 is the edition of 2008, 2.1 that of 2019,
//! and a receiver shall not refuse a later minor one.

const std = @import("std");
const identity = @import("identity.zig");
const timestamp = @import("timestamp.zig");

const PortIdentity = identity.PortIdentity;

pub const header_bytes = 34;

pub const Type = enum(u4) {
    sync = 0x0,
    delay_req = 0x1,
    pdelay_req = 0x2,
    pdelay_resp = 0x3,
    follow_up = 0x8,
    delay_resp = 0x9,
    pdelay_resp_follow_up = 0xA,
    announce = 0xB,
    signaling = 0xC,
    management = 0xD,

    /// Null for the reserved ones.
    pub fn of(number: u4) ?Type {
        return switch (number) {
            0...3, 8...0xD => @fromBackingInt(number),
            else => null,
        };
    }

    /// Event messages carry a time stamp of their own passage and go to port 319, the others to 320.
    pub fn isEvent(self: Type) bool {
        return @backingInt(self) < 8;
    }

    /// The value of the obsolete controlField, which receivers ignore (IEEE 1588-2008 table 23).
    pub fn control(self: Type) u8 {
        return switch (self) {
            .sync => 0,
            .delay_req => 1,
            .follow_up => 2,
            .delay_resp => 3,
            .management => 4,
            else => 5,
        };
    }

    /// Bytes before the first TLV.
    pub fn bytes(self: Type) usize {
        return switch (self) {
            .sync, .delay_req, .follow_up, .signaling => 44,
            .pdelay_req, .pdelay_resp, .delay_resp, .pdelay_resp_follow_up => 54,
            .announce => 64,
            .management => 48,
        };
    }
};

/// The flags (IEEE 1588-2008 section 13.3.2.6), by the number that the two bytes make.
pub const Flags = packed struct(u16) {
    leap61: bool = false,
    leap59: bool = false,
    utc_offset_valid: bool = false,
    ptp_timescale: bool = false,
    time_traceable: bool = false,
    frequency_traceable: bool = false,
    /// Of 2019: the sender is not synchronized well enough itself.
    synchronization_uncertain: bool = false,
    reserved_7: bool = false,
    alternate_master: bool = false,
    two_step: bool = false,
    unicast: bool = false,
    reserved_11: bool = false,
    reserved_12: bool = false,
    profile_1: bool = false,
    profile_2: bool = false,
    reserved_15: bool = false,
};

pub const Header = struct {
    type: Type,
    major_sdo_id: u4 = 0,
    minor_version: u4 = 1,
    domain: u8,
    minor_sdo_id: u8 = 0,
    flags: Flags = .{},
    correction: timestamp.Scaled = 0,
    type_specific: u32 = 0,
    source: PortIdentity,
    sequence: u16,
    control: u8,
    /// Of the mean time between messages; `timestamp.interval_unknown` in requests and in unicast.
    log_interval: i8 = timestamp.interval_unknown,

    /// The interval if it is one that a profile could allow (-7 to 6 here); null for anything else, so that no
    /// message can make us flood the network or wait for years.
    pub fn logInterval(self: Header) ?i8 {
        if (self.log_interval < -7 or self.log_interval > 6) return null;
        return self.log_interval;
    }
};

pub const Error = error{
    /// Shorter than the header, or than its own length says.
    Truncated,
    /// Not version 2.
    WrongVersion,
    /// A reserved type.
    UnknownType,
    /// The length is less than the message of that type has.
    BadLength,
};

pub const Parsed = struct { header: Header, message_bytes: u16 };

/// The header, and how many of the bytes are the message: a datagram may be padded (UDP over IPv6 by two bytes,
/// IEEE 1588-2008 annex E).
pub fn parse(bytes: []const u8) Error!Parsed {
    if (bytes.len < header_bytes) return error.Truncated;
    if (bytes[1] & 15 != 2) return error.WrongVersion;
    const message_type = Type.of(@truncate(bytes[0])) orelse return error.UnknownType;
    const message_bytes = std.mem.readInt(u16, bytes[2..4], .big);
    if (message_bytes < message_type.bytes()) return error.BadLength;
    if (message_bytes > bytes.len) return error.Truncated;
    return .{ .message_bytes = message_bytes, .header = .{
        .type = message_type,
        .major_sdo_id = @intCast(bytes[0] >> 4),
        .minor_version = @intCast(bytes[1] >> 4),
        .domain = bytes[4],
        .minor_sdo_id = bytes[5],
        .flags = @bitCast(std.mem.readInt(u16, bytes[6..8], .big)),
        .correction = std.mem.readInt(i64, bytes[8..16], .big),
        .type_specific = std.mem.readInt(u32, bytes[16..20], .big),
        .source = .read(bytes[20..30]),
        .sequence = std.mem.readInt(u16, bytes[30..32], .big),
        .control = bytes[32],
        .log_interval = @bitCast(bytes[33]),
    } };
}

pub fn write(target: *[header_bytes]u8, header: Header, message_bytes: u16) void {
    target[0] = @as(u8, header.major_sdo_id) << 4 | @backingInt(header.type);
    target[1] = @as(u8, header.minor_version) << 4 | 2;
    std.mem.writeInt(u16, target[2..4], message_bytes, .big);
    target[4] = header.domain;
    target[5] = header.minor_sdo_id;
    std.mem.writeInt(u16, target[6..8], @bitCast(header.flags), .big);
    std.mem.writeInt(i64, target[8..16], header.correction, .big);
    std.mem.writeInt(u32, target[16..20], header.type_specific, .big);
    header.source.write(target[20..30]);
    std.mem.writeInt(u16, target[30..32], header.sequence, .big);
    target[32] = header.control;
    target[33] = @bitCast(header.log_interval);
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

const example = [_]u8{
    0x1B, 0x12, 0x00, 0x40, 0x7F, 0x05, 0x02, 0x3C, // announce, 2.1, 64 bytes, domain 127
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0x80, 0x00, // -1.5 ns
    0xDE, 0xAD, 0xBE, 0xEF, 0x00, 0x1B, 0x19, 0xFF,
    0xFE, 0x01, 0x02, 0x03, 0x00, 0x01, 0xFF, 0xFE,
    0x05, 0xFE,
} ++ @as([30]u8, @splat(0));

test "parse() reads every field, and write() gives the same bytes" {
    const parsed = try parse(&example);
    const header = parsed.header;
    try expectEqual(@as(u16, 64), parsed.message_bytes);
    try expectEqual(Type.announce, header.type);
    try expectEqual(@as(u4, 1), header.major_sdo_id);
    try expectEqual(@as(u4, 1), header.minor_version);
    try expectEqual(@as(u8, 127), header.domain);
    try expectEqual(@as(u8, 5), header.minor_sdo_id);
    try expectEqual(Flags{
        .two_step = true,
        .utc_offset_valid = true,
        .ptp_timescale = true,
        .time_traceable = true,
        .frequency_traceable = true,
    }, header.flags);
    try expectEqual(@as(i64, -0x18000), header.correction);
    try expectEqual(@as(u32, 0xDEADBEEF), header.type_specific);
    try expectEqual(@as(u16, 1), header.source.port);
    try expectEqual(@as(u16, 0xFFFE), header.sequence);
    try expectEqual(@as(?i8, -2), header.logInterval());
    var copy: [header_bytes]u8 = undefined;
    write(&copy, header, parsed.message_bytes);
    try std.testing.expectEqualSlices(u8, example[0..header_bytes], &copy);
}

test "parse() refuses truncations, other versions, reserved types and short lengths" {
    for (0..example.len) |length| try expectError(error.Truncated, parse(example[0..length]));
    var bytes = example;
    for ([_]u8{ 0x00, 0x01, 0x03, 0x1F, 0x13 }) |version| {
        bytes[1] = version;
        try expectError(error.WrongVersion, parse(&bytes));
    }
    for ([_]u8{ 0x02, 0x12, 0xF2 }) |version| {
        bytes[1] = version;
        try expectEqual(@as(u4, @intCast(version >> 4)), (try parse(&bytes)).header.minor_version);
    }
    for ([_]u8{ 4, 5, 6, 7, 0xE, 0xF }) |reserved| {
        bytes[0] = reserved;
        try expectError(error.UnknownType, parse(&bytes));
    }
    bytes = example;
    bytes[3] = 63;
    try expectError(error.BadLength, parse(&bytes));
    bytes[2] = 0xFF;
    try expectError(error.Truncated, parse(&bytes));
}

test "the flags stand where IEEE 1588 has them" {
    try expectEqual(@as(u16, 0x0100), @as(u16, @bitCast(Flags{ .alternate_master = true })));
    try expectEqual(@as(u16, 0x0200), @as(u16, @bitCast(Flags{ .two_step = true })));
    try expectEqual(@as(u16, 0x0400), @as(u16, @bitCast(Flags{ .unicast = true })));
    try expectEqual(@as(u16, 0x0001), @as(u16, @bitCast(Flags{ .leap61 = true })));
    try expectEqual(@as(u16, 0x0008), @as(u16, @bitCast(Flags{ .ptp_timescale = true })));
    try expectEqual(@as(u16, 0x0040), @as(u16, @bitCast(Flags{ .synchronization_uncertain = true })));
}

test "logInterval() refuses what no profile allows" {
    var header = (try parse(&example)).header;
    for ([_]i8{ -128, -8, 7, 127 }) |log| {
        header.log_interval = log;
        try expectEqual(@as(?i8, null), header.logInterval());
    }
}
