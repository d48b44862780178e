//! PTP messages (IEEE 1588-2008 sections 13.5 to 13.12; 2019 keeps the layouts): bytes to fields and back.
//!
//! Each is a header, a body of fixed length for its type and TLVs. Most bodies are one time stamp (10 bytes) and, in
//! answers, the port identity of who asked (10 bytes). Announce is
//!
//!     byte 34  originTimestamp, 10 bytes      53  grandmasterIdentity, 8 bytes
//!          44  currentUtcOffset, 2 bytes      61  stepsRemoved, 2 bytes
//!          46  reserved                       63  timeSource
//!          47  grandmasterPriority1
//!          48  grandmasterClockQuality: clockClass, clockAccuracy, offsetScaledLogVariance (2 bytes)
//!          52  grandmasterPriority2
//!
//! A message is refused whole if any part of it is wrong. A parsed one points into the bytes that it was parsed from
//! and is good for as long as they are.

const std = @import("std");
const header_module = @import("header.zig");
const identity = @import("identity.zig");
const timestamp = @import("timestamp.zig");
const tlv = @import("tlv.zig");

pub const Header = header_module.Header;
pub const Flags = header_module.Flags;
pub const Type = header_module.Type;
pub const PortIdentity = identity.PortIdentity;
pub const Timestamp = timestamp.Timestamp;
pub const header_bytes = header_module.header_bytes;

/// Where the first time stamp of a body stands, for an edge that writes it just before sending.
pub const timestamp_offset = header_bytes;

pub const ParseError = header_module.Error || error{
    /// A TLV is longer than what is left of the message.
    BadTlv,
};

pub const ClockQuality = struct {
    class: u8,
    accuracy: u8,
    /// offsetScaledLogVariance.
    variance: u16,
};

/// The data set of a grandmaster as an Announce has it.
pub const Announce = struct {
    origin: Timestamp = .{},
    /// TAI less UTC in seconds, if the flag utc_offset_valid is set.
    utc_offset_s: i16,
    priority_1: u8,
    quality: ClockQuality,
    priority_2: u8,
    grandmaster: identity.ClockIdentity,
    steps_removed: u16,
    time_source: u8,
};

/// A time stamp in answer to somebody.
pub const Answer = struct {
    stamp: Timestamp,
    requesting: PortIdentity,
};

pub const Management = struct {
    target: PortIdentity,
    starting_hops: u8,
    hops: u8,
    action: Action,

    pub const Action = enum(u4) { get = 0, set = 1, response = 2, command = 3, acknowledge = 4, _ };
};

pub const Body = union(Type) {
    /// originTimestamp; 0 or an estimate if the two-step flag is set.
    sync: Timestamp,
    delay_req: Timestamp,
    pdelay_req: Timestamp,
    /// requestReceiptTimestamp.
    pdelay_resp: Answer,
    /// preciseOriginTimestamp.
    follow_up: Timestamp,
    /// receiveTimestamp.
    delay_resp: Answer,
    /// responseOriginTimestamp.
    pdelay_resp_follow_up: Answer,
    announce: Announce,
    /// targetPortIdentity.
    signaling: PortIdentity,
    management: Management,
};

pub const Message = struct {
    header: Header,
    body: Body,
    tlv_bytes: []const u8,

    pub fn tlvs(self: Message) tlv.Iterator {
        return .{ .bytes = self.tlv_bytes };
    }
};

/// Bytes after the message are padding and ignored.
pub fn parse(bytes: []const u8) ParseError!Message {
    const parsed = try header_module.parse(bytes);
    const message_type = parsed.header.type;
    const tlv_bytes = bytes[message_type.bytes()..parsed.message_bytes];
    if (!tlv.isWhole(tlv_bytes)) return error.BadTlv;
    const body = bytes[header_bytes..message_type.bytes()];
    return .{ .header = parsed.header, .tlv_bytes = tlv_bytes, .body = switch (message_type) {
        .sync => .{ .sync = .read(body[0..10]) },
        .delay_req => .{ .delay_req = .read(body[0..10]) },
        .pdelay_req => .{ .pdelay_req = .read(body[0..10]) },
        .follow_up => .{ .follow_up = .read(body[0..10]) },
        .pdelay_resp => .{ .pdelay_resp = readAnswer(body[0..20]) },
        .delay_resp => .{ .delay_resp = readAnswer(body[0..20]) },
        .pdelay_resp_follow_up => .{ .pdelay_resp_follow_up = readAnswer(body[0..20]) },
        .announce => .{ .announce = readAnnounce(body[0..30]) },
        .signaling => .{ .signaling = .read(body[0..10]) },
        .management => .{ .management = .{
            .target = .read(body[0..10]),
            .starting_hops = body[10],
            .hops = body[11],
            .action = @fromBackingInt(@as(u4, @truncate(body[12]))),
        } },
    } };
}

