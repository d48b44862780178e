//! A frame of pixel groups into ST 2110-20 packets.
//!
//! `nextParts` gives headers and where the pixels lie, so that a sender can gather them without a copy; `next` writes
//! whole packets. GPM sends equal pieces of one row; BPM sends 1260 bytes over up to three rows, except the last packet
//! of a frame or field, which is as short as it comes out.
//!
//! The marker is on the last packet of a frame, field or segment. That a segment of PsF has one too is our reading:
//! section 6.1.2 speaks of fields.

const std = @import("std");
const packet = @import("../rtp/packet.zig");
const video = @import("video.zig");

pub const header_bytes_max = packet.header_bytes + video.headerBytes(video.segment_count_max);

/// One packet, in the frame.
pub const Parts = struct {
    /// RTP and payload header.
    header: [header_bytes_max]u8,
    header_bytes: u32,
    /// Where the pixels lie in the frame; as many as the packet has segments.
    pieces: [video.segment_count_max]Piece,
    piece_count: u32,
    /// On the last packet of a frame or field.
    marker: bool,

    pub const Piece = struct { offset: usize, bytes: u32 };

    pub fn headerSlice(self: *const Parts) []const u8 {
        return self.header[0..self.header_bytes];
    }

    pub fn bytes(self: *const Parts) u32 {
        var sum = self.header_bytes;
        for (self.pieces[0..self.piece_count]) |piece| sum += piece.bytes;
        return sum;
    }
};

pub const Packetizer = struct {
    geometry: video.Geometry,
    payload_type: u7,
    ssrc: u32,
    /// Of the next packet: the RTP sequence number and, above it, its extension.
    sequence: u32,
    stride_bytes: u32 = 0,
    /// The time stamps of the frame, or of its two fields.
    timestamps: [2]u32 = @splat(0),
    /// Where the next packet begins. At the end, `field` is the count of fields.
    field: u32 = 0,
    row: u32 = 0,
    row_offset: u32 = 0,

    pub fn init(geometry: video.Geometry, payload_type: u7, ssrc: u32, sequence: u32) Packetizer {
        return .{
            .geometry = geometry,
            .payload_type = payload_type,
            .ssrc = ssrc,
            .sequence = sequence,
            .field = geometry.fieldCount(),
        };
    }

    /// Begins a frame. Progressive frames use the first time stamp, PsF the same in both places.
    pub fn begin(self: *Packetizer, stride_bytes: u32, timestamps: [2]u32) error{OutOfRange}!void {
        if (stride_bytes < self.geometry.row_bytes) return error.OutOfRange;
        self.stride_bytes = stride_bytes;
        self.timestamps = timestamps;
        self.field = 0;
        self.row = 0;
        self.row_offset = 0;
    }

    /// Null when the frame is over.
    pub fn nextParts(self: *Packetizer) ?Parts {
        const geometry = self.geometry;
        if (self.field == geometry.fieldCount()) return null;
        const field = self.field;
        var parts: Parts = .{
            .header = undefined,
            .header_bytes = 0,
            .pieces = undefined,
            .piece_count = 0,
            .marker = false,
        };
        var segments: [video.segment_count_max]video.Segment = undefined;
        var left = geometry.piece_bytes;
        while (left > 0 and self.field == field) {
            const count = @min(left, geometry.row_bytes - self.row_offset);
            const frame_row = geometry.frameRow(field, self.row);
            parts.pieces[parts.piece_count] = .{
                .offset = @as(usize, frame_row) * self.stride_bytes + self.row_offset,
                .bytes = count,
            };
            segments[parts.piece_count] = .{
                .field = @intCast(field),
                .row = @intCast(self.row * geometry.group.rows),
                .offset = @intCast(self.row_offset / geometry.group.bytes * geometry.group.columns),
                .bytes = @intCast(count),
            };
            parts.piece_count += 1;
            left -= count;
            self.advance(count);
            if (geometry.packing == .gpm) break;
        }
        parts.marker = self.field != field;
        const rtp_bytes = packet.writeHeader(&parts.header, .{
            .marker = parts.marker,
            .payload_type = self.payload_type,
            .sequence = @truncate(self.sequence),
            .timestamp = self.timestamps[field],
            .ssrc = self.ssrc,
        }) catch unreachable;
        const extension: u16 = @truncate(self.sequence >> 16);
        const header = video.writeHeader(parts.header[rtp_bytes..], extension, segments[0..parts.piece_count]);
        parts.header_bytes = @intCast(rtp_bytes + header.len);
        self.sequence +%= 1;
        return parts;
    }

    fn advance(self: *Packetizer, count: u32) void {
        self.row_offset += count;
        if (self.row_offset < self.geometry.row_bytes) return;
        self.row_offset = 0;
        self.row += 1;
        if (self.row < self.geometry.fieldRows(self.field)) return;
        self.row = 0;
        self.field += 1;
    }

    /// Writes the next packet into `target` and returns its part of it; null when the frame is over. The frame is the
    /// same for all packets and holds all rows: `frameBytesNeeded` of the stride.
    pub fn next(self: *Packetizer, frame: []const u8, target: []u8) error{OutOfSpace}!?[]u8 {
        const before = self.*;
        const parts = self.nextParts() orelse return null;
        if (target.len < parts.bytes()) {
            self.* = before;
            return error.OutOfSpace;
        }
        @memcpy(target[0..parts.header_bytes], parts.headerSlice());
        var position: usize = parts.header_bytes;
        for (parts.pieces[0..parts.piece_count]) |piece| {
            @memcpy(target[position..][0..piece.bytes], frame[piece.offset..][0..piece.bytes]);
            position += piece.bytes;
        }
        return target[0..position];
    }
};

