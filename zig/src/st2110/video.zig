//! What a stream of uncompressed video is (ST 2110-20): its format, and how its rows and packets follow from that; and
//! the header before the pixels of a packet (RFC 4175 section 4.2):
//!
//!      0                   1                   2                   3
//!      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!     |  extended sequence number     |           length              |
//!     |F|        row number           |C|         offset              |
//!     |           length              |F|        row number           |   while C is 1
//!     |C|         offset              |   the bytes of all segments, in the same order
//!
//! A frame lies in memory as pixel groups, row after row, each `stride_bytes` after the last; in 4:2:0 what is called a
//! row here is a pair of rows. The rows of the two fields, or segments, alternate, and the first field has row 0.

const std = @import("std");
const packet = @import("../rtp/packet.zig");
const pgroup = @import("pgroup.zig");

pub const Pgroup = pgroup.Pgroup;

pub const Scan = enum(u32) {
    progressive = 0,
    /// Two fields, half a frame apart in time.
    interlaced = 1,
    /// A progressive frame that is sent as two segments.
    segmented = 2,
};

pub const Packing = enum(u32) {
    /// General packing mode. We send equal pieces of one row.
    gpm = 0,
    /// Block packing mode: 1260 bytes of pixels in every packet, over the ends of rows.
    bpm = 1,
};

pub const block_bytes = 1260;
pub const size_max = 32767;

/// UDP datagrams with their header of 8 bytes, as ST 2110-10 counts them (sections 6.3 and 6.4).
pub const udp_bytes_standard = 1460;
pub const udp_bytes_extended = 8960;
const udp_header_bytes = 8;

pub const FormatError = error{
    /// Width or height is not 1 to 32767, or odd where 4:2:0 has pairs.
    BadSize,
    /// ST 2110-20 has no such pixel group.
    NoPgroup,
    /// 4:2:0 is progressive only (section 6.2.5).
    InterlacedQuarter,
    /// The UDP size is below the smallest packet or above the limit, or BPM goes with the extended limit.
    BadUdpSize,
    /// 1260 bytes are not whole pixel groups (4:2:2 with 16 bits), or would take more than three rows.
    NoBlocks,
};

pub const Format = struct {
    width: u32,
    height: u32,
    sampling: pgroup.Sampling,
    depth: pgroup.Depth,
    scan: Scan = .progressive,
    packing: Packing = .gpm,
    /// MAXUDP: 1460, or up to 8960 where the network and all receivers can.
    udp_bytes_max: u32 = udp_bytes_standard,

    /// What packetiser and depacketiser need to know of a format, or why it cannot be.
    pub fn geometry(self: Format) FormatError!Geometry {
        if (self.width < 1 or self.width > size_max or self.height < 1 or self.height > size_max) return error.BadSize;
        const group = Pgroup.of(self.sampling, self.depth) orelse return error.NoPgroup;
        if (group.rows == 2) {
            if (self.scan != .progressive) return error.InterlacedQuarter;
            if (self.width % 2 != 0 or self.height % 2 != 0) return error.BadSize;
        }
        if (self.scan != .progressive and self.height < 2) return error.BadSize;
        const overhead = udp_header_bytes + packet.header_bytes + headerBytes(1);
        if (self.udp_bytes_max < overhead + group.bytes or self.udp_bytes_max > udp_bytes_extended) {
            return error.BadUdpSize;
        }
        const row_bytes = group.rowBytes(self.width);
        if (self.packing == .bpm) {
            if (self.udp_bytes_max > udp_bytes_standard) return error.BadUdpSize;
            const block_overhead = udp_header_bytes + packet.header_bytes + headerBytes(segment_count_max);
            if (self.udp_bytes_max < block_overhead + block_bytes) return error.BadUdpSize;
            // The worst start is in the last group of a row.
            if (block_bytes % group.bytes != 0 or 2 * row_bytes + group.bytes < block_bytes) return error.NoBlocks;
        }
        return .{
            .group = group,
            .scan = self.scan,
            .row_bytes = row_bytes,
            .rows = self.height / group.rows,
            .piece_bytes = switch (self.packing) {
                .bpm => block_bytes,
                .gpm => pieceBytes(row_bytes, group.bytes, self.udp_bytes_max - overhead),
            },
            .packing = self.packing,
        };
    }
};

