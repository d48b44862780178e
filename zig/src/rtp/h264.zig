//! H.264 over RTP (RFC 6184): NAL units in a coded picture, and the payloads that carry them.
//!
//!     +-+-+-+-+-+-+-+-+
//!     |F|NRI|  type   |   before each unit and each payload
//!
//!     types 1-23      a NAL unit, as it is
//!     type 24 STAP-A  NRI is the highest of its units; then each unit after its length in 16 bits
//!     type 28 FU-A    |F|NRI|28| |S|E|R|type|: a piece of a unit, whose header byte is told by both
//!
//! Units within a picture stand after start codes (H.264 annex B) or after their lengths (ISO/IEC 14496-15, AVCC).
//! STAP-B, MTAP and FU-B belong to interleaved mode (packetization-mode 2), which nothing here speaks.

const std = @import("std");

/// The types of units that matter here (H.264 table 7-1).
pub const unit_slice = 1;
pub const unit_partition_a = 2;
pub const unit_idr = 5;
pub const unit_sei = 6;
pub const unit_sps = 7;
pub const unit_pps = 8;
pub const unit_delimiter = 9;

/// The types of payloads (RFC 6184 table 1).
pub const type_stap_a = 24;
pub const type_stap_b = 25;
pub const type_mtap16 = 26;
pub const type_mtap24 = 27;
pub const type_fu_a = 28;
pub const type_fu_b = 29;

pub fn unitType(header: u8) u5 {
    return @truncate(header);
}

/// Whether RTP can carry units of this type: others mean something else there, or nothing.
pub fn isUnitType(unit_type: u5) bool {
    return unit_type >= 1 and unit_type < type_stap_a;
}

/// How units stand in a picture.
pub const Framing = enum {
    /// Each after 00 00 01, with zeros before it.
    annex_b,
    /// Each after its length, big-endian.
    avcc,
};

/// A place in the bytes of a picture.
pub const Span = struct { offset: usize, bytes: usize };

pub const UnitError = error{
    /// Annex B: what stands there is no start code.
    NoStartCode,
    /// AVCC: a unit is longer than what is left.
    Truncated,
};

/// The units of a picture, one after the other. Units without a byte are passed over: they say nothing.
pub const Units = struct {
    bytes: []const u8,
    framing: Framing,
    /// Of each length: 1, 2 or 4.
    length_bytes: u3 = 4,
    position: usize = 0,

    pub fn next(self: *Units) UnitError!?Span {
        while (true) {
            const span = try switch (self.framing) {
                .annex_b => self.nextAnnexB(),
                .avcc => self.nextAvcc(),
            } orelse return null;
            if (span.bytes > 0) return span;
        }
    }

    fn nextAnnexB(self: *Units) UnitError!?Span {
        const bytes = self.bytes;
        var start = self.position;
        while (start < bytes.len and bytes[start] == 0) start += 1;
        if (start == bytes.len) {
            self.position = start;
            return null;
        }
        if (bytes[start] != 1 or start - self.position < 2) return error.NoStartCode;
        start += 1;
        const end = endOfUnit(bytes, start);
        self.position = end;
        return .{ .offset = start, .bytes = std.mem.trimEnd(u8, bytes[start..end], "\x00").len };
    }

    fn nextAvcc(self: *Units) UnitError!?Span {
        const rest = self.bytes[self.position..];
        if (rest.len == 0) return null;
        if (rest.len < self.length_bytes) return error.Truncated;
        const count = std.mem.readVarInt(u32, rest[0..self.length_bytes], .big);
        if (rest.len - self.length_bytes < count) return error.Truncated;
        const offset = self.position + self.length_bytes;
        self.position = offset + count;
        return .{ .offset = offset, .bytes = count };
    }
};

/// Where 00 00 00 or 00 00 01 stands, which no unit has within; else the end.
fn endOfUnit(bytes: []const u8, start: usize) usize {
    var i = start;
    while (i + 2 < bytes.len) {
        if (bytes[i + 2] > 1) {
            i += 3;
        } else if (bytes[i] == 0 and bytes[i + 1] == 0) {
            return i;
        } else {
            i += 1;
        }
    }
    return bytes.len;
}

/// What a payload carries. Slices point into it.
pub const Payload = union(enum) {
    /// One unit, with its header.
    single: []const u8,
    /// STAP-A without its header byte; checked to the end.
    aggregate: Aggregate,
    /// FU-A.
    fragment: Fragment,

    /// The first unit, or the piece of it, as far as it can be seen: its header and the byte after that.
    fn head(self: Payload) struct { u8, ?u8 } {
        switch (self) {
            .single => |unit| return .{ unit[0], if (unit.len > 1) unit[1] else null },
            .aggregate => |aggregate| {
                var units = aggregate;
                return (Payload{ .single = units.next().? }).head();
            },
            .fragment => |fragment| return .{ fragment.header, if (fragment.data.len > 0) fragment.data[0] else null },
        }
    }

    /// Whether an access unit begins here for certain: with what can only stand before its first slice, or with a
    /// slice that begins at macroblock 0 (H.264 section 7.4.1.2.3; slices in arbitrary order deceive it).
    pub fn startsAccessUnit(self: Payload) bool {
        if (self == .fragment and !self.fragment.start) return false;
        const header, const second = self.head();
        return switch (unitType(header)) {
            // Exp-Golomb: the first bit alone is 0.
            unit_slice, unit_partition_a, unit_idr => second != null and second.? & 0x80 != 0,
            unit_sei...unit_delimiter, 14...18 => true,
            else => false,
        };
    }
};

