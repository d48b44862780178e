//! A coded JPEG XS picture into ST 2110-22 packets, in codestream mode (RFC 9134 section 4.1, K = 0).
//!
//! A picture is a picture segment as the encoder gives it: boxes and codestream of a frame, or of a field. `nextParts`
//! gives headers and where the data lies, so that a sender can gather them without a copy; `next` writes whole packets.
//! All packets of a picture have one size, except the last.
//!
//! Slice mode is not made here: where the slices begin can only be told by decoding the lengths within a codestream.

const std = @import("std");
const jpeg_xs = @import("jpeg_xs.zig");
const packet = @import("../rtp/packet.zig");

pub const header_bytes = packet.header_bytes + jpeg_xs.header_bytes;

/// Before the payload of RTP; counted in ST 2110-10 section 6.3.
const udp_header_bytes = 8;

pub const Options = struct {
    payload_type: u7,
    ssrc: u32,
    /// Of the first packet.
    sequence: u16,
    /// Of the first frame.
    frame: u5 = 0,
    /// The largest datagram, with its UDP header: 1460 or up to 8960 (ST 2110-10 sections 6.3 and 6.4).
    udp_bytes_max: u32 = 1460,
    /// Every picture must have so many bytes, as ST 2110-22 wants it; 0 for any.
    picture_bytes: u32 = 0,
};

/// One packet, in the picture.
pub const Parts = struct {
    /// RTP and payload header.
    header: [header_bytes]u8,
    /// Where the data lies in the picture.
    offset: usize,
    data_bytes: u32,
    /// On the last packet of a frame, or of a field.
    marker: bool,

    pub fn bytes(self: *const Parts) u32 {
        return header_bytes + self.data_bytes;
    }
};

pub const Packetizer = struct {
    options: Options,
    /// Of data in every packet but the last.
    piece_bytes: u32,
    sequence: u16,
    frame: u5,
    /// Whether a frame has begun, so that the next one counts up.
    begun: bool = false,
    part: jpeg_xs.Part = .progressive,
    timestamp: u32 = 0,
    picture_bytes: u32 = 0,
    /// Where the next packet begins.
    offset: u32 = 0,
    index: u22 = 0,

    pub fn init(options: Options) error{OutOfRange}!Packetizer {
        const around = udp_header_bytes + header_bytes;
        if (options.udp_bytes_max <= around or options.udp_bytes_max > 8960) return error.OutOfRange;
        return .{
            .options = options,
            .piece_bytes = options.udp_bytes_max - around,
            .sequence = options.sequence,
            .frame = options.frame,
        };
    }

    pub fn packetCount(self: Packetizer, picture_bytes: u32) u32 {
        return std.math.divCeil(u32, picture_bytes, self.piece_bytes) catch unreachable;
    }

    /// Begins a picture. The frame counter goes up with each, but not between the first and the second field.
    ///
    /// `OutOfRange`: no bytes, or more packets than the counters have numbers for. `UnequalPicture`: not
    /// `picture_bytes` of the options. Nothing has changed then.
    pub fn begin(
        self: *Packetizer,
        picture_bytes: u32,
        timestamp: u32,
        part: jpeg_xs.Part,
    ) error{ OutOfRange, UnequalPicture }!void {
        if (picture_bytes == 0 or self.packetCount(picture_bytes) > jpeg_xs.packet_count_max) return error.OutOfRange;
        const wanted = self.options.picture_bytes;
        if (wanted != 0 and picture_bytes != wanted) return error.UnequalPicture;
        if (self.begun and part != .second) self.frame +%= 1;
        self.begun = true;
        self.part = part;
        self.timestamp = timestamp;
        self.picture_bytes = picture_bytes;
        self.offset = 0;
        self.index = 0;
    }

    /// Null when the picture is over.
    pub fn nextParts(self: *Packetizer) ?Parts {
        const left = self.picture_bytes - self.offset;
        if (left == 0) return null;
        const count = @min(left, self.piece_bytes);
        const last = count == left;
        var parts: Parts = .{ .header = undefined, .offset = self.offset, .data_bytes = count, .marker = last };
        _ = packet.writeHeader(&parts.header, .{
            .marker = last,
            .payload_type = self.options.payload_type,
            .sequence = self.sequence,
            .timestamp = self.timestamp,
            .ssrc = self.options.ssrc,
        }) catch unreachable;
        jpeg_xs.writeHeader(parts.header[packet.header_bytes..], .{
            .last = last,
            .part = self.part,
            .frame = self.frame,
            .extension = @intCast(self.index >> 11),
            .packet = @truncate(self.index),
        });
        self.offset += count;
        self.index +%= 1;
        self.sequence +%= 1;
        return parts;
    }

    /// Writes the next packet into `target` and returns its part of it; null when the picture is over. The picture is
    /// the same for all its packets, and of the length that `begin` was told.
    pub fn next(self: *Packetizer, picture: []const u8, target: []u8) error{OutOfSpace}!?[]u8 {
        const before = self.*;
        const parts = self.nextParts() orelse return null;
        if (target.len < parts.bytes()) {
            self.* = before;
            return error.OutOfSpace;
        }
        @memcpy(target[0..header_bytes], &parts.header);
        @memcpy(target[header_bytes..][0..parts.data_bytes], picture[parts.offset..][0..parts.data_bytes]);
        return target[0..parts.bytes()];
    }
};

