//! An event loop of this process, as bells call it: one Node-API threadsafe function per thread that opens a bell.
//!
//! The end of a loop and a ring from elsewhere meet in one lock: from the moment on when the loop is torn down
//! `function` is null, and nobody is inside it. The function lives as long as the loop, because a runtime (Deno 2.9)
//! that releases one before that keeps file descriptors of the loop for ever.

const std = @import("std");
const handle_table = @import("handle.zig");
const node_api = @import("node_api.zig");
const result = @import("result.zig");
const Error = result.Error;
const Lock = @import("lock.zig").Lock;

/// Event loops of the process, held by their bells and, while they run, by the host.
pub var loops: handle_table.Table(EventLoop, 4096) = .{};

/// What a loop does for a call, and what is to be done when it ends.
pub const Listener = struct {
    /// On the loop's thread, before JavaScript is called. False: not to be called.
    begins: *const fn (u32) bool,
    /// On the loop's thread, after the last call.
    ends: *const fn (u32) void,
};

pub const EventLoop = struct {
    lock: Lock = .{},
    function: ?node_api.ThreadsafeFunction,
    listener: *const Listener,

    pub fn destroy(_: *EventLoop) void {}

    /// Has the loop call its JavaScript function with `number`, soon.
    pub fn call(self: *EventLoop, number: u32) Error!void {
        const host = node_api.Host.find() orelse return error.NotSupported;
        self.lock.acquire();
        defer self.lock.release();
        const function = self.function orelse return error.Gone;
        const data: node_api.Pointer = @ptrFromInt(number);
        if (host.call_threadsafe_function(function, data, node_api.nonblocking) != node_api.ok) return error.Gone;
    }

    fn close(self: *EventLoop) ?node_api.ThreadsafeFunction {
        self.lock.acquire();
        defer self.lock.release();
        defer self.function = null;
        return self.function;
    }
};

/// Makes the loop of `env` callable: a call with a number becomes `on_call(number)`.
pub fn open(env: node_api.Env, on_call: node_api.Value, listener: *const Listener) Error!u32 {
    const host = node_api.Host.find() orelse return error.NotSupported;
    const handle = try loops.add(.{ .function = null, .listener = listener });
    errdefer loops.drop(handle) catch unreachable;
    const context: node_api.Pointer = @ptrFromInt(handle);
    const text = "streamlib";
    var name: node_api.Value = undefined;
    if (host.create_string_utf8(env, text, text.len, &name) != node_api.ok) return error.SystemFailed;
    var function: node_api.ThreadsafeFunction = undefined;
    const queue_max = 0; // No limit: rings merge before they come here.
    const status =
        host.create_threadsafe_function(env, on_call, null, name, queue_max, 1, null, null, context, called, &function);
    if (status != node_api.ok) return error.SystemFailed;
    errdefer _ = host.release_threadsafe_function(function, node_api.release_abort);
    // The loop may end while the function waits for calls.
    if (host.unref_threadsafe_function(env, function) != node_api.ok) return error.SystemFailed;
    // Hooks run in reverse order: this one before the host's own, which takes the function away.
    if (host.add_env_cleanup_hook(env, ended, context) != node_api.ok) return error.SystemFailed;
    const loop = loops.enter(handle) catch unreachable;
    defer loops.leave(handle);
    loop.lock.acquire();
    defer loop.lock.release();
    loop.function = function;
    return handle;
}

/// The thread of the loop was terminated, or it has no more to do, or the process exits.
fn ended(context: node_api.Pointer) callconv(.c) void {
    const handle: u32 = @intCast(@intFromPtr(context));
    const loop = loops.enter(handle) catch return;
    const function = loop.close();
    loop.listener.ends(handle);
    loops.leave(handle);
    loops.drop(handle) catch return;
    const host = node_api.Host.find() orelse return;
    if (function) |owned| _ = host.release_threadsafe_function(owned, node_api.release_abort);
}

/// Runs on the loop for one call.
fn called(
    env: ?node_api.Env,
    on_call: ?node_api.Value,
    context: node_api.Pointer,
    data: node_api.Pointer,
) callconv(.c) void {
    const host = node_api.Host.find() orelse return;
    const handle: u32 = @intCast(@intFromPtr(context));
    const number: u32 = @intCast(@intFromPtr(data));
    const loop = loops.enter(handle) catch return;
    const wanted = loop.listener.begins(number);
    loops.leave(handle);
    if (!wanted) return;
    var values: [2]node_api.Value = undefined;
    if (host.get_undefined(env orelse return, &values[0]) != node_api.ok) return;
    if (host.create_uint32(env.?, number, &values[1]) != node_api.ok) return;
    _ = host.call_function(env.?, values[0], on_call orelse return, 1, values[1..], null);
}
