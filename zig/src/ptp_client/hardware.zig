//! Time stamps of the network card, where it and its driver can: they are of a clock on the card, which runs freely
//! here. What it shows is compared with the machine's clock now and then, and stamps in between are told by the line
//! through the last two comparisons.
//!
//! No card of the machines that this was made on can stamp: the arithmetic is tested, the calls of the kernel are not.

const std = @import("std");
const linux = std.os.linux;
const system = @import("../net/system.zig");
const Interface = @import("interface.zig").Interface;
const stamps = @import("stamps.zig");

const ns_per_s = std.time.ns_per_s;

const siocethtool = 0x8946;
const siocshwtstamp = 0x89b0;
const siocghwtstamp = 0x89b1;
const ethtool_get_ts_info = 0x41;

/// Bits of what a card can do: as SO_TIMESTAMPING.
const needed = 1 << 0 | 1 << 2 | 1 << 6;

const tx_off = 0;
const tx_on = 1;
const filter_none = 0;
const filter_all = 1;
const filter_l4_event = 6;
const filter_event = 12;

/// struct ethtool_ts_info.
const Ability = extern struct {
    command: u32 = ethtool_get_ts_info,
    stamping: u32 = 0,
    clock: i32 = -1,
    tx_types: u32 = 0,
    tx_reserved: [3]u32 = @splat(0),
    rx_filters: u32 = 0,
    rx_reserved: [3]u32 = @splat(0),
};

/// struct hwtstamp_config.
const Setting = extern struct {
    flags: i32 = 0,
    tx_type: i32 = tx_off,
    rx_filter: i32 = filter_none,

    /// Whether the card stamps what we need already.
    fn isEnough(self: Setting) bool {
        const takes_events = switch (self.rx_filter) {
            filter_all, filter_l4_event, filter_event => true,
            else => false,
        };
        return self.tx_type == tx_on and takes_events;
    }

    /// Whether somebody has switched something on: that may be a program that needs it so, such as ptp4l on Ethernet.
    fn isSet(self: Setting) bool {
        return self.tx_type != tx_off or self.rx_filter != filter_none;
    }
};

/// struct ptp_clock_time.
const CardTime = extern struct { sec: i64, nsec: u32, reserved: u32 = 0 };

const samples_max = 25;
const sample_count = 7;

/// struct ptp_sys_offset_extended: UTC, the card's clock, UTC.
const Comparison = extern struct {
    count: u32 = sample_count,
    reserved: [3]u32 = @splat(0),
    samples: [samples_max][3]CardTime = undefined,
};

const ptp_sys_offset_extended = 3 << 30 | @as(u32, @sizeOf(Comparison)) << 16 | '=' << 8 | 9;

pub const Refused = error{
    /// The card cannot, there is no clock of it, this user may not switch it on, or another program has it otherwise.
    NoHardwareStamps,
};

pub const HardwareStamps = struct {
    /// Of the card's clock.
    fd: i32,
    line: CardLine = .{},

    /// `overrides`: also if a program has switched the card on in another way, which may be one that ended long ago.
    pub fn open(found: *const Interface, stamper: *stamps.Stamper, overrides: bool) Refused!HardwareStamps {
        const index = switchOn(found, overrides) catch return error.NoHardwareStamps;
        var buffer: [32]u8 = undefined;
        const path = std.fmt.bufPrintSentinel(&buffer, "/dev/ptp{d}", .{index}, 0) catch unreachable;
        const opened = system.check(linux.open(path, .{ .ACCMODE = .RDWR, .CLOEXEC = true }, 0));
        var self: HardwareStamps = .{ .fd = @intCast(opened catch return error.NoHardwareStamps) };
        errdefer self.close();
        self.look(stamper);
        if (!self.line.is_known) return error.NoHardwareStamps;
        return self;
    }

    pub fn close(self: *HardwareStamps) void {
        _ = linux.close(self.fd);
    }

    /// Returns the number of the card's clock.
    fn switchOn(found: *const Interface, overrides: bool) !u32 {
        const fd: i32 = @intCast(try system.check(
            linux.socket(linux.AF.INET, linux.SOCK.DGRAM | linux.SOCK.CLOEXEC, 0),
        ));
        defer _ = linux.close(fd);
        var ability: Ability = .{};
        try ask(fd, siocethtool, found, &ability);
        if (ability.stamping & needed != needed or ability.clock < 0) return error.NoHardwareStamps;
        if (ability.tx_types & 1 << tx_on == 0) return error.NoHardwareStamps;
        // Some drivers do not tell: then nothing is known to be on.
        var present: Setting = .{};
        ask(fd, siocghwtstamp, found, &present) catch {};
        if (present.isEnough()) return @intCast(ability.clock);
        if (present.isSet() and !overrides) return error.NoHardwareStamps;
        for ([_]i32{ filter_l4_event, filter_event, filter_all }) |filter| {
            if (ability.rx_filters & @as(u32, 1) << @intCast(filter) == 0) continue;
            var setting: Setting = .{ .tx_type = tx_on, .rx_filter = filter };
            ask(fd, siocshwtstamp, found, &setting) catch continue;
            return @intCast(ability.clock);
        }
        return error.NoHardwareStamps;
    }

    fn ask(fd: i32, number: u32, found: *const Interface, data: anytype) !void {
        var request: linux.ifreq = std.mem.zeroes(linux.ifreq);
        request.ifrn.name = found.name;
        request.ifru.data = @ptrCast(data);
        _ = try system.check(linux.ioctl(fd, number, @intFromPtr(&request)));
    }

    /// Compares the card's clock with the machine's.
    pub fn look(self: *HardwareStamps, stamper: *stamps.Stamper) void {
        var comparison: Comparison = .{};
        const returned = linux.ioctl(self.fd, ptp_sys_offset_extended, @intFromPtr(&comparison));
        if (linux.errno(returned) != .SUCCESS) return;
        const found = tightest(&comparison) orelse return;
        self.line.add(found.card_ns, found.utc_ns -| stamper.difference.ns());
    }

    /// The monotonic instant of a stamp that was just read; null if it is none of the last second.
    pub fn instantOf(self: *HardwareStamps, card_ns: i64, stamper: *stamps.Stamper) ?i64 {
        const now_ns = stamper.look();
        if (now_ns -| self.line.monotonic_ns > compare_ns) self.look(stamper);
        const instant_ns = self.line.monotonicOf(card_ns);
        if (stamper.is_void or instant_ns > now_ns +| future_ns_max or instant_ns < now_ns -| stamps.age_ns_max) {
            stamper.void_count += 1;
            return null;
        }
        return @min(instant_ns, now_ns);
    }
};

