//! Ancillary data (ST 2110-40) into the slots of a ring: all packets of a frame or field are one item.
//!
//! An item ends at the marker, at a newer time stamp or another field, or when nothing more has come for a frame, and
//! for 50 ms at least: a sender may have been held up.
//! A frame without data is an item without packets, because its sender says so.
//!
//! In the slot, little-endian: u32 count, u32 0, then for each packet, beginning at a multiple of 4 bytes,
//!
//!     u16 line, u16 horizontal offset, u8 flags (1: colour difference channel, 2: has a stream number), u8 stream
//!     number, u8 DID, u8 SDID, u16 count of words, u16 field (0, 2, 3 as in RFC 8331), the words of 10 bits in u16
//!
//! Packets whose parity or checksum is wrong are counted and left out.

const std = @import("std");
const rtp = @import("../rtp.zig");
const st2110 = @import("../st2110.zig");
const Error = @import("../result.zig").Error;
const configuration = @import("receiver_config.zig");
const Output = @import("item_output.zig").Output;

const Config = configuration.Config;
const ancillary = st2110.ancillary;

const silence_ns_min = 50 * std.time.ns_per_ms;
const list_header_bytes = 8;
const record_header_bytes = 12;

pub const AncillaryReceiver = struct {
    output: *Output,
    frame_ns: u64,
    state: State = .idle,
    timestamp: u32 = 0,
    field: ancillary.Field = .progressive,
    /// Null if no slot was free: the item passes.
    slot: ?[]u8 = null,
    used_bytes: u32 = 0,
    count: u32 = 0,
    is_incomplete: bool = false,
    arrival_ns: u64 = 0,
    /// Of the item that is over.
    last: ?u32 = null,
    last_field: ancillary.Field = .progressive,
    next_number: u64 = 0,
    late: u64 = 0,
    truncated: u64 = 0,

    const State = enum { idle, open };

    /// A time stamp this far in the past is no late packet; its sender has begun anew.
    const jump_ticks = 90_000;

    pub fn itemBytes(config: *const Config) Error!u32 {
        return config.itemBytesMax();
    }

    pub fn init(self: *AncillaryReceiver, config: *const Config, output: *Output, _: std.mem.Allocator) Error!void {
        self.* = .{ .output = output, .frame_ns = config.framePeriodNs() };
    }

    pub fn packetsIn(_: *const AncillaryReceiver, duration_ns: u64) u64 {
        return duration_ns / 10_000 + 1;
    }

    pub fn receive(self: *AncillaryReceiver, packet: rtp.packet.Packet, number: u64, arrival_ns: u64) void {
        const statistics = self.output.statistics;
        const payload = ancillary.parse(packet.payload) catch |err| {
            switch (err) {
                error.Truncated => self.truncated += 1,
                error.BadLength, error.BadField => statistics.malformed += 1,
            }
            return;
        };
        if (self.state == .open and !self.isHere(packet.timestamp, payload.field)) self.finish();
        if (self.state == .idle) {
            if (self.isLate(packet.timestamp, payload.field)) {
                self.late += 1;
                return;
            }
            self.begin(packet.timestamp, payload.field);
        } else if (number != self.next_number) {
            // A gap before the first packet of an item may have been before the item: nobody can tell.
            self.is_incomplete = true;
        }
        self.next_number = number + 1;
        self.arrival_ns = arrival_ns;
        self.take(payload);
        if (packet.marker) self.finish();
    }

    fn isHere(self: *const AncillaryReceiver, timestamp: u32, field: ancillary.Field) bool {
        return timestamp == self.timestamp and field == self.field;
    }

    fn isLate(self: *const AncillaryReceiver, timestamp: u32, field: ancillary.Field) bool {
        const distance: i32 = @bitCast(timestamp -% (self.last orelse return false));
        // Fields of PsF have one time stamp.
        if (distance == 0) return field == self.last_field or self.last_field == .second;
        return distance < 0 and distance > -jump_ticks;
    }

    fn begin(self: *AncillaryReceiver, timestamp: u32, field: ancillary.Field) void {
        self.state = .open;
        self.timestamp = timestamp;
        self.field = field;
        self.count = 0;
        self.used_bytes = list_header_bytes;
        self.is_incomplete = false;
        self.slot = self.output.loan();
    }

    fn take(self: *AncillaryReceiver, payload: ancillary.Payload) void {
        const statistics = self.output.statistics;
        var packets = payload.packets();
        while (packets.next() catch {
            statistics.malformed += 1;
            self.is_incomplete = true;
            return;
        }) |one| {
            if (one.faults.parity or one.faults.checksum) {
                statistics.faulty += 1;
                self.is_incomplete = true;
                continue;
            }
            self.append(one, payload.field);
        }
    }

    fn append(self: *AncillaryReceiver, one: ancillary.View, field: ancillary.Field) void {
        const slot = self.slot orelse return;
        const bytes = std.mem.alignForward(u32, record_header_bytes + @as(u32, one.word_count) * 2, 4);
        if (bytes > self.output.item_bytes - self.used_bytes) {
            self.output.statistics.oversized_frames += 1;
            self.is_incomplete = true;
            return;
        }
        const record = slot[self.used_bytes..][0..bytes];
        @memset(record, 0);
        std.mem.writeInt(u16, record[0..2], one.location.line, .little);
        std.mem.writeInt(u16, record[2..4], one.location.offset, .little);
        record[4] = @as(u8, @intFromBool(one.location.chroma)) |
            @as(u8, if (one.location.stream != null) 2 else 0);
        record[5] = one.location.stream orelse 0;
        record[6] = one.did;
        record[7] = one.sdid;
        std.mem.writeInt(u16, record[8..10], one.word_count, .little);
        std.mem.writeInt(u16, record[10..12], @backingInt(field), .little);
        for (0..one.word_count) |i| {
            std.mem.writeInt(u16, record[record_header_bytes + i * 2 ..][0..2], one.word(i), .little);
        }
        self.used_bytes += bytes;
        self.count += 1;
    }

    fn finish(self: *AncillaryReceiver) void {
        self.state = .idle;
        self.last = self.timestamp;
        self.last_field = self.field;
        if (self.is_incomplete) self.output.statistics.incomplete_frames += 1;
        const slot = self.slot orelse return;
        self.slot = null;
        std.mem.writeInt(u32, slot[0..4], self.count, .little);
        std.mem.writeInt(u32, slot[4..8], 0, .little);
        self.output.commit(.{
            .rtp_timestamp = self.timestamp,
            .arrival_ns = self.arrival_ns,
            .payload_bytes = self.used_bytes,
        });
    }

    pub fn dueNs(self: *const AncillaryReceiver) ?u64 {
        return if (self.state == .open) self.arrival_ns + @max(silence_ns_min, self.frame_ns) else null;
    }

    pub fn tick(self: *AncillaryReceiver, now_ns: u64) void {
        if (now_ns < self.dueNs() orelse return) return;
        // Its marker has not come.
        self.is_incomplete = true;
        self.finish();
    }

    /// The stream begins anew with the packet that comes next.
    pub fn restart(self: *AncillaryReceiver) void {
        if (self.state == .open) {
            self.is_incomplete = true;
            self.finish();
        }
        self.last = null;
    }

    pub fn retarget(self: *AncillaryReceiver, slot: ?[]u8) void {
        if (self.slot == null) return;
        if (slot == null) self.output.statistics.dropped_frames += 1;
        self.slot = slot;
    }

    pub fn tell(self: *const AncillaryReceiver) void {
        self.output.statistics.truncated = self.truncated;
    }

    pub fn lateCount(self: *const AncillaryReceiver) u64 {
        return self.late;
    }
};
