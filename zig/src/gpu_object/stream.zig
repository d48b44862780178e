//! Streams by handle: work of one origin, recorded by one thread at a time and submitted at once.
//!
//! No call waits longer than a bound that the caller gives, 100 ms at most. Whoever asks how far a stream is also looks
//! whether the device still gets on: if a submit takes longer than the device may, it is abandoned.

const std = @import("std");
const devices = @import("device.zig");
const handle_table = @import("../handle.zig");
const layout = @import("layout.zig");
const recordings = @import("../gpu/recording.zig");
const resources = @import("resource.zig");
const time = @import("../time.zig");
const waits_max = @import("../gpu/stream.zig").waits_max;
const Error = @import("../result.zig").Error;
const GpuStream = @import("../gpu/stream.zig").Stream;
const Lock = @import("../lock.zig").Lock;
const Point = @import("../gpu/timeline.zig").Point;
const Recording = recordings.Recording;
const Role = @import("../gpu/queue.zig").Role;
const Staging = @import("../gpu/staging.zig").Staging;
const Turn = @import("turn.zig").Turn;

const gpa = std.heap.page_allocator;

pub const Stream = struct {
    /// It is one of the device's holders.
    device: u32,
    native: *GpuStream,
    turns: []Turn,
    is_stamped: bool,
    is_closed: std.atomic.Value(bool) = .init(false),
    submitted: std.atomic.Value(u64) = .init(0),
    /// Guards everything below.
    lock: Lock = .{},
    staging: ?Staging,
    recording: ?*Recording = null,
    /// What was last seen to be reached, and since when nothing more was.
    seen_value: u64 = 0,
    seen_ns: u64 = 0,

    pub fn destroy(self: *Stream) void {
        self.native.destroy();
        for (self.turns) |*turn| turn.deinit();
        gpa.free(self.turns);
        if (self.staging) |staging| staging.destroy();
        devices.table.drop(self.device) catch unreachable;
    }

    /// The recording under way.
    pub fn current(self: *Stream) Error!*Recording {
        return self.recording orelse error.Empty;
    }

    /// What the recording under way uses.
    pub fn turnOf(self: *Stream) *Turn {
        return &self.turns[@intCast(self.native.submitted % self.turns.len)];
    }

    /// The point that the recording under way will reach.
    pub fn nextPoint(self: *Stream) Point {
        return .{ .timeline = &self.native.timeline, .value = self.native.submitted + 1 };
    }

    /// How far it is. The lock is held.
    fn look(self: *Stream) Error!u64 {
        const reached = try self.native.timeline.value();
        if (reached != self.seen_value) {
            self.seen_value = reached;
            self.seen_ns = time.monotonicNs();
        } else if (reached < self.native.submitted) {
            const wait_ns_max = self.native.device.options.wait_ns_max;
            if (time.monotonicNs() -% self.seen_ns > wait_ns_max) {
                self.native.device.abandon();
                return error.Abandoned;
            }
        }
        return reached;
    }

    /// Lets go of what finished work named. The lock is held.
    fn sweep(self: *Stream, reached: u64) void {
        for (self.turns) |*turn| if (turn.value != 0 and turn.value <= reached) turn.release();
        if (self.staging) |*staging| staging.release(reached);
    }

    /// Waits until everything is done, or the device works no more, and lets go of what it named. The lock is held.
    fn finish(self: *Stream, until_ns: u64) Error!void {
        while (true) {
            const reached = self.look() catch |err| switch (err) {
                error.DeviceLost, error.Abandoned => return,
                else => return err,
            };
            self.sweep(reached);
            if (reached >= self.native.submitted) return;
            const now_ns = time.monotonicNs();
            if (now_ns >= until_ns) return error.TimedOut;
            self.native.timeline.wait(self.native.submitted, until_ns - now_ns) catch |err| switch (err) {
                error.TimedOut, error.DeviceLost, error.Abandoned => {},
                else => return err,
            };
        }
    }

    /// Gives up what is recorded. The lock is held.
    fn abortNow(self: *Stream) void {
        if (self.recording == null) return;
        const turn = self.turnOf();
        for (turn.uses.items) |use| {
            if (!use.is_written) continue;
            const resource = resources.table.held(use.resource);
            resource.lock.acquire();
            defer resource.lock.release();
            if (resource.content != .pool) continue;
            const pool = &resource.content.pool.native;
            if (use.is_committed) pool.retract(use.slot);
            // Who wrote the slot took the notes; whoever writes it next has to wait for the same, and for this stream.
            if (self.native.submitted > 0) {
                pool.note(use.slot, use.user, .{ .timeline = &self.native.timeline, .value = self.native.submitted });
            }
            for (turn.waits.items) |one| {
                if (resource.users.find(one.stream)) |user| pool.note(use.slot, user, one.point);
            }
        }
        turn.release();
        self.recording = null;
        self.native.abort();
    }

    /// Its work is done, or its device works no more.
    fn closeNow(self: *Stream, handle: u32) void {
        {
            self.lock.acquire();
            defer self.lock.release();
            if (self.is_closed.swap(true, .acq_rel)) return;
            self.abortNow();
            for (self.turns) |*turn| turn.release();
            if (self.staging) |staging| staging.destroy();
            self.staging = null;
        }
        resources.forgetStream(self.device, handle, &self.native.timeline);
        table.drop(handle) catch unreachable;
    }
};

