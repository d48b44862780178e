//! Taking away: privileges, files, network, limits, and at last system calls.

const std = @import("std");
const builtin = @import("builtin");
const linux = std.os.linux;
const all_threads = @import("all_threads.zig");
const filter = @import("filter.zig");
const lending = @import("lending.zig");
const Error = @import("../result.zig").Error;

/// What this kernel can enforce.
pub const Features = extern struct {
    /// Version of Landlock, 0 where there is none.
    landlock: u32,
    /// 1 if filters of system calls can be set for all threads.
    filters: u32,
};

const prctl_set_no_new_privs = 38;
const prctl_bounding_drop = 24;
const prctl_ambient = 47;
const prctl_ambient_clear = 4;
const seccomp_set_filter = 1;
const seccomp_action_available = 2;
const seccomp_all_threads = 1;

/// The processor whose calls the filter knows, null on others.
const machine: ?filter.Machine = switch (builtin.cpu.arch) {
    .x86_64 => .x86_64,
    .aarch64 => .aarch64,
    else => null,
};

pub fn probe() Features {
    const version = linux.syscall3(.landlock_create_ruleset, 0, 0, 1);
    const landlock: u32 = if (linux.errno(version) == .SUCCESS) @intCast(version) else 0;
    const action: u32 = filter.kill;
    const answer = linux.syscall3(.seccomp, seccomp_action_available, 0, @intFromPtr(&action));
    const filters = machine != null and linux.errno(answer) == .SUCCESS;
    return .{ .landlock = landlock, .filters = @intFromBool(filters) };
}

/// Limits of the process; 0 leaves one as it is.
pub const Limits = struct {
    /// Private memory that can be written.
    data_bytes: u64,
    /// One memory that it shares: files cannot be written anyway.
    file_bytes: u64,
    cpu_seconds: u64,
    descriptors: u64,
};

/// The new program gets standard input, output and error, and the socket by which memory is lent.
const first_other = 3;

const rights = struct {
    const execute = 1 << 0;
    const write_file = 1 << 1;
    const read_file = 1 << 2;
    const read_dir = 1 << 3;
};

const records_max = 256;

/// What `enter` is told, as records that end in a zero byte and begin with a letter: `x` a path to read and to run,
/// `r` a path to read, `n` a file to read and write, `a` an argument of the program (the first is its path), `e` an entry
/// of its environment.
const Plan = struct {
    arguments: [records_max:null]?[*:0]const u8 = @splat(null),
    argument_count: usize = 0,
    environment: [records_max:null]?[*:0]const u8 = @splat(null),
    environment_count: usize = 0,

    fn parse(text: []const u8) Error!Plan {
        var plan: Plan = .{};
        var rest = text;
        while (rest.len > 0) {
            const record = try next(&rest);
            switch (record[0]) {
                'a' => try append(&plan.arguments, &plan.argument_count, record[1..]),
                'e' => try append(&plan.environment, &plan.environment_count, record[1..]),
                'x', 'r', 'n' => {},
                else => return error.InvalidArgument,
            }
        }
        if (plan.argument_count == 0) return error.InvalidArgument;
        return plan;
    }

    fn append(list: *[records_max:null]?[*:0]const u8, count: *usize, text: [:0]const u8) Error!void {
        if (count.* == records_max) return error.OutOfSpace;
        list[count.*] = text.ptr;
        count.* += 1;
    }
};

/// The next record, never empty.
fn next(rest: *[]const u8) Error![:0]const u8 {
    const end = std.mem.findScalar(u8, rest.*, 0) orelse return error.InvalidArgument;
    if (end == 0) return error.InvalidArgument;
    defer rest.* = rest.*[end + 1 ..];
    return rest.*[0..end :0];
}

