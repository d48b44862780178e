//! Which of two masters is better: the data set comparison of the best master clock algorithm (IEEE 1588-2008 section
//! 9.3.4, figures 27 and 28, from memory and as implementations have them).
//!
//! Masters with different grandmasters are compared by the grandmaster's properties, those with the same one by how
//! far they are from it. For masters that tell the truth this is a total order. When two say different properties for
//! one grandmaster it need not be (each can beat the next in a circle of three): that is so in the standard.

const std = @import("std");
const identity = @import("identity.zig");
const message = @import("message.zig");

const PortIdentity = identity.PortIdentity;

pub const DataSet = struct {
    priority_1: u8,
    quality: message.ClockQuality,
    priority_2: u8,
    grandmaster: identity.ClockIdentity,
    steps_removed: u16,
    /// Who sent the Announce.
    sender: PortIdentity,
    /// Who got it.
    receiver: PortIdentity,

    /// Of an Announce from `sender`. Only a grandmaster itself is no step away: a sender that says 0 for the clock
    /// of another counts as one step away, so that the lie gains it nothing over those who tell the truth.
    pub fn of(announce: message.Announce, sender: PortIdentity, receiver: PortIdentity) DataSet {
        const is_other = !announce.grandmaster.equals(sender.clock);
        return .{
            .priority_1 = announce.priority_1,
            .quality = announce.quality,
            .priority_2 = announce.priority_2,
            .grandmaster = announce.grandmaster,
            .steps_removed = if (is_other) @max(announce.steps_removed, 1) else announce.steps_removed,
            .sender = sender,
            .receiver = receiver,
        };
    }

    /// The figures' D0: what a clock would announce itself as grandmaster.
    pub fn own(announce: message.Announce, clock: identity.ClockIdentity) DataSet {
        const port: PortIdentity = .{ .clock = clock, .port = 0 };
        return .of(announce, port, port);
    }
};

pub const Comparison = enum {
    a_better,
    a_better_by_topology,
    b_better,
    b_better_by_topology,
    /// A clock heard itself (error-1), or one message was compared with itself (error-2).
    same,

    pub fn isA(self: Comparison) bool {
        return self == .a_better or self == .a_better_by_topology;
    }

    pub fn isB(self: Comparison) bool {
        return self == .b_better or self == .b_better_by_topology;
    }

    pub fn swapped(self: Comparison) Comparison {
        return switch (self) {
            .a_better => .b_better,
            .a_better_by_topology => .b_better_by_topology,
            .b_better => .a_better,
            .b_better_by_topology => .a_better_by_topology,
            .same => .same,
        };
    }
};

pub fn compare(a: DataSet, b: DataSet) Comparison {
    if (a.grandmaster.equals(b.grandmaster)) return compareTopology(a, b);
    return switch (orderOfProperties(a, b)) {
        .lt => .a_better,
        .gt => .b_better,
        .eq => unreachable, // the identities differ
    };
}

fn orderOfProperties(a: DataSet, b: DataSet) std.math.Order {
    const orders = [_]std.math.Order{
        std.math.order(a.priority_1, b.priority_1),
        std.math.order(a.quality.class, b.quality.class),
        std.math.order(a.quality.accuracy, b.quality.accuracy),
        std.math.order(a.quality.variance, b.quality.variance),
        std.math.order(a.priority_2, b.priority_2),
    };
    for (orders) |order| {
        if (order != .eq) return order;
    }
    return a.grandmaster.order(b.grandmaster);
}

fn compareTopology(a: DataSet, b: DataSet) Comparison {
    const a_steps: u32 = a.steps_removed;
    const b_steps: u32 = b.steps_removed;
    if (a_steps + 1 < b_steps) return .a_better;
    if (b_steps + 1 < a_steps) return .b_better;
    if (a_steps < b_steps) return nearer(b);
    if (b_steps < a_steps) return nearer(a).swapped();
    return switch (a.sender.order(b.sender)) {
        .lt => .a_better_by_topology,
        .gt => .b_better_by_topology,
        .eq => switch (std.math.order(a.receiver.port, b.receiver.port)) {
            .lt => .a_better_by_topology,
            .gt => .b_better_by_topology,
            .eq => .same,
        },
    };
}

