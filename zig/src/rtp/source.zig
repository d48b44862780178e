//! Who sends to a port, and which packets are whose: sequence numbers without wrap, loss, jitter, another sender.
//!
//! Sequence numbers have 16 bits; at 259 000 packets per second they wrap four times in a second. `Sequence` extends
//! them to 64 bits by the distance from the newest one (RFC 3550 appendix A.1). A sender that starts again may begin
//! anywhere, and a stray packet may say anything, so a number that is too far off counts only when the one after it
//! comes too.
//!
//! ST 2110-10 allows one sender per port. A packet with another SSRC is a stray, until the sender we know has been
//! silent for a while: then it is its successor.
//!
//! RFC 3550 holds back the first packet of a source until a second has confirmed it. We do not: a port that nobody else
//! should send to is better served by not losing the start of a picture.

const std = @import("std");

pub const Limits = struct {
    /// A number this far ahead of the newest is a jump (RFC 3550: MAX_DROPOUT).
    ahead: u32 = 3000,
    /// A number this far behind is a jump (RFC 3550: MAX_MISORDER).
    behind: u32 = 100,
};

/// Extends sequence numbers of type `T`: u16 for RTP, u32 where a payload carries the high half.
pub fn Sequence(comptime T: type) type {
    return struct {
        const Self = @This();

        limits: Limits = .{},
        newest: ?u64 = null,
        /// What comes next if the last jump was the truth.
        candidate: ?T = null,

        pub const Step = union(enum) {
            /// In its order or out of it; the numbers of one life are one count, which begins above 2^bits.
            extended: u64,
            /// Too far off. The packet is to be dropped.
            jump,
            /// The second packet after a jump: the count begins anew with this number.
            restarted: u64,
        };

        pub fn step(self: *Self, number: T) Step {
            const newest = self.newest orelse return .{ .extended = self.begin(number) };
            const ahead = number -% @as(T, @truncate(newest));
            const behind = 0 -% ahead;
            if (ahead < self.limits.ahead) {
                self.candidate = null;
                self.newest = newest + ahead;
                return .{ .extended = newest + ahead };
            }
            if (behind <= self.limits.behind) return .{ .extended = newest - behind };
            if (self.candidate) |wanted| {
                if (wanted == number) return .{ .restarted = self.begin(number) };
            }
            self.candidate = number +% 1;
            return .jump;
        }

        /// Forgets what was and begins with this number.
        pub fn begin(self: *Self, number: T) u64 {
            self.candidate = null;
            // One wrap above 0: what is late for the first packet has a number too.
            const extended = (@as(u64, 1) << @bitSizeOf(T)) + number;
            self.newest = extended;
            return extended;
        }
    };
}

pub const Options = struct {
    limits: Limits = .{},
    /// How long the known sender must be silent before another SSRC takes its place.
    silence_ns: u64 = 100 * std.time.ns_per_ms,
    /// Of the RTP time stamps, for the jitter.
    clock_hz: u32,
};

/// The sender that a receiver listens to, with the sequence numbers of RTP.
pub const Source = SourceOf(u16);

/// The same where a payload carries the high half of the sequence numbers, put together by a `Widener`.
pub const WideSource = SourceOf(u32);