/// How long a buffer must be that holds a frame.
pub fn frameBytesNeeded(geometry: video.Geometry, stride_bytes: u32) u64 {
    return @as(u64, geometry.rows - 1) * stride_bytes + geometry.row_bytes;
}

const expectEqual = std.testing.expectEqual;

test "the first and last packets of a small frame, byte for byte" {
    const format: video.Format = .{ .width = 4, .height = 2, .sampling = .ycbcr_422, .depth = .bits_10 };
    var packetizer: Packetizer = .init(try format.geometry(), 96, 0xAABBCCDD, 0x0001_FFFF);
    var buffer: [64]u8 = undefined;
    const frame = [_]u8{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };
    try expectEqual(@as(?[]u8, null), try packetizer.next(&frame, &buffer));
    try packetizer.begin(12, .{ 0x01020304, 0 });
    try std.testing.expectError(error.OutOfSpace, packetizer.next(&frame, buffer[0..29]));
    try std.testing.expectEqualSlices(u8, &.{
        0x80, 96, 0xFF, 0xFF, 1, 2, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD, //
        0, 1,  0, 10, 0, 0, 0, 0, //
        1, 2,  3, 4,  5, 6, 7, 8,
        9, 10,
    }, (try packetizer.next(&frame, &buffer)).?);
    try std.testing.expectEqualSlices(u8, &.{
        0x80, 0xE0, 0x00, 0x00, 1, 2, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD, //
        0,  2,  0,  10, 0,  1,  0,  0, //
        11, 12, 13, 14, 15, 16, 17, 18,
        19, 20,
    }, (try packetizer.next(&frame, &buffer)).?);
    try expectEqual(@as(?[]u8, null), try packetizer.next(&frame, &buffer));
    try std.testing.expectError(error.OutOfRange, packetizer.begin(9, .{ 0, 0 }));
}

