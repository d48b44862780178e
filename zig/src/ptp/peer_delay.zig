//! The delay to the neighbour (IEEE 1588-2008 section 11.4): asking, and answering, which every port with this
//! mechanism must do.
//!
//! A one-step answer has the neighbour's turnaround in its correction; a two-step one has both its times, the second
//! in a follow-up. Whole answers of more than one neighbour to one request mean that the path is not a cable between
//! two PTP devices, and there is no delay to tell.

const std = @import("std");
const actions_module = @import("actions.zig");
const identity = @import("identity.zig");
const message = @import("message.zig");
const timestamp = @import("timestamp.zig");

const PortIdentity = identity.PortIdentity;

pub const Sample = struct {
    sequence: u16,
    t1_ns: i64,
    /// 0 with t3 if the turnaround is in the correction.
    t2_ns: i64,
    t3_ns: i64,
    t4_ns: i64,
    correction: timestamp.Scaled,

    /// `rate_ratio` is the neighbour's seconds per second of the local clock.
    pub fn delayNs(self: Sample, rate_ratio: f64) i64 {
        const here_ns = @as(i128, self.t4_ns) - self.t1_ns;
        const there_ns = @as(i128, self.t3_ns) - self.t2_ns;
        const stretch_ns = @as(f64, @floatFromInt(here_ns)) * (rate_ratio - 1);
        const scaled = ((here_ns - there_ns) << 16) + @as(i128, std.math.lossyCast(i64, stretch_ns)) * 65536;
        return std.math.lossyCast(i64, timestamp.roundScaled(@divFloor(scaled - self.correction, 2)));
    }
};

pub const Counters = struct {
    sent: u64 = 0,
    answered: u64 = 0,
    /// Given up without a whole answer.
    lost: u64 = 0,
    strays: u64 = 0,
    /// Requests with whole answers of more than one neighbour.
    several_peers: u64 = 0,
};

const Response = struct {
    peer: PortIdentity,
    t2_ns: i64,
    t4_ns: i64,
    correction: timestamp.Scaled,
    two_step: bool,
};
const FollowUp = struct { peer: PortIdentity, t3_ns: i64, correction: timestamp.Scaled };

/// One request at a time: the next one gives the last one up.
pub const PeerRequester = struct {
    sequence: ?u16 = null,
    token: u32 = 0,
    t1_ns: ?i64 = null,
    response: ?Response = null,
    follow_up: ?FollowUp = null,
    /// Already given as a sample.
    done: bool = false,
    several: bool = false,
    counters: Counters = .{},

    pub fn begin(self: *PeerRequester, sequence: u16, token: u32) void {
        if (self.sequence != null and !self.done) self.counters.lost += 1;
        self.* = .{ .sequence = sequence, .token = token, .counters = self.counters };
        self.counters.sent += 1;
    }

    pub fn sent(self: *PeerRequester, token: u32, t1_ns: i64) ?Sample {
        if (self.sequence == null or self.token != token or self.t1_ns != null) return null;
        self.t1_ns = t1_ns;
        return self.complete();
    }

    pub fn responded(self: *PeerRequester, sequence: u16, response: Response) ?Sample {
        if (self.sequence == null or self.sequence.? != sequence) return self.stray();
        if (self.response) |known| {
            if (known.peer.equals(response.peer)) return self.stray();
            if (!self.several) self.counters.several_peers += 1;
            self.several = true;
            return null;
        }
        self.response = response;
        return self.complete();
    }

    pub fn followedUp(self: *PeerRequester, sequence: u16, follow_up: FollowUp) ?Sample {
        if (self.sequence == null or self.sequence.? != sequence or self.follow_up != null) return self.stray();
        if (self.response) |response| {
            if (!response.peer.equals(follow_up.peer)) return self.stray();
        }
        self.follow_up = follow_up;
        return self.complete();
    }

    fn stray(self: *PeerRequester) ?Sample {
        self.counters.strays += 1;
        return null;
    }

    fn complete(self: *PeerRequester) ?Sample {
        const t1_ns = self.t1_ns orelse return null;
        const response = self.response orelse return null;
        if (self.done or self.several) return null;
        var sample: Sample = .{
            .sequence = self.sequence.?,
            .t1_ns = t1_ns,
            .t2_ns = 0,
            .t3_ns = 0,
            .t4_ns = response.t4_ns,
            .correction = response.correction,
        };
        if (response.two_step) {
            const follow_up = self.follow_up orelse return null;
            if (!follow_up.peer.equals(response.peer)) return null;
            sample.t2_ns = response.t2_ns;
            sample.t3_ns = follow_up.t3_ns;
            sample.correction +|= follow_up.correction;
        }
        self.done = true;
        self.counters.answered += 1;
        return sample;
    }
};

pub const waiting_max = 8;