/// How many bytes of a row go into one packet: equal pieces if at most half as many more packets make them equal. Equal
/// packets are what a network card can cut from one send.
fn pieceBytes(row_bytes: u32, group_bytes: u32, room_bytes: u32) u32 {
    const groups = row_bytes / group_bytes;
    const groups_max = room_bytes / group_bytes;
    const fewest = (groups + groups_max - 1) / groups_max;
    for (fewest..fewest + fewest / 2 + 1) |pieces| {
        if (groups % pieces == 0) return @intCast(groups / pieces * group_bytes);
    }
    return (groups + fewest - 1) / fewest * group_bytes;
}

pub const Geometry = struct {
    group: Pgroup,
    scan: Scan,
    packing: Packing,
    row_bytes: u32,
    /// Rows of groups: half the height in 4:2:0.
    rows: u32,
    /// Bytes of pixels in a packet, the last of a row or field excepted.
    piece_bytes: u32,

    pub fn fieldCount(self: Geometry) u32 {
        return if (self.scan == .progressive) 1 else 2;
    }

    /// Of a field or segment; of the whole frame if it is progressive. The first has one more if the height is odd.
    pub fn fieldRows(self: Geometry, field: u32) u32 {
        if (self.scan == .progressive) return self.rows;
        return (self.rows + 1 - field) / 2;
    }

    /// The row of the frame that a row of a field is.
    pub fn frameRow(self: Geometry, field: u32, row: u32) u32 {
        return if (self.scan == .progressive) row else row * 2 + field;
    }

    /// Of a frame without gaps between rows.
    pub fn frameBytes(self: Geometry) u64 {
        return @as(u64, self.rows) * self.row_bytes;
    }

    /// How many packets a frame is.
    pub fn packetCount(self: Geometry) u64 {
        if (self.packing == .gpm) {
            const per_row = (self.row_bytes + self.piece_bytes - 1) / self.piece_bytes;
            return @as(u64, per_row) * self.rows;
        }
        var count: u64 = 0;
        for (0..self.fieldCount()) |field| {
            const bytes = @as(u64, self.fieldRows(@intCast(field))) * self.row_bytes;
            count += (bytes + block_bytes - 1) / block_bytes;
        }
        return count;
    }
};

/// At most three rows in a packet (section 6.2.1). RFC 4175 has no limit, and others send more: the parser takes them.
pub const segment_count_max = 3;

const segment_header_bytes = 6;

/// Of the payload header.
pub fn headerBytes(segment_count: u32) u32 {
    return 2 + segment_count * segment_header_bytes;
}

/// A run of pixels within one row.
pub const Segment = struct {
    /// 0 or 1.
    field: u1,
    /// Counted in the field; in 4:2:0 the upper one of two.
    row: u15,
    /// Pixels from the left.
    offset: u15,
    bytes: u16,
};

pub const ParseError = error{
    /// It ends within the headers, or before the bytes that they announce.
    Truncated,
    /// A length of 0 that is not alone.
    EmptySegment,
};

/// The header of a payload and its pixels.
pub const Payload = struct {
    /// The high half of the sequence number; some senders leave it 0.
    extended_sequence: u16,
    segment_count: u32,
    headers: []const u8,
    pixels: []const u8,

    pub fn segment(self: Payload, index: u32) Segment {
        const bytes = self.headers[index * segment_header_bytes ..][0..segment_header_bytes];
        const row = std.mem.readInt(u16, bytes[2..4], .big);
        return .{
            .bytes = std.mem.readInt(u16, bytes[0..2], .big),
            .field = @intCast(row >> 15),
            .row = @truncate(row),
            .offset = @truncate(std.mem.readInt(u16, bytes[4..6], .big)),
        };
    }
};

