//! The parameter sets of H.264 outside of the stream: the decoder configuration record of MP4 and WebCodecs, and the
//! profile-level-id and sprop-parameter-sets of SDP (RFC 6184 section 8.1); and those kept that came in the stream.
//!
//!     AVCDecoderConfigurationRecord (ISO/IEC 14496-15, "avcC")
//!     1 | profile | constraints | level | 111111 lengthSizeMinusOne | 111 count of SPS
//!       SPS: length in 16 bits, bytes         each
//!       count of PPS in 8 bits
//!       PPS: length in 16 bits, bytes         each
//!       111111 chroma_format_idc | 11111 luma depth - 8 | 11111 chroma depth - 8 | count of SPS extensions (0)
//!         the last line only for profiles whose SPS has these
//!
//! ISO/IEC 14496-15 was not read first-hand.

const std = @import("std");
const h264 = @import("h264.zig");

pub const RecordError = error{
    /// It ends within what it announces, or a set in it is empty.
    Truncated,
    /// Not version 1, lengths of 3 bytes, or sets that are no parameter sets.
    InvalidRecord,
};

/// A decoder configuration record that was checked to its end. Points into it.
pub const Record = struct {
    bytes: []const u8,
    /// Of the lengths before the units of the stream: 1, 2 or 4.
    length_bytes: u3,

    /// SPS first, then PPS.
    pub fn iterator(self: Record) Iterator {
        return .{ .rest = self.bytes[6..], .left = self.bytes[5] & 31 };
    }

    pub const Iterator = struct {
        rest: []const u8,
        left: u8,
        is_pps: bool = false,

        /// Ends early where a set is longer than what is left.
        pub fn next(self: *Iterator) ?[]const u8 {
            return self.step() catch null;
        }

        fn step(self: *Iterator) error{Truncated}!?[]const u8 {
            while (self.left == 0) {
                if (self.is_pps) return null;
                if (self.rest.len == 0) return error.Truncated;
                self.left = self.rest[0];
                self.rest = self.rest[1..];
                self.is_pps = true;
            }
            if (self.rest.len < 2) return error.Truncated;
            const count = std.mem.readInt(u16, self.rest[0..2], .big);
            if (count == 0 or count > self.rest.len - 2) return error.Truncated;
            defer self.rest = self.rest[2 + count ..];
            self.left -= 1;
            return self.rest[2..][0..count];
        }
    };
};

pub fn parseRecord(bytes: []const u8) RecordError!Record {
    if (bytes.len < 7) return error.Truncated;
    if (bytes[0] != 1) return error.InvalidRecord;
    const length_bytes: u3 = @as(u3, @as(u2, @truncate(bytes[4]))) + 1;
    if (length_bytes == 3) return error.InvalidRecord;
    const record: Record = .{ .bytes = bytes, .length_bytes = length_bytes };
    var sets = record.iterator();
    while (try sets.step()) |set| {
        const wanted: u5 = if (sets.is_pps) h264.unit_pps else h264.unit_sps;
        if (h264.unitType(set[0]) != wanted) return error.InvalidRecord;
    }
    return record;
}

pub const WriteError = error{
    OutOfSpace,
    /// No SPS or no PPS, more than 31 or 255, one longer than 65535 bytes, or not what it should be.
    InvalidSet,
};

/// Writes a record with lengths of 4 bytes; `sps` and `pps` are units with their headers, without start codes.
pub fn writeRecord(target: []u8, sps: []const []const u8, pps: []const []const u8) WriteError![]u8 {
    if (sps.len == 0 or sps.len > 31 or pps.len == 0 or pps.len > 255) return error.InvalidSet;
    for (sps) |set| if (!isSet(set, h264.unit_sps) or set.len < 4) return error.InvalidSet;
    for (pps) |set| if (!isSet(set, h264.unit_pps)) return error.InvalidSet;
    const samples = samplesOf(sps[0]) catch return error.InvalidSet;
    var writer: std.Io.Writer = .fixed(target);
    write(&writer, sps, pps, samples) catch return error.OutOfSpace;
    return writer.buffered();
}

fn write(
    writer: *std.Io.Writer,
    sps: []const []const u8,
    pps: []const []const u8,
    samples: ?Samples,
) std.Io.Writer.Error!void {
    try writer.writeAll(&.{ 1, sps[0][1], sps[0][2], sps[0][3], 0xFF, 0xE0 | @as(u8, @intCast(sps.len)) });
    for (sps) |set| {
        try writer.writeInt(u16, @intCast(set.len), .big);
        try writer.writeAll(set);
    }
    try writer.writeByte(@intCast(pps.len));
    for (pps) |set| {
        try writer.writeInt(u16, @intCast(set.len), .big);
        try writer.writeAll(set);
    }
    const one = samples orelse return;
    try writer.writeAll(&.{
        0xFC | @as(u8, one.chroma_format),
        0xF8 | @as(u8, one.luma_depth),
        0xF8 | @as(u8, one.chroma_depth),
        0,
    });
}

