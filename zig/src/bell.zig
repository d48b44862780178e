//! A bell wakes one event loop from any thread of any process, and never holds that loop alive.
//!
//! Problem. An actor on an event loop has to run when a ring is written in another thread or process. Polling costs a
//! core, and a callback into JavaScript from a foreign thread crashes when the loop ends at that moment.
//!
//! What we do. Within the process a bell joins the queue of its loop and has the loop called (event_loop.zig). Rings
//! merge: who finds `pending` set has nothing to do, because the loop clears it when it takes the bell from the queue,
//! before it looks at what there is to do.
//!
//! Other processes ring by a shared page: a word and a futex. A thread of the owner's process, started with the first
//! address that is given out, waits on that word and rings on.

const std = @import("std");
const event_loop = @import("event_loop.zig");
const futex = @import("futex.zig");
const handle_table = @import("handle.zig");
const node_api = @import("node_api.zig");
const platform = @import("platform.zig");
const shm = @import("shm.zig");
const thread = @import("thread.zig");
const time = @import("time.zig");
const Error = @import("result.zig").Error;
const Lock = @import("lock.zig").Lock;

const U32 = std.atomic.Value(u32);
const loops = &event_loop.loops;

/// How long the thread of a bell waits at most before it looks whether the bell was closed.
const wait_ns_max = 100 * 1_000_000;

/// What other processes see of a bell.
const Page = extern struct {
    magic: u32,
    version: u32,
    reserved_8: [2]u32,
    key: shm.Key,
    /// 1 when nobody listens any more.
    closed: U32,
    reserved_36: [7]u32,
    /// 1 from a ring until the owner's thread has taken it.
    rung: U32,

    const magic_wanted = 0x42424c53; // "SLBB"
    const version_wanted = 1;

    fn of(segment: shm.Segment) *Page {
        return @ptrCast(segment.memory.ptr);
    }

    fn ring(self: *Page) Error!void {
        if (self.closed.load(.monotonic) != 0) return error.Gone;
        if (self.rung.swap(1, .seq_cst) == 0) futex.wakeAll(&self.rung);
    }
};

/// All bells of the process: its own and those of others that it rings.
pub var bells: handle_table.Table(Bell, 16384) = .{};

pub const Bell = struct {
    /// The event loop that is called; 0 in a bell of another process.
    loop: u32,
    /// 1 from a ring until the loop takes the bell from its queue.
    pending: U32 = .init(0),
    /// What follows in the queue, which holds its bells. Guarded by the lock of the loop.
    next: u32 = 0,
    closed: std.atomic.Value(bool) = .init(false),
    /// Guards the making of the page.
    lock: Lock = .{},
    /// Null in an own bell whose address nobody has asked for.
    segment: ?shm.Segment = null,

    pub fn destroy(self: *Bell) void {
        if (self.segment) |segment| segment.destroy();
        if (self.loop != 0) loops.drop(self.loop) catch unreachable;
    }

    fn ring(self: *Bell, handle: u32) Error!void {
        if (self.loop == 0) return Page.of(self.segment.?).ring();
        if (self.closed.load(.monotonic)) return error.Gone;
        // Pairs with the swap in `take`: who finds 1 here is seen by the call that is to come.
        if (self.pending.swap(1, .seq_cst) != 0) return;
        const loop = loops.enter(self.loop) catch unreachable; // The bell holds it.
        defer loops.leave(self.loop);
        loop.lock.acquire();
        defer loop.lock.release();
        try loop.call();
        try bells.hold(handle);
        loop.rung.append(handle);
    }

    /// The first call makes the page and starts the thread.
    fn share(self: *Bell, handle: u32) Error!shm.Address {
        if (self.loop == 0) return error.InvalidArgument;
        self.lock.acquire();
        defer self.lock.release();
        if (self.closed.load(.seq_cst)) return error.Gone;
        if (!platform.is_whole) return error.NotSupported;
        if (self.segment == null) {
            const segment = try shm.Segment.create(shm.page_bytes);
            errdefer segment.destroy();
            const page = Page.of(segment);
            page.magic = Page.magic_wanted;
            page.version = Page.version_wanted;
            page.key = try shm.newKey();
            try bells.hold(handle);
            errdefer bells.drop(handle) catch unreachable;
            self.segment = segment;
            errdefer self.segment = null;
            try thread.start("sl-bell", forward, handle);
        }
        return self.segment.?.address(Page.of(self.segment.?).key);
    }

    /// True if it was open.
    fn close(self: *Bell) bool {
        self.lock.acquire();
        defer self.lock.release();
        if (self.closed.swap(true, .seq_cst)) return false;
        if (self.segment) |segment| {
            const page = Page.of(segment);
            page.closed.store(1, .seq_cst);
            page.rung.store(1, .seq_cst);
            futex.wakeAll(&page.rung);
        }
        return true;
    }
};

