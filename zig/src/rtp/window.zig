//! Which of the last sequence numbers have come: doubles, disorder and loss, exactly, whatever is done with the
//! packets.
//!
//! A bit for each of the last 16384 numbers. What is further behind than that is not known any more; a source that
//! refuses such numbers (see source.zig) stands before this.

const std = @import("std");

pub const Window = struct {
    words: [word_count]u64 = @splat(0),
    first: u64 = 0,
    newest: ?u64 = null,
    /// Numbers that have come, each once.
    unique: u64 = 0,
    counters: Counters = .{},
    /// What was lost in lives of the stream that are over.
    lost_before: u64 = 0,

    /// How far behind the newest a number is known.
    pub const reach = bit_count - 64;

    const bit_count = 1 << 14;
    const word_count = bit_count / 64;

    pub const Counters = struct {
        duplicates: u64 = 0,
        /// Came after a packet that follows them.
        reordered: u64 = 0,
    };

    /// Takes a number that is at most `reach` behind the newest. False if it has come before.
    pub fn mark(self: *Window, number: u64) bool {
        const newest = self.newest orelse {
            self.first = number;
            self.advance(number, number);
            return self.set(number);
        };
        if (number > newest) {
            self.advance(newest, number);
            return self.set(number);
        }
        if (newest - number > reach) return false;
        if (!self.set(number)) {
            self.counters.duplicates += 1;
            return false;
        }
        self.counters.reordered += 1;
        self.first = @min(self.first, number);
        return true;
    }

    /// Empties the words that are entered, so that none tells of numbers from a round before.
    fn advance(self: *Window, from: u64, to: u64) void {
        self.newest = to;
        if (from / 64 == to / 64) return;
        if (to / 64 - from / 64 >= word_count) {
            @memset(&self.words, 0);
        } else {
            for (from / 64 + 1..to / 64 + 1) |word| self.words[word % word_count] = 0;
        }
    }

    /// False if it was set.
    fn set(self: *Window, number: u64) bool {
        const word = &self.words[number / 64 % word_count];
        const mask = @as(u64, 1) << @truncate(number % 64);
        if (word.* & mask != 0) return false;
        word.* |= mask;
        self.unique += 1;
        return true;
    }

    /// Numbers between the first and the newest that have not come; one that comes late is lost no longer.
    pub fn lost(self: *const Window) u64 {
        const newest = self.newest orelse return self.lost_before;
        return self.lost_before + (newest - self.first + 1) - self.unique;
    }

    /// The stream begins anew. Counters stay.
    pub fn restart(self: *Window) void {
        self.* = .{ .counters = self.counters, .lost_before = self.lost() };
    }
};

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "mark() knows doubles, disorder and what is missing" {
    var window: Window = .{};
    for ([_]u64{ 1000, 1001, 1004, 1003, 1100, 999 }) |number| try expect(window.mark(number));
    for ([_]u64{ 1004, 1100, 999 }) |number| try expect(!window.mark(number));
    try expectEqual(Window.Counters{ .duplicates = 3, .reordered = 2 }, window.counters);
    try expectEqual(@as(u64, 102 - 6), window.lost());
    try expect(window.mark(1002));
    try expectEqual(@as(u64, 95), window.lost());
    window.restart();
    try expectEqual(@as(u64, 95), window.lost());
    try expect(window.mark(7));
    try expectEqual(@as(u64, 95), window.lost());
}

test "mark() agrees with a set of all numbers, through gaps of every size" {
    var window: Window = .{};
    var seen: std.AutoHashMapUnmanaged(u64, void) = .empty;
    defer seen.deinit(std.testing.allocator);
    var random_state = std.Random.DefaultPrng.init(0x5749_4E);
    const random = random_state.random();
    const start: u64 = 1 << 32;
    var newest: u64 = start;
    try expect(window.mark(start));
    try seen.put(std.testing.allocator, start, {});
    var first = start;
    for (0..200_000) |i| {
        const number = if (random.boolean())
            newest + random.uintAtMost(u64, if (i % 1000 == 0) 60_000 else 3)
        else
            newest - random.uintAtMost(u64, @min(Window.reach, 200));
        const entry = try seen.getOrPut(std.testing.allocator, number);
        try expectEqual(!entry.found_existing, window.mark(number));
        newest = @max(newest, number);
        first = @min(first, number);
        try expectEqual(newest - first + 1 - seen.count(), window.lost());
    }
}
