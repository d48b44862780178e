//! Ancillary data (ST 2110-40, RFC 8331): packets of SDI's blanking in RTP.
//!
//!      0                   1                   2                   3
//!      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!     |  extended sequence number     |           length              |
//!     |  ANC count    | F |              reserved (0)                 |
//!     |C|    line number      |  horizontal offset    |S|  stream     |   for each packet
//!     |       DID         |       SDID        |    data count     | user
//!      data words of 10 bits ...  | checksum | zeros to a whole word of 32 bits
//!
//! DID, SDID and data count are 8 bits with two of parity; user data words are 10 bits as they are. The checksum is the
//! sum of the low nine bits of all words from DID on, with the inverse of bit 8 above (ST 291-1).
//!
//! Every frame or field has at least one RTP packet, so that a receiver knows there was nothing (ST 2110-40 section
//! 5.5): `write` without packets makes it.

const std = @import("std");

pub const header_bytes = 8;
const packet_header_bytes = 4;
/// Data words of a packet.
pub const words_max = 255;
/// Of RTP payload: the standard UDP limit without the headers of UDP and RTP.
pub const payload_bytes_max = 1440;

/// Which field a payload belongs to. 1 is invalid: receivers ignore such a payload.
pub const Field = enum(u2) { progressive = 0, invalid = 1, first = 2, second = 3 };

/// Lines that are no line numbers.
pub const Line = struct {
    pub const none: u11 = 0x7FF;
    /// Anywhere in the vertical blanking after the switching line.
    pub const vertical: u11 = 0x7FE;
    /// Too large for 11 bits.
    pub const large: u11 = 0x7FD;
};

/// Horizontal offsets that are no offsets.
pub const Offset = struct {
    pub const none: u12 = 0xFFF;
    pub const horizontal: u12 = 0xFFE;
    /// Between SAV and EAV.
    pub const active: u12 = 0xFFD;
    /// Too large for 12 bits.
    pub const large: u12 = 0xFFC;
};

/// Where in SDI a packet belongs.
pub const Location = struct {
    /// Of the colour difference channel instead of luma.
    chroma: bool = false,
    line: u11 = Line.none,
    offset: u12 = Offset.none,
    /// The number of the link, less one; null if it does not matter.
    stream: ?u7 = null,
};

/// A packet to be sent.
pub const Packet = struct {
    location: Location = .{},
    did: u8,
    sdid: u8,
    /// User data words with their parity, 10 bits each; at most 255.
    words: []const u16,
};

/// A packet in a payload; points into that.
pub const View = struct {
    location: Location,
    did: u8,
    sdid: u8,
    word_count: u8,
    /// What is wrong with it, if it is.
    faults: Faults,
    bytes: []const u8,

    /// A user data word as it came, 10 bits.
    pub fn word(self: View, index: usize) u16 {
        std.debug.assert(index < self.word_count);
        return wordAt(self.bytes, 3 + index);
    }
};

pub const Faults = packed struct {
    /// Of DID, SDID or data count.
    parity: bool = false,
    checksum: bool = false,
    /// The zeros at its end are not zero.
    fill: bool = false,

    pub fn any(self: Faults) bool {
        return self.parity or self.checksum or self.fill;
    }
};

/// 8 bits and above them their even parity and its inverse.
pub fn withParity(value: u8) u10 {
    const parity: u10 = @popCount(value) & 1;
    return (parity ^ 1) << 9 | parity << 8 | value;
}

/// The word `index` after the packet's header. Words lie without gaps, the most significant bit first.
fn wordAt(bytes: []const u8, index: usize) u10 {
    const position = index * 10;
    const pair = bytes[packet_header_bytes + position / 8 ..][0..2];
    return @truncate(std.mem.readInt(u16, pair, .big) >> @intCast(6 - position % 8));
}

