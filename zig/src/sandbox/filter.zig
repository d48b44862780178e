//! The filter of system calls that a sandboxed process lives under from the moment before its text is loaded.
//!
//! A list of what is permitted: a call that a later kernel brings is refused until somebody has looked at it. The calls are
//! those of memory, time, waiting, threads of the process itself, and of descriptors that are open already. Nothing opens
//! a file, a socket or another process, starts a program, or gives the process more than it has.
//!
//! Pure: `program` makes instructions of classic BPF for either processor, `run` interprets them, and `install` in
//! lock.zig hands them to the kernel.

const std = @import("std");
const syscalls = std.os.linux.syscalls;

pub const Instruction = extern struct { code: u16, jt: u8 = 0, jf: u8 = 0, k: u32 };

/// What the kernel shows to a filter.
pub const Call = extern struct { nr: u32, arch: u32, pointer: u64 = 0, args: [6]u64 = @splat(0) };

const load = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jump_equal = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jump_at_least = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const jump_any_bit = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const give = 0x06; // BPF_RET | BPF_K

pub const allow: u32 = 0x7fff_0000;
pub const kill: u32 = 0x8000_0000;
const eperm = 1;
const eacces = 13;
const enosys = 38;

pub fn refuse(errno: u32) u32 {
    return 0x0005_0000 | errno;
}

pub const Machine = enum { x86_64, aarch64 };

fn archOf(machine: Machine) u32 {
    return switch (machine) {
        .x86_64 => 0xc000_003e,
        .aarch64 => 0xc000_00b7,
    };
}

/// What may be given beside what all get.
pub const Grants = struct {
    /// The process itself: signals may be sent to it alone.
    pid: u32,
    /// Files may be opened; which ones, and how, is for Landlock to say.
    may_open: bool,
};

/// Calls that do no harm whatever their arguments are. A name that a machine does not have is left out there.
const harmless = [_][]const u8{
    // Descriptors that are open.
    "read",            "write",              "readv",                  "writev",                 "pread64",
    "pwrite64",        "close",              "close_range",            "lseek",                  "fstat",
    "dup",             "dup2",               "dup3",                   "pipe",                   "pipe2",
    "ftruncate",       "fallocate",          "memfd_create",           "recvmsg",                "recvfrom",
    "sendmsg",         "sendto",             "shutdown",               "getsockopt",             "getsockname",
    "getpeername",     "eventfd2",           "timerfd_create",         "timerfd_settime",        "timerfd_gettime",
    // Waiting.
    "poll",            "ppoll",              "select",                 "pselect6",               "epoll_create1",
    "epoll_ctl",       "epoll_wait",         "epoll_pwait",            "epoll_pwait2",           "futex",
    "futex_waitv",     "get_robust_list",    "set_robust_list",        "rseq",                   "membarrier",
    "restart_syscall",
    // Memory.
    "madvise",            "mmap",                   "munmap",                 "mremap",
    "mprotect",        "pkey_mprotect",      "pkey_alloc",             "pkey_free",              "mincore",
    "msync",           "brk",                "mlock",                  "munlock",
    // Time and chance.
                   "getrandom",
    "clock_gettime",   "clock_getres",       "clock_nanosleep",        "nanosleep",              "gettimeofday",
    "time",
    // The process and its threads.
               "rt_sigaction",       "rt_sigprocmask",         "rt_sigreturn",           "rt_sigtimedwait",
    "rt_sigpending",   "rt_sigsuspend",      "sigaltstack",            "sched_yield",            "sched_getaffinity",
    "sched_getparam",  "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min", "getpriority",
    "getpid",          "gettid",             "getppid",                "getuid",                 "geteuid",
    "getgid",          "getegid",            "getcwd",                 "uname",                  "sysinfo",
    "getrusage",       "getrlimit",          "times",                  "set_tid_address",        "arch_prctl",
    "getcpu",          "wait4",              "waitid",                 "exit",                   "exit_group",
};

/// Calls that name files.
const opening = [_][]const u8{
    "open",     "openat",     "openat2", "stat",      "lstat",      "newfstatat", "fstatat64", "statx",
    "readlink", "readlinkat", "access",  "faccessat", "faccessat2", "getdents64", "getdents",  "statfs",
    "fstatfs",
};