fn SourceOf(comptime T: type) type {
    return struct {
        const Self = @This();

        options: Options,
        ssrc: u32 = 0,
        sequence: Sequence(T),
        /// Arrival of the newest packet of the source.
        heard_ns: u64 = 0,
        statistics: Statistics = .{},
        counters: Counters = .{},

        pub const Counters = struct {
            /// Packets of another SSRC while this one is alive.
            foreign: u64 = 0,
            /// Packets whose number was too far off.
            jumps: u64 = 0,
            /// Begun anew: another SSRC, or a jump that was confirmed.
            restarts: u64 = 0,
            /// Begun anew with another SSRC.
            successors: u64 = 0,
        };

        pub const Verdict = union(enum) {
            /// Belongs to the stream; the extended number.
            accepted: u64,
            /// Belongs to a stream that begins with it: forget what is buffered.
            restarted: u64,
            /// Another sender's. To be dropped; counted.
            foreign,
            /// Its number is too far off. To be dropped; counted.
            jump,
        };

        pub fn init(options: Options) Self {
            return .{ .options = options, .sequence = .{ .limits = options.limits } };
        }

        /// `arrival_ns` is of a clock that does not go back.
        pub fn receive(self: *Self, ssrc: u32, number: T, timestamp: u32, arrival_ns: u64) Verdict {
            const known = self.sequence.newest != null;
            if (known and ssrc != self.ssrc) {
                if (arrival_ns -| self.heard_ns < self.options.silence_ns) {
                    self.counters.foreign += 1;
                    return .foreign;
                }
                self.ssrc = ssrc;
                self.counters.successors += 1;
                return self.restart(self.sequence.begin(number), timestamp, arrival_ns);
            }
            self.ssrc = ssrc;
            self.heard_ns = arrival_ns;
            switch (self.sequence.step(number)) {
                .extended => |extended| {
                    self.statistics.receive(extended, timestamp, arrival_ns, self.options.clock_hz);
                    return .{ .accepted = extended };
                },
                .jump => {
                    self.counters.jumps += 1;
                    return .jump;
                },
                .restarted => |extended| return self.restart(extended, timestamp, arrival_ns),
            }
        }

        fn restart(self: *Self, extended: u64, timestamp: u32, arrival_ns: u64) Verdict {
            self.counters.restarts += 1;
            self.heard_ns = arrival_ns;
            self.statistics = .{};
            self.statistics.receive(extended, timestamp, arrival_ns, self.options.clock_hz);
            return .{ .restarted = extended };
        }
    };
}

/// Sequence numbers of 32 bits for senders that carry the high half in the payload (RFC 4175), and for those that only
/// pretend to: some always say 0 there. One that says the same after a wrap as before it is not believed from then on;
/// then the high half is the one that brings the number nearest to the newest.
pub const Widener = struct {
    newest: ?u32 = null,
    /// The high half does not move.
    is_stuck: bool = false,

    /// Closer than this to a wrap the high half must have moved.
    const near = 1 << 12;

    pub fn widen(self: *Widener, high: u16, low: u16) u32 {
        const told = @as(u32, high) << 16 | low;
        const newest = self.newest orelse {
            self.newest = told;
            return told;
        };
        const distance: i16 = @bitCast(low -% @as(u16, @truncate(newest)));
        const nearest = newest +% @as(u32, @bitCast(@as(i32, distance)));
        if (told == nearest or self.is_stuck) return self.follow(nearest);
        if (told +% (1 << 16) == nearest and @abs(@as(i32, distance)) < near) {
            self.is_stuck = true;
            return self.follow(nearest);
        }
        return self.follow(told);
    }

    /// Only steps forward of less than half of the range move the newest.
    fn follow(self: *Widener, number: u32) u32 {
        const distance: i32 = @bitCast(number -% self.newest.?);
        if (distance > 0) self.newest = number;
        return number;
    }

    /// A stream begins anew with this number.
    pub fn restart(self: *Widener, number: u32) void {
        self.* = .{ .newest = number };
    }
};