fn putWord(bytes: []u8, index: usize, word: u10) void {
    const position = index * 10;
    const pair = bytes[packet_header_bytes + position / 8 ..][0..2];
    const shift: u4 = @intCast(6 - position % 8);
    std.mem.writeInt(u16, pair, std.mem.readInt(u16, pair, .big) | @as(u16, word) << shift, .big);
}

/// Of a packet with so many user data words, with the zeros at its end.
pub fn packetBytes(word_count: usize) usize {
    return packet_header_bytes + std.mem.alignForward(usize, ((3 + word_count + 1) * 10 + 7) / 8, 4);
}

fn checksumOf(bytes: []const u8, word_count: usize) u10 {
    var sum: u10 = 0;
    for (0..3 + word_count) |i| sum +%= wordAt(bytes, i) & 0x1FF;
    sum &= 0x1FF;
    return (~(sum << 1) & 0x200) | sum;
}

pub const ParseError = error{
    /// Shorter than the header, than its length, or than a packet in it.
    Truncated,
    /// The length does not fit the packets.
    BadLength,
    /// F is 1.
    BadField,
};

/// The header of a payload, and what goes through its packets.
pub const Payload = struct {
    extended_sequence: u16,
    field: Field,
    packet_count: u8,
    bytes: []const u8,

    pub fn packets(self: Payload) Iterator {
        return .{ .bytes = self.bytes, .left = self.packet_count };
    }
};

/// Gives the packets in order; after an error nothing more.
pub const Iterator = struct {
    bytes: []const u8,
    left: u8,

    pub fn next(self: *Iterator) ParseError!?View {
        if (self.left == 0) {
            if (self.bytes.len > 0) {
                self.bytes = &.{};
                return error.BadLength;
            }
            return null;
        }
        self.left -= 1;
        return self.one() catch |err| {
            self.left = 0;
            self.bytes = &.{};
            return err;
        };
    }

    fn one(self: *Iterator) ParseError!View {
        // The data count is in the first two words after the header.
        if (self.bytes.len < packetBytes(0)) return error.Truncated;
        const word_count: u8 = @truncate(wordAt(self.bytes, 2));
        const size = packetBytes(word_count);
        if (self.bytes.len < size) return error.Truncated;
        const bytes = self.bytes[0..size];
        self.bytes = self.bytes[size..];
        const header = std.mem.readInt(u32, bytes[0..4], .big);
        const checksum = wordAt(bytes, 3 + @as(usize, word_count));
        var faults: Faults = .{ .checksum = checksum != checksumOf(bytes, word_count) };
        for (0..3) |i| {
            const word = wordAt(bytes, i);
            if (word != withParity(@truncate(word))) faults.parity = true;
        }
        const used_bits = (@as(usize, word_count) + 4) * 10;
        for (used_bits..(size - packet_header_bytes) * 8) |position| {
            if (bytes[packet_header_bytes + position / 8] >> @intCast(7 - position % 8) & 1 != 0) faults.fill = true;
        }
        return .{
            .location = .{
                .chroma = header >> 31 != 0,
                .line = @truncate(header >> 20),
                .offset = @truncate(header >> 8),
                .stream = if (header & 0x80 != 0) @truncate(header) else null,
            },
            .did = @truncate(wordAt(bytes, 0)),
            .sdid = @truncate(wordAt(bytes, 1)),
            .word_count = word_count,
            .faults = faults,
            .bytes = bytes,
        };
    }
};

/// Bytes after the announced length are left out.
pub fn parse(payload: []const u8) ParseError!Payload {
    if (payload.len < header_bytes) return error.Truncated;
    const length = std.mem.readInt(u16, payload[2..4], .big);
    if (payload.len - header_bytes < length) return error.Truncated;
    if (payload[4] == 0 and length != 0) return error.BadLength;
    const field: Field = @fromBackingInt(@as(u2, @truncate(payload[5] >> 6)));
    if (field == .invalid) return error.BadField;
    return .{
        .extended_sequence = std.mem.readInt(u16, payload[0..2], .big),
        .field = field,
        .packet_count = payload[4],
        .bytes = payload[header_bytes..][0..length],
    };
}

