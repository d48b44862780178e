//! Time stamps of the kernel: what came with a message, and at which monotonic instant that was.
//!
//! Software stamps are of CLOCK_REALTIME, which somebody may set at any time. The difference between it and the
//! monotonic clock is one constant until that happens: the kernel slews both alike. So every pair of readings narrows
//! the constant down, to a few nanoseconds within seconds; a pair that contradicts the others says that the clock was
//! set, and what was stamped before that is void.

const std = @import("std");
const linux = std.os.linux;
const control = @import("../net/control.zig");

const ns_per_s = std.time.ns_per_s;

/// What came with a message, or with the copy of one that was sent.
pub const Received = struct {
    /// CLOCK_REALTIME.
    software_ns: ?i64 = null,
    /// The clock of the network card.
    hardware_ns: ?i64 = null,
    /// Number of the message that was sent, counted by the socket.
    number: ?u32 = null,
};

/// struct sock_extended_err.
const ExtendedError = extern struct {
    errno: u32,
    origin: u8,
    kind: u8,
    code: u8,
    padding: u8,
    info: u32,
    data: u32,
};

const origin_timestamping = 4;
/// Of sending; others are of queues that we did not ask about.
const info_sent = 0;

/// struct scm_timestamping: software, obsolete, hardware.
const Stamping = extern struct { instants: [3]linux.timespec };

/// Reads control messages. What is cut short or makes no sense is as if it had not come.
pub fn read(bytes: []align(@alignOf(usize)) const u8) Received {
    var received: Received = .{};
    var entries: control.Iterator = .{ .bytes = bytes };
    while (entries.next()) |entry| {
        if (entry.level == linux.SOL.SOCKET and entry.kind == linux.SO.TIMESTAMPING_OLD) {
            const stamping = entry.value(Stamping) orelse continue;
            received.software_ns = nsOf(stamping.instants[0]);
            received.hardware_ns = nsOf(stamping.instants[2]);
        } else if (isError(entry)) {
            const told = entry.value(ExtendedError) orelse continue;
            if (told.origin == origin_timestamping and told.info == info_sent) received.number = told.data;
        }
    }
    return received;
}

fn isError(entry: control.Entry) bool {
    return (entry.level == linux.SOL.IP and entry.kind == linux.IP.RECVERR) or
        (entry.level == linux.SOL.IPV6 and entry.kind == linux.IPV6.RECVERR);
}

/// Null for zero, which stands for none, and for what is no instant.
fn nsOf(instant: linux.timespec) ?i64 {
    if (instant.sec < 0 or instant.nsec < 0 or instant.nsec >= ns_per_s) return null;
    if (instant.sec == 0 and instant.nsec == 0) return null;
    const whole_ns = std.math.mul(i64, instant.sec, ns_per_s) catch return null;
    return std.math.add(i64, whole_ns, instant.nsec) catch null;
}

/// A stamp that is older than this when it is read is not believed.
pub const age_ns_max = ns_per_s;

/// Readings of both clocks: UTC was read between the two others.
pub const Reading = struct {
    before_ns: i64,
    utc_ns: i64,
    after_ns: i64,

    pub fn now() Reading {
        const before_ns = clockNs(.MONOTONIC);
        const utc_ns = clockNs(.REALTIME);
        return .{ .before_ns = before_ns, .utc_ns = utc_ns, .after_ns = clockNs(.MONOTONIC) };
    }
};

fn clockNs(clock: linux.clockid_t) i64 {
    var instant: linux.timespec = undefined;
    const returned = linux.clock_gettime(clock, &instant);
    std.debug.assert(linux.errno(returned) == .SUCCESS);
    return instant.sec * ns_per_s + instant.nsec;
}

/// The clock was set at a moment since the last reading.
pub const ClockWasSet = error{ClockWasSet};

