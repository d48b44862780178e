//! Jobs from any thread to the one that sends.
//!
//! A large payload stays where it is and must stay as it is until its job is done. A small one is copied into the
//! queue's own memory, which is used from the front again whenever the queue is empty: what is small stays in the
//! cache.

const std = @import("std");
const Error = @import("../result.zig").Error;
const Job = @import("sender_config.zig").Job;
const Lock = @import("../lock.zig").Lock;

pub const Item = struct { job: Job, payload: []const u8 };

pub const JobQueue = struct {
    /// Jobs that wait, and the one that is being sent. A thread that got no processor for some frames makes them good
    /// afterwards; how many large payloads to keep for it is the caller's choice.
    pub const capacity = 16;

    lock: Lock = .{},
    items: [capacity]Item = undefined,
    /// For copies; empty if payloads stay where they are.
    store: []u8,
    /// Jobs put in and taken out since the start.
    pushed: u64 = 0,
    popped: u64 = 0,
    /// No more are taken.
    ended: bool = false,

    pub fn init(store: []u8) JobQueue {
        return .{ .store = store };
    }

    pub fn push(self: *JobQueue, payload: []const u8, job: Job) Error!void {
        self.lock.acquire();
        defer self.lock.release();
        if (self.ended) return error.Ended;
        if (self.pushed - self.popped == capacity) return error.Full;
        var item: Item = .{ .job = job, .payload = payload };
        if (self.store.len > 0) {
            if (payload.len > self.store.len) return error.OutOfSpace;
            const copy = self.store[self.placeFor(payload.len) orelse return error.Full ..][0..payload.len];
            @memcpy(copy, payload);
            item.payload = copy;
        }
        self.items[self.pushed % capacity] = item;
        self.pushed += 1;
    }

    /// Where in the store so many bytes lie in one piece.
    fn placeFor(self: *JobQueue, bytes: usize) ?usize {
        if (self.pushed == self.popped) return 0;
        const oldest = self.items[self.popped % capacity].payload;
        const newest = self.items[(self.pushed - 1) % capacity].payload;
        const start = @intFromPtr(oldest.ptr) - @intFromPtr(self.store.ptr);
        const newest_end = @intFromPtr(newest.ptr) + newest.len - @intFromPtr(self.store.ptr);
        if (newest_end > start) {
            if (self.store.len - newest_end >= bytes) return newest_end;
            // Never up to the oldest: a full store would look like an empty one.
            return if (start > bytes) 0 else null;
        }
        return if (start - newest_end > bytes) newest_end else null;
    }

    /// The oldest job; it stays in the queue until `pop`.
    pub fn first(self: *JobQueue) ?Item {
        self.lock.acquire();
        defer self.lock.release();
        return if (self.pushed == self.popped) null else self.items[self.popped % capacity];
    }

    pub fn pop(self: *JobQueue) void {
        self.lock.acquire();
        defer self.lock.release();
        std.debug.assert(self.pushed > self.popped);
        self.popped += 1;
    }

    pub fn pushedCount(self: *JobQueue) u64 {
        self.lock.acquire();
        defer self.lock.release();
        return self.pushed;
    }

    /// Takes no more and forgets what is left. Returns how many that were.
    pub fn end(self: *JobQueue) u64 {
        self.lock.acquire();
        defer self.lock.release();
        self.ended = true;
        const left = self.pushed - self.popped;
        self.popped = self.pushed;
        return left;
    }
};

const expectEqual = std.testing.expectEqual;

fn jobOf(number: u64) Job {
    return .{ .start_ns = number, .media_clock = 0, .second_media_clock = 0 };
}

test "jobs come out as they went in, and payloads stay where they are" {
    var queue: JobQueue = .init(&.{});
    const payload: [JobQueue.capacity + 1]u8 = @splat(0);
    for (0..JobQueue.capacity) |i| try queue.push(payload[i..], jobOf(i));
    try std.testing.expectError(error.Full, queue.push(&payload, jobOf(99)));
    try expectEqual(@as(u64, 0), queue.first().?.job.start_ns);
    queue.pop();
    try expectEqual(@as([*]const u8, payload[1..]), queue.first().?.payload.ptr);
    try queue.push(payload[JobQueue.capacity..], jobOf(JobQueue.capacity));
    try std.testing.expectError(error.Full, queue.push(&payload, jobOf(99)));
    for (1..JobQueue.capacity - 1) |i| {
        try expectEqual(@as(u64, i), queue.first().?.job.start_ns);
        queue.pop();
    }
    try expectEqual(@as(u64, 2), queue.end());
    try std.testing.expectError(error.Ended, queue.push(&payload, jobOf(99)));
    try expectEqual(@as(?Item, null), queue.first());
}

test "copies keep what they were, whatever their sizes" {
    var store: [64]u8 = undefined;
    var queue: JobQueue = .init(&store);
    try std.testing.expectError(error.OutOfSpace, queue.push(&@as([65]u8, @splat(0)), jobOf(0)));
    var random_state = std.Random.DefaultPrng.init(7);
    const random = random_state.random();
    var sent: u64 = 0;
    var taken: u64 = 0;
    var full: u32 = 0;
    while (taken < 10_000) {
        var bytes: [40]u8 = undefined;
        const length = random.intRangeAtMost(usize, 1, bytes.len);
        @memset(&bytes, @truncate(sent));
        if (queue.push(bytes[0..length], jobOf(length))) |_| sent += 1 else |err| {
            try expectEqual(error.Full, err);
            full += 1;
        }
        @memset(&bytes, 0xEE);
        if (random.boolean()) continue;
        const item = queue.first() orelse continue;
        try expectEqual(item.job.start_ns, item.payload.len);
        for (item.payload) |byte| try expectEqual(@as(u8, @truncate(taken)), byte);
        queue.pop();
        taken += 1;
    }
    try std.testing.expect(full > 100);
}