pub const WriteError = error{
    /// The target is shorter than the header, or than the first packet needs.
    OutOfSpace,
    /// More than 255 data words, or one of more than 10 bits.
    InvalidArgument,
};

/// Writes a payload of as many packets as fit and takes them off the list. Call again while packets are left: the
/// marker goes on the RTP packet after which none is. Without packets it is the one that says "nothing".
pub fn write(target: []u8, extended_sequence: u16, field: Field, packets: *[]const Packet) WriteError![]u8 {
    if (target.len < header_bytes) return error.OutOfSpace;
    const room = target[0..@min(target.len, payload_bytes_max)];
    var count: usize = 0;
    var position: usize = header_bytes;
    for (packets.*) |one| {
        if (one.words.len > words_max) return error.InvalidArgument;
        for (one.words) |word| if (word > 0x3FF) return error.InvalidArgument;
        const size = packetBytes(one.words.len);
        if (size > room.len - position) break;
        writePacket(room[position..][0..size], one);
        position += size;
        count += 1;
    }
    if (count == 0 and packets.len > 0) return error.OutOfSpace;
    packets.* = packets.*[count..];
    std.mem.writeInt(u16, room[0..2], extended_sequence, .big);
    std.mem.writeInt(u16, room[2..4], @intCast(position - header_bytes), .big);
    room[4] = @intCast(count); // at most 119 fit, of 12 bytes each
    room[5] = @as(u8, @backingInt(field)) << 6;
    room[6] = 0;
    room[7] = 0;
    return room[0..position];
}