/// Pixels after those that are announced are padding and left out.
pub fn parse(payload: []const u8) ParseError!Payload {
    if (payload.len < headerBytes(1)) return error.Truncated;
    const headers = payload[2..];
    var count: u32 = 0;
    var announced: usize = 0;
    var empty = false;
    while (true) {
        const start = count * segment_header_bytes;
        if (headers.len < start + segment_header_bytes) return error.Truncated;
        const bytes = std.mem.readInt(u16, headers[start..][0..2], .big);
        announced += bytes;
        empty = empty or bytes == 0;
        count += 1;
        if (headers[start + 4] & 0x80 == 0) break;
    }
    if (empty and count > 1) return error.EmptySegment;
    const pixels = headers[count * segment_header_bytes ..];
    if (pixels.len < announced) return error.Truncated;
    return .{
        .extended_sequence = std.mem.readInt(u16, payload[0..2], .big),
        .segment_count = count,
        .headers = headers[0 .. count * segment_header_bytes],
        .pixels = pixels[0..announced],
    };
}

/// Writes the header for up to three segments and returns its part of `target`, which has room for it.
pub fn writeHeader(target: []u8, extended_sequence: u16, segments: []const Segment) []u8 {
    std.debug.assert(segments.len >= 1 and segments.len <= segment_count_max);
    const header = target[0..headerBytes(@intCast(segments.len))];
    std.mem.writeInt(u16, header[0..2], extended_sequence, .big);
    for (segments, 0..) |segment, i| {
        const bytes = header[2 + i * segment_header_bytes ..][0..segment_header_bytes];
        const more: u16 = if (i + 1 < segments.len) 0x8000 else 0;
        std.mem.writeInt(u16, bytes[0..2], segment.bytes, .big);
        std.mem.writeInt(u16, bytes[2..4], @as(u16, segment.field) << 15 | segment.row, .big);
        std.mem.writeInt(u16, bytes[4..6], more | segment.offset, .big);
    }
    return header;
}

const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

const example = [_]u8{
    0x00, 0x07, // extended sequence number
    0x00, 0x05, 0x80, 0x03, 0x87, 0x7E, // 5 bytes of row 3 of the second field from 1918 on, and another
    0x00, 0x0A, 0x80, 0x04, 0x00, 0x00, // 10 bytes of row 4 from 0 on
    1,    2,    3,    4,    5,    6,
    7,    8,    9,    10,   11,   12,
    13,   14,   15,
};

const example_segments = [_]Segment{
    .{ .field = 1, .row = 3, .offset = 1918, .bytes = 5 },
    .{ .field = 1, .row = 4, .offset = 0, .bytes = 10 },
};

test "the payload header, both ways" {
    var buffer: [32]u8 = undefined;
    try std.testing.expectEqualSlices(u8, example[0..14], writeHeader(&buffer, 7, &example_segments));
    const payload = try parse(&example);
    try expectEqual(@as(u16, 7), payload.extended_sequence);
    try expectEqual(@as(u32, 2), payload.segment_count);
    for (example_segments, 0..) |segment, i| try expectEqual(segment, payload.segment(@intCast(i)));
    try std.testing.expectEqualSlices(u8, example[14..], payload.pixels);
}

test "parse() refuses every truncation, and takes padding" {
    for (0..example.len) |length| try expectError(error.Truncated, parse(example[0..length]));
    try expectEqual(@as(usize, 15), (try parse(&(example ++ [_]u8{ 0, 0 }))).pixels.len);
    try expectError(error.EmptySegment, parse(&.{ 0, 0, 0, 0, 0, 1, 0x80, 0, 0, 0, 0, 2, 0, 0 }));
    const nothing = try parse(&.{ 0, 0, 0, 0, 0, 1, 0, 0 });
    try expectEqual(@as(usize, 0), nothing.pixels.len);
    const endless: [1440]u8 = @splat(0xFF);
    try expectError(error.Truncated, parse(&endless));
}

fn sizeOf(width: u32, height: u32, sampling: pgroup.Sampling, depth: pgroup.Depth) Format {
    return .{ .width = width, .height = height, .sampling = sampling, .depth = depth };
}

