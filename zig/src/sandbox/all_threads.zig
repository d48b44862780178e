//! Does to every thread of this process what the kernel does to the calling one alone (Landlock before its version 8).
//!
//! Each thread gets a signal and does it in the handler. Threads that come meanwhile are made by some thread: by one that
//! has done it, then they have inherited it; by another one, then the next look finds them. So it goes on until a look finds
//! nobody new.

const std = @import("std");
const linux = std.os.linux;
const futex = @import("../futex.zig");
const time = @import("../time.zig");
const Error = @import("../result.zig").Error;

const threads_max = 1024;
/// How long a thread may take: one that has blocked the signal never does it, and then nothing is locked.
const answer_ns_max = 2_000_000_000;
/// Who blocks all signals leaves out those that tell of its own mistakes; of these no runtime uses this one.
const signal: linux.SIG = .SYS;

var rules = std.atomic.Value(i32).init(-1);
var answers = std.atomic.Value(u32).init(0);
var failures = std.atomic.Value(u32).init(0);

fn restrict() bool {
    return linux.errno(linux.syscall2(.landlock_restrict_self, @intCast(rules.load(.seq_cst)), 0)) == .SUCCESS;
}

fn onSignal(_: linux.SIG) callconv(.c) void {
    if (!restrict()) _ = failures.fetchAdd(1, .seq_cst);
    _ = answers.fetchAdd(1, .seq_cst);
    futex.wakeAll(&answers);
}

/// Puts every thread of this process under a set of Landlock's rules, the calling one too. After an error some are.
pub fn restrictAll(ruleset: i32) Error!void {
    rules.store(ruleset, .seq_cst);
    failures.store(0, .seq_cst);
    const new: linux.Sigaction = .{ .handler = .{ .handler = onSignal }, .mask = @splat(0), .flags = linux.SA.RESTART };
    var old: linux.Sigaction = undefined;
    if (linux.errno(linux.sigaction(signal, &new, &old)) != .SUCCESS) return error.SystemFailed;
    defer _ = linux.sigaction(signal, &old, null);
    var done: [threads_max]i32 = undefined;
    done[0] = linux.gettid();
    var count: usize = 1;
    while (true) {
        const before = count;
        try visit(&done, &count);
        if (count == before) break;
    }
    // The last one: it has looked for the others.
    if (!restrict() or failures.load(.seq_cst) > 0) return error.SystemFailed;
}

fn visit(done: *[threads_max]i32, count: *usize) Error!void {
    const opened = linux.open("/proc/self/task", .{ .DIRECTORY = true, .CLOEXEC = true }, 0);
    if (linux.errno(opened) != .SUCCESS) return error.SystemFailed;
    const folder: i32 = @intCast(opened);
    defer _ = linux.close(folder);
    var buffer: [4096]u8 align(8) = undefined;
    while (true) {
        const read = linux.getdents64(folder, &buffer, buffer.len);
        if (linux.errno(read) != .SUCCESS) return error.SystemFailed;
        if (read == 0) return;
        var at: usize = 0;
        while (at < read) {
            const entry: *align(8) const linux.dirent64 = @ptrCast(@alignCast(&buffer[at]));
            const name = std.mem.span(@as([*:0]const u8, @ptrCast(&entry.name)));
            at += entry.reclen;
            const thread = std.fmt.parseInt(i32, name, 10) catch continue;
            if (std.mem.findScalar(i32, done[0..count.*], thread) != null) continue;
            if (count.* == threads_max) return error.OutOfSpace;
            done[count.*] = thread;
            count.* += 1;
            try ask(thread);
        }
    }
}

fn ask(thread: i32) Error!void {
    const seen = answers.load(.seq_cst);
    const sent = linux.tgkill(linux.getpid(), thread, signal);
    if (linux.errno(sent) == .SRCH) return;
    if (linux.errno(sent) != .SUCCESS) return error.SystemFailed;
    const deadline_ns = time.monotonicNs() + answer_ns_max;
    while (!futex.waitUntil(&answers, seen, @min(deadline_ns, time.monotonicNs() + 10_000_000))) {
        // It may have ended before it got the signal.
        if (linux.errno(linux.tgkill(linux.getpid(), thread, @fromBackingInt(0))) == .SRCH) return;
        if (time.monotonicNs() >= deadline_ns) return error.NotSupported;
    }
}