pub const Aggregate = struct {
    bytes: []const u8,

    pub fn next(self: *Aggregate) ?[]const u8 {
        if (self.bytes.len == 0) return null;
        const count = std.mem.readInt(u16, self.bytes[0..2], .big);
        defer self.bytes = self.bytes[2 + count ..];
        return self.bytes[2..][0..count];
    }

    /// At least one unit, all of them whole, none of them empty or of a type that is no unit (section 5.7.1).
    fn isValid(self: Aggregate) bool {
        var rest = self.bytes;
        while (rest.len > 0) {
            if (rest.len < 3) return false;
            const count = std.mem.readInt(u16, rest[0..2], .big);
            if (count == 0 or count > rest.len - 2 or !isUnitType(unitType(rest[2]))) return false;
            rest = rest[2 + count ..];
        }
        return self.bytes.len > 0;
    }
};

pub const Fragment = struct {
    start: bool,
    end: bool,
    /// Of the unit.
    header: u8,
    /// What follows the header of the unit; may be empty (section 5.8).
    data: []const u8,
};

pub const ParseError = error{
    /// Nothing there, or a FU-A shorter than its header.
    Truncated,
    /// Type 0, 30 or 31, also within FU-A.
    Reserved,
    /// A STAP-A that ends within a unit or has none, or one that has what is no unit.
    BadAggregate,
    /// A FU-A that is the start and the end of a unit (section 5.8 forbids it).
    WholeFragment,
    StapB,
    Mtap,
    FuB,
};

pub fn parse(payload: []const u8) ParseError!Payload {
    if (payload.len == 0) return error.Truncated;
    switch (unitType(payload[0])) {
        0, 30, 31 => return error.Reserved,
        type_stap_a => {
            const aggregate: Aggregate = .{ .bytes = payload[1..] };
            if (!aggregate.isValid()) return error.BadAggregate;
            return .{ .aggregate = aggregate };
        },
        type_stap_b => return error.StapB,
        type_mtap16, type_mtap24 => return error.Mtap,
        type_fu_a => {
            if (payload.len < 2) return error.Truncated;
            const second = payload[1];
            if (second & 0xC0 == 0xC0) return error.WholeFragment;
            if (!isUnitType(unitType(second))) return error.Reserved;
            return .{ .fragment = .{
                .start = second & 0x80 != 0,
                .end = second & 0x40 != 0,
                .header = (payload[0] & 0xE0) | unitType(second),
                .data = payload[2..],
            } };
        },
        type_fu_b => return error.FuB,
        else => return .{ .single = payload },
    }
}

/// The two bytes before the data of a FU-A.
pub fn fragmentHeader(unit_header: u8, start: bool, end: bool) [2]u8 {
    const bits = @as(u8, @intFromBool(start)) << 7 | @as(u8, @intFromBool(end)) << 6;
    return .{ (unit_header & 0xE0) | type_fu_a, bits | unitType(unit_header) };
}

