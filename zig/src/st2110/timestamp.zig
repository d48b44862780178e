//! RTP time stamps of ST 2110-10: instants of TAI to media clock ticks and back, and the instants of frames.
//!
//! The media clock is 0 at 1970-01-01 00:00:00 TAI and a time stamp is its low 32 bits (`mediaclk:direct=0`): two
//! senders on one PTP time agree without ever meeting. Ticks are floor(t * hertz), never rounded (section 7.6.1 of the
//! 2022 edition, as others read it). All is done in integers: nanoseconds since 1970 times 90 000 do not fit into 64
//! bits, and f64 is 256 ns off already.
//!
//! A frame's time stamp comes from its number and not from nanoseconds, so that no rounding of an instant can shift it:
//! at 60000/1001 frames begin at ticks 0, 1501, 3003, 4504, 6006.

const std = @import("std");

const ns_per_s = std.time.ns_per_s;

/// Of video, ancillary data and compressed video.
pub const video_hz = 90_000;

/// The full media clock at an instant.
pub fn ticksAt(tai_ns: u64, clock_hz: u32) u64 {
    return @truncate(@as(u128, tai_ns) * clock_hz / ns_per_s);
}

/// The first nanosecond at which the media clock has this value.
pub fn instantOf(ticks: u64, clock_hz: u32) u64 {
    return @truncate(divideUp(@as(u128, ticks) * ns_per_s, clock_hz));
}

/// The time stamp of an instant.
pub fn rtpAt(tai_ns: u64, clock_hz: u32) u32 {
    return @truncate(ticksAt(tai_ns, clock_hz));
}

/// The full media clock that a time stamp means, given one (below 2^63) that is less than 2^31 ticks away from it.
pub fn extend(rtp_timestamp: u32, near_ticks: u64) u64 {
    const distance: i32 = @bitCast(rtp_timestamp -% @as(u32, @truncate(near_ticks)));
    const wanted = @as(i65, near_ticks) + distance;
    // Before the epoch there is nothing: the next value with these low bits.
    return @intCast(if (wanted < 0) wanted + (1 << 32) else wanted);
}

/// The first nanosecond with this time stamp, out of those near an instant: the wrap is 13 hours away at 90 kHz.
pub fn taiOf(rtp_timestamp: u32, near_tai_ns: u64, clock_hz: u32) u64 {
    return instantOf(extend(rtp_timestamp, ticksAt(near_tai_ns, clock_hz)), clock_hz);
}

/// Frames per second as a fraction: 60000 / 1001.
pub const Rate = struct {
    num: u32,
    den: u32,

    /// The number of the frame that an instant lies in, counted from the epoch (ST 2059-1).
    pub fn frameAt(self: Rate, tai_ns: u64) u64 {
        return @truncate(@as(u128, tai_ns) * self.num / (@as(u128, self.den) * ns_per_s));
    }

    /// The first nanosecond of a frame.
    pub fn frameStart(self: Rate, frame: u64) u64 {
        return @truncate(divideUp(@as(u128, frame) * self.den * ns_per_s, self.num));
    }

    /// The media clock at the start of a frame.
    pub fn frameTicks(self: Rate, frame: u64, clock_hz: u32) u64 {
        return @truncate(@as(u128, frame) * self.den * clock_hz / self.num);
    }

    /// The media clock at the start of the second field, half a frame later: 1501 ticks at 30000/1001 for even frames.
    pub fn secondFieldTicks(self: Rate, frame: u64, clock_hz: u32) u64 {
        return @truncate((@as(u128, frame) * 2 + 1) * self.den * clock_hz / (@as(u128, self.num) * 2));
    }
};

fn divideUp(value: u128, divisor: u128) u128 {
    return (value + divisor - 1) / divisor;
}

const expectEqual = std.testing.expectEqual;

test "rtpAt() gives the values of RFC 7273 and of other implementations" {
    const rfc_7273_ns: u64 = 1_356_998_400 * ns_per_s;
    try expectEqual(@as(u32, 2_460_938_240), rtpAt(rfc_7273_ns, 90_000));
    try expectEqual(@as(u32, 2_744_156_160), rtpAt(rfc_7273_ns, 48_000));
    try expectEqual(@as(u32, 1_850_104_832), rtpAt(rfc_7273_ns, 44_100));
    try expectEqual(@as(u32, 1_193_345_024), rtpAt(rfc_7273_ns, 96_000));
    const later_ns: u64 = 1_700_000_000 * ns_per_s;
    try expectEqual(@as(u32, 380_014_592), rtpAt(later_ns, 90_000));
    try expectEqual(@as(u32, 4_211_310_592), rtpAt(later_ns, 48_000));
    try expectEqual(@as(u32, 1_345_848_320), rtpAt(later_ns, 44_100));
    try expectEqual(@as(u32, 4_127_653_888), rtpAt(later_ns, 96_000));
    try expectEqual(@as(u32, 2_205_388_965), rtpAt(1_790_510_437_123_456_789, 48_000));
}