test "BPM goes over the ends of rows" {
    const format: video.Format = .{
        .width = 260,
        .height = 5,
        .sampling = .ycbcr_422,
        .depth = .bits_10,
        .scan = .interlaced,
        .packing = .bpm,
    };
    var packetizer: Packetizer = .init(try format.geometry(), 96, 1, 0);
    try packetizer.begin(650, .{ 10, 20 });
    // Rows of 650 bytes: three in the first field, two in the second.
    const expected = [_]struct { marker: bool, segments: []const video.Segment }{
        .{ .marker = false, .segments = &.{
            .{ .field = 0, .row = 0, .offset = 0, .bytes = 650 },
            .{ .field = 0, .row = 1, .offset = 0, .bytes = 610 },
        } },
        .{ .marker = true, .segments = &.{
            .{ .field = 0, .row = 1, .offset = 244, .bytes = 40 },
            .{ .field = 0, .row = 2, .offset = 0, .bytes = 650 },
        } },
        .{ .marker = false, .segments = &.{
            .{ .field = 1, .row = 0, .offset = 0, .bytes = 650 },
            .{ .field = 1, .row = 1, .offset = 0, .bytes = 610 },
        } },
        .{ .marker = true, .segments = &.{.{ .field = 1, .row = 1, .offset = 244, .bytes = 40 }} },
    };
    for (expected, 0..) |wanted, i| {
        const parts = packetizer.nextParts().?;
        try expectEqual(wanted.marker, parts.marker);
        try expectEqual(@as(u32, @intCast(wanted.segments.len)), parts.piece_count);
        const pixels: [1260]u8 = @splat(0);
        const count = parts.bytes() - parts.header_bytes;
        const header = try packet.parse(parts.headerSlice());
        try expectEqual(@as(u32, if (i < 2) 10 else 20), header.timestamp);
        var whole: [1400]u8 = undefined;
        @memcpy(whole[0..header.payload.len], header.payload);
        @memcpy(whole[header.payload.len..][0..count], pixels[0..count]);
        const payload = try video.parse(whole[0 .. header.payload.len + count]);
        for (wanted.segments, 0..) |segment, s| try expectEqual(segment, payload.segment(@intCast(s)));
        const first = wanted.segments[0];
        const start = (@as(usize, first.row) * 2 + first.field) * 650 + first.offset / 2 * 5;
        try expectEqual(start, parts.pieces[0].offset);
    }
    try expectEqual(@as(?Parts, null), packetizer.nextParts());
}

test "as many packets as the geometry says, none too long, for every format" {
    const pgroup = @import("pgroup.zig");
    const sizes = [_][2]u32{ .{ 1, 3 }, .{ 17, 2 }, .{ 64, 48 }, .{ 722, 6 }, .{ 1366, 4 }, .{ 2048, 8 } };
    var checked: u32 = 0;
    for (std.enums.values(pgroup.Sampling)) |sampling| for (std.enums.values(pgroup.Depth)) |depth| {
        for (sizes) |size| for (std.enums.values(video.Scan)) |scan| for (std.enums.values(video.Packing)) |packing| {
            for ([_]u32{ 100, video.udp_bytes_standard, video.udp_bytes_extended }) |udp_bytes_max| {
                const format: video.Format = .{
                    .width = size[0],
                    .height = size[1],
                    .sampling = sampling,
                    .depth = depth,
                    .scan = scan,
                    .packing = packing,
                    .udp_bytes_max = udp_bytes_max,
                };
                const geometry = format.geometry() catch continue;
                var packetizer: Packetizer = .init(geometry, 96, 1, 0);
                try packetizer.begin(geometry.row_bytes, .{ 0, 0 });
                var count: u64 = 0;
                var markers: u32 = 0;
                var pixel_bytes: u64 = 0;
                while (packetizer.nextParts()) |parts| {
                    count += 1;
                    if (parts.marker) markers += 1;
                    pixel_bytes += parts.bytes() - parts.header_bytes;
                    try std.testing.expect(parts.bytes() + 8 <= udp_bytes_max);
                }
                try expectEqual(geometry.packetCount(), count);
                try expectEqual(geometry.fieldCount(), markers);
                try expectEqual(geometry.frameBytes(), pixel_bytes);
                checked += 1;
            }
        };
    };
    try std.testing.expect(checked > 500);
}
