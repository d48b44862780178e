//! Threads of the library's own, for what must go on while JavaScript does something else.
//!
//! In a host process threads are made by its C library, so that they may call the host's functions. They take no
//! signals: those are the host's.

const std = @import("std");
const builtin = @import("builtin");
const linux = std.os.linux;
const Error = @import("result.zig").Error;

const Start = fn (?*anyopaque) callconv(.c) ?*anyopaque;
const Create = fn (*usize, ?*const anyopaque, *const Start, ?*anyopaque) callconv(.c) c_int;
const Detach = fn (usize) callconv(.c) c_int;

/// Starts a thread that runs `function(argument)` and ends with it; nobody waits for it.
pub fn start(comptime name: [:0]const u8, comptime function: fn (u32) void, argument: u32) Error!void {
    var before: linux.sigset_t = undefined;
    const all: linux.sigset_t = @splat(std.math.maxInt(std.meta.Child(linux.sigset_t)));
    _ = linux.sigprocmask(linux.SIG.BLOCK, &all, &before);
    defer _ = linux.sigprocmask(linux.SIG.SETMASK, &before, null);
    if (builtin.output_mode == .Exe) {
        const started = std.Thread.spawn(.{}, function, .{argument}) catch return error.SystemFailed;
        return started.detach();
    }
    const create = @extern(?*const Create, .{ .name = "pthread_create", .linkage = .weak }) orelse
        return error.NotSupported;
    const detach = @extern(?*const Detach, .{ .name = "pthread_detach", .linkage = .weak }) orelse
        return error.NotSupported;
    var identity: usize = undefined;
    const returned = create(&identity, null, struct {
        fn run(given: ?*anyopaque) callconv(.c) ?*anyopaque {
            _ = linux.prctl(@backingInt(linux.PR.SET_NAME), @intFromPtr(name.ptr), 0, 0, 0);
            function(@intCast(@intFromPtr(given)));
            return null;
        }
    }.run, @ptrFromInt(argument));
    if (returned != 0) return error.SystemFailed;
    _ = detach(identity);
}