test "frames of 1001 rates have exact time stamps" {
    const rate: Rate = .{ .num = 60000, .den = 1001 };
    const frame = rate.frameAt(1_790_510_437_123_456_789);
    try expectEqual(@as(u64, 107_323_302_924), frame);
    try expectEqual(@as(u64, 1_790_510_437_115_400_000), rate.frameStart(frame));
    try expectEqual(@as(u32, 3_061_361_762), @as(u32, @truncate(rate.frameTicks(frame, video_hz))));
    try expectEqual(@as(u32, 3_061_363_263), @as(u32, @truncate(rate.frameTicks(frame + 1, video_hz))));
    const vectors = [_]struct { rate: Rate, ticks: []const u64 }{
        .{ .rate = rate, .ticks = &.{ 0, 1501, 3003, 4504, 6006, 7507, 9009, 10510, 12012 } },
        .{ .rate = .{ .num = 30000, .den = 1001 }, .ticks = &.{ 0, 3003, 6006, 9009 } },
        .{ .rate = .{ .num = 24000, .den = 1001 }, .ticks = &.{ 0, 3753, 7507, 11261, 15015 } },
        .{ .rate = .{ .num = 120000, .den = 1001 }, .ticks = &.{ 0, 750, 1501, 2252, 3003 } },
        .{ .rate = .{ .num = 25, .den = 1 }, .ticks = &.{ 0, 3600, 7200 } },
    };
    for (vectors) |vector| {
        for (vector.ticks, 0..) |ticks, i| try expectEqual(ticks, vector.rate.frameTicks(i, video_hz));
    }
    const field_rate: Rate = .{ .num = 30000, .den = 1001 };
    try expectEqual(@as(u64, 1501), field_rate.secondFieldTicks(0, video_hz));
    try expectEqual(@as(u64, 3003 + 1501), field_rate.secondFieldTicks(1, video_hz));
    try expectEqual(@as(u64, 1800), (Rate{ .num = 25, .den = 1 }).secondFieldTicks(0, video_hz));
}

test "instants and ticks are each other's inverse" {
    var random_state = std.Random.DefaultPrng.init(2110);
    const random = random_state.random();
    const rates = [_]Rate{
        .{ .num = 24000, .den = 1001 },  .{ .num = 25, .den = 1 },  .{ .num = 30000, .den = 1001 },
        .{ .num = 50, .den = 1 },        .{ .num = 60, .den = 1 },  .{ .num = 60000, .den = 1001 },
        .{ .num = 120000, .den = 1001 }, .{ .num = 999, .den = 7 },
    };
    for ([_]u32{ 90_000, 48_000, 96_000, 44_100, 27_000_000 }) |clock_hz| {
        for (0..20_000) |_| {
            const tai_ns = random.uintAtMost(u64, 4_000_000_000 * ns_per_s);
            const ticks = ticksAt(tai_ns, clock_hz);
            const first_ns = instantOf(ticks, clock_hz);
            try std.testing.expect(first_ns <= tai_ns);
            try expectEqual(ticks, ticksAt(first_ns, clock_hz));
            if (first_ns > 0) try std.testing.expect(ticksAt(first_ns - 1, clock_hz) < ticks);
            const rate = rates[random.uintLessThan(usize, rates.len)];
            const frame = rate.frameAt(tai_ns);
            const start_ns = rate.frameStart(frame);
            try std.testing.expect(start_ns <= tai_ns);
            try expectEqual(frame, rate.frameAt(start_ns));
            if (start_ns > 0) try expectEqual(frame - 1, rate.frameAt(start_ns - 1));
            // The first nanosecond of a frame can be no earlier than its tick.
            const distance = ticksAt(start_ns, clock_hz) - rate.frameTicks(frame, clock_hz);
            try std.testing.expect(distance <= 1);
        }
    }
}

test "taiOf() finds the instant over the wrap" {
    const near_ns: u64 = 1_790_510_437_123_456_789;
    for ([_]u32{ 90_000, 48_000, 44_100 }) |clock_hz| {
        const ticks = ticksAt(near_ns, clock_hz);
        for ([_]i64{ -2_000_000_000, -90_000, -1, 0, 1, 90_000, 2_000_000_000 }) |distance| {
            const wanted: u64 = @intCast(@as(i64, @intCast(ticks)) + distance);
            try expectEqual(instantOf(wanted, clock_hz), taiOf(@truncate(wanted), near_ns, clock_hz));
        }
    }
    try expectEqual(@as(u64, 0xFFFF_FFFF), extend(0xFFFF_FFFF, 3));
    try expectEqual(@as(u64, 0xFFFF_FFFF), extend(0xFFFF_FFFF, 1 << 32));
    try expectEqual(@as(u64, 1 << 32), extend(0, 0xFFFF_FFFF));
}
