//! Windows, by kernel32 and ntdll. Words and memory are of one process.

const std = @import("std");
const Error = @import("../result.zig").Error;

const Word = std.atomic.Value(u32);
const Handle = *anyopaque;

const ns_per_s = 1_000_000_000;
/// What Windows counts time by.
const ns_per_unit = 100;
const page_bytes = 4096;

extern "kernel32" fn QueryPerformanceCounter(out: *u64) callconv(.winapi) i32;
extern "kernel32" fn QueryPerformanceFrequency(out: *u64) callconv(.winapi) i32;
extern "kernel32" fn GetSystemTimePreciseAsFileTime(out: *[2]u32) callconv(.winapi) void;
extern "kernel32" fn CreateWaitableTimerExW(
    ?*anyopaque,
    ?[*:0]const u16,
    flags: u32,
    rights: u32,
) callconv(.winapi) ?Handle;
extern "kernel32" fn SetWaitableTimer(
    Handle,
    due: *const i64,
    period: i32,
    ?*anyopaque,
    ?*anyopaque,
    resume_: i32,
) callconv(.winapi) i32;
extern "kernel32" fn WaitForSingleObject(Handle, ms: u32) callconv(.winapi) u32;
extern "kernel32" fn CloseHandle(Handle) callconv(.winapi) i32;
extern "kernel32" fn GetLastError() callconv(.winapi) u32;
extern "kernel32" fn GetCurrentProcess() callconv(.winapi) Handle;
extern "kernel32" fn GetCurrentProcessId() callconv(.winapi) u32;
extern "kernel32" fn GetCurrentThreadId() callconv(.winapi) u32;
extern "kernel32" fn GetThreadId(Handle) callconv(.winapi) u32;
extern "kernel32" fn GetProcessIdOfThread(Handle) callconv(.winapi) u32;
extern "kernel32" fn OpenProcess(rights: u32, inherit: i32, process_id: u32) callconv(.winapi) ?Handle;
extern "kernel32" fn OpenThread(rights: u32, inherit: i32, thread_id: u32) callconv(.winapi) ?Handle;
extern "kernel32" fn VirtualAlloc(?*anyopaque, bytes: usize, kind: u32, protection: u32) callconv(.winapi) ?*anyopaque;
extern "kernel32" fn VirtualFree(*anyopaque, bytes: usize, kind: u32) callconv(.winapi) i32;
extern "kernel32" fn VirtualProtect(*anyopaque, bytes: usize, protection: u32, before: *u32) callconv(.winapi) i32;
extern "kernel32" fn GlobalMemoryStatusEx(*MemoryStatus) callconv(.winapi) i32;
extern "kernel32" fn GetModuleHandleW(name: ?[*:0]const u16) callconv(.winapi) ?Handle;
extern "kernel32" fn GetProcAddress(module: Handle, name: [*:0]const u8) callconv(.winapi) ?*const anyopaque;
extern "kernel32" fn GetStdHandle(which: u32) callconv(.winapi) ?Handle;
extern "kernel32" fn WriteFile(Handle, [*]const u8, bytes: u32, written: ?*u32, ?*anyopaque) callconv(.winapi) i32;
extern "ntdll" fn NtGetNextThread(
    process: Handle,
    after: ?Handle,
    rights: u32,
    u32,
    u32,
    out: *Handle,
) callconv(.winapi) i32;
extern "ntdll" fn RtlWaitOnAddress(
    *const anyopaque,
    seen: *const anyopaque,
    bytes: usize,
    timeout: ?*const i64,
) callconv(.winapi) i32;
extern "ntdll" fn RtlWakeAddressAll(*const anyopaque) callconv(.winapi) void;
extern "ntdll" fn RtlWakeAddressSingle(*const anyopaque) callconv(.winapi) void;

// --- clocks ---

/// From 1601-01-01, where Windows begins, to 1970-01-01.
const epoch_units = 11_644_473_600 * (ns_per_s / ns_per_unit);

/// A clock that is never set: the performance counter.
pub fn monotonicNs() u64 {
    var ticks: u64 = undefined;
    var ticks_per_s: u64 = undefined;
    // Neither has failed since Windows XP.
    std.debug.assert(QueryPerformanceFrequency(&ticks_per_s) != 0);
    std.debug.assert(QueryPerformanceCounter(&ticks) != 0);
    return ticks / ticks_per_s * ns_per_s + ticks % ticks_per_s * ns_per_s / ticks_per_s;
}

/// The system's clock, ns since 1970-01-01 UTC.
pub fn utcNs() u64 {
    var time: [2]u32 = undefined;
    GetSystemTimePreciseAsFileTime(&time);
    return ((@as(u64, time[1]) << 32 | time[0]) - epoch_units) * ns_per_unit;
}

/// The system knows no TAI.
pub fn taiNs() ?u64 {
    return null;
}

const timer_high_resolution = 2;
const timer_all_access = 0x1f_0003;
const infinite = 0xffff_ffff;