/// Walls the calling thread in, and replaces the process by the program of the plan. Returns only if that fails; then the
/// process may be walled in half, and must end.
pub fn enter(home: u32, limits: Limits, text: []const u8) Error!void {
    const plan = try Plan.parse(text);
    try lending.connect(home);
    try expect(linux.chdir("/"));
    try expect(linux.prctl(prctl_set_no_new_privs, 1, 0, 0, 0));
    try restrictFiles(text);
    try setLimits(limits);
    try dropCapabilities();
    try expect(linux.close_range(first_other, std.math.maxInt(i32), .{ .UNSHARE = false, .CLOEXEC = true }));
    try expect(linux.fcntl(lending.descriptor, linux.F.SETFD, 0));
    const none: linux.sigset_t = @splat(0);
    try expect(linux.sigprocmask(linux.SIG.SETMASK, &none, null));
    return expect(linux.execve(plan.arguments[0].?, &plan.arguments, &plan.environment));
}

fn restrictFiles(text: []const u8) Error!void {
    const rules = try rulesOf(text);
    defer _ = linux.close(rules);
    try expect(linux.syscall2(.landlock_restrict_self, @intCast(rules), 0));
}

/// What the records of paths permit, as a set of Landlock's rules; everything else of files and network they forbid.
fn rulesOf(text: []const u8) Error!i32 {
    const version = probe().landlock;
    if (version == 0) return error.NotSupported;
    const all: u64 = (@as(u64, 1) << switch (version) {
        1 => 13,
        2 => 14,
        3, 4 => 15,
        else => 16,
    }) - 1;
    // Files; TCP by port; abstract sockets and signals of processes outside.
    const attributes: [3]u64 = .{ all, 3, 3 };
    const bytes: usize = if (version < 4) 8 else if (version < 6) 16 else 24;
    const made = linux.syscall3(.landlock_create_ruleset, @intFromPtr(&attributes), bytes, 0);
    try expect(made);
    const rules: i32 = @intCast(made);
    errdefer _ = linux.close(rules);
    var rest = text;
    while (rest.len > 0) {
        const record = try next(&rest);
        const allowed: u64 = switch (record[0]) {
            'x' => rights.read_file | rights.read_dir | rights.execute,
            'r' => rights.read_file | rights.read_dir,
            'n' => rights.read_file | rights.write_file,
            else => continue,
        };
        try permit(rules, record[1..], allowed);
    }
    return rules;
}

/// A path that does not exist needs no rule.
fn permit(rules: i32, path: [:0]const u8, allowed: u64) Error!void {
    const opened = linux.open(path, .{ .PATH = true, .CLOEXEC = true }, 0);
    if (linux.errno(opened) != .SUCCESS) return;
    const fd: i32 = @intCast(opened);
    defer _ = linux.close(fd);
    const Rule = extern struct { allowed: u64 align(4), fd: i32 };
    comptime std.debug.assert(@sizeOf(Rule) == 12);
    var rule: Rule = .{ .allowed = allowed, .fd = fd };
    const path_beneath = 1;
    const added = linux.syscall4(.landlock_add_rule, @intCast(rules), path_beneath, @intFromPtr(&rule), 0);
    if (linux.errno(added) != .INVAL) return expect(added);
    // A file has no entries to list.
    rule.allowed &= ~@as(u64, rights.read_dir);
    try expect(linux.syscall4(.landlock_add_rule, @intCast(rules), path_beneath, @intFromPtr(&rule), 0));
}

fn setLimits(limits: Limits) Error!void {
    try setLimit(.CORE, 0);
    if (limits.data_bytes > 0) try setLimit(.DATA, limits.data_bytes);
    if (limits.file_bytes > 0) try setLimit(.FSIZE, limits.file_bytes);
    if (limits.cpu_seconds > 0) try setLimit(.CPU, limits.cpu_seconds);
    if (limits.descriptors > 0) try setLimit(.NOFILE, limits.descriptors);
}

/// A limit that was lower stays as it is.
fn setLimit(resource: linux.rlimit_resource, value: u64) Error!void {
    var old: linux.rlimit = undefined;
    try expect(linux.prlimit(0, resource, null, &old));
    const limit: linux.rlimit = .{ .cur = @min(value, old.max), .max = @min(value, old.max) };
    try expect(linux.prlimit(0, resource, &limit, null));
}

