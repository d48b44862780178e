//! RTCP (RFC 3550 section 6): sender and receiver reports, source descriptions, goodbyes.
//!
//! A datagram is a compound of packets, each with a header of 4 bytes:
//!
//!      0                   1                   2                   3
//!      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!     |V=2|P|  count  |     type      |  length in words, less one    |
//!
//! Parsed packets point into the datagram.

const std = @import("std");
const Statistics = @import("source.zig").Statistics;

pub const Type = enum(u8) {
    sender_report = 200,
    receiver_report = 201,
    source_description = 202,
    goodbye = 203,
    _,
};

pub const SenderInfo = struct {
    /// The wall clock, as NTP writes it.
    ntp: u64,
    /// The same instant in units of the stream's time stamps.
    rtp_timestamp: u32,
    packet_count: u32,
    /// Of payload, modulo 2^32.
    octet_count: u32,
};

/// What a receiver says of one source.
pub const ReportBlock = struct {
    ssrc: u32,
    /// Of the packets since the last report, in 256ths.
    fraction_lost: u8,
    /// Since the start; 24 bits, negative if duplicates outweigh losses.
    lost: i24,
    /// The newest sequence number with 16 bits of cycles.
    highest_sequence: u32,
    /// In time stamp units.
    jitter: u32,
    /// The middle 32 bits of the NTP time of the last sender report; 0 for none.
    last_sender_report: u32 = 0,
    /// Since that came, in 65536ths of a second.
    delay_since: u32 = 0,

    /// The block for a source, and the begin of a new interval in its statistics.
    pub fn of(ssrc: u32, statistics: *Statistics) ReportBlock {
        return .{
            .ssrc = ssrc,
            .fraction_lost = statistics.takeFractionLost(),
            .lost = @intCast(std.math.clamp(statistics.lost(), std.math.minInt(i24), std.math.maxInt(i24))),
            .highest_sequence = @truncate(statistics.newest),
            .jitter = statistics.jitter(),
        };
    }
};

const block_bytes = 24;

/// Seconds from 1900-01-01, where NTP begins, to 1970-01-01.
const ntp_epoch_s = 2_208_988_800;

/// The NTP time of an instant of UTC, as sender reports carry it.
pub fn ntpOf(utc_ns: u64) u64 {
    const seconds = utc_ns / std.time.ns_per_s + ntp_epoch_s;
    const fraction = (utc_ns % std.time.ns_per_s << 32) / std.time.ns_per_s;
    return seconds << 32 | fraction;
}

/// The middle 32 bits of an NTP time.
pub fn middleOf(ntp: u64) u32 {
    return @truncate(ntp >> 16);
}

pub const Report = struct {
    ssrc: u32,
    /// Null in a receiver report.
    sender: ?SenderInfo,
    block_bytes: []const u8,

    pub fn blockCount(self: Report) usize {
        return self.block_bytes.len / block_bytes;
    }

    pub fn block(self: Report, index: usize) ReportBlock {
        const bytes = self.block_bytes[index * block_bytes ..][0..block_bytes];
        return .{
            .ssrc = std.mem.readInt(u32, bytes[0..4], .big),
            .fraction_lost = bytes[4],
            .lost = std.mem.readInt(i24, bytes[5..8], .big),
            .highest_sequence = std.mem.readInt(u32, bytes[8..12], .big),
            .jitter = std.mem.readInt(u32, bytes[12..16], .big),
            .last_sender_report = std.mem.readInt(u32, bytes[16..20], .big),
            .delay_since = std.mem.readInt(u32, bytes[20..24], .big),
        };
    }
};