fn readAnswer(body: *const [20]u8) Answer {
    return .{ .stamp = .read(body[0..10]), .requesting = .read(body[10..20]) };
}

fn readAnnounce(body: *const [30]u8) Announce {
    return .{
        .origin = .read(body[0..10]),
        .utc_offset_s = std.mem.readInt(i16, body[10..12], .big),
        .priority_1 = body[13],
        .quality = .{
            .class = body[14],
            .accuracy = body[15],
            .variance = std.mem.readInt(u16, body[16..18], .big),
        },
        .priority_2 = body[18],
        .grandmaster = .{ .bytes = body[19..27].* },
        .steps_removed = std.mem.readInt(u16, body[27..29], .big),
        .time_source = body[29],
    };
}

pub const WriteError = error{ OutOfSpace, InvalidArgument };

/// What a header is written from; type, control and length follow from the body.
pub const Fields = struct {
    major_sdo_id: u4 = 0,
    minor_version: u4 = 1,
    domain: u8,
    minor_sdo_id: u8 = 0,
    flags: Flags = .{},
    correction: timestamp.Scaled = 0,
    type_specific: u32 = 0,
    source: PortIdentity,
    sequence: u16,
    log_interval: i8 = timestamp.interval_unknown,
};

/// Writes a whole message and returns its part of `target`. `tlv_bytes` are whole TLVs, as a `tlv.Writer` gives them.
pub fn write(target: []u8, fields: Fields, body: Body, tlv_bytes: []const u8) WriteError![]u8 {
    const message_type: Type = body;
    const count = message_type.bytes() + tlv_bytes.len;
    if (count > std.math.maxInt(u16) or !tlv.isWhole(tlv_bytes)) return error.InvalidArgument;
    if (target.len < count) return error.OutOfSpace;
    header_module.write(target[0..header_bytes], .{
        .type = message_type,
        .major_sdo_id = fields.major_sdo_id,
        .minor_version = fields.minor_version,
        .domain = fields.domain,
        .minor_sdo_id = fields.minor_sdo_id,
        .flags = fields.flags,
        .correction = fields.correction,
        .type_specific = fields.type_specific,
        .source = fields.source,
        .sequence = fields.sequence,
        .control = message_type.control(),
        .log_interval = fields.log_interval,
    }, @intCast(count));
    const rest = target[header_bytes..message_type.bytes()];
    @memset(rest, 0);
    switch (body) {
        .sync, .delay_req, .pdelay_req, .follow_up => |stamp| stamp.write(rest[0..10]),
        .pdelay_resp, .delay_resp, .pdelay_resp_follow_up => |answer| {
            answer.stamp.write(rest[0..10]);
            answer.requesting.write(rest[10..20]);
        },
        .announce => |announce| writeAnnounce(rest[0..30], announce),
        .signaling => |target_port| target_port.write(rest[0..10]),
        .management => |management| {
            management.target.write(rest[0..10]);
            rest[10] = management.starting_hops;
            rest[11] = management.hops;
            rest[12] = @backingInt(management.action);
        },
    }
    @memcpy(target[message_type.bytes()..][0..tlv_bytes.len], tlv_bytes);
    return target[0..count];
}

fn writeAnnounce(body: *[30]u8, announce: Announce) void {
    announce.origin.write(body[0..10]);
    std.mem.writeInt(i16, body[10..12], announce.utc_offset_s, .big);
    body[13] = announce.priority_1;
    body[14] = announce.quality.class;
    body[15] = announce.quality.accuracy;
    std.mem.writeInt(u16, body[16..18], announce.quality.variance, .big);
    body[18] = announce.priority_2;
    body[19..27].* = announce.grandmaster.bytes;
    std.mem.writeInt(u16, body[27..29], announce.steps_removed, .big);
    body[29] = announce.time_source;
}
