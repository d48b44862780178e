//! The two judges of a sender (ST 2110-21 section 6.6): whether the network can carry what it sends, and whether a
//! receiver of the smallest memory can. Both are told each packet and the instant at which it left, whatever sent it.

const std = @import("std");
const schedule = @import("schedule.zig");

const Schedule = schedule.Schedule;

/// The network compatibility model: a leaky bucket that gets every packet and lets one go at each multiple of T_DRAIN
/// since the epoch. C_INST is what is in it; the sender is at fault where that is above C_MAX.
pub const NetworkModel = struct {
    schedule: Schedule,
    packets: u64 = 0,
    /// C_INST with the last packet.
    level: u64 = 0,
    peak: u64 = 0,
    /// Packets with which C_INST was above C_MAX.
    over: u64 = 0,
    drained: u64 = 0,

    pub fn init(of: Schedule) NetworkModel {
        return .{ .schedule = of };
    }

    /// A packet that left at an instant of TAI, not before the one before it. A packet that meets a drain comes after
    /// it. Gives C_INST.
    pub fn observe(self: *NetworkModel, tai_ns: u64) u64 {
        const drained = @max(self.schedule.drainCount(tai_ns), self.drained);
        self.level = (self.level -| (drained - self.drained)) + 1;
        self.drained = drained;
        self.packets += 1;
        self.peak = @max(self.peak, self.level);
        if (self.level > self.schedule.cmax) self.over += 1;
        return self.level;
    }

    pub fn holds(self: NetworkModel) bool {
        return self.over == 0;
    }
};

/// The virtual receiver buffer: it gets every packet when it leaves and takes one out at the instant of the schedule.
/// The sender is at fault where more than VRX_FULL are in it, and where a packet that is to be taken is not there.
pub const ReceiverModel = struct {
    schedule: Schedule,
    packets: u64 = 0,
    /// With the last packet; below 1 if it came too late.
    level: i64 = 0,
    peak: i64 = std.math.minInt(i64),
    lowest: i64 = std.math.maxInt(i64),
    overflows: u64 = 0,
    underflows: u64 = 0,
    worst_late_ns: u64 = 0,
    /// The packet that is taken next.
    read_frame: u64 = 0,
    read_packet: u32 = 0,
    next_read_ns: u64 = 0,
    next_datum_ns: u64 = 0,

    pub fn init(of: Schedule) ReceiverModel {
        return .{ .schedule = of };
    }

    /// A packet of a frame that left at an instant of TAI, not before the one before it. Frames are counted from the
    /// epoch; packets that were never sent count as sent. A packet that leaves at the instant at which it is taken is
    /// in time. Gives the level.
    pub fn observe(self: *ReceiverModel, frame: u64, packet: u32, tai_ns: u64) i64 {
        if (self.packets == 0) self.readFrom(frame, 0);
        while (self.next_datum_ns < tai_ns) self.readFrom(self.read_frame + 1, 0);
        while (self.next_read_ns < tai_ns) {
            const last = self.read_packet + 1 == self.schedule.packet_count;
            if (last) self.readFrom(self.read_frame + 1, 0) else self.readFrom(self.read_frame, self.read_packet + 1);
        }
        const count: i64 = self.schedule.packet_count;
        const frames = @as(i64, @intCast(frame)) - @as(i64, @intCast(self.read_frame));
        self.level = frames * count + @as(i64, packet) - self.read_packet + 1;
        self.packets += 1;
        self.peak = @max(self.peak, self.level);
        self.lowest = @min(self.lowest, self.level);
        if (self.level > self.schedule.vrx_full) self.overflows += 1;
        if (self.level < 1) {
            self.underflows += 1;
            self.worst_late_ns = @max(self.worst_late_ns, tai_ns - self.schedule.packetNs(frame, packet));
        }
        return self.level;
    }

    pub fn holds(self: ReceiverModel) bool {
        return self.overflows == 0 and self.underflows == 0;
    }

    fn readFrom(self: *ReceiverModel, frame: u64, packet: u32) void {
        if (self.packets == 0 or frame != self.read_frame) self.next_datum_ns = self.schedule.datumNs(frame + 1);
        self.read_frame = frame;
        self.read_packet = packet;
        self.next_read_ns = self.schedule.packetNs(frame, packet);
    }
};