/// What a receiver report says (RFC 3550 section 6.4.1, appendices A.3 and A.8).
pub const Statistics = struct {
    first: ?u64 = null,
    newest: u64 = 0,
    /// With duplicates, as the RFC has it.
    received: u64 = 0,
    expected_before: u64 = 0,
    received_before: u64 = 0,
    /// Arrival minus time stamp, in time stamp units.
    transit: u32 = 0,
    /// Packets that are read together have one arrival: it is converted once.
    arrival_ns: u64 = 0,
    arrival: u32 = 0,
    /// 16 times the jitter.
    jitter_scaled: u64 = 0,

    fn receive(self: *Statistics, extended: u64, timestamp: u32, arrival_ns: u64, clock_hz: u32) void {
        if (arrival_ns != self.arrival_ns) {
            self.arrival_ns = arrival_ns;
            self.arrival = @truncate(@as(u128, arrival_ns) * clock_hz / std.time.ns_per_s);
        }
        const transit = self.arrival -% timestamp;
        self.received += 1;
        if (self.first == null) {
            self.first = extended;
            self.newest = extended;
        } else {
            const difference: i32 = @bitCast(transit -% self.transit);
            self.jitter_scaled = self.jitter_scaled + @abs(difference) - ((self.jitter_scaled + 8) >> 4);
        }
        self.transit = transit;
        self.newest = @max(self.newest, extended);
        // What is late for the first packet was expected too.
        self.first = @min(self.first.?, extended);
    }

    pub fn expected(self: Statistics) u64 {
        return if (self.first) |first| self.newest - first + 1 else 0;
    }

    /// Negative if duplicates outweigh losses.
    pub fn lost(self: Statistics) i64 {
        return @as(i64, @intCast(self.expected())) - @as(i64, @intCast(self.received));
    }

    /// In units of the time stamp.
    pub fn jitter(self: Statistics) u32 {
        return @intCast(@min(self.jitter_scaled >> 4, std.math.maxInt(u32)));
    }

    /// The lost part since the last call, in 256ths.
    pub fn takeFractionLost(self: *Statistics) u8 {
        const all = self.expected();
        const expected_now = all - self.expected_before;
        const received_now = self.received - self.received_before;
        self.expected_before = all;
        self.received_before = self.received;
        if (expected_now == 0 or received_now >= expected_now) return 0;
        return @intCast(@min(255, ((expected_now - received_now) << 8) / expected_now));
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

fn expectExtended(expected: u64, step: anytype) !void {
    try expectEqual(@TypeOf(step){ .extended = expected }, step);
}

test "Sequence goes on over the wrap, and back for late packets" {
    var sequence: Sequence(u16) = .{};
    try expectExtended(0x1FFFE, sequence.step(0xFFFE));
    try expectExtended(0x1FFFF, sequence.step(0xFFFF));
    try expectExtended(0x20000, sequence.step(0));
    try expectExtended(0x20005, sequence.step(5));
    try expectExtended(0x1FFFF, sequence.step(0xFFFF));
    try expectExtended(0x20005, sequence.step(5));
    try expectExtended(0x20006, sequence.step(6));
}

test "Sequence gives what is late for the first packet a number, too" {
    var sequence: Sequence(u16) = .{};
    try expectExtended(0x10000, sequence.step(0));
    try expectExtended(0xFFFF, sequence.step(0xFFFF));
    try expectExtended(0x10001, sequence.step(1));
}

test "Sequence takes a jump when the next packet confirms it" {
    var sequence: Sequence(u16) = .{};
    _ = sequence.step(100);
    try expectExtended(0x10000 + 3099, sequence.step(3099));
    try expectEqual(.jump, sequence.step(20000));
    try expectExtended(0x10000 + 3100, sequence.step(3100));
    try expectEqual(.jump, sequence.step(20001)); // not confirmed: the old count went on in between
    try expectEqual(Sequence(u16).Step{ .restarted = 0x10000 + 20002 }, sequence.step(20002));
    try expectExtended(0x10000 + 20003, sequence.step(20003));
    try expectExtended(0x10000 + 19903, sequence.step(19903));
    try expectEqual(.jump, sequence.step(19902));
}

test "Sequence extends millions of numbers through reordering as 64 bits would" {
    var sequence: Sequence(u16) = .{ .limits = .{ .ahead = 20000, .behind = 20000 } };
    var random_state = std.Random.DefaultPrng.init(3550);
    const random = random_state.random();
    _ = sequence.begin(0x1234);
    const start: u64 = 0x11234;
    for (1..1_000_000) |i| {
        const truth = start + i - random.uintAtMost(u64, @min(i, 5000));
        try expectExtended(truth, sequence.step(@truncate(truth)));
        try expectExtended(start + i, sequence.step(@truncate(start + i)));
    }
}

test "Sequence counts 32 bits where a payload has them" {
    var sequence: Sequence(u32) = .{ .limits = .{ .ahead = 1 << 20 } };
    try expectExtended(0x1_FFFF_FFFF, sequence.step(0xFFFF_FFFF));
    try expectExtended(0x2_0000_FFFF, sequence.step(0xFFFF));
}

test "Source keeps to its sender while that is alive, and takes a successor" {
    var source: Source = .init(.{ .clock_hz = 90000 });
    const ms = std.time.ns_per_ms;
    try expectEqual(Source.Verdict{ .accepted = 0x10007 }, source.receive(1, 7, 0, 0));
    try expectEqual(.foreign, source.receive(2, 900, 0, 1 * ms));
    try expectEqual(Source.Verdict{ .accepted = 0x10008 }, source.receive(1, 8, 90, 2 * ms));
    try expectEqual(.foreign, source.receive(2, 901, 0, 101 * ms));
    try expectEqual(Source.Verdict{ .restarted = 0x10000 + 902 }, source.receive(2, 902, 0, 102 * ms));
    try expectEqual(.foreign, source.receive(1, 9, 90, 103 * ms));
    try expectEqual(.jump, source.receive(2, 30000, 0, 104 * ms));
    try expectEqual(Source.Verdict{ .restarted = 0x10000 + 30001 }, source.receive(2, 30001, 0, 104 * ms));
    try expectEqual(Source.Counters{ .foreign = 3, .jumps = 1, .restarts = 2, .successors = 1 }, source.counters);
    try expectEqual(@as(u64, 1), source.statistics.received);
}

test "Statistics counts loss as a receiver report does" {
    var source: Source = .init(.{ .clock_hz = 48000 });
    for (0..100) |i| {
        if (i % 4 == 3) continue; // 25 lost, the last of them not known yet
        _ = source.receive(1, @intCast(65500 + i & 0xFFFF), 0, 0);
    }
    try expectEqual(@as(u64, 99), source.statistics.expected());
    try expectEqual(@as(i64, 24), source.statistics.lost());
    try expectEqual(@as(u8, 24 * 256 / 99), source.statistics.takeFractionLost());
    try expectEqual(@as(u8, 0), source.statistics.takeFractionLost());
    for (100..110) |i| {
        _ = source.receive(1, @intCast(65500 + i & 0xFFFF), 0, 0);
        _ = source.receive(1, @intCast(65500 + i & 0xFFFF), 0, 0);
    }
    try expectEqual(@as(u8, 0), source.statistics.takeFractionLost());
    try expectEqual(@as(i64, 15), source.statistics.lost());
}

test "Statistics expects what is late for the first packet, too" {
    var source: Source = .init(.{ .clock_hz = 90000 });
    for ([_]u16{ 1, 0, 65535, 2 }) |number| _ = source.receive(1, number, 0, 0);
    try expectEqual(@as(u64, 4), source.statistics.expected());
    try expectEqual(@as(i64, 0), source.statistics.lost());
}

test "Statistics smooths jitter as appendix A.8 does" {
    var source: Source = .init(.{ .clock_hz = 1000 });
    const ms = std.time.ns_per_ms;
    _ = source.receive(1, 0, 0, 0);
    _ = source.receive(1, 1, 10, 26 * ms); // 16 units later than the first
    try expectEqual(@as(u64, 16), source.statistics.jitter_scaled);
    try expectEqual(@as(u32, 1), source.statistics.jitter());
    _ = source.receive(1, 2, 20, 20 * ms); // 16 earlier again
    try expectEqual(@as(u64, 16 + 16 - 1), source.statistics.jitter_scaled);
    for (3..400) |i| _ = source.receive(1, @intCast(i), @intCast(i * 10), i * 10 * ms);
    try expectEqual(@as(u32, 0), source.statistics.jitter());
}

test "Widener follows the high half, a gap of many wraps too" {
    var widener: Widener = .{};
    try expectEqual(@as(u32, 0x5_FFFF), widener.widen(5, 0xFFFF));
    try expectEqual(@as(u32, 0x6_0000), widener.widen(6, 0));
    try expectEqual(@as(u32, 0x5_FFFE), widener.widen(5, 0xFFFE));
    try expectEqual(@as(u32, 0x9_0001), widener.widen(9, 1));
    try expectEqual(@as(u32, 0x9_0000), widener.widen(9, 0));
    try expect(!widener.is_stuck);
}

test "Widener goes on over the wrap without a high half" {
    var widener: Widener = .{};
    try expectEqual(@as(u32, 0xFFFE), widener.widen(0, 0xFFFE));
    for (1..300_000) |i| {
        const truth: u32 = @intCast(0xFFFE + i);
        try expectEqual(truth, widener.widen(0, @truncate(truth)));
        if (i > 100) try expectEqual(truth - 90, widener.widen(0, @truncate(truth - 90)));
    }
    try expect(widener.is_stuck);
    widener.restart(7);
    try expectEqual(@as(u32, 8), widener.widen(0, 8));
    try expect(!widener.is_stuck);
}
