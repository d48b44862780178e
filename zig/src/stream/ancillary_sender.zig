//! Ancillary data of frames into ST 2110-40 packets on the wire: at least one for each frame or field, so that a
//! receiver knows that there was nothing (section 5.5), and as many as it takes.
//!
//! A payload is a list of records, little-endian:
//!
//!     u32 count of records, u32 0
//!     each record, from a multiple of 4 on, with zeros to a multiple of 4:
//!     u16 line | u16 horizontal offset | u8 flags | u8 stream | u8 DID | u8 SDID | u16 count of words | u16 field
//!     u16 user data words, 10 bits each
//!
//! Flags: bit 0 the colour difference channel, bit 1 the stream number counts. Field: F of RFC 8331 section 2.1.

const std = @import("std");
const packet = @import("../rtp/packet.zig");
const st2110 = @import("../st2110.zig");
const Config = @import("sender_config.zig").Config;
const Error = @import("../result.zig").Error;
const Job = @import("sender_config.zig").Job;
const Pacing = @import("sender_config.zig").Pacing;
const Wire = @import("wire.zig").Wire;
const pieceOf = @import("wire.zig").pieceOf;

const ancillary = st2110.ancillary;

/// Of a frame.
pub const records_max = 2048;
const list_header_bytes = 8;
const record_header_bytes = 12;
const batch_packets_max = 16;

const Record = struct {
    location: ancillary.Location,
    did: u8,
    sdid: u8,
    field: ancillary.Field,
    words: []align(1) const u16,

    /// Of a record that begins at a multiple of 4.
    fn packetOf(self: Record) ancillary.Packet {
        return .{ .location = self.location, .did = self.did, .sdid = self.sdid, .words = @alignCast(self.words) };
    }
};

/// Goes through a payload; refuses what is not as above.
const Records = struct {
    bytes: []const u8,
    left: u32,

    fn of(payload: []const u8) Error!Records {
        if (payload.len < list_header_bytes or payload.len % 4 != 0) return error.BadPayload;
        const count = std.mem.readInt(u32, payload[0..4], .little);
        if (count > records_max) return error.BadPayload;
        return .{ .bytes = payload[list_header_bytes..], .left = count };
    }

    fn next(self: *Records) Error!?Record {
        if (self.left == 0) return if (self.bytes.len == 0) null else error.BadPayload;
        self.left -= 1;
        if (self.bytes.len < record_header_bytes) return error.BadPayload;
        const head = self.bytes[0..record_header_bytes];
        const word_count = std.mem.readInt(u16, head[8..10], .little);
        if (word_count > ancillary.words_max) return error.BadPayload;
        const record_bytes = std.mem.alignForward(usize, record_header_bytes + 2 * @as(usize, word_count), 4);
        if (self.bytes.len < record_bytes) return error.BadPayload;
        const words: []align(1) const u16 = std.mem.bytesAsSlice(u16, self.bytes[12..][0 .. 2 * word_count]);
        for (words) |word| if (word > 0x3FF) return error.BadPayload;
        const field = std.enums.fromInt(ancillary.Field, std.mem.readInt(u16, head[10..12], .little));
        const flags = head[4];
        if (flags > 3 or head[5] > 127) return error.BadPayload;
        self.bytes = self.bytes[record_bytes..];
        return .{
            .location = .{
                .chroma = flags & 1 != 0,
                .line = std.math.cast(u11, std.mem.readInt(u16, head[0..2], .little)) orelse return error.BadPayload,
                .offset = std.math.cast(u12, std.mem.readInt(u16, head[2..4], .little)) orelse return error.BadPayload,
                .stream = if (flags & 2 != 0) @intCast(head[5]) else null,
            },
            .did = head[6],
            .sdid = head[7],
            .field = field orelse return error.BadPayload,
            .words = words,
        };
    }
};

/// What a job is: bits 0 and 1 of its flags.
fn partOf(job: Job) Error!ancillary.Field {
    if (job.flags > 3) return error.BadPayload;
    const part: ancillary.Field = @fromBackingInt(@as(u2, @intCast(job.flags)));
    return if (part == .invalid) error.BadPayload else part;
}

