//! Places in a block of bytes, given out and taken back: numbers only, no memory is touched.
//!
//! The block is a row of ranges, used or free, each beginning where the one before ends. The smallest free range that
//! is enough is taken; a range that becomes free is joined with free neighbours. Room for what `alloc` and a later
//! `free` need is reserved first, so that `free` cannot fail. A block holds tens of ranges, rarely hundreds: a row that
//! is searched is quicker there than a tree.

const std = @import("std");

pub const RangeAllocator = struct {
    ranges: std.ArrayList(Range) = .empty,
    bytes: u64,
    used_bytes: u64 = 0,
    used_count: u32 = 0,

    const Range = struct { offset: u64, bytes: u64, used: bool };

    pub fn init(gpa: std.mem.Allocator, bytes: u64) error{OutOfMemory}!RangeAllocator {
        var self: RangeAllocator = .{ .bytes = bytes };
        try self.ranges.append(gpa, .{ .offset = 0, .bytes = bytes, .used = false });
        return self;
    }

    pub fn deinit(self: *RangeAllocator, gpa: std.mem.Allocator) void {
        self.ranges.deinit(gpa);
        self.* = undefined;
    }

    /// The offset of a new range, a multiple of `alignment` (a power of two), or null if there is no room.
    pub fn alloc(self: *RangeAllocator, gpa: std.mem.Allocator, bytes: u64, alignment: u64) error{OutOfMemory}!?u64 {
        std.debug.assert(bytes > 0 and std.math.isPowerOfTwo(alignment));
        try self.ranges.ensureUnusedCapacity(gpa, 2);
        var best: ?usize = null;
        for (self.ranges.items, 0..) |range, i| {
            if (range.used) continue;
            const padding = std.mem.alignForward(u64, range.offset, alignment) - range.offset;
            if (range.bytes < padding or range.bytes - padding < bytes) continue;
            if (best == null or range.bytes < self.ranges.items[best.?].bytes) best = i;
        }
        var index = best orelse return null;
        const range = self.ranges.items[index];
        const offset = std.mem.alignForward(u64, range.offset, alignment);
        const padding = offset - range.offset;
        const rest = range.bytes - padding - bytes;
        if (padding > 0) {
            self.ranges.items[index].bytes = padding;
            index += 1;
            self.ranges.insertAssumeCapacity(index, undefined);
        }
        self.ranges.items[index] = .{ .offset = offset, .bytes = bytes, .used = true };
        if (rest > 0) {
            self.ranges.insertAssumeCapacity(index + 1, .{ .offset = offset + bytes, .bytes = rest, .used = false });
        }
        self.used_bytes += bytes;
        self.used_count += 1;
        return offset;
    }

    /// Gives back the range that begins at `offset`.
    pub fn free(self: *RangeAllocator, offset: u64) void {
        const items = self.ranges.items;
        var index = std.sort.lowerBound(Range, items, offset, struct {
            fn order(wanted: u64, range: Range) std.math.Order {
                return std.math.order(wanted, range.offset);
            }
        }.order);
        std.debug.assert(items[index].offset == offset and items[index].used);
        self.used_bytes -= items[index].bytes;
        self.used_count -= 1;
        items[index].used = false;
        if (index + 1 < items.len and !items[index + 1].used) {
            items[index].bytes += items[index + 1].bytes;
            _ = self.ranges.orderedRemove(index + 1);
        }
        if (index == 0) return;
        index -= 1;
        if (self.ranges.items[index].used) return;
        self.ranges.items[index].bytes += self.ranges.items[index + 1].bytes;
        _ = self.ranges.orderedRemove(index + 1);
    }

    fn check(self: *const RangeAllocator) !void {
        var offset: u64 = 0;
        var used: u64 = 0;
        var before_free = false;
        for (self.ranges.items) |range| {
            try std.testing.expectEqual(offset, range.offset);
            try std.testing.expect(range.bytes > 0);
            try std.testing.expect(range.used or !before_free);
            before_free = !range.used;
            if (range.used) used += range.bytes;
            offset += range.bytes;
        }
        try std.testing.expectEqual(self.bytes, offset);
        try std.testing.expectEqual(self.used_bytes, used);
    }
};

test "ranges are aligned, do not overlap and join again" {
    const gpa = std.testing.allocator;
    var ranges: RangeAllocator = try .init(gpa, 1024);
    defer ranges.deinit(gpa);
    try std.testing.expectEqual(0, try ranges.alloc(gpa, 10, 1));
    try std.testing.expectEqual(256, try ranges.alloc(gpa, 100, 256));
    try std.testing.expectEqual(10, try ranges.alloc(gpa, 246, 1));
    try std.testing.expectEqual(null, try ranges.alloc(gpa, 1000, 1));
    try ranges.check();
    for ([_]u64{ 0, 256, 10 }) |offset| ranges.free(offset);
    try ranges.check();
    try std.testing.expectEqual(@as(usize, 1), ranges.ranges.items.len);
    try std.testing.expectEqual(0, try ranges.alloc(gpa, 1024, 1024));
}

test "random ranges never overlap, and at the end there is one free range" {
    const gpa = std.testing.allocator;
    var random: std.Random.DefaultPrng = .init(6);
    var ranges: RangeAllocator = try .init(gpa, 1 << 20);
    defer ranges.deinit(gpa);
    var offsets: std.ArrayList(u64) = .empty;
    defer offsets.deinit(gpa);
    for (0..5000) |_| {
        const r = random.random();
        if (r.boolean() or offsets.items.len == 0) {
            const alignment = @as(u64, 1) << r.uintLessThan(u4, 13);
            const offset = try ranges.alloc(gpa, r.intRangeAtMost(u64, 1, 40_000), alignment) orelse continue;
            try std.testing.expect(offset % alignment == 0);
            try offsets.append(gpa, offset);
        } else {
            ranges.free(offsets.swapRemove(r.uintLessThan(usize, offsets.items.len)));
        }
        try ranges.check();
    }
    for (offsets.items) |offset| ranges.free(offset);
    try std.testing.expectEqual(@as(usize, 1), ranges.ranges.items.len);
    try std.testing.expectEqual(@as(u32, 0), ranges.used_count);
}

fn failAnywhere(gpa: std.mem.Allocator) !void {
    var ranges: RangeAllocator = try .init(gpa, 4096);
    defer ranges.deinit(gpa);
    var offsets: [20]?u64 = @splat(null);
    defer for (offsets) |offset| if (offset) |given| ranges.free(given);
    for (&offsets) |*offset| offset.* = try ranges.alloc(gpa, 33, 64);
}

test "a lack of memory changes nothing" {
    try std.testing.checkAllAllocationFailures(@import("test_kit.zig").steady, failAnywhere, .{});
}
