//! The masters that a port hears (IEEE 1588-2008 sections 9.3.2.4 and 9.3.2.5): how many there can be is fixed.
//!
//! One counts when two of its Announces came within four announce intervals. The one we follow counts until its
//! receipt timeout, whatever was lost: the standard would drop it for two losses in a row.
//!
//! When the table is full a newcomer takes the place of one that is silent, else of the worst one that does not count
//! yet, else of the worst, if it is better than that one. So a flood cannot push out the master in use, and of many
//! real masters the best ones stay. Those turned away are counted.

const std = @import("std");
const data_set = @import("data_set.zig");
const identity = @import("identity.zig");
const message = @import("message.zig");
const timestamp = @import("timestamp.zig");

const PortIdentity = identity.PortIdentity;

pub const capacity = 32;

/// FOREIGN_MASTER_TIME_WINDOW in announce intervals.
pub const window_intervals = 4;

pub const Master = struct {
    port: PortIdentity,
    /// The edge's number for where it came from.
    from: u32,
    announce: message.Announce,
    flags: message.Flags,
    sequence: u16,
    /// Of its Announces.
    interval_ns: i64,
    newest_ns: i64,
    previous_ns: ?i64 = null,

    /// Two Announces within the window.
    pub fn isQualified(self: Master, now_ns: i64) bool {
        const previous_ns = self.previous_ns orelse return false;
        return now_ns - previous_ns <= window_intervals * self.interval_ns;
    }

    pub fn isSilent(self: Master, now_ns: i64) bool {
        return now_ns - self.newest_ns > window_intervals * self.interval_ns;
    }
};

pub const Outcome = enum {
    /// Known or taken in.
    taken,
    /// The same Announce again, or one that was overtaken.
    repeated,
    /// The table is full of better ones.
    turned_away,
};