/// Between two comparisons.
const compare_ns = 100 * std.time.ns_per_ms;
/// How far the comparison may be off.
const future_ns_max = 50 * std.time.ns_per_us;

const Pair = struct { card_ns: i64, utc_ns: i64 };

/// The sample whose two readings of UTC are closest.
fn tightest(comparison: *const Comparison) ?Pair {
    var best_ns: i64 = std.math.maxInt(i64);
    var found: ?Pair = null;
    for (comparison.samples[0..@min(comparison.count, samples_max)]) |sample| {
        const before_ns = nsOf(sample[0]) orelse continue;
        const card_ns = nsOf(sample[1]) orelse continue;
        const after_ns = nsOf(sample[2]) orelse continue;
        const width_ns = after_ns -| before_ns;
        if (width_ns < 0 or width_ns >= best_ns) continue;
        best_ns = width_ns;
        found = .{ .card_ns = card_ns, .utc_ns = before_ns + @divFloor(width_ns, 2) };
    }
    return found;
}

fn nsOf(instant: CardTime) ?i64 {
    if (instant.sec < 0 or instant.nsec >= ns_per_s) return null;
    const whole_ns = std.math.mul(i64, instant.sec, ns_per_s) catch return null;
    return std.math.add(i64, whole_ns, instant.nsec) catch null;
}