pub const SourceDescription = struct {
    /// The chunks as they lie in the packet.
    bytes: []const u8,
    chunk_count: u5,

    pub const Item = struct { ssrc: u32, type: u8, text: []const u8 };
    pub const canonical_name = 1;

    /// The items of all chunks. It ends early where one is longer than what is left.
    pub fn items(self: SourceDescription) ItemIterator {
        return .{ .bytes = self.bytes, .chunks_left = self.chunk_count };
    }

    pub const ItemIterator = struct {
        bytes: []const u8,
        chunks_left: u5,
        position: usize = 0,
        ssrc: ?u32 = null,

        pub fn next(self: *ItemIterator) ?Item {
            while (true) {
                const left = self.bytes.len - self.position;
                const ssrc = self.ssrc orelse {
                    if (self.chunks_left == 0 or left < 4) return null;
                    self.chunks_left -= 1;
                    self.ssrc = std.mem.readInt(u32, self.bytes[self.position..][0..4], .big);
                    self.position += 4;
                    continue;
                };
                if (left == 0) return null;
                if (self.bytes[self.position] == 0) {
                    // The end of the chunk, filled up to a word.
                    self.position = @min(std.mem.alignForward(usize, self.position + 1, 4), self.bytes.len);
                    self.ssrc = null;
                    continue;
                }
                if (left < 2) return null;
                const text_bytes: usize = self.bytes[self.position + 1];
                if (left - 2 < text_bytes) {
                    self.position = self.bytes.len;
                    return null;
                }
                const start = self.position + 2;
                self.position = start + text_bytes;
                return .{ .ssrc = ssrc, .type = self.bytes[start - 2], .text = self.bytes[start..][0..text_bytes] };
            }
        }
    };
};

pub const Goodbye = struct {
    /// 4 bytes each, big-endian.
    ssrc_bytes: []const u8,
    /// Empty if none was given.
    reason: []const u8,

    pub fn ssrcCount(self: Goodbye) usize {
        return self.ssrc_bytes.len / 4;
    }

    pub fn ssrc(self: Goodbye, index: usize) u32 {
        return std.mem.readInt(u32, self.ssrc_bytes[index * 4 ..][0..4], .big);
    }
};

pub const Packet = union(enum) {
    report: Report,
    source_description: SourceDescription,
    goodbye: Goodbye,
    /// Of another type, which is skipped.
    other: u8,
};

pub const ParseError = error{
    /// Shorter than a header, or than its own length or counts say.
    Truncated,
    WrongVersion,
    /// The first packet of a compound is not a report (RFC 3550 appendix A.2).
    NotReport,
    /// Padding before the last packet, or a count of padding bytes that cannot be.
    BadPadding,
    /// The text of a goodbye is longer than its packet.
    BadReason,
};

/// Goes through a compound. After an error it gives nothing more.
pub const Iterator = struct {
    bytes: []const u8,
    position: usize = 0,

    pub fn next(self: *Iterator) ParseError!?Packet {
        if (self.position == self.bytes.len) return null;
        const first = self.position == 0;
        return self.one(first) catch |err| {
            self.position = self.bytes.len;
            return err;
        };
    }

    fn one(self: *Iterator, first: bool) ParseError!Packet {
        const rest = self.bytes[self.position..];
        if (rest.len < 4) return error.Truncated;
        if (rest[0] >> 6 != 2) return error.WrongVersion;
        const bytes = (@as(usize, std.mem.readInt(u16, rest[2..4], .big)) + 1) * 4;
        if (bytes > rest.len) return error.Truncated;
        self.position += bytes;
        var body = rest[4..bytes];
        if (rest[0] & 0x20 != 0) {
            if (self.position != self.bytes.len or body.len == 0) return error.BadPadding;
            const padding = body[body.len - 1];
            if (padding == 0 or padding % 4 != 0 or padding > body.len) return error.BadPadding;
            body = body[0 .. body.len - padding];
        }
        const count: u5 = @truncate(rest[0]);
        const packet_type: Type = @fromBackingInt(rest[1]);
        if (first and packet_type != .sender_report and packet_type != .receiver_report) return error.NotReport;
        return switch (packet_type) {
            .sender_report => .{ .report = try reportOf(body, count, true) },
            .receiver_report => .{ .report = try reportOf(body, count, false) },
            .source_description => .{ .source_description = .{ .bytes = body, .chunk_count = count } },
            .goodbye => .{ .goodbye = try goodbyeOf(body, count) },
            else => .{ .other = rest[1] },
        };
    }

    fn reportOf(body: []const u8, count: u5, has_sender: bool) ParseError!Report {
        const start: usize = if (has_sender) 24 else 4;
        const blocks = @as(usize, count) * block_bytes;
        // What follows the blocks is a profile's, and skipped.
        if (body.len < start + blocks) return error.Truncated;
        return .{
            .ssrc = std.mem.readInt(u32, body[0..4], .big),
            .sender = if (!has_sender) null else .{
                .ntp = std.mem.readInt(u64, body[4..12], .big),
                .rtp_timestamp = std.mem.readInt(u32, body[12..16], .big),
                .packet_count = std.mem.readInt(u32, body[16..20], .big),
                .octet_count = std.mem.readInt(u32, body[20..24], .big),
            },
            .block_bytes = body[start..][0..blocks],
        };
    }

    fn goodbyeOf(body: []const u8, count: u5) ParseError!Goodbye {
        const sources = @as(usize, count) * 4;
        if (body.len < sources) return error.Truncated;
        const rest = body[sources..];
        if (rest.len > 0 and rest[0] > rest.len - 1) return error.BadReason;
        return .{
            .ssrc_bytes = body[0..sources],
            .reason = if (rest.len > 0) rest[1..][0..rest[0]] else &.{},
        };
    }
};