pub var table: handle_table.Table(Stream, 1024) = .{};

/// Enters a stream that is open. Pair it with `table.leave`.
pub fn enter(handle: u32) Error!*Stream {
    const self = try table.enter(handle);
    errdefer table.leave(handle);
    if (self.is_closed.load(.acquire)) return error.BadHandle;
    return self;
}

pub fn isOpen(handle: u32) bool {
    _ = enter(handle) catch return false;
    table.leave(handle);
    return true;
}

pub fn open(device: u32, config: *const layout.GpuStreamConfig) Error!u32 {
    const role = std.enums.fromInt(Role, config.role) orelse return error.InvalidArgument;
    const owner = try devices.enter(device);
    defer devices.table.leave(device);
    const queue = owner.native.queue(role, config.queue);
    if (config.is_stamped != 0 and queue.stamp_bits == 0) return error.NotSupported;
    const native: *GpuStream = try .create(owner.native, .{ .queue = queue, .in_flight_max = config.in_flight_max });
    errdefer native.destroy();
    const turns = try gpa.alloc(Turn, config.in_flight_max);
    errdefer gpa.free(turns);
    @memset(turns, .{});
    const staging: ?Staging = if (config.staging_bytes == 0)
        null
    else
        try .create(owner.native, config.staging_bytes, .upload);
    errdefer if (staging) |it| it.destroy();
    try devices.table.hold(device);
    errdefer devices.table.drop(device) catch unreachable;
    return table.add(.{
        .device = device,
        .native = native,
        .turns = turns,
        .is_stamped = config.is_stamped != 0,
        .staging = staging,
    });
}

/// Begins a recording, if none is under way. `Full` if as many submits are in flight as may be.
pub fn begin(handle: u32) Error!void {
    const self = try enter(handle);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    if (self.recording != null) return;
    const is_full = try self.native.isFull();
    self.sweep(try self.look());
    if (is_full) return error.Full;
    const recording = try self.native.begin();
    // Submits of one queue overlap; what a slot of this stream held before is done with.
    recording.barrier(.all, .all);
    if (self.is_stamped) _ = try recording.stamp();
    self.recording = recording;
}

pub fn abort(handle: u32) Error!void {
    const self = try enter(handle);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    self.abortNow();
}

/// Submits the recording under way; returns the value that says that it is done. `Empty` if there is none.
pub fn submit(handle: u32) Error!u64 {
    const self = try enter(handle);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    const recording = try self.current();
    errdefer self.abortNow();
    const turn = self.turnOf();
    for (turn.uses.items) |use| {
        const content = &resources.table.held(use.resource).content;
        if (!use.is_written or content.* != .buffer or content.buffer.where == .device) continue;
        recording.barrier(.all, .host_read);
        break;
    }
    var points: [waits_max]Point = undefined;
    for (turn.waits.items, points[0..turn.waits.items.len]) |one, *point| point.* = one.point;
    if (try self.native.timeline.value() == self.native.submitted) self.seen_ns = time.monotonicNs();
    const point = try self.native.submit(points[0..turn.waits.items.len]);
    self.recording = null;
    self.submitted.store(point.value, .release);
    turn.value = point.value;
    for (turn.uses.items) |use| {
        const resource = resources.table.held(use.resource);
        resource.lock.acquire();
        defer resource.lock.release();
        switch (resource.content) {
            .buffer => |it| it.access.note(use.user, point, use.is_written),
            .image => |*it| {
                it.access.note(use.user, point, use.is_written);
                if (use.is_settled) it.is_settled = true;
            },
            .pool => |*it| {
                it.native.note(use.slot, use.user, point);
                if (use.is_settled) it.is_settled[use.slot] = true;
            },
            .sampler, .pipeline => {},
        }
    }
    // There are never more submits in flight than it has room for.
    if (self.staging) |*staging| std.debug.assert(staging.seal(point.value));
    _ = devices.table.held(self.device).submits.fetchAdd(1, .monotonic);
    return point.value;
}