/// The thread of a bell with an address; it is one holder of the bell.
fn forward(handle: u32) void {
    defer bells.drop(handle) catch unreachable;
    const bell = bells.enter(handle) catch unreachable;
    defer bells.leave(handle);
    const page = Page.of(bell.segment.?);
    while (!bell.closed.load(.seq_cst)) {
        if (page.rung.swap(0, .seq_cst) != 0) {
            bell.ring(handle) catch return;
        } else {
            _ = futex.waitUntil(&page.rung, 0, time.monotonicNs() + wait_ns_max);
        }
    }
}

/// Bells that were rung and not yet taken, first in, first out.
pub const Queue = struct {
    first: u32 = 0,
    last: u32 = 0,

    fn append(self: *Queue, handle: u32) void {
        if (self.first == 0) self.first = handle else self.bellOf(self.last).next = handle;
        self.last = handle;
    }

    fn pop(self: *Queue) ?u32 {
        if (self.first == 0) return null;
        const handle = self.first;
        const bell = self.bellOf(handle);
        self.first = bell.next;
        bell.next = 0;
        return handle;
    }

    /// What is in the queue is held, so it stays where it is.
    fn bellOf(_: Queue, handle: u32) *Bell {
        return bells.held(handle);
    }
};

/// Makes the loop of `env` one that bells can call: calls become `on_ring()`.
pub fn openLoop(env: node_api.Env, on_ring: node_api.Value) Error!u32 {
    return event_loop.open(env, on_ring, loopEnds);
}

/// Takes bells out of the queue of a loop, for the loop to do what they want. Returns how many. Whoever rings from now
/// on asks for more.
pub fn take(loop_handle: u32, out: []align(1) u32) Error!u32 {
    const loop = try loops.enter(loop_handle);
    defer loops.leave(loop_handle);
    var count: u32 = 0;
    while (count < out.len) : (count += 1) {
        out[count] = popOf(loop) orelse break;
        _ = bells.held(out[count]).pending.swap(0, .seq_cst);
        bells.drop(out[count]) catch unreachable;
    }
    return count;
}

fn popOf(loop: *event_loop.EventLoop) ?u32 {
    loop.lock.acquire();
    defer loop.lock.release();
    return loop.rung.pop();
}

/// Has the loop called again at the next ring; false, and not so, if bells are in its queue.
pub fn settle(loop_handle: u32) Error!bool {
    const loop = try loops.enter(loop_handle);
    defer loops.leave(loop_handle);
    loop.lock.acquire();
    defer loop.lock.release();
    loop.idle = loop.rung.first == 0;
    return loop.idle;
}

/// Makes a bell of a loop of this process. The caller holds it and ends it with `close`.
pub fn open(loop: u32) Error!u32 {
    try loops.hold(loop);
    errdefer loops.drop(loop) catch unreachable;
    return bells.add(.{ .loop = loop });
}

/// Ends a bell for its owner, who is a holder no longer. What others hold of it answers `error.Gone` from now on.
pub fn close(handle: u32) Error!void {
    const bell = try bells.enter(handle);
    const was_open = bell.loop != 0 and bell.close();
    bells.leave(handle);
    if (!was_open) return error.Gone;
    try bells.drop(handle);
}

fn loopEnds(loop_handle: u32) void {
    var iterator = bells.iterator();
    while (iterator.next()) |entry| {
        const was_open = entry.value.loop == loop_handle and entry.value.close();
        if (was_open) bells.drop(entry.handle) catch unreachable;
        bells.leave(entry.handle);
    }
    var rest: [16]u32 = undefined;
    while ((take(loop_handle, &rest) catch unreachable) > 0) {}
}

/// A bell of another process, to be rung here. The caller holds it.
pub fn import(address: shm.Address) Error!u32 {
    const segment = try shm.Segment.open(address, shm.page_bytes);
    errdefer segment.destroy();
    const page = Page.of(segment);
    if (page.magic != Page.magic_wanted) return error.NotShared;
    if (page.version != Page.version_wanted) return error.WrongVersion;
    if (!std.mem.eql(u8, &page.key, &address.key)) return error.Gone;
    return bells.add(.{ .loop = 0, .segment = segment });
}

/// Where other processes find an own bell.
pub fn addressOf(handle: u32) Error!shm.Address {
    const bell = try bells.enter(handle);
    defer bells.leave(handle);
    return bell.share(handle);
}

pub fn ring(handle: u32) Error!void {
    const bell = try bells.enter(handle);
    defer bells.leave(handle);
    return bell.ring(handle);
}

test {
    _ = @import("bell_test.zig");
}
