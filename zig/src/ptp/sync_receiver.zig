//! Sync and Follow_Up of one master become samples (IEEE 1588-2008 sections 9.5.4, 9.5.5 and 11.2).
//!
//! The two belong together by their number, in whichever order they come, and while others are on their way. Samples
//! are given in the order of their numbers: what is older than the last one is late, and dropped.

const std = @import("std");
const timestamp = @import("timestamp.zig");

pub const waiting_max = 8;

pub const Sample = struct {
    sequence: u16,
    /// The master's time.
    t1_ns: i64,
    /// Of the local clock.
    t2_ns: i64,
    correction: timestamp.Scaled,
};

pub const Counters = struct {
    /// Again the same message.
    duplicates: u64 = 0,
    /// Older than the newest sample.
    late: u64 = 0,
    /// A two-step Sync without its Follow_Up, or the other way round.
    unmatched: u64 = 0,
};

const Sync = struct { t2_ns: i64, correction: timestamp.Scaled };
const FollowUp = struct { t1_ns: i64, correction: timestamp.Scaled };
const Waiting = struct { sequence: u16, sync: ?Sync = null, follow_up: ?FollowUp = null };

pub const SyncReceiver = struct {
    waiting: [waiting_max]Waiting = undefined,
    count: usize = 0,
    newest: ?u16 = null,
    counters: Counters = .{},

    /// Forgets all but the counters: another master.
    pub fn reset(self: *SyncReceiver) void {
        self.* = .{ .counters = self.counters };
    }

    pub fn oneStep(self: *SyncReceiver, sequence: u16, t1_ns: i64, t2_ns: i64, correction: timestamp.Scaled) ?Sample {
        if (self.isOld(sequence)) return null;
        return self.complete(.{ .sequence = sequence, .t1_ns = t1_ns, .t2_ns = t2_ns, .correction = correction });
    }

    pub fn twoStep(self: *SyncReceiver, sequence: u16, t2_ns: i64, correction: timestamp.Scaled) ?Sample {
        if (self.isOld(sequence)) return null;
        const one = self.place(sequence);
        if (one.sync != null) {
            self.counters.duplicates += 1;
            return null;
        }
        one.sync = .{ .t2_ns = t2_ns, .correction = correction };
        return self.match(one.*);
    }

    pub fn followUp(self: *SyncReceiver, sequence: u16, t1_ns: i64, correction: timestamp.Scaled) ?Sample {
        if (self.isOld(sequence)) return null;
        const one = self.place(sequence);
        if (one.follow_up != null) {
            self.counters.duplicates += 1;
            return null;
        }
        one.follow_up = .{ .t1_ns = t1_ns, .correction = correction };
        return self.match(one.*);
    }

    fn isOld(self: *SyncReceiver, sequence: u16) bool {
        const newest = self.newest orelse return false;
        const ahead: i16 = @bitCast(sequence -% newest);
        // A number that is far back is a master that began anew.
        if (ahead > 0 or ahead < -64) return false;
        if (ahead == 0) self.counters.duplicates += 1 else self.counters.late += 1;
        return true;
    }

    fn place(self: *SyncReceiver, sequence: u16) *Waiting {
        for (self.waiting[0..self.count]) |*one| {
            if (one.sequence == sequence) return one;
        }
        if (self.count == waiting_max) self.removeAt(0, true);
        self.waiting[self.count] = .{ .sequence = sequence };
        self.count += 1;
        return &self.waiting[self.count - 1];
    }

    /// They lie in the order in which they began; the first has waited longest.
    fn removeAt(self: *SyncReceiver, index: usize, is_lost: bool) void {
        if (is_lost) self.counters.unmatched += 1;
        self.count -= 1;
        for (index..self.count) |i| self.waiting[i] = self.waiting[i + 1];
    }

    fn match(self: *SyncReceiver, one: Waiting) ?Sample {
        const sync = one.sync orelse return null;
        const follow_up = one.follow_up orelse return null;
        return self.complete(.{
            .sequence = one.sequence,
            .t1_ns = follow_up.t1_ns,
            .t2_ns = sync.t2_ns,
            .correction = sync.correction +| follow_up.correction,
        });
    }

    fn complete(self: *SyncReceiver, sample: Sample) Sample {
        const is_restart = if (self.newest) |newest| @as(i16, @bitCast(sample.sequence -% newest)) <= 0 else false;
        var index: usize = 0;
        while (index < self.count) {
            const ahead: i16 = @bitCast(self.waiting[index].sequence -% sample.sequence);
            if (ahead <= 0 or is_restart) {
                self.removeAt(index, ahead != 0);
            } else index += 1;
        }
        self.newest = sample.sequence;
        return sample;
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "a two-step Sync waits for its Follow_Up, in either order" {
    var receiver: SyncReceiver = .{};
    try expect(receiver.twoStep(65535, 20, 3) == null);
    try expectEqual(
        @as(?Sample, .{ .sequence = 65535, .t1_ns = 10, .t2_ns = 20, .correction = 7 }),
        receiver.followUp(65535, 10, 4),
    );
    try expect(receiver.followUp(0, 110, 0) == null);
    try expectEqual(
        @as(?Sample, .{ .sequence = 0, .t1_ns = 110, .t2_ns = 120, .correction = 0 }),
        receiver.twoStep(0, 120, 0),
    );
    try expectEqual(Counters{}, receiver.counters);
}

test "two that overlap are both given; what is overtaken is late" {
    var receiver: SyncReceiver = .{};
    _ = receiver.twoStep(1, 20, 0);
    _ = receiver.twoStep(2, 120, 0);
    try expectEqual(@as(u16, 1), receiver.followUp(1, 10, 0).?.sequence);
    try expectEqual(@as(u16, 2), receiver.followUp(2, 110, 0).?.sequence);
    _ = receiver.twoStep(3, 20, 0);
    _ = receiver.twoStep(4, 120, 0);
    try expectEqual(@as(u16, 4), receiver.followUp(4, 110, 0).?.sequence);
    try expect(receiver.followUp(3, 10, 0) == null);
    try expectEqual(Counters{ .late = 1, .unmatched = 1 }, receiver.counters);
}

test "duplicates are counted and give nothing" {
    var receiver: SyncReceiver = .{};
    _ = receiver.twoStep(1, 20, 0);
    try expect(receiver.twoStep(1, 999, 0) == null);
    try expectEqual(@as(i64, 20), receiver.followUp(1, 10, 0).?.t2_ns);
    try expect(receiver.followUp(1, 10, 0) == null);
    try expect(receiver.oneStep(1, 10, 20, 0) == null);
    _ = receiver.followUp(2, 10, 0);
    try expect(receiver.followUp(2, 11, 0) == null);
    try expectEqual(@as(u64, 4), receiver.counters.duplicates);
}

test "what never finds its other half is forgotten, one by one" {
    var receiver: SyncReceiver = .{};
    for (0..waiting_max + 2) |i| try expect(receiver.twoStep(@intCast(i), 0, 0) == null);
    try expectEqual(Counters{ .unmatched = 2 }, receiver.counters);
    try expect(receiver.followUp(9, 1, 0) != null);
    try expectEqual(@as(usize, 0), receiver.count);
    try expectEqual(Counters{ .unmatched = waiting_max + 1 }, receiver.counters);
}

test "a count that begins anew is believed" {
    var receiver: SyncReceiver = .{};
    _ = receiver.oneStep(5000, 1, 2, 0);
    _ = receiver.twoStep(5001, 1, 0);
    try expectEqual(@as(u16, 0), receiver.oneStep(0, 3, 4, 0).?.sequence);
    try expectEqual(@as(usize, 0), receiver.count);
    try expect(receiver.oneStep(1, 3, 4, 0) != null);
}

test "corrections that are too large saturate" {
    var receiver: SyncReceiver = .{};
    _ = receiver.twoStep(1, 0, timestamp.scaled_unknown);
    try expectEqual(timestamp.scaled_unknown, receiver.followUp(1, 0, 1).?.correction);
}