/// UTC of the machine less its monotonic clock.
pub const Difference = struct {
    /// It lies between the two.
    low_ns: i64 = 0,
    high_ns: i64 = 0,
    is_known: bool = false,
    /// How often it was found to be another.
    set_count: u64 = 0,

    /// Learns from a reading.
    pub fn add(self: *Difference, reading: Reading) ClockWasSet!void {
        const low_ns = reading.utc_ns -| reading.after_ns;
        const high_ns = reading.utc_ns -| reading.before_ns;
        if (self.is_known) {
            const common_low_ns = @max(self.low_ns, low_ns);
            const common_high_ns = @min(self.high_ns, high_ns);
            if (common_low_ns <= common_high_ns) {
                self.low_ns = common_low_ns;
                self.high_ns = common_high_ns;
                return;
            }
        }
        const was_known = self.is_known;
        self.* = .{ .low_ns = low_ns, .high_ns = high_ns, .is_known = true, .set_count = self.set_count };
        if (!was_known) return;
        self.set_count += 1;
        return error.ClockWasSet;
    }

    pub fn ns(self: *const Difference) i64 {
        return self.low_ns +| @divFloor(self.high_ns -| self.low_ns, 2);
    }

    /// The monotonic instant of a stamp of UTC. Null if that is not one of the last second, up to `now_ns`: the clock
    /// was set.
    pub fn monotonicOf(self: *const Difference, utc_ns: i64, now_ns: i64) ?i64 {
        const monotonic_ns = utc_ns -| self.ns();
        // The constant is known to a few nanoseconds: a stamp of right now may seem to be of the future by those.
        const uncertain_ns = self.high_ns -| self.low_ns;
        if (monotonic_ns > now_ns +| uncertain_ns or monotonic_ns < now_ns -| age_ns_max) return null;
        return @min(monotonic_ns, now_ns);
    }
};

