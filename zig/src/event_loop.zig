//! An event loop of this process, as bells call it: one Node-API threadsafe function per thread that opens a bell.
//!
//! The end of a loop and a ring from elsewhere meet in one lock: from the moment on when the loop is torn down
//! `function` is null, and nobody is inside it. The function lives as long as the loop, because a runtime (Deno 2.9)
//! that releases one before that keeps file descriptors of the loop for ever.
//!
//! The function is called when the loop is `idle` and not again before the loop has said that it is. A runtime (Deno
//! 2.9) looks into its queue of calls and then registers to be woken, without looking again: a call between the two
//! would lie there until something else wakes the loop. The loop says that it is idle later in that turn.

const std = @import("std");
const bell = @import("bell.zig");
const handle_table = @import("handle.zig");
const node_api = @import("node_api.zig");
const Error = @import("result.zig").Error;
const Lock = @import("lock.zig").Lock;

/// Event loops of the process, held by their bells and, while they run, by the host.
pub var loops: handle_table.Table(EventLoop, 4096) = .{};

/// Called on the loop's thread when the loop has ended.
pub const Ended = fn (u32) void;

pub const EventLoop = struct {
    lock: Lock = .{},
    function: ?node_api.ThreadsafeFunction = null,
    idle: bool = true,
    /// What the loop is to do when it is called.
    rung: bell.Queue = .{},
    ended: *const Ended,

    pub fn destroy(_: *EventLoop) void {}

    /// Has the loop call its JavaScript function soon, unless it was called and is not idle since. The lock is held.
    pub fn call(self: *EventLoop) Error!void {
        const function = self.function orelse return error.Gone;
        if (!self.idle) return;
        const host = node_api.Host.find() orelse return error.NotSupported;
        if (host.call_threadsafe_function(function, null, node_api.nonblocking) != node_api.ok) return error.Gone;
        self.idle = false;
    }

    fn close(self: *EventLoop) ?node_api.ThreadsafeFunction {
        self.lock.acquire();
        defer self.lock.release();
        defer self.function = null;
        return self.function;
    }
};

/// Makes the loop of `env` callable: calls become `on_call()`.
pub fn open(env: node_api.Env, on_call: node_api.Value, ended: *const Ended) Error!u32 {
    const host = node_api.Host.find() orelse return error.NotSupported;
    const handle = try loops.add(.{ .ended = ended });
    errdefer loops.drop(handle) catch unreachable;
    const text = "streamlib";
    var name: node_api.Value = undefined;
    if (host.create_string_utf8(env, text, text.len, &name) != node_api.ok) return error.SystemFailed;
    var function: node_api.ThreadsafeFunction = undefined;
    const queue_max = 0; // No limit: there is one call at a time.
    const status =
        host.create_threadsafe_function(env, on_call, null, name, queue_max, 1, null, null, null, called, &function);
    if (status != node_api.ok) return error.SystemFailed;
    errdefer _ = host.release_threadsafe_function(function, node_api.release_abort);
    // The loop may end while the function waits for calls.
    if (host.unref_threadsafe_function(env, function) != node_api.ok) return error.SystemFailed;
    // Hooks run in reverse order: this one before the host's own, which takes the function away.
    const context: node_api.Pointer = @ptrFromInt(handle);
    if (host.add_env_cleanup_hook(env, tearDown, context) != node_api.ok) return error.SystemFailed;
    const loop = loops.enter(handle) catch unreachable;
    defer loops.leave(handle);
    loop.lock.acquire();
    defer loop.lock.release();
    loop.function = function;
    return handle;
}

/// The thread of the loop was terminated, or it has no more to do, or the process exits.
fn tearDown(context: node_api.Pointer) callconv(.c) void {
    const handle: u32 = @intCast(@intFromPtr(context));
    const loop = loops.enter(handle) catch return;
    const function = loop.close();
    loop.ended(handle);
    loops.leave(handle);
    loops.drop(handle) catch return;
    const host = node_api.Host.find() orelse return;
    if (function) |owned| _ = host.release_threadsafe_function(owned, node_api.release_abort);
}

/// Runs on the loop for a call.
fn called(
    env: ?node_api.Env,
    on_call: ?node_api.Value,
    _: node_api.Pointer,
    _: node_api.Pointer,
) callconv(.c) void {
    const host = node_api.Host.find() orelse return;
    var nothing: node_api.Value = undefined;
    if (host.get_undefined(env orelse return, &nothing) != node_api.ok) return;
    _ = host.call_function(env.?, nothing, on_call orelse return, 0, null, null);
}
