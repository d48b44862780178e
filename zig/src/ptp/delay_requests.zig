//! Delay_Req on their way (IEEE 1588-2008 section 11.3): each wants its time of sending, which the kernel tells late or
//! never, and the master's answer, and these come in either order.

const std = @import("std");
const timestamp = @import("timestamp.zig");

pub const open_max = 8;

pub const Sample = struct {
    sequence: u16,
    /// When it left, by the local clock.
    t3_ns: i64,
    /// When it came, by the master's.
    t4_ns: i64,
    correction: timestamp.Scaled,
};

pub const Counters = struct {
    sent: u64 = 0,
    answered: u64 = 0,
    /// Without answer, or without a time of sending.
    lost: u64 = 0,
    /// Answers that nobody waits for: doubled, late or made up.
    strays: u64 = 0,
};

const Answer = struct { t4_ns: i64, correction: timestamp.Scaled };
const Open = struct { sequence: u16, token: u32, t3_ns: ?i64 = null, answer: ?Answer = null };

pub const DelayRequests = struct {
    open: [open_max]Open = undefined,
    count: usize = 0,
    counters: Counters = .{},

    /// Forgets what is on its way: another master.
    pub fn reset(self: *DelayRequests) void {
        self.counters.lost += self.count;
        self.count = 0;
    }

    pub fn begin(self: *DelayRequests, sequence: u16, token: u32) void {
        if (self.count == open_max) self.removeAt(0, true);
        self.open[self.count] = .{ .sequence = sequence, .token = token };
        self.count += 1;
        self.counters.sent += 1;
    }

    pub fn sent(self: *DelayRequests, token: u32, t3_ns: i64) ?Sample {
        for (self.open[0..self.count], 0..) |*one, index| {
            if (one.token != token or one.t3_ns != null) continue;
            one.t3_ns = t3_ns;
            return self.complete(index);
        }
        return null;
    }

    pub fn answered(self: *DelayRequests, sequence: u16, t4_ns: i64, correction: timestamp.Scaled) ?Sample {
        for (self.open[0..self.count], 0..) |*one, index| {
            if (one.sequence != sequence) continue;
            if (one.answer != null) break;
            one.answer = .{ .t4_ns = t4_ns, .correction = correction };
            return self.complete(index);
        }
        self.counters.strays += 1;
        return null;
    }

    fn complete(self: *DelayRequests, index: usize) ?Sample {
        const one = self.open[index];
        const t3_ns = one.t3_ns orelse return null;
        const answer = one.answer orelse return null;
        self.removeAt(index, false);
        self.counters.answered += 1;
        return .{ .sequence = one.sequence, .t3_ns = t3_ns, .t4_ns = answer.t4_ns, .correction = answer.correction };
    }

    fn removeAt(self: *DelayRequests, index: usize, is_lost: bool) void {
        if (is_lost) self.counters.lost += 1;
        self.count -= 1;
        for (index..self.count) |i| self.open[i] = self.open[i + 1];
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "time of sending and answer come in either order" {
    var requests: DelayRequests = .{};
    requests.begin(65535, 7);
    requests.begin(0, 8);
    try expect(requests.sent(7, 100) == null);
    try expectEqual(
        @as(?Sample, .{ .sequence = 65535, .t3_ns = 100, .t4_ns = 150, .correction = 5 }),
        requests.answered(65535, 150, 5),
    );
    try expect(requests.answered(0, 250, 0) == null);
    try expectEqual(@as(i64, 200), requests.sent(8, 200).?.t3_ns);
    try expectEqual(Counters{ .sent = 2, .answered = 2 }, requests.counters);
}

test "doubled and made up answers are strays" {
    var requests: DelayRequests = .{};
    requests.begin(1, 1);
    try expect(requests.answered(2, 0, 0) == null);
    try expect(requests.answered(1, 10, 0) == null);
    try expect(requests.answered(1, 99, 0) == null);
    try expectEqual(@as(i64, 10), requests.sent(1, 5).?.t4_ns);
    try expect(requests.sent(1, 5) == null);
    try expect(requests.answered(1, 10, 0) == null);
    try expectEqual(@as(u64, 3), requests.counters.strays);
}

test "the oldest is given up when there are too many" {
    var requests: DelayRequests = .{};
    for (0..open_max + 2) |i| requests.begin(@intCast(i), @intCast(i + 1));
    try expectEqual(@as(u64, 2), requests.counters.lost);
    try expect(requests.sent(1, 0) == null);
    try expect(requests.answered(0, 0, 0) == null);
    requests.reset();
    try expectEqual(@as(u64, open_max + 2), requests.counters.lost);
}