fn isSet(unit: []const u8, unit_type: u5) bool {
    return unit.len >= 2 and unit.len <= std.math.maxInt(u16) and h264.unitType(unit[0]) == unit_type;
}

/// The profile-level-id of SDP: profile, constraints and level as six hexadecimal digits, as also stand in the codec
/// string `avc1.…`. The SPS has four bytes at least.
pub fn profileLevelId(sps: []const u8) [6]u8 {
    return std.fmt.bytesToHex(sps[1..4].*, .lower);
}

pub fn parseProfileLevelId(text: []const u8) error{Invalid}![3]u8 {
    var bytes: [3]u8 = undefined;
    if (text.len != 6) return error.Invalid;
    _ = std.fmt.hexToBytes(&bytes, text) catch return error.Invalid;
    return bytes;
}

/// Writes the sprop-parameter-sets of SDP: units in base64, with commas between them.
pub fn writeSprop(target: []u8, sets: []const []const u8) error{OutOfSpace}![]u8 {
    const encoder = std.base64.standard.Encoder;
    var position: usize = 0;
    for (sets, 0..) |set, i| {
        const comma: usize = @intFromBool(i > 0);
        const count = encoder.calcSize(set.len);
        if (target.len - position < comma + count) return error.OutOfSpace;
        if (i > 0) target[position] = ',';
        _ = encoder.encode(target[position + comma ..][0..count], set);
        position += comma + count;
    }
    return target[0..position];
}

/// Reads sprop-parameter-sets one by one.
pub const Sprop = struct {
    text: ?[]const u8,

    pub fn init(text: []const u8) Sprop {
        return .{ .text = text };
    }

    /// Writes the next unit into `target` and returns its part of it; null at the end. After an error it is over.
    pub fn next(self: *Sprop, target: []u8) error{ OutOfSpace, Invalid }!?[]u8 {
        const text = self.text orelse return null;
        self.text = null;
        const end = std.mem.indexOfScalar(u8, text, ',') orelse text.len;
        const decoder = std.base64.standard.Decoder;
        const count = decoder.calcSizeForSlice(text[0..end]) catch return error.Invalid;
        if (count == 0) return error.Invalid;
        if (count > target.len) return error.OutOfSpace;
        decoder.decode(target[0..count], text[0..end]) catch return error.Invalid;
        if (end < text.len) self.text = text[end + 1 ..];
        return target[0..count];
    }
};

/// Bits of a unit after its header, without the bytes that only prevent start codes (H.264 section 7.3.1).
const Bits = struct {
    bytes: []const u8,
    index: usize = 0,
    bit: u3 = 0,
    zeros: u32 = 0,

    fn one(self: *Bits) error{Truncated}!u1 {
        if (self.bit == 0 and self.zeros >= 2 and self.index < self.bytes.len and self.bytes[self.index] == 3) {
            self.index += 1;
            self.zeros = 0;
        }
        if (self.index >= self.bytes.len) return error.Truncated;
        const byte = self.bytes[self.index];
        const value: u1 = @truncate(byte >> (7 - self.bit));
        self.bit +%= 1;
        if (self.bit == 0) {
            self.zeros = if (byte == 0) self.zeros + 1 else 0;
            self.index += 1;
        }
        return value;
    }

    fn skip(self: *Bits, count: u32) error{Truncated}!void {
        for (0..count) |_| _ = try self.one();
    }

    /// Exp-Golomb (section 9.1); values here are small, so one with more than 16 zeros is refused.
    fn golomb(self: *Bits) error{ Truncated, OutOfRange }!u32 {
        var zeros: u5 = 0;
        while (try self.one() == 0) {
            zeros += 1;
            if (zeros > 16) return error.OutOfRange;
        }
        var value: u32 = 1;
        for (0..zeros) |_| value = value << 1 | try self.one();
        return value - 1;
    }
};

/// The id of an SPS (0 to 31) or a PPS (0 to 255).
fn idOf(unit: []const u8) error{ Truncated, OutOfRange }!u8 {
    var bits: Bits = .{ .bytes = unit[1..] };
    const is_sps = h264.unitType(unit[0]) == h264.unit_sps;
    if (is_sps) try bits.skip(24);
    const id = try bits.golomb();
    if (id > @as(u32, if (is_sps) 31 else 255)) return error.OutOfRange;
    return @intCast(id);
}

const Samples = struct { chroma_format: u2, luma_depth: u3, chroma_depth: u3 };