pub const ForeignMasters = struct {
    /// Who hears them.
    receiver: PortIdentity,
    table: [capacity]Master = undefined,
    count: usize = 0,
    /// The one in use: it counts and stays until it is removed.
    parent: ?PortIdentity = null,

    pub fn masters(self: *const ForeignMasters) []const Master {
        return self.table[0..self.count];
    }

    pub fn find(self: *ForeignMasters, port: PortIdentity) ?*Master {
        for (self.table[0..self.count]) |*one| {
            if (one.port.equals(port)) return one;
        }
        return null;
    }

    /// An Announce that is fit to be considered, with `previous_ns` null.
    pub fn receive(self: *ForeignMasters, heard: Master) Outcome {
        if (self.find(heard.port)) |known| {
            const ahead: i16 = @bitCast(heard.sequence -% known.sequence);
            // A count that falls far back is a master that began anew.
            const is_restart = ahead < -16;
            if (ahead <= 0 and !is_restart and !known.isSilent(heard.newest_ns)) return .repeated;
            const previous_ns = known.newest_ns;
            known.* = heard;
            known.previous_ns = previous_ns;
            return .taken;
        }
        const place = self.placeFor(heard) orelse return .turned_away;
        place.* = heard;
        return .taken;
    }

    fn placeFor(self: *ForeignMasters, heard: Master) ?*Master {
        if (self.count < capacity) {
            self.count += 1;
            return &self.table[self.count - 1];
        }
        for (&self.table) |*one| {
            if (one.isSilent(heard.newest_ns) and !self.isParent(one.*)) return one;
        }
        const last = self.worst(heard.newest_ns, false) orelse self.worst(heard.newest_ns, true) orelse return null;
        return if (self.isBetter(heard, last.*)) last else null;
    }

    fn worst(self: *ForeignMasters, now_ns: i64, qualified: bool) ?*Master {
        var found: ?*Master = null;
        for (self.table[0..self.count]) |*one| {
            if (self.isParent(one.*) or one.isQualified(now_ns) != qualified) continue;
            if (found == null or self.isBetter(found.?.*, one.*)) found = one;
        }
        return found;
    }

    pub fn remove(self: *ForeignMasters, port: PortIdentity) void {
        const one = self.find(port) orelse return;
        self.count -= 1;
        one.* = self.table[self.count];
    }

    pub fn clear(self: *ForeignMasters) void {
        self.count = 0;
        self.parent = null;
    }

    /// Forgets all that were silent for the window, but not the parent.
    pub fn expire(self: *ForeignMasters, now_ns: i64) void {
        var index: usize = 0;
        while (index < self.count) {
            const one = self.table[index];
            if (!one.isSilent(now_ns) or self.isParent(one)) {
                index += 1;
            } else {
                self.count -= 1;
                self.table[index] = self.table[self.count];
            }
        }
    }

    /// The best that counts (the standard's E_rbest, and for a clock with one port E_best).
    pub fn best(self: *const ForeignMasters, now_ns: i64) ?Master {
        var found: ?Master = null;
        for (self.masters()) |one| {
            if (!one.isQualified(now_ns) and !self.isParent(one)) continue;
            if (found == null or self.isBetter(one, found.?)) found = one;
        }
        return found;
    }

    pub fn dataSet(self: *const ForeignMasters, master: Master) data_set.DataSet {
        return .of(master.announce, master.port, self.receiver);
    }

    fn isParent(self: *const ForeignMasters, master: Master) bool {
        return if (self.parent) |port| port.equals(master.port) else false;
    }

    fn isBetter(self: *const ForeignMasters, a: Master, b: Master) bool {
        return data_set.compare(self.dataSet(a), self.dataSet(b)).isA();
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

fn masterOf(number: u64, sequence: u16, now_ns: i64) Master {
    const clock: identity.ClockIdentity = .fromNumber(number);
    return .{
        .port = .{ .clock = clock, .port = 1 },
        .from = @intCast(number),
        .announce = .{
            .utc_offset_s = 37,
            .priority_1 = 128,
            .quality = .{ .class = 248, .accuracy = 0xFE, .variance = 0xFFFF },
            .priority_2 = 128,
            .grandmaster = clock,
            .steps_removed = 0,
            .time_source = 0xA0,
        },
        .flags = .{},
        .sequence = sequence,
        .interval_ns = 1000,
        .newest_ns = now_ns,
    };
}

fn empty() ForeignMasters {
    return .{ .receiver = .{ .clock = .fromNumber(1 << 60), .port = 1 } };
}

test "a master counts with two Announces in four intervals" {
    var table = empty();
    try expectEqual(Outcome.taken, table.receive(masterOf(5, 65535, 0)));
    try expect(table.best(0) == null);
    try expectEqual(Outcome.repeated, table.receive(masterOf(5, 65535, 100)));
    try expect(table.best(100) == null);
    try expectEqual(Outcome.taken, table.receive(masterOf(5, 0, 4000))); // the count wraps
    try expectEqual(@as(u32, 5), table.best(4000).?.from);
    try expect(table.best(4001) == null);
    table.parent = masterOf(5, 0, 0).port;
    try expect(table.best(1_000_000) != null);
    table.expire(1_000_000);
    try expectEqual(@as(usize, 1), table.count);
    table.parent = null;
    table.expire(1_000_000);
    try expectEqual(@as(usize, 0), table.count);
}

test "an Announce that was overtaken does not count, a count that begins anew does" {
    var table = empty();
    _ = table.receive(masterOf(5, 1000, 0));
    try expectEqual(Outcome.repeated, table.receive(masterOf(5, 999, 10)));
    try expectEqual(Outcome.taken, table.receive(masterOf(5, 3, 1000)));
    try expect(table.best(1000) != null);
    // After a silence any number is taken.
    try expectEqual(Outcome.taken, table.receive(masterOf(5, 3, 9000)));
}

test "the best of several, in any order of coming" {
    var table = empty();
    for ([_]u64{ 7, 3, 9, 4 }) |number| {
        _ = table.receive(masterOf(number, 1, 0));
        _ = table.receive(masterOf(number, 2, 1000));
    }
    try expectEqual(@as(u32, 3), table.best(1000).?.from);
    table.remove(masterOf(3, 0, 0).port);
    try expectEqual(@as(u32, 4), table.best(1000).?.from);
}

test "a flood keeps the parent and the best, and turns the others away" {
    var table = empty();
    _ = table.receive(masterOf(50_000, 1, 0));
    table.parent = masterOf(50_000, 0, 0).port;
    var turned_away: usize = 0;
    for (1..1001) |number| {
        if (table.receive(masterOf(number, 1, 10)) == .turned_away) turned_away += 1;
    }
    try expectEqual(@as(usize, 1000 - (capacity - 1)), turned_away);
    try expect(table.find(table.parent.?) != null);
    // A better one still comes in, in place of the worst.
    try expectEqual(Outcome.taken, table.receive(masterOf(0, 1, 20)));
    try expect(table.find(masterOf(capacity - 1, 0, 0).port) == null);
    // And when the flood is silent, anybody, though the parent is silent, too.
    for (0..capacity) |number| _ = table.receive(masterOf(60_000 + number, 1, 10_000));
    try expect(table.find(masterOf(60_000, 0, 0).port) != null);
    try expect(table.find(table.parent.?) != null);
}