fn dropCapabilities() Error!void {
    var capability: usize = 0;
    // Without the right to drop them there are none that a program could get: it gets no new privileges.
    while (capability < 64) : (capability += 1) _ = linux.prctl(prctl_bounding_drop, capability, 0, 0, 0);
    _ = linux.prctl(prctl_ambient, prctl_ambient_clear, 0, 0, 0);
    const header: [2]u32 = .{ 0x2008_0522, 0 };
    const empty: [6]u32 = @splat(0);
    try expect(linux.syscall2(.capset, @intFromPtr(&header), @intFromPtr(&empty)));
}

/// From now on all threads of this process live under the filter, memory of others is borrowed, and private memory can
/// grow by `data_bytes`. `text` has the paths that may be read, as records `r`; without any, nothing is opened at all.
pub fn lock(text: []const u8, data_bytes: u64) Error!void {
    const known = comptime (machine orelse return error.NotSupported);
    try expect(linux.prctl(prctl_set_no_new_privs, 1, 0, 0, 0));
    lending.startBorrowing();
    if (data_bytes > 0) try setLimit(.DATA, (try dataBytes()) + data_bytes);
    if (text.len > 0) {
        const rules = try rulesOf(text);
        defer _ = linux.close(rules);
        try all_threads.restrictAll(rules);
    }
    const made = filter.program(known, .{ .pid = @bitCast(linux.getpid()), .may_open = text.len > 0 });
    const Header = extern struct { len: u16, instructions: [*]const filter.Instruction };
    const header: Header = .{ .len = made.len, .instructions = made.slice().ptr };
    const answer = linux.syscall3(.seccomp, seccomp_set_filter, seccomp_all_threads, @intFromPtr(&header));
    try expect(answer);
    // The number of a thread that could not follow.
    if (answer != 0) return error.SystemFailed;
}

/// Private memory of this process that can be written, as its limit counts it: VmData of the kernel's text.
fn dataBytes() Error!u64 {
    const opened = linux.open("/proc/self/status", .{ .CLOEXEC = true }, 0);
    try expect(opened);
    defer _ = linux.close(@intCast(opened));
    var buffer: [4096]u8 = undefined;
    const read = linux.read(@intCast(opened), &buffer, buffer.len);
    try expect(read);
    return parseData(buffer[0..read]) orelse error.SystemFailed;
}

fn parseData(text: []const u8) ?u64 {
    const key = "VmData:";
    const start = std.mem.find(u8, text, key) orelse return null;
    const rest = std.mem.trimStart(u8, text[start + key.len ..], " \t");
    const end = std.mem.findScalar(u8, rest, ' ') orelse return null;
    return (std.fmt.parseInt(u64, rest[0..end], 10) catch return null) * 1024;
}

fn expect(returned: usize) Error!void {
    return switch (linux.errno(returned)) {
        .SUCCESS => {},
        .NOSYS, .OPNOTSUPP => error.NotSupported,
        .PERM, .ACCES => error.Permission,
        .NOENT, .CONNREFUSED => error.Gone,
        .NOMEM, .@"2BIG" => error.OutOfMemory,
        .MFILE, .NFILE => error.TooManyFiles,
        else => error.SystemFailed,
    };
}

const testing = std.testing;

test "a plan is read record by record, and a broken one refused" {
    const plan = try Plan.parse("x/bin\x00a/bin/true\x00aone\x00eHOME=/\x00");
    try testing.expectEqualStrings("/bin/true", std.mem.span(plan.arguments[0].?));
    try testing.expectEqualStrings("one", std.mem.span(plan.arguments[1].?));
    try testing.expectEqual(@as(?[*:0]const u8, null), plan.arguments[2]);
    try testing.expectEqualStrings("HOME=/", std.mem.span(plan.environment[0].?));
    inline for (.{ "a/bin/true", "\x00", "q/bin\x00", "x/bin\x00", "" }) |text| {
        try testing.expectError(error.InvalidArgument, Plan.parse(text));
    }
}