/// Sleeps until the monotonic clock has reached the instant; never comes back early.
pub fn sleepUntil(deadline_ns: u64) Error!void {
    if (monotonicNs() >= deadline_ns) return;
    // Before Windows 10 version 1803 there is only the coarse kind.
    const timer = CreateWaitableTimerExW(null, null, timer_high_resolution, timer_all_access) orelse
        CreateWaitableTimerExW(null, null, 0, timer_all_access) orelse return error.SystemFailed;
    defer _ = CloseHandle(timer);
    while (true) {
        const left_ns = deadline_ns -| monotonicNs();
        if (left_ns == 0) return;
        const due = fromNow(left_ns);
        if (SetWaitableTimer(timer, &due, 0, null, null, 0) == 0) return error.SystemFailed;
        if (WaitForSingleObject(timer, infinite) != 0) return error.SystemFailed;
    }
}

/// Windows takes what is negative as a time from now.
fn fromNow(left_ns: u64) i64 {
    return -@as(i64, @intCast(left_ns / ns_per_unit + @intFromBool(left_ns % ns_per_unit != 0)));
}

// --- sleeping on words ---

/// Sleeps while `word` is `seen`, until it is woken; may come back for no reason.
pub fn sleepOn(word: *const Word, seen: u32) void {
    _ = RtlWaitOnAddress(word, &seen, @sizeOf(u32), null);
}

/// Wakes one that sleeps on a word.
pub fn wakeOne(word: *const Word) void {
    RtlWakeAddressSingle(word);
}

/// Sleeps while `word` is `seen`, until it is woken or the monotonic instant is reached; may come back for no reason.
/// True if the instant is reached.
pub fn sleepOnShared(word: *const Word, seen: u32, deadline_ns: u64) bool {
    const left_ns = deadline_ns -| monotonicNs();
    if (left_ns == 0) return true;
    const timeout = fromNow(left_ns);
    _ = RtlWaitOnAddress(word, &seen, @sizeOf(u32), &timeout);
    return monotonicNs() >= deadline_ns;
}

/// Wakes all that sleep on a word.
pub fn wakeAllShared(word: *const Word) void {
    RtlWakeAddressAll(word);
}

// --- threads and processes ---

const query_process = 0x1000;
const query_thread = 0x0800;
const synchronize = 0x0010_0000;
const invalid_parameter = 87;
const still_there = 258;

pub fn processId() u32 {
    return GetCurrentProcessId();
}

pub fn threadId() u32 {
    return GetCurrentThreadId();
}

/// Whether the calling thread is the one that the process began with: the system lists threads as they were made.
pub fn isMainThread() bool {
    var first: Handle = undefined;
    if (NtGetNextThread(GetCurrentProcess(), null, query_thread, 0, 0, &first) != 0) return false;
    defer _ = CloseHandle(first);
    return GetThreadId(first) == GetCurrentThreadId();
}

/// Whether a thread has ended; of thread 0, whether its process has. What may not be asked is taken for alive.
pub fn hasEnded(process_id: u32, thread_id: u32) bool {
    const handle = (if (thread_id == 0)
        OpenProcess(query_process | synchronize, 0, process_id)
    else
        OpenThread(query_thread | synchronize, 0, thread_id)) orelse return GetLastError() == invalid_parameter;
    defer _ = CloseHandle(handle);
    // The number of one that has ended is given to the next.
    if (thread_id != 0 and GetProcessIdOfThread(handle) != process_id) return true;
    return WaitForSingleObject(handle, 0) != still_there;
}

// --- memory ---

const commit_and_reserve = 0x3000;
const release_all = 0x8000;
const read_write = 4;
const no_access = 1;

const MemoryStatus = extern struct {
    bytes: u32 = @sizeOf(MemoryStatus),
    load_percent: u32 = 0,
    physical_bytes: u64 = 0,
    physical_free_bytes: u64 = 0,
    paged_bytes: u64 = 0,
    paged_free_bytes: u64 = 0,
    virtual_bytes: u64 = 0,
    virtual_free_bytes: u64 = 0,
    extended_free_bytes: u64 = 0,
};

/// Memory of this process, zeros; the system has promised all of it.
pub fn reserve(bytes: usize) Error![]align(page_bytes) u8 {
    const address = VirtualAlloc(null, bytes, commit_and_reserve, read_write) orelse return error.OutOfMemory;
    return @as([*]align(page_bytes) u8, @ptrCast(@alignCast(address)))[0..bytes];
}

pub fn release(memory: []align(page_bytes) u8) void {
    _ = VirtualFree(memory.ptr, 0, release_all);
}

/// From now on who touches these pages ends the process, for tests.
pub fn forbid(memory: []align(page_bytes) u8) Error!void {
    var before: u32 = undefined;
    if (VirtualProtect(memory.ptr, memory.len, no_access, &before) == 0) return error.SystemFailed;
}

/// What the system can give out now without paging.
pub fn availableBytes() u64 {
    var status: MemoryStatus = .{};
    return if (GlobalMemoryStatusEx(&status) != 0) status.physical_free_bytes else std.math.maxInt(u64);
}

// --- the host ---

/// A function of the program that has loaded the library, null where it has none of that name.
pub fn hostFunction(comptime name: []const u8, comptime Function: type) ?*const Function {
    const program = GetModuleHandleW(null) orelse return null;
    return @ptrCast(@alignCast(GetProcAddress(program, std.fmt.comptimePrint("{s}", .{name}))));
}

const standard_error = 0xffff_fff4; // -12

/// Writes to standard error.
pub fn complain(text: []const u8) void {
    const handle = GetStdHandle(standard_error) orelse return;
    _ = WriteFile(handle, text.ptr, @intCast(text.len), null, null);
}