/// The card's clock against the monotonic clock.
pub const CardLine = struct {
    card_ns: i64 = 0,
    monotonic_ns: i64 = 0,
    /// Monotonic time in 2^-32 per nanosecond of the card.
    rate: i128 = one,
    /// Where the rate is measured from.
    base: ?struct { card_ns: i64, monotonic_ns: i64 } = null,
    is_known: bool = false,

    const one: i128 = 1 << 32;
    /// Over less time noise of the comparison is more than the rate.
    const base_ns_min = ns_per_s;
    const base_ns_max = 16 * ns_per_s;
    /// Any clock of a card is better than this; more is a clock that was set.
    const off_max: i128 = one / 1_000;

    pub fn add(self: *CardLine, card_ns: i64, monotonic_ns: i64) void {
        self.is_known = true;
        self.card_ns = card_ns;
        self.monotonic_ns = monotonic_ns;
        const base = self.base orelse {
            self.base = .{ .card_ns = card_ns, .monotonic_ns = monotonic_ns };
            return;
        };
        const passed_card_ns = @as(i128, card_ns) - base.card_ns;
        const passed_ns = @as(i128, monotonic_ns) - base.monotonic_ns;
        if (passed_ns >= 0 and passed_ns < base_ns_min and @abs(passed_card_ns - passed_ns) < ns_per_s / 1_000) return;
        const rate = if (passed_card_ns > 0) @divFloor(passed_ns << 32, passed_card_ns) else 0;
        if (@abs(rate - one) > off_max) {
            self.base = .{ .card_ns = card_ns, .monotonic_ns = monotonic_ns };
            return;
        }
        self.rate = rate;
        if (passed_ns > base_ns_max) self.base = .{ .card_ns = card_ns, .monotonic_ns = monotonic_ns };
    }

    pub fn monotonicOf(self: *const CardLine, card_ns: i64) i64 {
        const passed = (@as(i128, card_ns) - self.card_ns) * self.rate;
        return std.math.lossyCast(i64, self.monotonic_ns + (passed >> 32));
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "the kernel's structs have its sizes" {
    try expectEqual(@as(usize, 44), @sizeOf(Ability));
    try expectEqual(@as(usize, 12), @sizeOf(Setting));
    try expectEqual(@as(usize, 1216), @sizeOf(Comparison));
    try expectEqual(@as(u32, 0xC4C0_3D09), ptp_sys_offset_extended);
}

test "a card that another program has switched on is taken as it is, or left alone" {
    const Case = struct { setting: Setting, is_enough: bool, is_set: bool };
    const filter_l2_event = 9;
    const filter_sync = 13;
    for ([_]Case{
        .{ .setting = .{}, .is_enough = false, .is_set = false },
        .{ .setting = .{ .tx_type = tx_on, .rx_filter = filter_all }, .is_enough = true, .is_set = true },
        .{ .setting = .{ .tx_type = tx_on, .rx_filter = filter_event }, .is_enough = true, .is_set = true },
        .{ .setting = .{ .tx_type = tx_on, .rx_filter = filter_l4_event }, .is_enough = true, .is_set = true },
        .{ .setting = .{ .tx_type = tx_on, .rx_filter = filter_l2_event }, .is_enough = false, .is_set = true },
        .{ .setting = .{ .tx_type = tx_on, .rx_filter = filter_sync }, .is_enough = false, .is_set = true },
        .{ .setting = .{ .rx_filter = filter_all }, .is_enough = false, .is_set = true },
    }) |case| {
        try expectEqual(case.is_enough, case.setting.isEnough());
        try expectEqual(case.is_set, case.setting.isSet());
    }
}

test "tightest() takes the closest sample and no nonsense" {
    var comparison: Comparison = .{ .count = 4 };
    const second = 1_790_000_000;
    for ([_][3]u32{
        .{ 0, 1, 900 },
        .{ 1_000, 2, 1_200 },
        .{ 9, 3, 4 },
        .{ 9, ns_per_s, 9 },
    }, comparison.samples[0..4]) |nanoseconds, *sample| sample.* = .{
        .{ .sec = second, .nsec = nanoseconds[0] },
        .{ .sec = 5, .nsec = nanoseconds[1] },
        .{ .sec = second, .nsec = nanoseconds[2] },
    };
    const found = tightest(&comparison).?;
    try expectEqual(@as(i64, 5 * ns_per_s + 2), found.card_ns);
    try expectEqual(@as(i64, second * ns_per_s + 1_100), found.utc_ns);
    comparison.count = 0;
    try expectEqual(null, tightest(&comparison));
    comparison.count = std.math.maxInt(u32);
    comparison.samples = @splat(@splat(.{ .sec = -1, .nsec = 0 }));
    try expectEqual(null, tightest(&comparison));
}

test "CardLine learns the rate of the card, and begins anew when it is set" {
    var line: CardLine = .{};
    const started_ns: i64 = 77 * ns_per_s;
    var now_ns = started_ns;
    // 40 ppm fast.
    while (now_ns < started_ns + 20 * ns_per_s) : (now_ns += 100 * std.time.ns_per_ms) {
        const passed_ns = now_ns - started_ns;
        line.add(5 * ns_per_s + passed_ns + @divFloor(passed_ns, 25_000), now_ns);
    }
    const passed_ns = now_ns - started_ns;
    const card_ns = 5 * ns_per_s + passed_ns + @divFloor(passed_ns, 25_000);
    try expect(@abs(line.monotonicOf(card_ns) - now_ns) <= 2);
    line.add(900 * ns_per_s, now_ns);
    try expectEqual(now_ns, line.monotonicOf(900 * ns_per_s));
    try expect(@abs(line.rate - CardLine.one) < CardLine.off_max);
    line.add(std.math.minInt(i64), now_ns + 1);
    line.add(std.math.maxInt(i64), now_ns + 2);
    try expectEqual(now_ns + 2, line.monotonicOf(std.math.maxInt(i64)));
}

test "the loopback has no hardware stamps" {
    var config: @import("config.zig").Config = .{};
    config.interface[0..2].* = "lo".*;
    const found: Interface = try .find(&config);
    var stamper: stamps.Stamper = .{};
    try std.testing.expectError(error.NoHardwareStamps, HardwareStamps.open(&found, &stamper, true));
}