/// The byte before the units of a STAP-A, of their headers: F if one has it, the highest NRI (section 5.7).
pub const AggregateHeader = struct {
    forbidden: u8 = 0,
    importance: u8 = 0,

    pub fn add(self: *AggregateHeader, unit_header: u8) void {
        self.forbidden |= unit_header & 0x80;
        self.importance = @max(self.importance, unit_header & 0x60);
    }

    pub fn byte(self: AggregateHeader) u8 {
        return self.forbidden | self.importance | type_stap_a;
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

fn expectUnits(units_start: Units, wanted: []const []const u8) !void {
    var units = units_start;
    for (wanted) |one| {
        const span = (try units.next()).?;
        try std.testing.expectEqualSlices(u8, one, units.bytes[span.offset..][0..span.bytes]);
    }
    try expectEqual(@as(?Span, null), try units.next());
    try expectEqual(@as(?Span, null), try units.next());
}

test "Units reads start codes of any length, and no zeros after a unit" {
    const wanted = [_][]const u8{ "\x67\x01\x02", "\x68", "\x65\x00\x00\x03\x01\x00\x02" };
    const bytes = "\x00\x00\x00\x01\x67\x01\x02" ++ "\x00\x00\x01\x68\x00" ++ "\x00\x00\x00\x00\x01" ++
        "\x65\x00\x00\x03\x01\x00\x02\x00\x00\x00";
    try expectUnits(.{ .bytes = bytes, .framing = .annex_b }, &wanted);
    try expectUnits(.{ .bytes = "\x00\x00\x01\x00\x00\x01\x09", .framing = .annex_b }, &.{"\x09"});
    try expectUnits(.{ .bytes = "", .framing = .annex_b }, &.{});
    try expectUnits(.{ .bytes = "\x00", .framing = .annex_b }, &.{});
    for ([_][]const u8{ "\x01", "\x00\x01\x67", "\x67\x00\x00\x01", "\x00\x00\x02" }) |bad| {
        var units: Units = .{ .bytes = bad, .framing = .annex_b };
        try expectError(error.NoStartCode, units.next());
    }
}

test "Units reads lengths of 1, 2 and 4 bytes, and refuses every truncation" {
    const wanted = [_][]const u8{ "ab", "c" };
    try expectUnits(.{ .bytes = "\x02ab\x00\x01c", .framing = .avcc, .length_bytes = 1 }, &wanted);
    try expectUnits(.{ .bytes = "\x00\x02ab\x00\x01c", .framing = .avcc, .length_bytes = 2 }, &wanted);
    const four = "\x00\x00\x00\x02ab\x00\x00\x00\x01c";
    try expectUnits(.{ .bytes = four, .framing = .avcc }, &wanted);
    for (1..four.len) |length| {
        var units: Units = .{ .bytes = four[0..length], .framing = .avcc };
        if (length < 6) {
            try expectError(error.Truncated, units.next());
        } else {
            _ = try units.next();
            if (length > 6) try expectError(error.Truncated, units.next());
        }
    }
    var huge: Units = .{ .bytes = "\xFF\xFF\xFF\xFFa", .framing = .avcc };
    try expectError(error.Truncated, huge.next());
}

test "parse() knows each type, and refuses every truncation" {
    try std.testing.expectEqualSlices(u8, "\x65x", (try parse("\x65x")).single);
    const stap = "\x78\x00\x02\x67a\x00\x01\x68";
    var aggregate = (try parse(stap)).aggregate;
    try std.testing.expectEqualSlices(u8, "\x67a", aggregate.next().?);
    try std.testing.expectEqualSlices(u8, "\x68", aggregate.next().?);
    try expectEqual(@as(?[]const u8, null), aggregate.next());
    for (1..stap.len) |length| {
        // Cut between two units it is a whole one.
        const cut = parse(stap[0..length]);
        if (length == 5) _ = try cut else try expectError(error.BadAggregate, cut);
    }
    for ([_][]const u8{ "\x78\x00\x00\x00", "\x78\x00\x01\x18", "\x78\x00\x01\x00", "\x78\x00\x01\x67\x00" }) |bad| {
        try expectError(error.BadAggregate, parse(bad));
    }
    const fragment = (try parse("\x7C\x85x")).fragment;
    try expect(fragment.start and !fragment.end);
    try expectEqual(@as(u8, 0x65), fragment.header);
    try std.testing.expectEqualSlices(u8, "x", fragment.data);
    try expectEqual(@as(usize, 0), (try parse("\x7C\x45")).fragment.data.len);
    try expectError(error.Truncated, parse(""));
    try expectError(error.Truncated, parse("\x7C"));
    try expectError(error.WholeFragment, parse("\x7C\xC5x"));
    for ([_][]const u8{ "\x60", "\x7E", "\x7F", "\x7C\x80x", "\x7C\x98x", "\x7C\x9Cx" }) |bad| {
        try expectError(error.Reserved, parse(bad));
    }
    try expectError(error.StapB, parse("\x79"));
    try expectError(error.Mtap, parse("\x7A"));
    try expectError(error.Mtap, parse("\x7B"));
    try expectError(error.FuB, parse("\x7D"));
}

test "headers, byte for byte" {
    try expectEqual([2]u8{ 0x7C, 0x85 }, fragmentHeader(0x65, true, false));
    try expectEqual([2]u8{ 0x5C, 0x01 }, fragmentHeader(0x41, false, false));
    try expectEqual([2]u8{ 0xFC, 0x45 }, fragmentHeader(0xE5, false, true));
    var header: AggregateHeader = .{};
    header.add(0x06);
    try expectEqual(@as(u8, 0x18), header.byte());
    header.add(0x67);
    header.add(0x41);
    try expectEqual(@as(u8, 0x78), header.byte());
    header.add(0x81);
    try expectEqual(@as(u8, 0xF8), header.byte());
}

test "startsAccessUnit() goes by what can only come first" {
    const starts = [_][]const u8{
        "\x09\x10", "\x67", "\x06\x05", "\x65\x88", "\x41\x9A", "\x7C\x85\x88", "\x78\x00\x01\x67",
    };
    for (starts) |yes| {
        try expect((try parse(yes)).startsAccessUnit());
    }
    for ([_][]const u8{ "\x65\x40", "\x65", "\x0C\xFF", "\x7C\x05\x88", "\x7C\x85", "\x7C\x85\x40" }) |no| {
        try expect(!(try parse(no)).startsAccessUnit());
    }
}