pub fn parse(bytes: []const u8) Iterator {
    return .{ .bytes = bytes };
}

/// Writes a compound: begin with a report, then a source description with the canonical name.
pub const Writer = struct {
    target: []u8,
    position: usize = 0,

    pub const Error = error{ OutOfSpace, InvalidArgument };

    pub fn written(self: Writer) []u8 {
        return self.target[0..self.position];
    }

    /// A sender report, or without `sender` a receiver report. At most 31 blocks.
    pub fn report(self: *Writer, ssrc: u32, sender: ?SenderInfo, blocks: []const ReportBlock) Error!void {
        if (blocks.len > 31) return error.InvalidArgument;
        const sender_bytes: usize = if (sender != null) 20 else 0;
        const packet_type: Type = if (sender != null) .sender_report else .receiver_report;
        const body = try self.begin(packet_type, blocks.len, 4 + sender_bytes + blocks.len * block_bytes);
        std.mem.writeInt(u32, body[0..4], ssrc, .big);
        if (sender) |one| {
            std.mem.writeInt(u64, body[4..12], one.ntp, .big);
            std.mem.writeInt(u32, body[12..16], one.rtp_timestamp, .big);
            std.mem.writeInt(u32, body[16..20], one.packet_count, .big);
            std.mem.writeInt(u32, body[20..24], one.octet_count, .big);
        }
        for (blocks, 0..) |block, i| {
            const bytes = body[4 + sender_bytes + i * block_bytes ..][0..block_bytes];
            std.mem.writeInt(u32, bytes[0..4], block.ssrc, .big);
            bytes[4] = block.fraction_lost;
            std.mem.writeInt(i24, bytes[5..8], block.lost, .big);
            std.mem.writeInt(u32, bytes[8..12], block.highest_sequence, .big);
            std.mem.writeInt(u32, bytes[12..16], block.jitter, .big);
            std.mem.writeInt(u32, bytes[16..20], block.last_sender_report, .big);
            std.mem.writeInt(u32, bytes[20..24], block.delay_since, .big);
        }
    }

    /// A source description of one source with its canonical name, at most 255 bytes.
    pub fn canonicalName(self: *Writer, ssrc: u32, name: []const u8) Error!void {
        if (name.len > 255) return error.InvalidArgument;
        // At least one zero ends the items of a chunk.
        const body = try self.begin(.source_description, 1, std.mem.alignForward(usize, 4 + 2 + name.len + 1, 4));
        @memset(body, 0);
        std.mem.writeInt(u32, body[0..4], ssrc, .big);
        body[4] = SourceDescription.canonical_name;
        body[5] = @intCast(name.len);
        @memcpy(body[6..][0..name.len], name);
    }

    /// One source leaves, with a reason of at most 255 bytes or without.
    pub fn goodbye(self: *Writer, ssrc: u32, reason: []const u8) Error!void {
        if (reason.len > 255) return error.InvalidArgument;
        const reason_bytes = if (reason.len > 0) std.mem.alignForward(usize, 1 + reason.len, 4) else 0;
        const body = try self.begin(.goodbye, 1, 4 + reason_bytes);
        @memset(body, 0);
        std.mem.writeInt(u32, body[0..4], ssrc, .big);
        if (reason.len > 0) {
            body[4] = @intCast(reason.len);
            @memcpy(body[5..][0..reason.len], reason);
        }
    }

    fn begin(self: *Writer, packet_type: Type, count: usize, body_bytes: usize) Error![]u8 {
        const rest = self.target[self.position..];
        if (rest.len < 4 + body_bytes) return error.OutOfSpace;
        rest[0] = 0x80 | @as(u8, @intCast(count));
        rest[1] = @backingInt(packet_type);
        std.mem.writeInt(u16, rest[2..4], @intCast(body_bytes / 4), .big);
        self.position += 4 + body_bytes;
        return rest[4..][0..body_bytes];
    }
};

test {
    _ = @import("rtcp_test.zig");
}
