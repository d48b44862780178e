//! An H.264 access unit into RTP packets (RFC 6184).
//!
//! `nextParts` gives headers and where the data lies, so that a sender can gather them without a copy; `next` writes
//! whole packets. In non-interleaved mode a unit that is too long for a packet is cut into FU-A, and small ones that
//! stand together go into one STAP-A. In single NAL unit mode each unit has a packet, and one that is too long is an
//! error. The marker is on the last packet of the access unit (section 5.1).

const std = @import("std");
const h264 = @import("h264.zig");
const packet = @import("packet.zig");
const parameter_sets = @import("h264_parameter_sets.zig");

/// Of RTP, and of FU-A, the longer of the two payload headers.
pub const header_bytes_max = packet.header_bytes + 2;

/// Units in one STAP-A.
pub const piece_count_max = 8;

/// Slices that `gather` gives: the header, and each unit after its length.
pub const gather_count_max = 1 + 2 * piece_count_max;

/// Before the payload of RTP; counted in ST 2110-10 section 6.3.
const udp_header_bytes = 8;

/// packetization-mode (RFC 6184 section 8.1); 2, interleaved, is not made.
pub const Mode = enum(u2) { single_unit = 0, non_interleaved = 1 };

pub const Options = struct {
    payload_type: u7,
    ssrc: u32,
    /// Of the first packet.
    sequence: u16,
    mode: Mode = .non_interleaved,
    /// Of the access units that come.
    framing: h264.Framing,
    /// Of the lengths in AVCC: 1, 2 or 4. The decoder configuration record says it.
    length_bytes: u3 = 4,
    /// The largest datagram, with its UDP header. At least 64.
    udp_bytes_max: u32 = 1460,
};

/// One packet. The slices are good for as long as the access unit and the record of parameter sets are.
pub const Parts = struct {
    /// RTP and payload header.
    header: [header_bytes_max]u8,
    header_bytes: u32,
    pieces: [piece_count_max]Piece,
    piece_count: u32,
    /// On the last packet of the access unit.
    marker: bool,

    pub const Piece = struct {
        /// In a STAP-A: what stands before the unit.
        length: [2]u8 = @splat(0),
        has_length: bool = false,
        data: []const u8,
    };

    pub fn bytes(self: *const Parts) u32 {
        var sum = self.header_bytes;
        for (self.pieces[0..self.piece_count]) |piece| {
            sum += @intCast(piece.data.len);
            if (piece.has_length) sum += 2;
        }
        return sum;
    }

    /// What the packet is made of, one after the other. Some of it points into the parts themselves.
    pub fn gather(self: *const Parts, target: *[gather_count_max][]const u8) [][]const u8 {
        target[0] = self.header[0..self.header_bytes];
        var count: usize = 1;
        for (self.pieces[0..self.piece_count]) |*piece| {
            if (piece.has_length) {
                target[count] = &piece.length;
                count += 1;
            }
            target[count] = piece.data;
            count += 1;
        }
        return target[0..count];
    }
};

/// The units of an access unit, with the parameter sets where they belong.
const Reader = struct {
    units: h264.Units,
    sets: ?parameter_sets.Record.Iterator = null,
    begun: bool = false,

    fn next(self: *Reader) ?[]const u8 {
        if (self.sets) |*sets| {
            // A delimiter stays before them (H.264 section 7.4.1.2.3).
            if (!self.begun) {
                self.begun = true;
                const before = self.units;
                const first = self.nextUnit() orelse return null;
                if (h264.unitType(first[0]) == h264.unit_delimiter) return first;
                self.units = before;
            }
            if (sets.next()) |set| return set;
            self.sets = null;
        }
        return self.nextUnit();
    }

    /// What cannot be read ends the access unit: `begin` has refused it, if it was so then.
    fn nextUnit(self: *Reader) ?[]const u8 {
        const span = (self.units.next() catch null) orelse return null;
        return self.units.bytes[span.offset..][0..span.bytes];
    }
};