/// What a record repeats from the SPS of some profiles; null for the others (H.264 section 7.3.2.1.1).
fn samplesOf(sps: []const u8) error{ Truncated, OutOfRange }!?Samples {
    switch (sps[1]) {
        100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 => {},
        else => return null,
    }
    var bits: Bits = .{ .bytes = sps[1..] };
    try bits.skip(24);
    _ = try bits.golomb();
    const chroma_format = try bits.golomb();
    if (chroma_format == 3) try bits.skip(1);
    const luma_depth = try bits.golomb();
    const chroma_depth = try bits.golomb();
    if (chroma_format > 3 or luma_depth > 6 or chroma_depth > 6) return error.OutOfRange;
    return .{
        .chroma_format = @intCast(chroma_format),
        .luma_depth = @intCast(luma_depth),
        .chroma_depth = @intCast(chroma_depth),
    };
}

/// The parameter sets of a stream, the newest of each id.
pub const Kept = struct {
    sps: Store(4) = .{},
    pps: Store(8) = .{},
    /// Goes up whenever a set is not what it was.
    generation: u32 = 0,
    /// Sets that could not be kept: too long, without a readable id, or of too many ids.
    refused: u64 = 0,

    pub const set_bytes_max = 512;

    fn Store(comptime count_max: u32) type {
        return struct {
            const Self = @This();

            ids: [count_max]u8 = @splat(0),
            lengths: [count_max]u16 = @splat(0),
            bytes: [count_max][set_bytes_max]u8 = undefined,
            count: u32 = 0,

            fn at(self: *const Self, index: usize) []const u8 {
                return self.bytes[index][0..self.lengths[index]];
            }

            /// Whether it is another than before; null if there is no room.
            fn put(self: *Self, id: u8, unit: []const u8) ?bool {
                const index = std.mem.indexOfScalar(u8, self.ids[0..self.count], id) orelse self.count;
                if (index == count_max) return null;
                if (index < self.count and std.mem.eql(u8, self.at(index), unit)) return false;
                self.ids[index] = id;
                self.lengths[index] = @intCast(unit.len);
                @memcpy(self.bytes[index][0..unit.len], unit);
                self.count = @max(self.count, @as(u32, @intCast(index)) + 1);
                return true;
            }

            /// All of them, at the beginning of `target`.
            fn list(self: *const Self, target: *[count_max][]const u8) []const []const u8 {
                for (0..self.count) |i| target[i] = self.at(i);
                return target[0..self.count];
            }
        };
    }

    /// Keeps an SPS or a PPS; other units are nothing to it.
    pub fn keep(self: *Kept, unit: []const u8) void {
        const is_sps = h264.unitType(unit[0]) == h264.unit_sps;
        if (!is_sps and h264.unitType(unit[0]) != h264.unit_pps) return;
        const id = idOf(unit) catch {
            self.refused += 1;
            return;
        };
        const fits = unit.len <= set_bytes_max;
        const changed = if (!fits) null else if (is_sps) self.sps.put(id, unit) else self.pps.put(id, unit);
        if (changed) |yes| {
            if (yes) self.generation +%= 1;
        } else {
            self.refused += 1;
        }
    }

    /// The first SPS; null if none came. Good until the next `keep`.
    pub fn firstSps(self: *const Kept) ?[]const u8 {
        return if (self.sps.count > 0) self.sps.at(0) else null;
    }

    /// The decoder configuration record. `InvalidSet` while there is no SPS or no PPS.
    pub fn writeRecord(self: *const Kept, target: []u8) WriteError![]u8 {
        var sps: [4][]const u8 = undefined;
        var pps: [8][]const u8 = undefined;
        return file.writeRecord(target, self.sps.list(&sps), self.pps.list(&pps));
    }

    /// The sprop-parameter-sets: all SPS, then all PPS.
    pub fn writeSprop(self: *const Kept, target: []u8) error{OutOfSpace}![]u8 {
        var sets: [12][]const u8 = undefined;
        const sps = self.sps.list(sets[0..4]);
        for (0..self.pps.count) |i| sets[sps.len + i] = self.pps.at(i);
        return file.writeSprop(target, sets[0 .. sps.len + self.pps.count]);
    }
};

const file = @This();
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

test "Bits leaves out what only prevents start codes" {
    var bits: Bits = .{ .bytes = "\x00\x00\x03\x80" };
    try expectError(error.Truncated, bits.golomb());
    bits = .{ .bytes = "\x00\x00\x00" };
    try expectError(error.OutOfRange, bits.golomb());
    bits = .{ .bytes = "\x00\x00\x03\x80\x00\x00" };
    try bits.skip(1);
    // 15 zeros, then the 1 that stands behind the 3, then 15 more.
    try expectEqual(@as(u32, (1 << 15) - 1), try bits.golomb());
    try expectEqual(@as(usize, 5), bits.index);
    try expectEqual(@as(u3, 0), bits.bit);
}

test {
    _ = @import("h264_parameter_sets_test.zig");
}