/// Requests of `ioctl`: bytes to read, to block or not, close at exec or not, is it a terminal and how wide.
const controls = [_]u32{ 0x541b, 0x5421, 0x5450, 0x5451, 0x5401, 0x5413 };

/// Commands of `fcntl`: copies, flags, locks (of caches that a runtime has open) and seals. Not those that have the kernel
/// send signals to any process of the user.
const descriptor_controls = [_]u32{ 0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1033, 1034 };

/// Options of `prctl`: names of threads and of memory.
const process_controls = [_]u32{ 15, 16, 0x5356_4d41 };

const clone_thread = 0x0001_0000;
/// Flags of `clone` for new namespaces, and for a process that its parent traces.
const clone_forbidden = 0x7e02_0000 | 0x0000_0080 | 0x0000_2000;

pub const Program = struct {
    instructions: [400]Instruction = undefined,
    len: u16 = 0,

    fn add(self: *Program, instruction: Instruction) void {
        self.instructions[self.len] = instruction;
        self.len += 1;
    }

    pub fn slice(self: *const Program) []const Instruction {
        return self.instructions[0..self.len];
    }

    fn answer(self: *Program, value: u32) void {
        self.add(.{ .code = give, .k = value });
    }

    fn loadArgument(self: *Program, index: u32, is_high: bool) void {
        self.add(.{ .code = load, .k = @offsetOf(Call, "args") + 8 * index + @as(u32, if (is_high) 4 else 0) });
    }

    /// Goes on with the next instruction if what was loaded is `value`, else with that after `others` more.
    fn unlessEqual(self: *Program, value: u32, others: u8) void {
        self.add(.{ .code = jump_equal, .jf = others, .k = value });
    }
};

fn numberOf(comptime machine: Machine, comptime name: []const u8) ?u32 {
    const Table = switch (machine) {
        .x86_64 => syscalls.X64,
        .aarch64 => syscalls.Arm64,
    };
    if (!@hasField(Table, name)) return null;
    return @intCast(@backingInt(@field(Table, name)));
}

/// The filter for one processor.
pub fn program(comptime machine: Machine, grants: Grants) Program {
    @setEvalBranchQuota(2_000_000);
    var made: Program = .{};
    made.add(.{ .code = load, .k = @offsetOf(Call, "arch") });
    made.add(.{ .code = jump_equal, .jt = 1, .k = archOf(machine) });
    made.answer(kill);
    made.add(.{ .code = load, .k = @offsetOf(Call, "nr") });
    // The other numbering of x86_64 (x32).
    made.add(.{ .code = jump_at_least, .jf = 1, .k = 0x4000_0000 });
    made.answer(kill);
    inline for (harmless) |name| {
        if (comptime numberOf(machine, name)) |number| {
            made.unlessEqual(number, 1);
            made.answer(allow);
        }
    }
    inline for (opening) |name| {
        if (comptime numberOf(machine, name)) |number| {
            made.unlessEqual(number, 1);
            made.answer(if (grants.may_open) allow else refuse(eacces));
        }
    }
    // The C library takes `clone` where there is no `clone3`, whose flags no filter can see.
    made.unlessEqual(comptime numberOf(machine, "clone3").?, 1);
    made.answer(refuse(enosys));
    // Threads, no processes.
    made.unlessEqual(comptime numberOf(machine, "clone").?, 5);
    made.loadArgument(0, false);
    made.add(.{ .code = jump_any_bit, .jt = 2, .k = clone_forbidden });
    made.add(.{ .code = jump_any_bit, .jf = 1, .k = clone_thread });
    made.answer(allow);
    made.answer(refuse(eperm));
    // Signals to itself; signal 0 to all, which sends nothing: rings ask by it who lives.
    inline for (.{ .{ "kill", 1 }, .{ "tgkill", 2 } }) |entry| {
        made.unlessEqual(comptime numberOf(machine, entry[0]).?, 6);
        made.loadArgument(entry[1], false);
        made.add(.{ .code = jump_equal, .jt = 2, .k = 0 });
        made.loadArgument(0, false);
        made.unlessEqual(grants.pid, 1);
        made.answer(allow);
        made.answer(refuse(eperm));
    }
    // Limits can be read.
    made.unlessEqual(comptime numberOf(machine, "prlimit64").?, 8);
    made.loadArgument(0, false);
    made.unlessEqual(0, 5);
    made.loadArgument(2, false);
    made.unlessEqual(0, 3);
    made.loadArgument(2, true);
    made.unlessEqual(0, 1);
    made.answer(allow);
    made.answer(refuse(eperm));
    addChoice(&made, comptime numberOf(machine, "ioctl").?, 1, &controls);
    addChoice(&made, comptime numberOf(machine, "fcntl").?, 1, &descriptor_controls);
    addChoice(&made, comptime numberOf(machine, "prctl").?, 0, &process_controls);
    made.answer(refuse(eperm));
    return made;
}

