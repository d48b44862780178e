//! When the packets of a video frame leave: the packet read schedules of ST 2110-21:2022, and what they may be off by.
//!
//! All packets of frame n leave after its datum T_VD = n * T + TR_OFFSET, T being the period of a frame and n counted
//! from 1970-01-01 00:00:00 TAI. How they follow depends on the type of the sender:
//!
//! | type           | packet j leaves at T_VD +                             | signalled as |
//! | -------------- | ----------------------------------------------------- | ------------ |
//! | narrow         | j * T * R_ACTIVE / N: a gap where the blanking was    | 2110TPN      |
//! | narrow linear  | j * T / N                                             | 2110TPNL     |
//! | wide           | j * T / N; more room in network and receiver          | 2110TPW      |
//!
//! Narrow with two fields or segments: packets from N / 2 on begin again at T / 2 and half a line (section 6.3.3). The
//! 2022 edition puts wide on the linear schedule (section 7.1.4); some analysers still read it as gapped.
//!
//! An instant is computed from the numbers of frame and packet in integers, never from the instant before, and then cut
//! to the nanosecond. There is no error that could grow, also at 60000/1001; and no packet is ever after its instant.
//!
//! The SMPTE text was not read first-hand. Uncertain are: TRO_DEFAULT of 525 and 625 lines (that of the 2017 edition is
//! taken, the table of 2022 is garbled in what we have), PsF (read as interlaced), and pictures with two fields that no
//! table has (TRO_DEFAULT of 1080 lines).

const std = @import("std");
const timestamp = @import("timestamp.zig");
const video = @import("video.zig");

const ns_per_s = std.time.ns_per_s;

pub const Sender = enum(u32) {
    narrow = 1,
    narrow_linear = 2,
    wide = 3,
};

pub const Stream = struct {
    rate: timestamp.Rate,
    /// Of a whole frame, both fields together.
    packet_count: u32,
    scan: video.Scan = .progressive,
    height: u32,
    /// MAXUDP.
    udp_bytes_max: u32 = video.udp_bytes_standard,
    sender: Sender,
    /// TROFF in microseconds; null is TRO_DEFAULT.
    tr_offset_us: ?u32 = null,
};

pub const Error = error{
    /// A part of the fraction is 0 or above 2^26.
    BadRate,
    /// 1 to 2^24.
    BadPacketCount,
    /// The gapped schedule is for rasters that come from SDI. This picture would leave so much of the frame empty that
    /// narrow packets come faster than the network model drains: narrow linear and wide are possible.
    NoGap,
    /// There is no wide sender at 900 000 packets per second or more: narrow and narrow linear are possible.
    TooFast,
};

const rate_part_max = 1 << 26;
const packet_count_max = 1 << 24;
const wide_packets_per_s = 900_000;

/// The network model drains β = 11/10 times as fast as packets come on average.
const beta_num = 11;
const beta_den = 10;

/// MAXUDP counts as this under the standard limit.
const udp_bytes_counted_min = 1500;

/// What the raster is in which SDI had the picture; it says how long the gaps are.
const Raster = struct {
    lines: u32,
    active: u32,
    /// TRO_DEFAULT in lines.
    offset: u32,

    fn of(scan: video.Scan, height: u32) Raster {
        // Below 1080 lines TRO_DEFAULT is 28/750 of a frame, which is 42/1125.
        if (scan == .progressive) return .{ .lines = 1125, .active = 1080, .offset = if (height < 1080) 42 else 43 };
        if (height <= 487) return .{ .lines = 525, .active = height, .offset = 20 };
        if (height <= 576) return .{ .lines = 625, .active = height, .offset = 26 };
        const raster: Raster = .{ .lines = 1125, .active = height, .offset = (1125 -| height) / 2 };
        return if (raster.hasGap()) raster else .{ .lines = 1125, .active = height, .offset = 22 };
    }

    /// Whether packets that leave in the active part are slower than the drain of the network model.
    fn hasGap(self: Raster) bool {
        return self.active <= self.lines and self.active * beta_num >= self.lines * beta_den;
    }
};

