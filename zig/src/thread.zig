//! Threads of the library's own, for what must go on while JavaScript does something else.
//!
//! In a host process threads are made by its C library, so that they may call the host's functions. They take no
//! signals: those are the host's. And they need the library: a runtime that closes it with the worker that opened it
//! (Deno 2.9) would take the code away from under them, so from the first thread on it stays.

const std = @import("std");
const builtin = @import("builtin");
const linux = std.os.linux;
const Error = @import("result.zig").Error;
const platform = @import("platform.zig");

/// What the process offers, found when the library is loaded: it is linked to no C library.
fn weak(comptime name: []const u8, comptime Function: type) Error!*const Function {
    return platform.system.hostFunction(name, Function) orelse error.NotSupported;
}

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
    try stay();
    const create = try weak("pthread_create", Create);
    const detach = try weak("pthread_detach", Detach);
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

const Place = extern struct { file: ?[*:0]const u8, base: ?*anyopaque, symbol: ?[*:0]const u8, address: ?*anyopaque };
const FindPlace = fn (*const anyopaque, *Place) callconv(.c) c_int;
const Open = fn ([*:0]const u8, c_int) callconv(.c) ?*anyopaque;

const rtld_lazy = 0x1;
const rtld_noload = 0x4;
const rtld_nodelete = 0x1000;

/// Opens the library once more, never to be closed.
pub fn stay() Error!void {
    if (builtin.output_mode == .Exe) return; // A program is not closed.
    const findPlace = try weak("dladdr", FindPlace);
    const open = try weak("dlopen", Open);
    var place: Place = undefined;
    if (findPlace(&stay, &place) == 0) return error.SystemFailed;
    const file = place.file orelse return error.SystemFailed;
    if (open(file, rtld_lazy | rtld_noload | rtld_nodelete) == null) return error.SystemFailed;
}

fn setFlag(flag: u32) void {
    started_flag.store(flag, .release);
}

var started_flag: std.atomic.Value(u32) = .init(0);

test "start() runs the function with its argument in a thread of its own" {
    if (!platform.is_whole) return error.SkipZigTest;
    try start("sl-test", setFlag, 7);
    while (started_flag.load(.acquire) != 7) _ = linux.syscall0(.sched_yield);
}