/// One call that is permitted for these values of one argument.
fn addChoice(made: *Program, number: u32, argument: u32, values: []const u32) void {
    made.unlessEqual(number, @intCast(2 + 2 * values.len));
    made.loadArgument(argument, false);
    for (values) |value| {
        made.unlessEqual(value, 1);
        made.answer(allow);
    }
    made.answer(refuse(eperm));
}

/// What the kernel would answer to a call.
pub fn run(instructions: []const Instruction, call: Call) error{Invalid}!u32 {
    var at: usize = 0;
    var loaded: u32 = 0;
    while (at < instructions.len) {
        const one = instructions[at];
        at += 1;
        const holds = switch (one.code) {
            load => {
                if (one.k % 4 != 0 or one.k + 4 > @sizeOf(Call)) return error.Invalid;
                loaded = std.mem.readInt(u32, std.mem.asBytes(&call)[one.k..][0..4], .little);
                continue;
            },
            jump_equal => loaded == one.k,
            jump_at_least => loaded >= one.k,
            jump_any_bit => loaded & one.k != 0,
            give => return one.k,
            else => return error.Invalid,
        };
        at += if (holds) one.jt else one.jf;
    }
    return error.Invalid;
}

const testing = std.testing;

fn ask(comptime machine: Machine, may_open: bool, comptime name: []const u8, args: [6]u64) !u32 {
    const made = program(machine, .{ .pid = 77, .may_open = may_open });
    const number = comptime numberOf(machine, name) orelse unreachable;
    return run(made.slice(), .{ .nr = number, .arch = archOf(machine), .args = args });
}

const none: [6]u64 = @splat(0);

test "every branch of the filter ends in an answer" {
    inline for (.{ .x86_64, .aarch64 }) |machine| {
        const made = program(machine, .{ .pid = 77, .may_open = false });
        for (made.slice(), 0..) |one, at| {
            if (one.code == give or one.code == load) continue;
            try testing.expect(at + 1 + @max(one.jt, one.jf) < made.len);
        }
        var number: u32 = 0;
        while (number < 600) : (number += 1) {
            const answer = try run(made.slice(), .{ .nr = number, .arch = archOf(machine) });
            try testing.expect(answer == allow or answer >> 16 == 5);
        }
    }
}

test "what works with what is open is permitted, what reaches further is not" {
    inline for (.{ .x86_64, .aarch64 }) |machine| {
        inline for (.{ "read", "futex", "mmap", "epoll_ctl", "exit_group" }) |name| {
            try testing.expectEqual(allow, try ask(machine, false, name, none));
        }
        inline for (.{
            "socket",          "connect",           "bind",             "listen",            "accept4",
            "socketpair",      "execve",            "execveat",         "ptrace",            "mount",
            "bpf",             "keyctl",            "add_key",          "request_key",       "io_uring_setup",
            "io_uring_enter",  "open_by_handle_at", "process_vm_readv", "process_vm_writev", "pidfd_open",
            "pidfd_getfd",     "tkill",             "unshare",          "setns",             "userfaultfd",
            "perf_event_open", "unlinkat",          "mkdirat",          "renameat2",         "truncate",
            "fchmodat",        "setuid",            "capset",           "seccomp",           "shmget",
            "mq_open",         "pidfd_send_signal", "rt_sigqueueinfo",  "setpriority",       "sched_setscheduler",
        }) |name| {
            try testing.expectEqual(refuse(eperm), try ask(machine, true, name, none));
        }
    }
}

