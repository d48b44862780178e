//! Whether a master's time is TAI, or UTC by mistake: 37 seconds that nobody sees until a picture is 37 seconds late.
//!
//! PTP time is TAI, and the Announce says how far UTC is behind. A master whose clock was never told that difference
//! sends UTC: often with the flag of an arbitrary timescale, as a software master does, sometimes as if it were TAI.
//! The machine's own UTC, right to a few seconds, is enough to tell.

const std = @import("std");
const message = @import("message.zig");

/// TAI less UTC, since 2017.
pub const tai_utc_s_default = 37;

/// How far the machine's own clock may be off.
pub const tolerance_ns: i64 = 10 * std.time.ns_per_s;

pub const Finding = enum {
    /// TAI, as it should be.
    tai,
    /// Time stamps are UTC, yet the master says that they are TAI. Add the difference, or mend the master.
    utc_as_tai,
    /// The master says that its timescale is arbitrary, and the time stamps are UTC.
    arbitrary_utc,
    /// The master says that its timescale is arbitrary, and the time stamps are TAI.
    arbitrary_tai,
    /// An arbitrary timescale that is near neither UTC nor TAI.
    arbitrary,
    /// Time stamps are TAI, yet the difference to UTC that the master says is wrong.
    wrong_utc_offset,
    /// Near neither UTC nor TAI: the machine's own clock is wrong, or the master's.
    far_away,
};

pub const Evidence = struct {
    flags: message.Flags,
    /// As announced.
    utc_offset_s: i16,
    /// The master's time, at the instant when the machine's own clock said `local_utc_ns`.
    master_ns: i64,
    local_utc_ns: i64,
    tai_utc_s: i16 = tai_utc_s_default,
};

pub fn judge(evidence: Evidence) Finding {
    const ahead_ns = @as(i128, evidence.master_ns) - evidence.local_utc_ns;
    const tai_ns = @as(i128, evidence.tai_utc_s) * std.time.ns_per_s;
    const is_utc = @abs(ahead_ns) <= tolerance_ns;
    const is_tai = @abs(ahead_ns - tai_ns) <= tolerance_ns;
    if (!evidence.flags.ptp_timescale) {
        return if (is_utc) .arbitrary_utc else if (is_tai) .arbitrary_tai else .arbitrary;
    }
    if (is_utc) return .utc_as_tai;
    if (!is_tai) return .far_away;
    // Around a leap second the two may differ by one for a moment.
    const wrong_s = @abs(@as(i32, evidence.utc_offset_s) - evidence.tai_utc_s);
    return if (evidence.flags.utc_offset_valid and wrong_s > 1) .wrong_utc_offset else .tai;
}

test "judge() tells TAI from UTC, whatever the master says" {
    const second = std.time.ns_per_s;
    const utc_ns: i64 = 1_790_000_000 * second;
    const Case = struct { ptp: bool, valid: bool = true, offset_s: i16 = 37, ahead_s: i64, wanted: Finding };
    const cases = [_]Case{
        .{ .ptp = true, .ahead_s = 37, .wanted = .tai },
        .{ .ptp = true, .ahead_s = 44, .wanted = .tai },
        .{ .ptp = true, .ahead_s = 37, .offset_s = 38, .wanted = .tai },
        .{ .ptp = true, .ahead_s = 37, .offset_s = 0, .wanted = .wrong_utc_offset },
        .{ .ptp = true, .ahead_s = 37, .offset_s = 0, .valid = false, .wanted = .tai },
        .{ .ptp = true, .ahead_s = 37, .offset_s = -32768, .wanted = .wrong_utc_offset },
        .{ .ptp = true, .ahead_s = 0, .wanted = .utc_as_tai },
        .{ .ptp = true, .ahead_s = -9, .offset_s = 0, .wanted = .utc_as_tai },
        .{ .ptp = true, .ahead_s = 74, .wanted = .far_away },
        .{ .ptp = true, .ahead_s = -1_790_000_000, .wanted = .far_away },
        .{ .ptp = false, .ahead_s = 0, .wanted = .arbitrary_utc },
        .{ .ptp = false, .ahead_s = 37, .wanted = .arbitrary_tai },
        .{ .ptp = false, .ahead_s = -1_000_000, .wanted = .arbitrary },
    };
    for (cases) |case| try std.testing.expectEqual(case.wanted, judge(.{
        .flags = .{ .ptp_timescale = case.ptp, .utc_offset_valid = case.valid },
        .utc_offset_s = case.offset_s,
        .master_ns = utc_ns + case.ahead_s * second,
        .local_utc_ns = utc_ns,
    }));
}

test "judge() takes any two times" {
    const finding = judge(.{
        .flags = .{},
        .utc_offset_s = 0,
        .master_ns = std.math.maxInt(i64),
        .local_utc_ns = std.math.minInt(i64),
    });
    try std.testing.expectEqual(Finding.arbitrary, finding);
}