test "parseData() reads the kernel's text" {
    try testing.expectEqual(@as(?u64, 7 * 1024), parseData("VmPeak:\t 1 kB\nVmData:\t      7 kB\n"));
    try testing.expectEqual(@as(?u64, null), parseData("VmPeak:\t 1 kB\n"));
}

/// Runs `body` in a child process, which says by its exit code what went wrong.
fn inChild(comptime body: fn () Error!u8) !u8 {
    const pid = linux.fork();
    if (pid == 0) linux.exit_group(body() catch 99);
    var status: i32 = 0;
    _ = linux.waitpid(@intCast(pid), &status, 0);
    const said: u32 = @bitCast(status);
    return if (said & 0x7f == 0) @truncate(said >> 8) else 100;
}

test "the filter, once set, holds" {
    if (probe().filters == 0) return error.SkipZigTest;
    try testing.expectEqual(@as(u8, 0), try inChild(struct {
        fn body() Error!u8 {
            try lock("", 0);
            if (linux.errno(linux.open("/etc/passwd", .{}, 0)) != .ACCES) return 1;
            if (linux.errno(linux.socket(linux.AF.INET, linux.SOCK.STREAM, 0)) != .PERM) return 2;
            if (linux.errno(linux.fork()) != .PERM) return 3;
            if (linux.errno(linux.kill(linux.getppid(), .TERM)) != .PERM) return 4;
            if (linux.getpid() <= 0) return 5;
            return 0;
        }
    }.body));
}

test "the wall of files, once set, holds" {
    if (probe().landlock == 0) return error.SkipZigTest;
    try testing.expectEqual(@as(u8, 0), try inChild(struct {
        fn body() Error!u8 {
            try expect(linux.prctl(prctl_set_no_new_privs, 1, 0, 0, 0));
            try restrictFiles("r/proc/self\x00");
            if (linux.errno(linux.open("/etc/passwd", .{}, 0)) != .ACCES) return 1;
            if (linux.errno(linux.open("/tmp/sl-wall", .{ .ACCMODE = .WRONLY, .CREAT = true }, 0o600)) != .ACCES) return 2;
            if (linux.errno(linux.open("/proc/self/status", .{}, 0)) != .SUCCESS) return 3;
            return 0;
        }
    }.body));
}

test "files that are granted can be read by all threads, others by none" {
    const features = probe();
    if (features.landlock == 0 or features.filters == 0) return error.SkipZigTest;
    try testing.expectEqual(@as(u8, 0), try inChild(struct {
        const State = struct {
            var locked: std.atomic.Value(u32) = .init(0);
            var answers: [4]std.atomic.Value(u32) = @splat(.init(0));

            fn work(answer: *std.atomic.Value(u32)) void {
                while (locked.load(.seq_cst) == 0) std.Thread.yield() catch {};
                const granted = linux.errno(linux.open("/proc/version", .{}, 0)) == .SUCCESS;
                const other = linux.errno(linux.open("/etc/passwd", .{}, 0)) == .ACCES;
                answer.store(if (granted and other) 1 else 2, .seq_cst);
            }
        };

        fn body() Error!u8 {
            for (&State.answers) |*answer| {
                const thread = std.Thread.spawn(.{}, State.work, .{answer}) catch return 10;
                thread.detach();
            }
            try lock("r/proc/version\x00", 0);
            State.locked.store(1, .seq_cst);
            for (&State.answers) |*answer| {
                while (answer.load(.seq_cst) == 0) std.Thread.yield() catch {};
                if (answer.load(.seq_cst) != 1) return 11;
            }
            if (linux.errno(linux.open("/etc/passwd", .{}, 0)) != .ACCES) return 12;
            if (linux.errno(linux.open("/proc/version", .{ .ACCMODE = .RDWR }, 0)) != .ACCES) return 13;
            return 0;
        }
    }.body));
}