pub const Packetizer = struct {
    options: Options,
    sequence: u16,
    timestamp: u32 = 0,
    record: ?parameter_sets.Record = null,
    reader: Reader = .{ .units = .{ .bytes = &.{}, .framing = .annex_b } },
    /// The unit that is next, or is being cut.
    unit: ?[]const u8 = null,
    /// How much of it is sent; more than 0 while it is being cut.
    offset: usize = 0,

    pub fn init(options: Options) error{OutOfRange}!Packetizer {
        if (options.udp_bytes_max < 64 or options.udp_bytes_max > 65_507 + udp_header_bytes) return error.OutOfRange;
        switch (options.length_bytes) {
            1, 2, 4 => {},
            else => return error.OutOfRange,
        }
        return .{ .options = options, .sequence = options.sequence };
    }

    /// The parameter sets of a decoder configuration record go before each access unit that has an IDR picture and no
    /// parameter sets; null for none. The record is read for as long as it is set.
    pub fn insertParameterSets(
        self: *Packetizer,
        record: ?[]const u8,
    ) (parameter_sets.RecordError || error{UnitTooLong})!void {
        const bytes = record orelse {
            self.record = null;
            return;
        };
        const parsed = try parameter_sets.parseRecord(bytes);
        var sets = parsed.iterator();
        while (sets.next()) |set| {
            if (self.options.mode == .single_unit and set.len > self.payloadBytesMax()) return error.UnitTooLong;
        }
        self.record = parsed;
    }

    fn payloadBytesMax(self: Packetizer) usize {
        return self.options.udp_bytes_max - udp_header_bytes - packet.header_bytes;
    }

    pub const BeginError = h264.UnitError || error{
        /// No unit at all.
        Empty,
        /// A unit of type 0 or 24 to 31, which means something else in RTP.
        ReservedUnit,
        /// A unit does not fit into a packet, and single NAL unit mode does not cut.
        UnitTooLong,
    };

    /// Begins an access unit, which is read until its last packet is given, and returns how many packets it will be.
    /// After an error nothing has changed.
    pub fn begin(self: *Packetizer, access_unit: []const u8, timestamp: u32) BeginError!u32 {
        const units: h264.Units = .{
            .bytes = access_unit,
            .framing = self.options.framing,
            .length_bytes = self.options.length_bytes,
        };
        var has_idr = false;
        var has_sets = false;
        var count: usize = 0;
        var look = units;
        while (try look.next()) |span| {
            const unit_type = h264.unitType(access_unit[span.offset]);
            if (!h264.isUnitType(unit_type)) return error.ReservedUnit;
            if (self.options.mode == .single_unit and span.bytes > self.payloadBytesMax()) return error.UnitTooLong;
            if (unit_type == h264.unit_idr) has_idr = true;
            if (unit_type == h264.unit_sps or unit_type == h264.unit_pps) has_sets = true;
            count += 1;
        }
        if (count == 0) return error.Empty;
        self.reader = .{ .units = units };
        if (self.record) |record| {
            if (has_idr and !has_sets) self.reader.sets = record.iterator();
        }
        self.timestamp = timestamp;
        self.unit = self.reader.next();
        self.offset = 0;
        var dry = self.*;
        var packet_count: u32 = 0;
        while (dry.nextParts()) |_| packet_count += 1;
        return packet_count;
    }

    /// Null when the access unit is over.
    pub fn nextParts(self: *Packetizer) ?Parts {
        const unit = self.unit orelse return null;
        var parts: Parts = .{
            .header = undefined,
            .header_bytes = packet.header_bytes,
            .pieces = undefined,
            .piece_count = 1,
            .marker = false,
        };
        if (self.offset > 0 or unit.len > self.payloadBytesMax()) {
            self.fragment(&parts, unit);
        } else if (self.options.mode == .single_unit or !self.aggregate(&parts)) {
            parts.pieces[0] = .{ .data = unit };
            self.unit = self.reader.next();
        }
        parts.marker = self.unit == null;
        _ = packet.writeHeader(&parts.header, .{
            .marker = parts.marker,
            .payload_type = self.options.payload_type,
            .sequence = self.sequence,
            .timestamp = self.timestamp,
            .ssrc = self.options.ssrc,
        }) catch unreachable;
        self.sequence +%= 1;
        return parts;
    }

    fn fragment(self: *Packetizer, parts: *Parts, unit: []const u8) void {
        const start = self.offset == 0;
        // The header byte of the unit is told by the header of FU-A.
        if (start) self.offset = 1;
        const count = @min(unit.len - self.offset, self.payloadBytesMax() - 2);
        parts.pieces[0] = .{ .data = unit[self.offset..][0..count] };
        self.offset += count;
        const end = self.offset == unit.len;
        parts.header[packet.header_bytes..].* = h264.fragmentHeader(unit[0], start, end);
        parts.header_bytes += 2;
        if (end) {
            self.offset = 0;
            self.unit = self.reader.next();
        }
    }

    /// Two units or more, if they fit into one packet.
    fn aggregate(self: *Packetizer, parts: *Parts) bool {
        var reader = self.reader;
        var unit = self.unit;
        var left = self.payloadBytesMax() - 1;
        var header: h264.AggregateHeader = .{};
        var count: u32 = 0;
        while (unit) |one| {
            if (count == piece_count_max or one.len + 2 > left or one.len > std.math.maxInt(u16)) break;
            left -= one.len + 2;
            header.add(one[0]);
            parts.pieces[count] = .{ .has_length = true, .data = one };
            std.mem.writeInt(u16, &parts.pieces[count].length, @intCast(one.len), .big);
            count += 1;
            unit = reader.next();
        }
        if (count < 2) return false;
        parts.piece_count = count;
        parts.header[packet.header_bytes] = header.byte();
        parts.header_bytes += 1;
        self.reader = reader;
        self.unit = unit;
        return true;
    }

    /// Writes the next packet into `target` and returns its part of it; null when the access unit is over.
    pub fn next(self: *Packetizer, target: []u8) error{OutOfSpace}!?[]u8 {
        const before = self.*;
        const parts = self.nextParts() orelse return null;
        if (target.len < parts.bytes()) {
            self.* = before;
            return error.OutOfSpace;
        }
        var slices: [gather_count_max][]const u8 = undefined;
        var position: usize = 0;
        for (parts.gather(&slices)) |slice| {
            @memcpy(target[position..][0..slice.len], slice);
            position += slice.len;
        }
        return target[0..position];
    }
};

test {
    _ = @import("h264_packetizer_test.zig");
}