test "packets of the common formats" {
    const rows = [_]struct { format: Format, piece_bytes: u32, packet_count: u64 }{
        .{ .format = sizeOf(1280, 720, .ycbcr_422, .bits_10), .piece_bytes = 800, .packet_count = 2880 },
        .{ .format = sizeOf(720, 576, .ycbcr_422, .bits_10), .piece_bytes = 900, .packet_count = 1152 },
        .{ .format = sizeOf(1920, 1080, .ycbcr_422, .bits_8), .piece_bytes = 1280, .packet_count = 3240 },
        .{ .format = sizeOf(1920, 1080, .ycbcr_422, .bits_10), .piece_bytes = 1200, .packet_count = 4320 },
        .{ .format = sizeOf(1920, 1080, .ycbcr_422, .bits_12), .piece_bytes = 1152, .packet_count = 5400 },
        .{ .format = sizeOf(1920, 1080, .rgb, .bits_8), .piece_bytes = 1152, .packet_count = 5400 },
        .{ .format = sizeOf(1920, 1080, .ycbcr_444, .bits_10), .piece_bytes = 1200, .packet_count = 6480 },
        .{ .format = sizeOf(1920, 1080, .ycbcr_444, .bits_12), .piece_bytes = 1080, .packet_count = 8640 },
        .{ .format = sizeOf(3840, 2160, .ycbcr_422, .bits_10), .piece_bytes = 1200, .packet_count = 17280 },
    };
    for (rows) |row| {
        const geometry = try row.format.geometry();
        try expectEqual(row.piece_bytes, geometry.piece_bytes);
        try expectEqual(row.packet_count, geometry.packetCount());
    }
    const blocks = [_]struct { width: u32, height: u32, packet_count: u64 }{
        .{ .width = 1280, .height = 720, .packet_count = 1829 },
        .{ .width = 1920, .height = 1080, .packet_count = 4115 },
        .{ .width = 3840, .height = 2160, .packet_count = 16458 },
    };
    for (blocks) |row| {
        var format = sizeOf(row.width, row.height, .ycbcr_422, .bits_10);
        format.packing = .bpm;
        try expectEqual(row.packet_count, (try format.geometry()).packetCount());
    }
    var jumbo = sizeOf(1920, 1080, .ycbcr_422, .bits_10);
    jumbo.udp_bytes_max = udp_bytes_extended;
    try expectEqual(@as(u64, 1080), (try jumbo.geometry()).packetCount());
}

test "geometry() says what cannot be" {
    const good = sizeOf(1920, 1080, .ycbcr_422, .bits_10);
    var format = good;
    format.width = 0;
    try expectError(error.BadSize, format.geometry());
    format = good;
    format.height = 32768;
    try expectError(error.BadSize, format.geometry());
    try expectError(error.BadSize, sizeOf(1920, 1081, .ycbcr_420, .bits_8).geometry());
    try expectError(error.NoPgroup, sizeOf(1920, 1080, .ycbcr_420, .bits_16).geometry());
    format = sizeOf(1920, 1080, .ycbcr_420, .bits_8);
    format.scan = .interlaced;
    try expectError(error.InterlacedQuarter, format.geometry());
    format = good;
    format.udp_bytes_max = 8961;
    try expectError(error.BadUdpSize, format.geometry());
    format.udp_bytes_max = 32;
    try expectError(error.BadUdpSize, format.geometry());
    format = good;
    format.packing = .bpm;
    format.udp_bytes_max = 1461;
    try expectError(error.BadUdpSize, format.geometry());
    format.udp_bytes_max = 1299;
    try expectError(error.BadUdpSize, format.geometry());
    format.udp_bytes_max = 1300;
    _ = try format.geometry();
    format.depth = .bits_16;
    try expectError(error.NoBlocks, format.geometry());
    format = sizeOf(250, 100, .ycbcr_422, .bits_10);
    format.packing = .bpm;
    try expectError(error.NoBlocks, format.geometry());
    format.width = 252;
    _ = try format.geometry();
}

test "the first field of an odd height has one row more" {
    var format = sizeOf(720, 487, .ycbcr_422, .bits_10);
    format.scan = .interlaced;
    const geometry = try format.geometry();
    try expectEqual(@as(u32, 244), geometry.fieldRows(0));
    try expectEqual(@as(u32, 243), geometry.fieldRows(1));
    try expectEqual(@as(u32, 486), geometry.frameRow(0, 243));
    try expectEqual(@as(u32, 485), geometry.frameRow(1, 242));
}