const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

const test_options: Options = .{
    .payload_type = 96,
    .ssrc = 0xAABBCCDD,
    .sequence = 0xFFFF,
    .frame = 31,
    .udp_bytes_max = 28,
};

test "the packets of a small picture, byte for byte" {
    var packetizer: Packetizer = try .init(test_options);
    var buffer: [64]u8 = undefined;
    const picture = [_]u8{ 1, 2, 3, 4, 5, 6, 7 };
    try expectEqual(@as(?[]u8, null), try packetizer.next(&picture, &buffer));
    try packetizer.begin(7, 0x01020304, .progressive);
    for (0..20) |room| try expectError(error.OutOfSpace, packetizer.next(&picture, buffer[0..room]));
    try std.testing.expectEqualSlices(u8, &.{
        0x80, 96, 0xFF, 0xFF, 1, 2, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD, //
        0x87, 0xC0, 0, 0, //
        1,    2,    3, 4,
    }, (try packetizer.next(&picture, &buffer)).?);
    try std.testing.expectEqualSlices(u8, &.{
        0x80, 0xE0, 0, 0, 1, 2, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD, //
        0xA7, 0xC0, 0, 1, //
        5,    6,    7,
    }, (try packetizer.next(&picture, &buffer)).?);
    try expectEqual(@as(?[]u8, null), try packetizer.next(&picture, &buffer));
}

test "both fields of a frame have one number, and frames count up over the wrap" {
    var packetizer: Packetizer = try .init(test_options);
    const wanted = [_]struct { part: jpeg_xs.Part, frame: u5 }{
        .{ .part = .first, .frame = 31 },
        .{ .part = .second, .frame = 31 },
        .{ .part = .first, .frame = 0 },
        .{ .part = .second, .frame = 0 },
        .{ .part = .progressive, .frame = 1 },
    };
    for (wanted) |one| {
        try packetizer.begin(4, 9, one.part);
        var buffer: [20]u8 = undefined;
        const bytes = (try packetizer.next("data", &buffer)).?;
        const header = (try jpeg_xs.parse((try packet.parse(bytes)).payload)).header;
        try expectEqual(jpeg_xs.Header{ .last = true, .part = one.part, .frame = one.frame }, header);
    }
}

test "P goes over into SEP" {
    var packetizer: Packetizer = try .init(test_options);
    try packetizer.begin(4 * 4100 + 1, 0, .progressive);
    try expectEqual(@as(u32, 4101), packetizer.packetCount(4 * 4100 + 1));
    for (0..4101) |i| {
        const parts = packetizer.nextParts().?;
        const bits = std.mem.readInt(u32, parts.header[12..16], .big);
        try expectEqual(@as(u32, @intCast(i % 2048)), bits & 0x7FF);
        try expectEqual(@as(u32, @intCast(i / 2048)), bits >> 11 & 0x7FF);
        try expectEqual(i == 4100, parts.marker);
        try expectEqual(i == 4100, bits >> 29 & 1 == 1);
        try expectEqual(i * 4, parts.offset);
    }
    try expectEqual(@as(?Parts, null), packetizer.nextParts());
}

test "sizes that cannot be are refused" {
    var options = test_options;
    for ([_]u32{ 0, 24, 8961 }) |bytes| {
        options.udp_bytes_max = bytes;
        try expectError(error.OutOfRange, Packetizer.init(options));
    }
    options.udp_bytes_max = 25;
    options.picture_bytes = 100;
    var packetizer: Packetizer = try .init(options);
    try expectError(error.OutOfRange, packetizer.begin(0, 0, .progressive));
    try expectError(error.UnequalPicture, packetizer.begin(99, 0, .progressive));
    try packetizer.begin(100, 0, .progressive);
    packetizer.options.picture_bytes = 0;
    try expectError(error.OutOfRange, packetizer.begin(jpeg_xs.packet_count_max + 1, 0, .progressive));
    try packetizer.begin(jpeg_xs.packet_count_max, 0, .progressive);
    var count: u32 = 0;
    while (packetizer.nextParts()) |_| count += 1;
    try expectEqual(@as(u32, jpeg_xs.packet_count_max), count);
}
