//! RTP packets into H.264 access units (RFC 6184): single NAL units, STAP-A and FU-A.
//!
//! The caller gives a buffer for each access unit and is told when it is over. One call of `receive` does one thing:
//!
//!     placed      the payload is in the access unit
//!     completed   so it is, and it was the last: call `finish`
//!     ended       the packet belongs to the next access unit: call `finish`, then receive it again
//!     wanted      one begins: call `begin` with a buffer, or with null to let it pass, then receive it again
//!     dropped     refused and counted
//!
//! An access unit is over at the marker or at another time stamp: section 5.1 does not let a receiver rely on the
//! marker. Packets must come in the order of their sequence numbers (the jitter buffer stands before this); one that is
//! behind is late and cannot do harm.
//!
//! Whose packets are missing? Within an access unit it is clear. Between two, after a marker, whole access units are
//! gone if the next one shows its beginning (`lost_before`), else it lacks its own. Without a marker the one before
//! lacks them, and the next one too if it does not show its beginning. A unit of which a piece is missing is left out
//! (section 5.8). What becomes of an incomplete access unit is the caller's choice.

const std = @import("std");
const h264 = @import("h264.zig");
const packet = @import("packet.zig");
const parameter_sets = @import("h264_parameter_sets.zig");
const source = @import("source.zig");

pub const Outcome = enum { placed, completed, ended, wanted, dropped };

/// Why packets were dropped, and what else was seen.
pub const Counters = struct {
    packets: u64 = 0,
    /// No payload, or a FU-A shorter than its header.
    truncated: u64 = 0,
    /// Of a type that has no meaning.
    reserved: u64 = 0,
    /// A STAP-A that is not whole, or has what is no unit.
    bad_aggregate: u64 = 0,
    /// A FU-A that is both start and end.
    whole_fragment: u64 = 0,
    /// Of interleaved mode, which is not spoken here.
    stap_b: u64 = 0,
    mtap: u64 = 0,
    fu_b: u64 = 0,
    /// A sequence number that is far off, and not confirmed by the next packet.
    jumps: u64 = 0,
    /// Behind what was taken: late, or it came before.
    late: u64 = 0,
    /// Of access units that were let pass for want of a buffer.
    unwanted: u64 = 0,
    /// Packets that did not come, or were refused.
    missing: u64 = 0,
    /// Taken, but their unit has no beginning.
    orphan_fragments: u64 = 0,
    /// Units that began as FU-A and did not end.
    units_broken: u64 = 0,
    /// Units that were left out because the buffer was full.
    units_too_long: u64 = 0,
    access_units_unwanted: u64 = 0,
    access_units_complete: u64 = 0,
    access_units_incomplete: u64 = 0,
};

pub const End = enum {
    /// The marker came.
    marker,
    /// Another time stamp came.
    newer,
    /// The sender began anew.
    restarted,
    /// The caller ended it.
    closed,
};

/// An access unit that is over.
pub const Report = struct {
    end: End,
    /// Null if no packet came.
    timestamp: ?u32,
    /// The length of the access unit in the buffer.
    bytes: u32,
    unit_count: u32,
    packet_count: u32,
    /// Packets that this access unit lacks, as far as can be told: it may be fewer, and if the end did not come, more.
    missing_count: u64,
    /// Units that were left out: broken, without a beginning, or too long.
    broken_count: u32,
    /// Packets that are missing between the access unit before and this one: a decoder lacks what they had.
    lost_before: u64,
    /// An IDR slice is in it: decoding can begin here.
    is_keyframe: bool,
    /// Its parameter sets are not what they were.
    sets_changed: bool,
    /// False if it was let pass.
    wanted: bool,

    pub fn isComplete(self: Report) bool {
        return self.missing_count == 0 and self.broken_count == 0;
    }
};

pub const Options = struct {
    /// Of the access units that come out: start codes of 4 bytes, or lengths of 4 bytes.
    framing: h264.Framing,
    /// Of the longest access unit, and at least so many in each buffer.
    bytes_max: u32,
};

/// Before each unit.
const prefix_bytes = 4;

