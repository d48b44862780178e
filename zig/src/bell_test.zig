//! What a bell promises, with a host that only counts.

const std = @import("std");
const bell = @import("bell.zig");
const event_loop = @import("event_loop.zig");
const node_api = @import("node_api.zig");
const platform = @import("platform.zig");
const ring_module = @import("ring.zig");
const shm = @import("shm.zig");

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

/// A host with one loop: how often it was called, and the hook for its end.
const host = struct {
    var calls: std.atomic.Value(u32) = .init(0);
    /// Calls that came when the function was released: in a real host a crash.
    var late_calls: std.atomic.Value(u32) = .init(0);
    var released: std.atomic.Value(bool) = .init(false);
    var hook: ?*const node_api.CleanupHook = null;
    var hook_context: node_api.Pointer = null;
    var something: u32 = 0;

    const env: node_api.Env = @ptrCast(&something);
    const value: node_api.Value = @ptrCast(&something);

    const functions: node_api.Host = .{
        .get_cb_info = undefined,
        .create_function = undefined,
        .set_named_property = undefined,
        .create_int32 = undefined,
        .create_string_utf8 = createString,
        .get_undefined = undefined,
        .call_function = undefined,
        .create_threadsafe_function = createFunction,
        .call_threadsafe_function = callFunction,
        .release_threadsafe_function = releaseFunction,
        .unref_threadsafe_function = unrefFunction,
        .add_env_cleanup_hook = addHook,
    };

    /// A loop that bells can call.
    fn openLoop() !u32 {
        node_api.host_of_tests = functions;
        calls.store(0, .seq_cst);
        late_calls.store(0, .seq_cst);
        released.store(false, .seq_cst);
        return bell.openLoop(env, value);
    }

    fn endLoop() void {
        hook.?(hook_context);
    }

    fn createString(_: node_api.Env, _: [*]const u8, _: usize, out: *node_api.Value) callconv(.c) c_int {
        out.* = value;
        return node_api.ok;
    }

    fn createFunction(
        _: node_api.Env,
        _: node_api.Value,
        _: ?node_api.Value,
        _: node_api.Value,
        _: usize,
        _: usize,
        _: node_api.Pointer,
        _: ?*const node_api.Finalizer,
        _: node_api.Pointer,
        _: *const node_api.CallJs,
        out: *node_api.ThreadsafeFunction,
    ) callconv(.c) c_int {
        out.* = @ptrCast(&something);
        return node_api.ok;
    }

    fn callFunction(_: node_api.ThreadsafeFunction, _: node_api.Pointer, _: c_int) callconv(.c) c_int {
        _ = calls.fetchAdd(1, .seq_cst);
        if (released.load(.seq_cst)) _ = late_calls.fetchAdd(1, .seq_cst);
        return node_api.ok;
    }

    fn releaseFunction(_: node_api.ThreadsafeFunction, _: c_int) callconv(.c) c_int {
        released.store(true, .seq_cst);
        return node_api.ok;
    }

    fn unrefFunction(_: node_api.Env, _: node_api.ThreadsafeFunction) callconv(.c) c_int {
        return node_api.ok;
    }

    fn addHook(_: node_api.Env, given: *const node_api.CleanupHook, context: node_api.Pointer) callconv(.c) c_int {
        hook = given;
        hook_context = context;
        return node_api.ok;
    }
};

fn expectTaken(loop: u32, wanted: []const u32) !void {
    var out: [8]u32 = undefined;
    try std.testing.expectEqualSlices(u32, wanted, out[0..try bell.take(loop, &out)]);
}

test "without a host there are no loops" {
    node_api.host_of_tests = null;
    try expectError(error.NotSupported, bell.openLoop(host.env, host.value));
    try expectError(error.BadHandle, bell.open(0));
}

test "a loop is called once, until it has taken all and settled" {
    const loop = try host.openLoop();
    const first = try bell.open(loop);
    const second = try bell.open(loop);
    for ([_]u32{ second, first, second }) |handle| try bell.ring(handle);
    try expectEqual(@as(u32, 1), host.calls.load(.seq_cst));
    try expectTaken(loop, &.{ second, first });
    try bell.ring(first);
    try expect(!try bell.settle(loop));
    try expectTaken(loop, &.{first});
    try expectEqual(@as(u32, 1), host.calls.load(.seq_cst));
    try expect(try bell.settle(loop));
    try bell.ring(first);
    try expectEqual(@as(u32, 2), host.calls.load(.seq_cst));
    try expectTaken(loop, &.{first});
    try bell.close(first);
    try bell.close(second);
    host.endLoop();
}

test "a closed bell is `gone` to who holds it, then its handle is stale" {
    const loop = try host.openLoop();
    const handle = try bell.open(loop);
    try bell.bells.hold(handle);
    try bell.close(handle);
    try expectError(error.Gone, bell.ring(handle));
    try expectError(error.Gone, bell.close(handle));
    try expectError(error.Gone, bell.addressOf(handle));
    try bell.bells.drop(handle);
    try expectError(error.BadHandle, bell.ring(handle));
    try expectEqual(@as(u32, 0), host.calls.load(.seq_cst));
    host.endLoop();
}

test "the end of a loop closes its bells, also those in its queue" {
    const loop = try host.openLoop();
    const held = try bell.open(loop);
    const rung = try bell.open(loop);
    try bell.bells.hold(held);
    try bell.ring(rung);
    host.endLoop();
    try expect(host.released.load(.seq_cst));
    try expectError(error.Gone, bell.ring(held));
    try expectError(error.BadHandle, bell.ring(rung));
    try bell.bells.drop(held);
    try expectError(error.BadHandle, bell.take(loop, &.{}));
    try expectError(error.BadHandle, bell.open(loop));
}