fn writePacket(bytes: []u8, one: Packet) void {
    @memset(bytes, 0);
    const location = one.location;
    const chroma: u32 = @intFromBool(location.chroma);
    const stream: u32 = if (location.stream) |number| 0x80 | @as(u32, number) else 0;
    const header = chroma << 31 | @as(u32, location.line) << 20 | @as(u32, location.offset) << 8 | stream;
    std.mem.writeInt(u32, bytes[0..4], header, .big);
    putWord(bytes, 0, withParity(one.did));
    putWord(bytes, 1, withParity(one.sdid));
    putWord(bytes, 2, withParity(@intCast(one.words.len)));
    for (one.words, 3..) |word, i| putWord(bytes, i, @intCast(word));
    putWord(bytes, 3 + one.words.len, checksumOf(bytes, one.words.len));
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

test "withParity() gives the words of ST 291-1" {
    const pairs = [_][2]u16{ .{ 0x00, 0x200 }, .{ 0x01, 0x101 }, .{ 0x03, 0x203 }, .{ 0x61, 0x161 }, .{ 0xFF, 0x2FF } };
    for (pairs) |pair| try expectEqual(@as(u10, @intCast(pair[1])), withParity(@intCast(pair[0])));
}

test "an empty packet on line 9, byte for byte" {
    const expected = [_]u8{
        0x00, 0x00, 0x00, 0x0C, 0x01, 0x00, 0x00, 0x00, //
        0x00, 0x90, 0x00, 0x00, 0x80, 0x20, 0x08, 0x02,
        0x00, 0x00, 0x00, 0x00,
    };
    var buffer: [64]u8 = undefined;
    var packets: []const Packet = &.{
        .{ .location = .{ .line = 9, .offset = 0 }, .did = 0, .sdid = 0, .words = &.{} },
    };
    try std.testing.expectEqualSlices(u8, &expected, try write(&buffer, 0, .progressive, &packets));
    try expectEqual(@as(usize, 0), packets.len);
}

/// Every field at its border: chroma, the largest line, offset and stream; DID 0x61, SDID 0x02, three words.
const example = [_]u8{
    0x12, 0x34, 0x00, 0x10, 0x01, 0xC0, 0x00, 0x00, //
    0xFF, 0xFF, 0xFE, 0xFF, //
    // 161 102 203 3FF 001 156; their low nine bits are 5BC in sum, of it 1BC with bit 9 as the inverse of bit 8.
    0x58, 0x50, 0x28, 0x0F, 0xFF, 0x00, 0x55, 0x66, 0xF0, 0x00, 0x00, 0x00, //
};

const example_packet: Packet = .{
    .location = .{ .chroma = true, .line = 0x7FF, .offset = 0xFFE, .stream = 0x7F },
    .did = 0x61,
    .sdid = 0x02,
    .words = &.{ 0x3FF, 0x001, 0x156 },
};

test "all fields, byte for byte" {
    var buffer: [64]u8 = undefined;
    var packets: []const Packet = &.{example_packet};
    const written = try write(&buffer, 0x1234, .second, &packets);
    try std.testing.expectEqualSlices(u8, &example, written);
    const payload = try parse(&example);
    try expectEqual(@as(u16, 0x1234), payload.extended_sequence);
    try expectEqual(Field.second, payload.field);
    var views = payload.packets();
    const view = (try views.next()).?;
    try expectEqual(example_packet.location, view.location);
    try expectEqual(example_packet.did, view.did);
    try expectEqual(example_packet.sdid, view.sdid);
    try expectEqual(@as(u8, 3), view.word_count);
    for (example_packet.words, 0..) |word, i| try expectEqual(word, view.word(i));
    try expect(!view.faults.any());
    try expectEqual(@as(?View, null), try views.next());
}

test "every bit of the words is guarded by parity, checksum or fill, but for bit 9 of user data" {
    var buffer: [64]u8 = undefined;
    var packets: []const Packet = &.{example_packet};
    const written = try write(&buffer, 0, .progressive, &packets);
    for (12 * 8..written.len * 8) |position| {
        const mask = @as(u8, 0x80) >> @intCast(position % 8);
        written[position / 8] ^= mask;
        defer written[position / 8] ^= mask;
        var views = (try parse(written)).packets();
        const view = views.next() catch continue; // the data count grew
        const bit = position - 12 * 8;
        const unguarded = bit % 10 == 0 and bit / 10 >= 3 and bit / 10 < 6;
        try expectEqual(!unguarded, view.?.faults.any());
    }
}

test "the packet that says nothing" {
    var buffer: [8]u8 = undefined;
    var packets: []const Packet = &.{};
    const written = try write(&buffer, 3, .first, &packets);
    try std.testing.expectEqualSlices(u8, &.{ 0, 3, 0, 0, 0, 0x80, 0, 0 }, written);
    const payload = try parse(written);
    var views = payload.packets();
    try expectEqual(@as(?View, null), try views.next());
    try expectEqual(Field.first, payload.field);
}

test "parse() refuses every truncation, F of 1 and lengths that do not fit" {
    var buffer: [64]u8 = undefined;
    var packets: []const Packet = &.{example_packet};
    const written = try write(&buffer, 0, .progressive, &packets);
    for (0..written.len) |length| try expectError(error.Truncated, parse(written[0..length]));
    // The header's length shortened with it: the packet does not fit.
    for (0..written.len - 8) |length| {
        std.mem.writeInt(u16, written[2..4], @intCast(length), .big);
        var views = (try parse(written)).packets();
        try expectError(error.Truncated, views.next());
        try expectEqual(@as(?View, null), try views.next());
    }
    std.mem.writeInt(u16, written[2..4], @intCast(written.len - 8), .big);
    written[4] = 0;
    try expectError(error.BadLength, parse(written));
    written[4] = 2;
    var views = (try parse(written)).packets();
    _ = try views.next();
    try expectError(error.Truncated, views.next());
    written[4] = 1;
    buffer[2..4].* = .{ 0, @intCast(written.len - 8 + 4) };
    views = (try parse(buffer[0 .. written.len + 4])).packets();
    _ = try views.next();
    try expectError(error.BadLength, views.next());
    try expectEqual(@as(?View, null), try views.next());
    buffer[2..4].* = .{ 0, @intCast(written.len - 8) };
    written[5] = 0x40;
    try expectError(error.BadField, parse(written));
}

test "write() splits what does not fit, and refuses what never will" {
    const words: [255]u16 = @splat(0x200);
    const long: [12]Packet = @splat(.{ .did = 0x60, .sdid = 0x60, .words = &words });
    var packets: []const Packet = &long;
    var buffer: [2000]u8 = undefined;
    var total: usize = 0;
    var rounds: usize = 0;
    while (packets.len > 0) : (rounds += 1) {
        const written = try write(&buffer, 0, .progressive, &packets);
        try expect(written.len <= payload_bytes_max);
        total += (try parse(written)).packet_count;
    }
    try expectEqual(@as(usize, 12), total);
    try expectEqual(@as(usize, 3), rounds);
    packets = long[0..1];
    try expectError(error.OutOfSpace, write(buffer[0..332], 0, .progressive, &packets));
    try expectError(error.OutOfSpace, write(buffer[0..7], 0, .progressive, &packets));
    const too_many: [256]u16 = @splat(0);
    packets = &.{.{ .did = 1, .sdid = 1, .words = &too_many }};
    try expectError(error.InvalidArgument, write(&buffer, 0, .progressive, &packets));
    packets = &.{.{ .did = 1, .sdid = 1, .words = &.{0x400} }};
    try expectError(error.InvalidArgument, write(&buffer, 0, .progressive, &packets));
}

test "random packets go there and back" {
    var random_state = std.Random.DefaultPrng.init(8331);
    const random = random_state.random();
    for (0..2000) |_| {
        var words: [4][255]u16 = undefined;
        var list: [4]Packet = undefined;
        for (&list, &words) |*one, *store| {
            for (store) |*word| word.* = random.int(u10);
            one.* = .{
                .location = .{
                    .chroma = random.boolean(),
                    .line = random.int(u11),
                    .offset = random.int(u12),
                    .stream = if (random.boolean()) random.int(u7) else null,
                },
                .did = random.int(u8),
                .sdid = random.int(u8),
                .words = store[0..random.uintAtMost(usize, 255)],
            };
        }
        var packets: []const Packet = &list;
        var buffer: [1440]u8 = undefined;
        var views = (try parse(try write(&buffer, random.int(u16), .first, &packets))).packets();
        for (list) |one| {
            const view = (try views.next()).?;
            try expect(!view.faults.any());
            try expectEqual(one.location, view.location);
            try expectEqual(one.did, view.did);
            try expectEqual(one.sdid, view.sdid);
            try expectEqual(one.words.len, view.word_count);
            for (one.words, 0..) |word, i| try expectEqual(word, view.word(i));
        }
        try expectEqual(@as(?View, null), try views.next());
    }
}

test "any payload is taken or refused" {
    var random_state = std.Random.DefaultPrng.init(8332);
    const random = random_state.random();
    var seen: u32 = 0;
    for (0..50_000) |_| {
        var payload: [200]u8 = undefined;
        const length = random.uintAtMost(usize, payload.len);
        random.bytes(payload[0..length]);
        if (length >= 8) {
            std.mem.writeInt(u16, payload[2..4], @intCast(length - 8), .big);
            payload[4] &= 3;
            payload[5] |= 0x80;
        }
        if (length >= 20) payload[15] &= 0xF0; // a short first packet
        var views = (parse(payload[0..length]) catch continue).packets();
        while (views.next() catch null) |view| {
            seen += 1;
            for (0..view.word_count) |i| _ = view.word(i);
        }
    }
    try expect(seen > 10_000);
}
