//! macOS, by the system's own library, which every program there has. Words and memory are of one process.

const std = @import("std");
const c = std.c;
const Error = @import("../result.zig").Error;

const Word = std.atomic.Value(u32);

const page_bytes = 4096;

extern "c" fn clock_gettime_nsec_np(clock: c_uint) u64;
extern "c" fn mach_wait_until(ticks: u64) c_int;
extern "c" fn pthread_mach_thread_np(thread: c.pthread_t) u32;
extern "c" fn pthread_main_np() c_int;
extern "c" fn dlsym(library: ?*anyopaque, name: [*:0]const u8) ?*const anyopaque;

// --- clocks ---

const clock_realtime = 0;
/// Ticks of `mach_absolute_time` as nanoseconds.
const clock_uptime_raw = 8;

/// A clock that is never set and does not run while the machine is suspended.
pub fn monotonicNs() u64 {
    return clock_gettime_nsec_np(clock_uptime_raw);
}

/// The system's clock, ns since 1970-01-01 UTC.
pub fn utcNs() u64 {
    return clock_gettime_nsec_np(clock_realtime);
}

/// The kernel knows no TAI.
pub fn taiNs() ?u64 {
    return null;
}

/// Sleeps until the monotonic clock has reached the instant; never comes back early.
pub fn sleepUntil(deadline_ns: u64) Error!void {
    var base: c.mach_timebase_info_data = undefined;
    if (c.mach_timebase_info(&base) != 0) return error.SystemFailed;
    const product = @as(u128, deadline_ns) * base.denom;
    const ticks = std.math.lossyCast(u64, (product + base.numer - 1) / base.numer);
    // A signal wakes it too.
    while (monotonicNs() < deadline_ns) _ = mach_wait_until(ticks);
}

// --- sleeping on words ---

const forever = 0;

/// Sleeps while `word` is `seen`, until it is woken; may come back for no reason.
pub fn sleepOn(word: *const Word, seen: u32) void {
    _ = c.__ulock_wait2(.{ .op = .COMPARE_AND_WAIT, .NO_ERRNO = true }, word, seen, forever, 0);
}

/// Wakes one that sleeps on a word.
pub fn wakeOne(word: *const Word) void {
    _ = c.__ulock_wake(.{ .op = .COMPARE_AND_WAIT, .NO_ERRNO = true }, word, 0);
}

/// Sleeps while `word` is `seen`, until it is woken or the monotonic instant is reached; may come back for no reason.
/// True if the instant is reached.
pub fn sleepOnShared(word: *const Word, seen: u32, deadline_ns: u64) bool {
    const left_ns = deadline_ns -| monotonicNs();
    if (left_ns == 0) return true;
    _ = c.__ulock_wait2(.{ .op = .COMPARE_AND_WAIT, .NO_ERRNO = true }, word, seen, left_ns, 0);
    return monotonicNs() >= deadline_ns;
}

/// Wakes all that sleep on a word.
pub fn wakeAllShared(word: *const Word) void {
    _ = c.__ulock_wake(.{ .op = .COMPARE_AND_WAIT, .NO_ERRNO = true, .WAKE_ALL = true }, word, 0);
}

// --- threads and processes ---

pub fn processId() u32 {
    return @bitCast(c.getpid());
}

/// The kernel's name of the thread in this process, which stays its own as long as it lives.
pub fn threadId() u32 {
    return pthread_mach_thread_np(c.pthread_self());
}

/// Whether the calling thread is the one that the process began with.
pub fn isMainThread() bool {
    return pthread_main_np() != 0;
}

/// Whether a thread of this process has ended; of thread 0 or of another process, whether that process has.
pub fn hasEnded(process_id: u32, thread_id: u32) bool {
    if (thread_id == 0 or process_id != processId()) {
        const answer = c.kill(@bitCast(process_id), @fromBackingInt(0));
        return answer != 0 and c.errno(answer) == .SRCH;
    }
    var info: c.thread_basic_info = undefined;
    var words = c.THREAD.BASIC.INFO_COUNT;
    return c.thread_info(thread_id, c.THREAD.BASIC.INFO, @ptrCast(&info), &words) != 0;
}

// --- memory ---

/// Memory of this process, zeros.
pub fn reserve(bytes: usize) Error![]align(page_bytes) u8 {
    const protection: c.PROT = .{ .READ = true, .WRITE = true };
    const address = c.mmap(null, bytes, protection, .{ .TYPE = .PRIVATE, .ANONYMOUS = true }, -1, 0);
    if (address == c.MAP_FAILED) return error.OutOfMemory;
    return @as([*]align(page_bytes) u8, @ptrCast(@alignCast(address)))[0..bytes];
}

pub fn release(memory: []align(page_bytes) u8) void {
    _ = c.munmap(@ptrCast(@alignCast(memory.ptr)), memory.len);
}

/// From now on who touches these pages ends the process, for tests.
pub fn forbid(memory: []align(page_bytes) u8) Error!void {
    // Pages of arm64 are larger than those that memory is counted in: what lies in one with other memory stays open.
    const start = std.mem.alignForward(usize, @intFromPtr(memory.ptr), std.heap.pageSize());
    const end = @intFromPtr(memory.ptr) + memory.len;
    if (start >= end) return;
    if (c.mprotect(@ptrFromInt(start), end - start, .{}) != 0) return error.SystemFailed;
}

/// The machine's memory: macOS does not say what of it can be given out.
pub fn availableBytes() u64 {
    var bytes: u64 = 0;
    var size: usize = @sizeOf(u64);
    const answer = c.sysctlbyname("hw.memsize", &bytes, &size, null, 0);
    return if (answer == 0) bytes else std.math.maxInt(u64);
}

// --- the host ---

/// All that the process has loaded.
const everything: ?*anyopaque = @ptrFromInt(@as(usize, @bitCast(@as(isize, -2))));

/// A function of the program that has loaded the library, null where it has none of that name.
pub fn hostFunction(comptime name: []const u8, comptime Function: type) ?*const Function {
    return @ptrCast(@alignCast(dlsym(everything, std.fmt.comptimePrint("{s}", .{name}))));
}

/// Writes to standard error.
pub fn complain(text: []const u8) void {
    _ = c.write(2, text.ptr, text.len);
}