test "files are opened only where reading is granted" {
    inline for (.{ .x86_64, .aarch64 }) |machine| {
        try testing.expectEqual(refuse(eacces), try ask(machine, false, "openat", none));
        try testing.expectEqual(allow, try ask(machine, true, "openat", none));
    }
    try testing.expectEqual(refuse(eacces), try ask(.x86_64, false, "open", none));
}

test "threads may be made, processes and namespaces not" {
    inline for (.{ .x86_64, .aarch64 }) |machine| {
        const thread = 0x003d_0f00;
        try testing.expectEqual(allow, try ask(machine, false, "clone", .{ thread, 0, 0, 0, 0, 0 }));
        for ([_]u64{ 17, 0x4111, thread | 0x1000_0000, thread | 0x4000_0000, thread | 0x2000 }) |flags| {
            try testing.expectEqual(refuse(eperm), try ask(machine, false, "clone", .{ flags, 0, 0, 0, 0, 0 }));
        }
        try testing.expectEqual(refuse(enosys), try ask(machine, false, "clone3", none));
    }
    try testing.expectEqual(refuse(eperm), try ask(.x86_64, false, "fork", none));
}

test "signals go to the process itself; signal 0 to all" {
    inline for (.{ .x86_64, .aarch64 }) |machine| {
        try testing.expectEqual(allow, try ask(machine, false, "kill", .{ 77, 9, 0, 0, 0, 0 }));
        try testing.expectEqual(refuse(eperm), try ask(machine, false, "kill", .{ 78, 9, 0, 0, 0, 0 }));
        try testing.expectEqual(refuse(eperm), try ask(machine, false, "kill", .{ 0xffff_ffff, 9, 0, 0, 0, 0 }));
        try testing.expectEqual(refuse(eperm), try ask(machine, false, "kill", .{ 0, 9, 0, 0, 0, 0 }));
        try testing.expectEqual(allow, try ask(machine, false, "kill", .{ 78, 0, 0, 0, 0, 0 }));
        try testing.expectEqual(allow, try ask(machine, false, "tgkill", .{ 77, 80, 10, 0, 0, 0 }));
        try testing.expectEqual(refuse(eperm), try ask(machine, false, "tgkill", .{ 78, 80, 10, 0, 0, 0 }));
        try testing.expectEqual(allow, try ask(machine, false, "tgkill", .{ 78, 80, 0, 0, 0, 0 }));
    }
}

test "limits can be read and not set, devices not controlled" {
    inline for (.{ .x86_64, .aarch64 }) |machine| {
        try testing.expectEqual(allow, try ask(machine, false, "prlimit64", .{ 0, 7, 0, 0x7fff_0000_1234, 0, 0 }));
        for ([_]u64{ 1, 0x1_0000_0000 }) |limits| {
            try testing.expectEqual(refuse(eperm), try ask(machine, false, "prlimit64", .{ 0, 7, limits, 0, 0, 0 }));
        }
        try testing.expectEqual(refuse(eperm), try ask(machine, false, "prlimit64", .{ 5, 7, 0, 0, 0, 0 }));
        try testing.expectEqual(allow, try ask(machine, false, "ioctl", .{ 0, 0x5421, 0, 0, 0, 0 }));
        try testing.expectEqual(refuse(eperm), try ask(machine, false, "ioctl", .{ 0, 0x5412, 0, 0, 0, 0 }));
        try testing.expectEqual(allow, try ask(machine, false, "fcntl", .{ 1, 4, 0x800, 0, 0, 0 }));
        for ([_]u64{ 8, 10, 15 }) |command| {
            try testing.expectEqual(refuse(eperm), try ask(machine, false, "fcntl", .{ 1, command, 1, 0, 0, 0 }));
        }
        try testing.expectEqual(allow, try ask(machine, false, "prctl", .{ 15, 0, 0, 0, 0, 0 }));
        try testing.expectEqual(refuse(eperm), try ask(machine, false, "prctl", .{ 4, 0, 0, 0, 0, 0 }));
    }
}

test "the calls of another processor, and those of x32, end the process" {
    const made = program(.x86_64, .{ .pid = 77, .may_open = true });
    try testing.expectEqual(kill, try run(made.slice(), .{ .nr = 0, .arch = 0x4000_0003 }));
    try testing.expectEqual(kill, try run(made.slice(), .{ .nr = 0x4000_0000, .arch = archOf(.x86_64) }));
}