pub const AncillarySender = struct {
    has_fields: bool,
    is_paced: bool,
    /// From the first field to the second.
    half_frame_ns: u64,
    late_ns_max: u64,
    payload_type: u7,
    ssrc: u32,
    /// Of the next packet, with its extension.
    sequence: u32,
    packets: [records_max]ancillary.Packet = undefined,
    payloads: [batch_packets_max][ancillary.payload_bytes_max]u8 = undefined,

    pub fn init(config: Config) Error!AncillarySender {
        return .{
            .has_fields = try config.scanOf() != .progressive,
            .is_paced = try config.pacingOf() != .none,
            .half_frame_ns = config.framePeriodNs() / 2,
            .late_ns_max = config.late_ns_max,
            .payload_type = @intCast(config.payload_type),
            .ssrc = config.ssrc,
            .sequence = config.first_sequence,
        };
    }

    /// Refuses a list that is not as it should be, and records of a field that is not in this job.
    pub fn check(self: *const AncillarySender, payload: []const u8, job: Job) Error!void {
        const part = try partOf(job);
        if (part != .progressive and !self.has_fields) return error.BadPayload;
        var records: Records = try .of(payload);
        while (try records.next()) |record| {
            if (record.field == .progressive) continue;
            if (record.field == .invalid or !self.has_fields) return error.BadPayload;
            if (part != .progressive and record.field != part) return error.BadPayload;
        }
    }

    /// Sends what was checked. False if it was given up.
    pub fn send(self: *AncillarySender, wire: *Wire, payload: []const u8, job: Job) bool {
        const part = partOf(job) catch unreachable;
        const start_ns = if (self.is_paced) job.start_ns else 0;
        if (!self.has_fields or part != .progressive) return self.sendPart(wire, payload, job, part, start_ns);
        if (!self.sendPart(wire, payload, job, .first, start_ns)) return false;
        return self.sendPart(wire, payload, job, .second, if (start_ns > 0) start_ns +| self.half_frame_ns else 0);
    }

    /// Sends a frame or a field. A record of no field goes with the first.
    fn sendPart(
        self: *AncillarySender,
        wire: *Wire,
        payload: []const u8,
        job: Job,
        part: ancillary.Field,
        start_ns: u64,
    ) bool {
        const is_whole = job.flags == 0 and self.has_fields;
        const clock = if (is_whole and part == .second) job.second_media_clock else job.media_clock;
        var count: usize = 0;
        var records = Records.of(payload) catch unreachable;
        while (records.next() catch unreachable) |record| {
            if (is_whole and (record.field == .second) != (part == .second)) continue;
            self.packets[count] = record.packetOf();
            count += 1;
        }
        if (!wire.waitUntil(start_ns)) return false;
        if (start_ns > 0) wire.noteDeviation(start_ns, self.late_ns_max);
        self.sendPackets(wire, part, @truncate(clock), self.packets[0..count]);
        return true;
    }

    fn sendPackets(
        self: *AncillarySender,
        wire: *Wire,
        part: ancillary.Field,
        timestamp: u32,
        packets: []const ancillary.Packet,
    ) void {
        var left = packets;
        while (true) {
            const target = &self.payloads[wire.queued()];
            const extension: u16 = @truncate(self.sequence >> 16);
            const written = ancillary.write(target, extension, part, &left) catch unreachable;
            const header = wire.header();
            const header_bytes = packet.writeHeader(header, .{
                .marker = left.len == 0,
                .payload_type = self.payload_type,
                .sequence = @truncate(self.sequence),
                .timestamp = timestamp,
                .ssrc = self.ssrc,
            }) catch unreachable;
            wire.add(&.{ pieceOf(header[0..header_bytes]), pieceOf(written) });
            self.sequence +%= 1;
            if (left.len == 0 or wire.queued() == batch_packets_max) wire.flush();
            if (left.len == 0) return;
        }
    }
};