pub const Depacketizer = struct {
    options: Options,
    sequence: source.Sequence(u16) = .{},
    /// The number of the last packet that was taken, or is accounted for.
    newest: ?u64 = null,
    /// The packets before the next access unit are missing, and it may be among those that lack them.
    is_head_doubtful: bool = true,
    state: State = .idle,
    target: ?[]u8 = null,
    access_unit: AccessUnit = .{},
    /// The parameter sets that came in the stream.
    sets: parameter_sets.Kept = .{},
    counters: Counters = .{},

    const State = enum { idle, open, over };

    const AccessUnit = struct {
        end: End = .closed,
        timestamp: ?u32 = null,
        bytes: u32 = 0,
        unit_count: u32 = 0,
        packet_count: u32 = 0,
        missing_count: u64 = 0,
        broken_count: u32 = 0,
        lost_before: u64 = 0,
        is_keyframe: bool = false,
        sets_generation: u32 = 0,
        /// The unit that FU-A are making; its prefix is at `start`.
        fragment: ?struct { start: u32, header: u8 } = null,
        /// Pieces that come now are of a unit that is counted as broken.
        is_in_broken: bool = false,
    };

    pub fn init(options: Options) Depacketizer {
        return .{ .options = options };
    }

    /// Begins the access unit that `wanted` spoke of. The buffer is written to until `finish`; without one it passes.
    pub fn begin(self: *Depacketizer, target: ?[]u8) error{OutOfSpace}!void {
        if (target) |bytes| {
            if (bytes.len < self.options.bytes_max) return error.OutOfSpace;
        } else {
            self.counters.access_units_unwanted += 1;
        }
        self.target = target;
        self.state = .open;
        self.access_unit = .{ .sets_generation = self.sets.generation };
    }

    /// Ends the access unit. After `completed` and `ended`, or at any time to close it; null if none is open.
    pub fn finish(self: *Depacketizer) ?Report {
        if (self.state == .idle) return null;
        const unit = &self.access_unit;
        if (self.state == .open) {
            unit.missing_count += 1;
            self.is_head_doubtful = true;
            self.end(.closed);
        }
        self.state = .idle;
        const wanted = self.target != null;
        self.target = null;
        const report: Report = .{
            .end = unit.end,
            .timestamp = unit.timestamp,
            .bytes = unit.bytes,
            .unit_count = unit.unit_count,
            .packet_count = unit.packet_count,
            .missing_count = unit.missing_count,
            .broken_count = unit.broken_count,
            .lost_before = unit.lost_before,
            .is_keyframe = unit.is_keyframe,
            .sets_changed = unit.sets_generation != self.sets.generation,
            .wanted = wanted,
        };
        if (wanted) {
            const counters = &self.counters;
            if (report.isComplete()) counters.access_units_complete += 1 else counters.access_units_incomplete += 1;
        }
        return report;
    }

    /// Takes one packet of the stream.
    pub fn receive(self: *Depacketizer, one: packet.Packet) Outcome {
        const payload = h264.parse(one.payload) catch |err| return self.drop(switch (err) {
            error.Truncated => &self.counters.truncated,
            error.Reserved => &self.counters.reserved,
            error.BadAggregate => &self.counters.bad_aggregate,
            error.WholeFragment => &self.counters.whole_fragment,
            error.StapB => &self.counters.stap_b,
            error.Mtap => &self.counters.mtap,
            error.FuB => &self.counters.fu_b,
        });
        if (self.state == .over) return .ended;
        const number = switch (self.sequence.step(one.sequence)) {
            .extended => |extended| extended,
            .jump => return self.drop(&self.counters.jumps),
            .restarted => |extended| restarted: {
                self.newest = null;
                self.is_head_doubtful = true;
                if (self.state == .open) {
                    self.access_unit.missing_count += 1;
                    self.end(.restarted);
                    return .ended;
                }
                break :restarted extended;
            },
        };
        var gap: u64 = 0;
        if (self.newest) |newest| {
            if (number <= newest) return self.drop(&self.counters.late);
            gap = number - newest - 1;
        }
        if (self.state == .idle) return .wanted;
        const unit = &self.access_unit;
        const has_begun = unit.timestamp != null;
        if (has_begun and unit.timestamp.? != one.timestamp) {
            // The gap is dealt with here, so that the next call finds none.
            unit.missing_count += gap;
            self.counters.missing += gap;
            self.is_head_doubtful = gap > 0;
            self.newest = number - 1;
            self.end(.newer);
            return .ended;
        }
        self.newest = number;
        self.counters.missing += gap;
        if (has_begun) {
            unit.missing_count += gap;
            if (gap > 0) self.abandon();
        } else {
            self.beginsAfter(gap, payload.startsAccessUnit());
            unit.timestamp = one.timestamp;
        }
        self.counters.packets += 1;
        if (self.target == null) self.counters.unwanted += 1;
        unit.packet_count += 1;
        self.place(payload);
        if (!one.marker) return .placed;
        self.is_head_doubtful = false;
        self.end(.marker);
        return .completed;
    }

    /// The first packet of an access unit came.
    fn beginsAfter(self: *Depacketizer, gap: u64, is_start: bool) void {
        const unit = &self.access_unit;
        if (is_start) {
            unit.lost_before = gap;
        } else if (gap > 0) {
            unit.missing_count = gap;
        } else if (self.is_head_doubtful) {
            unit.missing_count = 1;
        }
    }

    fn place(self: *Depacketizer, payload: h264.Payload) void {
        switch (payload) {
            .single => |unit| {
                self.endFragments();
                self.placeUnit(unit);
            },
            .aggregate => |aggregate| {
                self.endFragments();
                var units = aggregate;
                while (units.next()) |unit| self.placeUnit(unit);
            },
            .fragment => |fragment| self.placeFragment(fragment),
        }
    }

    fn placeUnit(self: *Depacketizer, unit: []const u8) void {
        const start = self.access_unit.bytes;
        if (!self.open() or !self.append(unit)) return self.leaveOut(start);
        self.close(start, unit[0]);
        self.sets.keep(unit);
    }

    fn placeFragment(self: *Depacketizer, fragment: h264.Fragment) void {
        const unit = &self.access_unit;
        if (fragment.start) {
            self.endFragments();
            const start = unit.bytes;
            // Before `leaveOut`, which has to know that more pieces follow.
            unit.fragment = .{ .start = start, .header = fragment.header };
            if (!self.open() or !self.append(&.{fragment.header})) return self.leaveOut(start);
        } else if (!self.continues(fragment)) {
            self.abandon();
            self.counters.orphan_fragments += 1;
            if (!unit.is_in_broken) unit.broken_count += 1;
            unit.is_in_broken = !fragment.end;
            return;
        }
        const start = unit.fragment.?.start;
        if (!self.append(fragment.data)) return self.leaveOut(start);
        if (!fragment.end) return;
        unit.fragment = null;
        self.close(start, fragment.header);
        if (self.target) |target| self.sets.keep(target[start + prefix_bytes .. unit.bytes]);
    }

    fn continues(self: *const Depacketizer, fragment: h264.Fragment) bool {
        const begun = self.access_unit.fragment orelse return false;
        return h264.unitType(begun.header) == h264.unitType(fragment.header);
    }

    /// Another unit begins.
    fn endFragments(self: *Depacketizer) void {
        self.abandon();
        self.access_unit.is_in_broken = false;
    }

    /// Room for the prefix of a unit.
    fn open(self: *Depacketizer) bool {
        return self.append(&.{ 0, 0, 0, 1 });
    }

    /// A unit is whole.
    fn close(self: *Depacketizer, start: u32, header: u8) void {
        const unit = &self.access_unit;
        unit.unit_count += 1;
        if (h264.unitType(header) == h264.unit_idr) unit.is_keyframe = true;
        if (self.options.framing == .annex_b) return;
        const target = self.target orelse return;
        std.mem.writeInt(u32, target[start..][0..prefix_bytes], unit.bytes - start - prefix_bytes, .big);
    }

    /// False if there is no room.
    fn append(self: *Depacketizer, data: []const u8) bool {
        const unit = &self.access_unit;
        if (data.len > self.options.bytes_max - unit.bytes) return false;
        if (self.target) |target| @memcpy(target[unit.bytes..][0..data.len], data);
        unit.bytes += @intCast(data.len);
        return true;
    }

    /// The unit that begins at `start` does not fit.
    fn leaveOut(self: *Depacketizer, start: u32) void {
        const unit = &self.access_unit;
        unit.bytes = start;
        unit.is_in_broken = unit.fragment != null;
        unit.fragment = null;
        unit.broken_count += 1;
        self.counters.units_too_long += 1;
    }

    /// The unit that FU-A were making will not be whole.
    fn abandon(self: *Depacketizer) void {
        const unit = &self.access_unit;
        const fragment = unit.fragment orelse return;
        unit.fragment = null;
        unit.bytes = fragment.start;
        unit.is_in_broken = true;
        unit.broken_count += 1;
        self.counters.units_broken += 1;
    }

    fn end(self: *Depacketizer, how: End) void {
        self.abandon();
        self.state = .over;
        self.access_unit.end = how;
    }

    fn drop(self: *Depacketizer, counter: *u64) Outcome {
        _ = self;
        counter.* += 1;
        return .dropped;
    }
};

test {
    _ = @import("h264_depacketizer_test.zig");
}