pub const Schedule = struct {
    rate: timestamp.Rate,
    packet_count: u32,
    sender: Sender,
    /// Two fields or segments with a gap after each.
    two_gaps: bool,
    raster: Raster,
    /// TR_OFFSET is this share of a frame, counted in `units` ...
    offset_units: u64,
    /// ... and these nanoseconds: one of the two is 0.
    offset_ns: u64,
    /// A frame is this many units: every instant of the schedule is a whole number of them.
    units: u64,
    /// C_MAX: what may be in the leaky bucket of the network model (section 6.6.1).
    cmax: u32,
    /// VRX_FULL: packets that the virtual receiver can hold (section 6.6.2).
    vrx_full: u32,
    /// How many packets may leave at once, all at the instant of the first, so that neither model is ever exceeded.
    burst_max: u32,

    pub fn init(stream: Stream) Error!Schedule {
        const rate = stream.rate;
        if (rate.num == 0 or rate.den == 0 or rate.num > rate_part_max or rate.den > rate_part_max) {
            return error.BadRate;
        }
        const count: u64 = stream.packet_count;
        if (count == 0 or count > packet_count_max) return error.BadPacketCount;
        const raster: Raster = .of(stream.scan, stream.height);
        const gapped = stream.sender == .narrow;
        if (gapped and !raster.hasGap()) return error.NoGap;
        const units = 2 * raster.lines * count;
        const cmax, const vrx_full = try limits(stream, raster);
        return .{
            .rate = rate,
            .packet_count = stream.packet_count,
            .sender = stream.sender,
            .two_gaps = gapped and stream.scan != .progressive,
            .raster = raster,
            .offset_units = if (stream.tr_offset_us == null) raster.offset * 2 * count else 0,
            .offset_ns = @as(u64, stream.tr_offset_us orelse 0) * 1000,
            .units = units,
            .cmax = cmax,
            .vrx_full = vrx_full,
            .burst_max = @min(cmax, vrx_full),
        };
    }

    /// Of a format of ST 2110-20 as our packetiser sends it.
    pub fn ofVideo(
        format: video.Format,
        rate: timestamp.Rate,
        sender: Sender,
    ) (video.FormatError || Error)!Schedule {
        const geometry = try format.geometry();
        return init(.{
            .rate = rate,
            .packet_count = std.math.cast(u32, geometry.packetCount()) orelse return error.BadPacketCount,
            .scan = format.scan,
            .height = format.height,
            .udp_bytes_max = format.udp_bytes_max,
            .sender = sender,
        });
    }

    /// From n * T to the datum, cut to the nanosecond.
    pub fn trOffsetNs(self: Schedule) u64 {
        return self.toNs(self.offset_units) + self.offset_ns;
    }

    /// T_VD of a frame, in TAI nanoseconds, cut; frames of this century and the next.
    pub fn datumNs(self: Schedule, frame: u64) u64 {
        return self.packetNs(frame, 0);
    }

    /// When a packet of a frame leaves, in TAI nanoseconds, cut.
    pub fn packetNs(self: Schedule, frame: u64, packet: u32) u64 {
        const units = @as(u128, frame) * self.units + self.offset_units + self.packetUnits(packet);
        return self.toNs(units) + self.offset_ns;
    }

    /// From the datum to a packet, cut to the nanosecond.
    pub fn offsetNs(self: Schedule, packet: u32) u64 {
        return self.toNs(self.packetUnits(packet));
    }

    /// How many of the first `count` packets leave no later than this after the datum.
    pub fn dueCount(self: Schedule, count: u32, offset_ns: u64) u32 {
        var low: u32 = 0;
        var high = count;
        while (low < high) {
            const middle = low + (high - low) / 2;
            if (self.offsetNs(middle) <= offset_ns) low = middle + 1 else high = middle;
        }
        return low;
    }

    /// The first packet after the gap in the middle of a frame; the count of packets where there is none.
    pub fn gapAt(self: Schedule) u32 {
        return if (self.two_gaps) (self.packet_count + 1) / 2 else self.packet_count;
    }

    /// How many packets the leaky bucket of the network model has let go up to an instant of TAI: one at each multiple
    /// of T / N / 1.1 since the epoch.
    pub fn drainCount(self: Schedule, tai_ns: u64) u64 {
        const per_frame = @as(u128, self.packet_count) * beta_num * self.rate.num;
        return @intCast(per_frame * tai_ns / (@as(u128, self.rate.den) * ns_per_s * beta_den));
    }

    /// How long the bucket takes for so many packets; up or down to the nanosecond.
    pub fn drainNs(self: Schedule, count: u32, comptime rounding: enum { up, down }) u64 {
        const value = @as(u128, count) * self.rate.den * ns_per_s * beta_den;
        const divisor = @as(u128, self.packet_count) * beta_num * self.rate.num;
        return @intCast((value + if (rounding == .up) divisor - 1 else 0) / divisor);
    }

    /// How far ahead of the schedule a sender does well to be that sends bursts: half of what the virtual receiver has
    /// room for beside a burst, and no more than half of TR_OFFSET. What is late by less than that is not too late.
    pub fn leadNs(self: Schedule, burst: u32) u64 {
        const share = if (self.sender == .narrow) self.raster.active else self.raster.lines;
        // A packet is 2 * share units.
        return @min(self.toNs(@as(u128, self.vrx_full -| burst) * share), self.trOffsetNs() / 2);
    }

    fn packetUnits(self: Schedule, packet: u32) u64 {
        const lines: u64 = self.raster.lines;
        const active: u64 = self.raster.active;
        const count: u64 = self.packet_count;
        if (self.sender != .narrow) return 2 * lines * packet;
        if (!self.two_gaps or 2 * @as(u64, packet) < count) return 2 * active * packet;
        return (lines + 1) * count + (2 * @as(u64, packet) - count) * active;
    }

    fn toNs(self: Schedule, units: u128) u64 {
        return @intCast(units * self.rate.den * ns_per_s / (@as(u128, self.units) * self.rate.num));
    }
};

/// C_MAX and VRX_FULL (section 7.1).
fn limits(stream: Stream, raster: Raster) Error!struct { u32, u32 } {
    // Packets per second are num / den.
    const num = @as(u128, stream.packet_count) * stream.rate.num;
    const den: u128 = stream.rate.den;
    const wide = stream.sender == .wide;
    if (wide and num >= wide_packets_per_s * den) return error.TooFast;
    const cmax = switch (stream.sender) {
        .narrow => @max(4, num * raster.lines / (43200 * den * raster.active)),
        .narrow_linear => @max(4, num / (43200 * den)),
        .wide => @max(16, num / (21600 * den)),
    };
    const udp_bytes: u128 = @max(udp_bytes_counted_min, stream.udp_bytes_max);
    const packets_min: u128 = udp_bytes_counted_min * @as(u128, if (wide) 720 else 8) / udp_bytes;
    const vrx_full = @max(packets_min, num / (den * @as(u128, if (wide) 300 else 27000)));
    const limit = std.math.maxInt(u32);
    return .{ @intCast(@min(cmax, limit)), @intCast(@min(vrx_full, limit)) };
}