/// The value of the next submit.
pub fn nextValue(handle: u32) Error!u64 {
    const self = try enter(handle);
    defer table.leave(handle);
    return self.submitted.load(.acquire) + 1;
}

/// The value of the last submit that is done. Lets go of what finished work named.
pub fn value(handle: u32) Error!u64 {
    const self = try enter(handle);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    const reached = try self.look();
    self.sweep(reached);
    return reached;
}

/// Sleeps until the submit of this value is done, 100 ms at most.
pub fn wait(handle: u32, until: u64, timeout_ns: u64) Error!void {
    if (timeout_ns > devices.call_ns_max) return error.OutOfRange;
    const self = try enter(handle);
    defer table.leave(handle);
    if (until > self.submitted.load(.acquire)) return error.NotSubmitted;
    const is_late = if (self.native.timeline.wait(until, timeout_ns)) false else |err| switch (err) {
        error.TimedOut => true,
        else => return err,
    };
    self.lock.acquire();
    defer self.lock.release();
    self.sweep(try self.look());
    if (is_late) return error.TimedOut;
}

/// Writes nanoseconds of device time of a submit that is done: at its beginning 0, then after each of its commands.
pub fn stamps(handle: u32, of: u64, out: []u8) Error!u32 {
    const self = try enter(handle);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    if (!self.is_stamped) return error.NotSupported;
    if (of == 0 or of > self.native.submitted) return error.NotSubmitted;
    const recording = &self.native.recordings[@intCast((of - 1) % self.turns.len)];
    if (recording.value != of or self.recording == recording) return error.Gone;
    if (try self.native.timeline.value() < of) return error.Empty;
    var storage: [recordings.stamps_max]u64 = undefined;
    const bytes = std.mem.sliceAsBytes(try recording.readStamps(&storage));
    if (bytes.len > out.len) return error.OutOfSpace;
    @memcpy(out[0..bytes.len], bytes);
    return @intCast(bytes.len / @sizeOf(u64));
}

/// Closes it when its work is done; `TimedOut` if it is not after `timeout_ns`: then it is open as before, and the
/// caller asks again.
pub fn close(handle: u32, timeout_ns: u64) Error!void {
    if (timeout_ns > devices.call_ns_max) return error.OutOfRange;
    const self = try enter(handle);
    defer table.leave(handle);
    {
        self.lock.acquire();
        defer self.lock.release();
        self.abortNow();
        try self.finish(time.monotonicNs() + timeout_ns);
    }
    self.closeNow(handle);
}

/// As `close`, and waits as long as the device may take.
pub fn closeAtEnd(handle: u32) void {
    while (true) {
        close(handle, devices.call_ns_max) catch |err| if (err == error.TimedOut) continue;
        return;
    }
}

pub fn finishAll(device: u32, until_ns: u64) Error!void {
    var iterator = table.iterator();
    while (iterator.next()) |entry| {
        defer table.leave(entry.handle);
        if (entry.value.device != device) continue;
        entry.value.lock.acquire();
        defer entry.value.lock.release();
        try entry.value.finish(until_ns);
    }
}

pub fn closeAll(device: u32) void {
    var iterator = table.iterator();
    while (iterator.next()) |entry| {
        if (entry.value.device == device) entry.value.closeNow(entry.handle);
        table.leave(entry.handle);
    }
}

pub fn countOf(device: u32) u32 {
    var count: u32 = 0;
    var iterator = table.iterator();
    while (iterator.next()) |entry| {
        count += @intFromBool(entry.value.device == device and !entry.value.is_closed.load(.acquire));
        table.leave(entry.handle);
    }
    return count;
}
