//! Linux, by its system calls: nothing here needs a C library.

const std = @import("std");
const linux = std.os.linux;
const Error = @import("../result.zig").Error;

const Word = std.atomic.Value(u32);

const ns_per_s = 1_000_000_000;
const page_bytes = 4096;
const match_any = 0xffff_ffff;
const clock_tai: linux.clockid_t = @fromBackingInt(11);

// --- clocks ---

/// A clock that is never set and does not run while the machine is suspended.
pub fn monotonicNs() u64 {
    return readNs(.MONOTONIC);
}

/// The system's clock, ns since 1970-01-01 UTC.
pub fn utcNs() u64 {
    return readNs(.REALTIME);
}

/// TAI as the kernel has it, null where it has none; UTC if nobody has told it the difference.
pub fn taiNs() ?u64 {
    return readNs(clock_tai);
}

/// For how long this machine was suspended since its start, which no monotonic time counts.
pub fn suspendedNs() i64 {
    const monotonic_ns: i64 = @intCast(monotonicNs());
    return @as(i64, @intCast(readNs(.BOOTTIME))) - monotonic_ns;
}

fn readNs(clock: linux.clockid_t) u64 {
    var now: linux.timespec = undefined;
    const returned = linux.clock_gettime(clock, &now);
    std.debug.assert(linux.errno(returned) == .SUCCESS);
    return @as(u64, @intCast(now.sec)) * ns_per_s + @as(u64, @intCast(now.nsec));
}

/// Sleeps until the monotonic clock has reached the instant; never comes back early.
pub fn sleepUntil(deadline_ns: u64) Error!void {
    // The kernel may round a normal thread's wake-up by up to 50 µs to save power; ask for none.
    _ = linux.prctl(@backingInt(linux.PR.SET_TIMERSLACK), 1, 0, 0, 0);
    const request = timespecOf(deadline_ns);
    while (monotonicNs() < deadline_ns) {
        switch (linux.errno(linux.clock_nanosleep(.MONOTONIC, .{ .ABSTIME = true }, &request, null))) {
            .SUCCESS, .INTR => {},
            else => return error.SystemFailed,
        }
    }
}

fn timespecOf(instant_ns: u64) linux.timespec {
    return .{ .sec = @intCast(instant_ns / ns_per_s), .nsec = @intCast(instant_ns % ns_per_s) };
}

// --- sleeping on words ---

/// Sleeps while `word` is `seen`, until it is woken. For words of this process; may come back for no reason.
pub fn sleepOn(word: *const Word, seen: u32) void {
    _ = linux.futex_4arg(word, .{ .cmd = .WAIT, .private = true }, seen, null);
}

/// Wakes one that sleeps on a word of this process.
pub fn wakeOne(word: *const Word) void {
    _ = linux.futex_3arg(word, .{ .cmd = .WAKE, .private = true }, 1);
}

/// Sleeps while `word` is `seen`, until it is woken or the monotonic instant is reached; may come back for no reason.
/// For words that other processes map too. True if the instant is reached.
pub fn sleepOnShared(word: *const Word, seen: u32, deadline_ns: u64) bool {
    const deadline = timespecOf(deadline_ns);
    const returned = linux.futex(
        word,
        .{ .cmd = .WAIT_BITSET, .private = false },
        seen,
        .{ .timeout = &deadline },
        null,
        match_any,
    );
    return linux.errno(returned) == .TIMEDOUT;
}

/// Wakes all that sleep on a word, also in other processes.
pub fn wakeAllShared(word: *const Word) void {
    _ = linux.futex_3arg(word, .{ .cmd = .WAKE, .private = false }, std.math.maxInt(i32));
}

// --- threads and processes ---

pub fn processId() u32 {
    return @bitCast(linux.getpid());
}

pub fn threadId() u32 {
    return @bitCast(linux.gettid());
}

/// Whether the calling thread is the one that the process began with.
pub fn isMainThread() bool {
    return linux.gettid() == linux.getpid();
}

/// Whether a thread has ended; of thread 0, whether its process has.
pub fn hasEnded(process_id: u32, thread_id: u32) bool {
    const answer = if (thread_id == 0)
        linux.syscall2(.kill, process_id, 0)
    else
        linux.syscall3(.tgkill, process_id, thread_id, 0);
    return linux.errno(answer) == .SRCH;
}

// --- memory ---

/// Memory of this process, zeros.
pub fn reserve(bytes: usize) Error![]align(page_bytes) u8 {
    const flags: linux.MAP = .{ .TYPE = .PRIVATE, .ANONYMOUS = true };
    const address = linux.mmap(null, bytes, .{ .READ = true, .WRITE = true }, flags, -1, 0);
    if (linux.errno(address) != .SUCCESS) return error.OutOfMemory;
    return @as([*]align(page_bytes) u8, @ptrFromInt(address))[0..bytes];
}

pub fn release(memory: []align(page_bytes) u8) void {
    _ = linux.munmap(memory.ptr, memory.len);
}

/// From now on who touches these pages ends the process, for tests.
pub fn forbid(memory: []align(page_bytes) u8) Error!void {
    if (linux.errno(linux.mprotect(memory.ptr, memory.len, .{})) != .SUCCESS) return error.SystemFailed;
}

// --- the host ---

/// A function of the program that has loaded the library, null where it has none of that name.
pub fn hostFunction(comptime name: []const u8, comptime Function: type) ?*const Function {
    return @extern(?*const Function, .{ .name = name, .linkage = .weak });
}

/// Writes to standard error.
pub fn complain(text: []const u8) void {
    _ = linux.write(2, text.ptr, text.len);
}