/// From stamps to monotonic instants, for a thread that reads messages in turns.
pub const Stamper = struct {
    difference: Difference = .{},
    /// Messages that wait in the sockets may have been stamped before the clock was set.
    is_void: bool = false,
    void_count: u64 = 0,

    /// The monotonic instant of a software stamp that was just read; null if it is void.
    pub fn instantOf(self: *Stamper, utc_ns: i64) ?i64 {
        const now_ns = self.look();
        const instant = if (self.is_void) null else self.difference.monotonicOf(utc_ns, now_ns);
        if (instant == null) self.void_count += 1;
        return instant;
    }

    /// Takes a few readings. Returns the monotonic time.
    pub fn look(self: *Stamper) i64 {
        var now_ns: i64 = 0;
        for (0..3) |_| {
            const reading: Reading = .now();
            now_ns = reading.after_ns;
            self.difference.add(reading) catch {
                self.is_void = true;
            };
        }
        return now_ns;
    }

    /// The sockets were read empty: what comes now was stamped after the last look.
    pub fn settle(self: *Stamper) void {
        self.is_void = false;
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

fn append(target: []u8, level: i32, kind: i32, value: anytype) usize {
    const header_bytes = std.mem.alignForward(usize, @sizeOf(linux.cmsghdr), @alignOf(usize));
    const header: *linux.cmsghdr = @ptrCast(@alignCast(target.ptr));
    header.* = .{ .len = header_bytes + @sizeOf(@TypeOf(value)), .level = level, .type = kind };
    @memcpy(target[header_bytes..][0..@sizeOf(@TypeOf(value))], std.mem.asBytes(&value));
    return header_bytes + std.mem.alignForward(usize, @sizeOf(@TypeOf(value)), @alignOf(usize));
}

fn stampingOf(software: linux.timespec, hardware: linux.timespec) Stamping {
    return .{ .instants = .{ software, .{ .sec = 0, .nsec = 0 }, hardware } };
}

fn sentError(origin: u8, info: u32, number: u32) ExtendedError {
    return .{ .errno = 42, .origin = origin, .kind = 0, .code = 0, .padding = 0, .info = info, .data = number };
}

test "read() finds stamps and the number of what was sent" {
    var buffer: [256]u8 align(8) = undefined;
    var length = append(&buffer, linux.SOL.SOCKET, linux.SO.TIMESTAMPING_OLD, stampingOf(
        .{ .sec = 1_790_000_000, .nsec = 7 },
        .{ .sec = 12, .nsec = 999_999_999 },
    ));
    length += append(buffer[length..], linux.SOL.IP, linux.IP.RECVERR, sentError(origin_timestamping, info_sent, 77));
    const received = read(buffer[0..length]);
    try expectEqual(@as(i64, 1_790_000_000_000_000_007), received.software_ns.?);
    try expectEqual(@as(i64, 12_999_999_999), received.hardware_ns.?);
    try expectEqual(@as(u32, 77), received.number.?);
    for (0..length) |cut| {
        const part = read(buffer[0..cut]);
        try expect(part.number == null or cut == length);
        try expect(part.software_ns == null or part.software_ns.? == received.software_ns.?);
    }
}

test "read() takes no other message, queue or nonsense for a stamp" {
    var buffer: [256]u8 align(8) = undefined;
    for ([_]ExtendedError{ sentError(1, info_sent, 5), sentError(origin_timestamping, 1, 5) }) |other| {
        const length = append(&buffer, linux.SOL.IPV6, linux.IPV6.RECVERR, other);
        try expectEqual(null, read(buffer[0..length]).number);
    }
    for ([_]linux.timespec{
        .{ .sec = 0, .nsec = 0 },
        .{ .sec = -1, .nsec = 5 },
        .{ .sec = 5, .nsec = 1_000_000_000 },
        .{ .sec = 5, .nsec = -1 },
        .{ .sec = std.math.maxInt(i64), .nsec = 0 },
    }) |instant| {
        const length = append(&buffer, linux.SOL.SOCKET, linux.SO.TIMESTAMPING_OLD, stampingOf(instant, instant));
        try expectEqual(Received{}, read(buffer[0..length]));
    }
}

test "read() takes any bytes" {
    var random_state = std.Random.DefaultPrng.init(4242);
    const random = random_state.random();
    var buffer: [128]u8 align(8) = undefined;
    for (0..20_000) |_| {
        random.bytes(&buffer);
        // Lengths that are near to what could be.
        if (random.boolean()) std.mem.writeInt(u64, buffer[0..8], random.uintAtMost(u64, 140), .little);
        _ = read(buffer[0..random.uintAtMost(usize, buffer.len)]);
    }
}

test "Difference narrows down, and tells when the clock was set by however little" {
    var random_state = std.Random.DefaultPrng.init(1);
    const random = random_state.random();
    const truth_ns: i64 = 1_700_000_000_000_000_123;
    var difference: Difference = .{};
    var now_ns: i64 = 1_000;
    for (0..200) |_| {
        const before_ns = now_ns;
        const read_ns = before_ns + random.intRangeAtMost(i64, 0, 100);
        now_ns = read_ns + random.intRangeAtMost(i64, 0, 100);
        try difference.add(.{ .before_ns = before_ns, .utc_ns = read_ns + truth_ns, .after_ns = now_ns });
        try expect(difference.low_ns <= truth_ns and truth_ns <= difference.high_ns);
    }
    try expect(@abs(difference.ns() - truth_ns) < 10);
    try expectEqual(@as(i64, 800), difference.monotonicOf(800 + difference.ns(), 900).?);
    const set_ns = truth_ns + 300;
    const reading: Reading = .{ .before_ns = now_ns, .utc_ns = now_ns + 50 + set_ns, .after_ns = now_ns + 100 };
    try std.testing.expectError(error.ClockWasSet, difference.add(reading));
    try expectEqual(@as(u64, 1), difference.set_count);
    try expect(@abs(difference.ns() - set_ns) <= 50);
    try difference.add(reading);
}

test "Difference refuses stamps of the future and of long ago" {
    var difference: Difference = .{};
    try difference.add(.{ .before_ns = 0, .utc_ns = 5_000_000_000_000, .after_ns = 10 });
    const now_ns = 20 * ns_per_s;
    const utc_now_ns = now_ns + difference.ns();
    try expectEqual(@as(?i64, now_ns), difference.monotonicOf(utc_now_ns + 3, now_ns));
    try expectEqual(null, difference.monotonicOf(utc_now_ns + 1_000, now_ns));
    try expectEqual(null, difference.monotonicOf(utc_now_ns - age_ns_max - 1_000, now_ns));
    try expectEqual(null, difference.monotonicOf(std.math.minInt(i64), now_ns));
    try expectEqual(null, difference.monotonicOf(std.math.maxInt(i64), now_ns));
}

test "Stamper tells the instant of now, and nothing while stamps are void" {
    var stamper: Stamper = .{};
    _ = stamper.look();
    const reading: Reading = .now();
    const instant_ns = stamper.instantOf(reading.utc_ns).?;
    try expect(instant_ns >= reading.before_ns - 1_000 and instant_ns <= reading.after_ns + 1_000);
    stamper.difference.low_ns += 5_000_000;
    stamper.difference.high_ns += 5_000_000;
    try expectEqual(null, stamper.instantOf(reading.utc_ns));
    try expectEqual(null, stamper.instantOf(Reading.now().utc_ns));
    try expectEqual(@as(u64, 1), stamper.difference.set_count);
    try expectEqual(@as(u64, 2), stamper.void_count);
    stamper.settle();
    try expect(stamper.instantOf(Reading.now().utc_ns) != null);
}