fn waitFor(counter: *std.atomic.Value(u32), wanted: u32) void {
    while (counter.load(.seq_cst) < wanted) std.Thread.yield() catch {};
}

test "an imported bell rings the owner's loop, and says when that is closed" {
    if (!platform.is_whole) return error.SkipZigTest; // Between processes.
    const loop = try host.openLoop();
    const own = try bell.open(loop);
    const address = try bell.addressOf(own);
    try expectEqual(address, try bell.addressOf(own));
    const imported = try bell.import(address);
    try expectError(error.InvalidArgument, bell.addressOf(imported));
    try expectError(error.Gone, bell.close(imported));
    for (1..4) |round| {
        try bell.ring(imported);
        waitFor(&host.calls, @intCast(round));
        try expectTaken(loop, &.{own});
        try expect(try bell.settle(loop));
    }
    var wrong = address;
    wrong.key[0] ^= 1;
    try expectError(error.Gone, bell.import(wrong));
    var plain = try shm.Segment.create(shm.page_bytes);
    defer plain.destroy();
    try expectError(error.NotShared, bell.import(try plain.address(address.key)));
    try bell.close(own);
    try expectError(error.Gone, bell.ring(imported));
    try bell.bells.drop(imported);
    // The bell's thread lets go of the page within 100 ms.
    while (bell.import(address)) |again| {
        try bell.bells.drop(again);
        std.Thread.yield() catch {};
    } else |err| try expectEqual(error.Gone, err);
    host.endLoop();
}

test "bells of other processes are not supported where processes share nothing" {
    if (platform.is_whole) return error.SkipZigTest;
    const loop = try host.openLoop();
    const own = try bell.open(loop);
    try expectError(error.NotSupported, bell.addressOf(own));
    try expectError(error.NotSupported, bell.import(.{ .pid = 1, .fd = 3, .key = @splat(0) }));
    host.endLoop();
}

test "threads: no call reaches a loop that has ended, and no bell is left" {
    const Ringer = struct {
        handles: [2]std.atomic.Value(u32) = .{ .init(0), .init(0) },
        done: std.atomic.Value(bool) = .init(false),
        rings: std.atomic.Value(u32) = .init(0),

        fn run(self: *@This()) void {
            while (!self.done.load(.acquire)) {
                for (&self.handles) |*handle| {
                    bell.ring(handle.load(.acquire)) catch {};
                }
                _ = self.rings.fetchAdd(1, .monotonic);
            }
        }
    };
    var ringer: Ringer = .{};
    const threads = [_]std.Thread{
        try std.Thread.spawn(.{}, Ringer.run, .{&ringer}),
        try std.Thread.spawn(.{}, Ringer.run, .{&ringer}),
    };
    var late_calls: u32 = 0;
    for (0..500) |round| {
        const loop = try host.openLoop();
        for (&ringer.handles) |*handle| handle.store(try bell.open(loop), .release);
        const rings = ringer.rings.load(.monotonic);
        while (ringer.rings.load(.monotonic) == rings) std.Thread.yield() catch {};
        if (round % 2 == 0) try bell.close(ringer.handles[0].load(.monotonic));
        host.endLoop();
        late_calls += host.late_calls.load(.seq_cst);
    }
    ringer.done.store(true, .release);
    for (threads) |thread| thread.join();
    late_calls += host.late_calls.load(.seq_cst);
    try expectEqual(@as(u32, 0), late_calls);
    var iterator = bell.bells.iterator();
    try expectEqual(null, iterator.next());
    var loops = event_loop.loops.iterator();
    try expectEqual(null, loops.next());
}

test "threads: bells come to a ring and leave it while a thread commits, which rings all that are there" {
    const Ring = ring_module.Ring(.honoured);
    const Writer = struct {
        ring: *Ring,
        token: u32,
        done: std.atomic.Value(bool) = .init(false),

        fn run(self: *@This()) void {
            while (!self.done.load(.acquire)) {
                const slot = self.ring.loan(self.token) catch unreachable; // Nobody pins one.
                self.ring.commit(self.token, slot) catch unreachable;
            }
        }
    };
    const loop = try host.openLoop();
    var ring = try Ring.create(.{
        .slot_count = 3,
        .reader_max = 1,
        .payload_bytes = 64,
        .metadata_bytes = 0,
        .generation = 0,
    }, "{}");
    defer ring.destroy();
    var writer: Writer = .{ .ring = &ring, .token = try ring.openWriter() };
    const thread = try std.Thread.spawn(.{}, Writer.run, .{&writer});
    const head = &ring.control().head_sequence;
    var out: [8]u32 = undefined;
    for (0..500) |_| {
        const handles = [_]u32{ try bell.open(loop), try bell.open(loop) };
        for (handles) |handle| try ring.addBell(handle);
        // A commit that begins now has ended when the one after it is seen.
        const seen = head.load(.seq_cst);
        while (head.load(.seq_cst) < seen + 3) std.Thread.yield() catch {};
        // The writer may have had a bell of the last round in its hand.
        const taken = out[0..try bell.take(loop, &out)];
        for (handles) |handle| {
            try expect(std.mem.findScalar(u32, taken, handle) != null);
            try ring.removeBell(handle);
            try bell.close(handle);
        }
    }
    writer.done.store(true, .release);
    thread.join();
    _ = try bell.take(loop, &out);
    var iterator = bell.bells.iterator();
    try expectEqual(null, iterator.next());
    host.endLoop();
}
