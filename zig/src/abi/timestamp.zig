//! RTP time stamps of ST 2110-10. See ../st2110/timestamp.zig.
//!
//! Instants, ticks and frame numbers are below 2^63, clocks are 1 to 10^9 Hz, rates have neither part 0: else
//! `out_of_range`, as for a result that would not be.

const std = @import("std");
const result = @import("../result.zig");
const timestamp = @import("../st2110/timestamp.zig");

const Error = result.Error;
const Rate = timestamp.Rate;

const clock_hz_max = 1_000_000_000;

/// The media clock at an instant: floor(TAI * clock), from 1970-01-01 TAI on.
pub fn sl_timestamp_ticks_at(tai_ns: u64, clock_hz: u32) callconv(.c) i64 {
    return code(ticksAt(tai_ns, clock_hz));
}

fn ticksAt(tai_ns: u64, clock_hz: u32) Error!u64 {
    try checkClock(clock_hz);
    try checkCount(tai_ns);
    return timestamp.ticksAt(tai_ns, clock_hz);
}

/// The first nanosecond of TAI at which the media clock has this value.
pub fn sl_timestamp_instant_of(ticks: u64, clock_hz: u32) callconv(.c) i64 {
    return code(instantOf(ticks, clock_hz));
}

fn instantOf(ticks: u64, clock_hz: u32) Error!u64 {
    try checkClock(clock_hz);
    try checkProduct(ticks, std.time.ns_per_s, clock_hz);
    return timestamp.instantOf(ticks, clock_hz);
}

/// The full media clock that a 32-bit time stamp means, given one that is less than 2^31 ticks away from it.
pub fn sl_timestamp_extend(rtp_timestamp: u32, near_ticks: u64) callconv(.c) i64 {
    return code(extend(rtp_timestamp, near_ticks));
}

fn extend(rtp_timestamp: u32, near_ticks: u64) Error!u64 {
    try checkCount(near_ticks);
    return timestamp.extend(rtp_timestamp, near_ticks);
}

/// The number of the frame, counted from 1970-01-01 TAI, that an instant lies in.
pub fn sl_timestamp_frame_at(tai_ns: u64, rate_num: u32, rate_den: u32) callconv(.c) i64 {
    return code(frameAt(tai_ns, rate_num, rate_den));
}

fn frameAt(tai_ns: u64, rate_num: u32, rate_den: u32) Error!u64 {
    const rate = try rateOf(rate_num, rate_den);
    try checkCount(tai_ns);
    return rate.frameAt(tai_ns);
}

/// The first nanosecond of TAI of a frame.
pub fn sl_timestamp_frame_start(frame: u64, rate_num: u32, rate_den: u32) callconv(.c) i64 {
    return code(frameStart(frame, rate_num, rate_den));
}

fn frameStart(frame: u64, rate_num: u32, rate_den: u32) Error!u64 {
    const rate = try rateOf(rate_num, rate_den);
    try checkProduct(frame, @as(u64, rate_den) * std.time.ns_per_s, rate_num);
    return rate.frameStart(frame);
}

/// The media clock at the start of a frame (field 0), or half a frame later at that of its second field (field 1).
pub fn sl_timestamp_frame_ticks(
    frame: u64,
    field: u32,
    rate_num: u32,
    rate_den: u32,
    clock_hz: u32,
) callconv(.c) i64 {
    return code(frameTicks(frame, field, rate_num, rate_den, clock_hz));
}

fn frameTicks(frame: u64, field: u32, rate_num: u32, rate_den: u32, clock_hz: u32) Error!u64 {
    const rate = try rateOf(rate_num, rate_den);
    try checkClock(clock_hz);
    if (field > 1) return error.OutOfRange;
    try checkProduct(@as(u128, frame) + field, @as(u64, rate_den) * clock_hz, rate_num);
    return if (field == 1) rate.secondFieldTicks(frame, clock_hz) else rate.frameTicks(frame, clock_hz);
}

fn rateOf(num: u32, den: u32) Error!Rate {
    if (num == 0 or den == 0) return error.OutOfRange;
    return .{ .num = num, .den = den };
}

fn checkClock(clock_hz: u32) Error!void {
    if (clock_hz < 1 or clock_hz > clock_hz_max) return error.OutOfRange;
}

fn checkCount(value: u128) Error!void {
    if (value > std.math.maxInt(i64)) return error.OutOfRange;
}

/// Whether count * factor / divisor, rounded up, fits.
fn checkProduct(count: u128, factor: u64, divisor: u32) Error!void {
    try checkCount(count);
    try checkCount(count * factor / divisor + 1);
}

fn code(outcome: Error!u64) i64 {
    const value = outcome catch |err| return @backingInt(result.fromError(err));
    return @intCast(value);
}

test "what does not fit is an error" {
    const expectEqual = std.testing.expectEqual;
    const bad: i64 = @backingInt(result.Result.out_of_range);
    const max = std.math.maxInt(i64);
    try expectEqual(@as(i64, 90_000), sl_timestamp_ticks_at(1_000_000_000, 90_000));
    try expectEqual(@as(i64, max), sl_timestamp_ticks_at(max, 1_000_000_000));
    try expectEqual(bad, sl_timestamp_ticks_at(max + 1, 90_000));
    try expectEqual(bad, sl_timestamp_ticks_at(0, 0));
    try expectEqual(bad, sl_timestamp_ticks_at(0, 1_000_000_001));
    try expectEqual(bad, sl_timestamp_instant_of(max, 90_000));
    try expectEqual(bad, sl_timestamp_instant_of(std.math.maxInt(u64), 1_000_000_000));
    try expectEqual(bad, sl_timestamp_extend(0, max + 1));
    try expectEqual(bad, sl_timestamp_frame_at(std.math.maxInt(u64), 25, 1));
    try expectEqual(@as(i64, max / 1_000_000_000 * 25 + 21), sl_timestamp_frame_at(max, 25, 1));
    try expectEqual(bad, sl_timestamp_frame_at(0, 0, 1));
    try expectEqual(bad, sl_timestamp_frame_start(1, 1, 0));
    try expectEqual(bad, sl_timestamp_frame_start(max, 1, std.math.maxInt(u32)));
    try expectEqual(bad, sl_timestamp_frame_ticks(0, 2, 25, 1, 90_000));
    try expectEqual(bad, sl_timestamp_frame_ticks(std.math.maxInt(u64), 1, 1, 1, 1));
    try expectEqual(@as(i64, 1501), sl_timestamp_frame_ticks(0, 1, 30_000, 1001, 90_000));
}