/// Answers requests in two steps: the follow-up goes when the time of sending is known.
pub const PeerResponder = struct {
    waiting: [waiting_max]Waiting = undefined,
    count: usize = 0,
    /// Follow-ups that were not sent: no time of sending came.
    lost_count: u64 = 0,

    const Waiting = struct {
        token: u32,
        sequence: u16,
        requesting: PortIdentity,
        destination: actions_module.Destination,
        correction: timestamp.Scaled,
    };

    pub const Request = struct {
        header: message.Header,
        from: u32,
        /// In the time that the follow-up will have, too.
        received: message.Timestamp,
    };

    pub fn request(
        self: *PeerResponder,
        sender: *actions_module.Sender,
        actions: *actions_module.Actions,
        asked: Request,
    ) void {
        const destination: actions_module.Destination =
            if (asked.header.flags.unicast) .{ .unicast = asked.from } else .peer;
        const token = sender.send(actions, .{ .pdelay_resp = .{
            .stamp = asked.received,
            .requesting = asked.header.source,
        } }, .{ .destination = destination, .sequence = asked.header.sequence, .flags = .{ .two_step = true } });
        if (self.count == waiting_max) self.removeAt(0, true);
        self.waiting[self.count] = .{
            .token = token,
            .sequence = asked.header.sequence,
            .requesting = asked.header.source,
            .destination = destination,
            .correction = asked.header.correction,
        };
        self.count += 1;
    }

    /// The answer that had this token.
    pub fn find(self: *const PeerResponder, token: u32) ?usize {
        for (self.waiting[0..self.count], 0..) |one, index| {
            if (one.token == token) return index;
        }
        return null;
    }

    /// The answer left: its follow-up goes.
    pub fn sent(
        self: *PeerResponder,
        sender: *actions_module.Sender,
        actions: *actions_module.Actions,
        index: usize,
        left: message.Timestamp,
    ) void {
        const one = self.waiting[index];
        _ = sender.send(actions, .{ .pdelay_resp_follow_up = .{
            .stamp = left,
            .requesting = one.requesting,
        } }, .{ .destination = one.destination, .sequence = one.sequence, .correction = one.correction });
        self.removeAt(index, false);
    }

    fn removeAt(self: *PeerResponder, index: usize, is_lost: bool) void {
        if (is_lost) self.lost_count += 1;
        self.count -= 1;
        for (index..self.count) |i| self.waiting[i] = self.waiting[i + 1];
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

const peer: PortIdentity = .{ .clock = .fromNumber(2), .port = 1 };
const other_peer: PortIdentity = .{ .clock = .fromNumber(3), .port = 1 };

fn responseOf(from: PortIdentity, two_step: bool) Response {
    return .{ .peer = from, .t2_ns = 9_000, .t4_ns = 1_900, .correction = 0, .two_step = two_step };
}

test "two-step answers in every order give one sample" {
    for (0..6) |order| {
        var requester: PeerRequester = .{};
        requester.begin(65535, 3);
        const orders = [6][3]u8{ .{ 0, 1, 2 }, .{ 0, 2, 1 }, .{ 1, 0, 2 }, .{ 1, 2, 0 }, .{ 2, 0, 1 }, .{ 2, 1, 0 } };
        var found: ?Sample = null;
        for (orders[order], 0..) |step, i| {
            const sample = switch (step) {
                0 => requester.sent(3, 1_000),
                1 => requester.responded(65535, responseOf(peer, true)),
                else => requester.followedUp(65535, .{ .peer = peer, .t3_ns = 9_500, .correction = 100 << 16 }),
            };
            try expectEqual(i == 2, sample != null);
            found = sample;
        }
        // ((1900 - 1000) - (9500 - 9000) - 100) / 2
        try expectEqual(@as(i64, 150), found.?.delayNs(1));
        try expectEqual(Counters{ .sent = 1, .answered = 1 }, requester.counters);
    }
}

test "a one-step answer has the turnaround in its correction, and the rate counts" {
    var requester: PeerRequester = .{};
    requester.begin(1, 3);
    _ = requester.sent(3, 1_000);
    var response = responseOf(peer, false);
    response.correction = 700 << 16;
    const sample = requester.responded(1, response).?;
    try expectEqual(@as(i64, 100), sample.delayNs(1));
    try expectEqual(@as(i64, 145), sample.delayNs(1.1));
}

test "several neighbours, strays and what is lost are counted" {
    var requester: PeerRequester = .{};
    try expect(requester.responded(0, responseOf(peer, false)) == null);
    requester.begin(1, 3);
    try expect(requester.sent(4, 0) == null);
    try expect(requester.responded(1, responseOf(peer, true)) == null);
    try expect(requester.responded(1, responseOf(peer, true)) == null);
    try expect(requester.followedUp(1, .{ .peer = other_peer, .t3_ns = 0, .correction = 0 }) == null);
    try expect(requester.responded(1, responseOf(other_peer, true)) == null);
    _ = requester.sent(3, 0);
    try expect(requester.followedUp(1, .{ .peer = peer, .t3_ns = 0, .correction = 0 }) == null);
    requester.begin(2, 4);
    try expectEqual(Counters{ .sent = 2, .lost = 1, .strays = 3, .several_peers = 1 }, requester.counters);
}