/// A is one step nearer; the answer depends on who heard the farther one.
fn nearer(farther: DataSet) Comparison {
    return switch (farther.receiver.order(farther.sender)) {
        .lt => .a_better,
        .gt => .a_better_by_topology,
        .eq => .same,
    };
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

fn portOf(number: u64) PortIdentity {
    return .{ .clock = .fromNumber(number), .port = 1 };
}

const base: DataSet = .{
    .priority_1 = 128,
    .quality = .{ .class = 248, .accuracy = 0xFE, .variance = 0xFFFF },
    .priority_2 = 128,
    .grandmaster = .fromNumber(50),
    .steps_removed = 0,
    .sender = portOf(50),
    .receiver = portOf(10),
};

fn expectBothWays(wanted: Comparison, a: DataSet, b: DataSet) !void {
    try expectEqual(wanted, compare(a, b));
    try expectEqual(wanted.swapped(), compare(b, a));
}

test "properties are compared in their order, each before all that follow" {
    // A is better in one, B in all that come after.
    for (0..6) |better_in| {
        var a = base;
        var b = base;
        b.grandmaster = .fromNumber(51);
        const high: *DataSet = &b;
        switch (better_in) {
            0 => high.priority_1 = 129,
            1 => high.quality.class = 255,
            2 => high.quality.accuracy = 0xFF,
            3 => a.quality.variance = 0xFFFE,
            4 => high.priority_2 = 129,
            else => {},
        }
        if (better_in < 1) a.quality.class = 249;
        if (better_in < 2) a.quality.accuracy = 0xFF;
        if (better_in < 3) b.quality.variance = 0;
        if (better_in < 4) b.priority_2 = 0;
        if (better_in < 5) b.grandmaster = .fromNumber(49);
        try expectBothWays(.a_better, a, b);
    }
}

test "one grandmaster: two steps are better without a look at who hears" {
    var far = base;
    far.steps_removed = 2;
    far.sender = portOf(9);
    far.priority_1 = 1; // does not count: it is the same grandmaster
    try expectBothWays(.a_better, base, far);
    far.steps_removed = 65535;
    try expectBothWays(.a_better, base, far);
}

test "one grandmaster: one step depends on who hears the farther one" {
    var far = base;
    far.steps_removed = 1;
    far.sender = portOf(11);
    try expectBothWays(.a_better, base, far);
    far.sender = portOf(9);
    try expectBothWays(.a_better_by_topology, base, far);
    far.sender = far.receiver;
    try expectBothWays(.same, base, far);
}

test "one grandmaster, same steps: the sender, then the port that hears" {
    var other = base;
    other.sender = portOf(51);
    try expectBothWays(.a_better_by_topology, base, other);
    other.sender = base.sender;
    other.sender.port = 2;
    try expectBothWays(.a_better_by_topology, base, other);
    other = base;
    other.receiver.port = 2;
    try expectBothWays(.a_better_by_topology, base, other);
    try expectBothWays(.same, base, base);
}

test "a sender that says no steps for another's clock counts as one step" {
    const announce: message.Announce = .{
        .utc_offset_s = 37,
        .priority_1 = 1,
        .quality = base.quality,
        .priority_2 = 1,
        .grandmaster = .fromNumber(50),
        .steps_removed = 0,
        .time_source = 0x20,
    };
    try expectEqual(@as(u16, 0), DataSet.of(announce, portOf(50), portOf(10)).steps_removed);
    try expectEqual(@as(u16, 1), DataSet.of(announce, portOf(60), portOf(10)).steps_removed);
    try expectEqual(@as(u16, 0), DataSet.own(announce, .fromNumber(50)).sender.port);
}

fn randomSet(random: std.Random) DataSet {
    const grandmaster = random.uintLessThan(u64, 3);
    const steps = random.uintLessThan(u16, 4);
    return .{
        // The properties follow from the grandmaster: all tell the truth.
        .priority_1 = @intCast(grandmaster / 2),
        .quality = .{ .class = @intCast(grandmaster % 2), .accuracy = 0, .variance = 0 },
        .priority_2 = 0,
        .grandmaster = .fromNumber(100 + grandmaster),
        .steps_removed = steps,
        .sender = if (steps == 0) portOf(100 + grandmaster) else portOf(20 + random.uintLessThan(u64, 8)),
        .receiver = portOf(24 + 100),
    };
}

test "among truthful masters it is a total order: the best is the same in every permutation" {
    var random_state = std.Random.DefaultPrng.init(0x424D_4341);
    const random = random_state.random();
    for (0..5_000) |_| {
        var sets: [6]DataSet = undefined;
        for (&sets) |*one| one.* = randomSet(random);
        for (sets) |a| for (sets) |b| for (sets) |c| {
            try expectEqual(compare(a, b), compare(b, a).swapped());
            if (compare(a, b).isA() and compare(b, c).isA()) try expect(compare(a, c).isA());
        };
        const best = bestOf(&sets);
        for (0..4) |_| {
            random.shuffle(DataSet, &sets);
            try expectEqual(Comparison.same, compare(best, bestOf(&sets)));
        }
    }
}

fn bestOf(sets: []const DataSet) DataSet {
    var best = sets[0];
    for (sets[1..]) |one| {
        if (compare(one, best).isA()) best = one;
    }
    return best;
}
