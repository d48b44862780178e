//! Shared memory: an anonymous file of the kernel (memfd), mapped.
//!
//! A named segment in /dev/shm outlives a crash; a memfd is gone with the last process that has it. Space is reserved
//! when the segment is made, because a page that cannot be had later is a SIGBUS in the middle of a frame; here it is
//! `error.OutOfMemory`. The size is sealed, so that no process can shrink the file under the others.
//!
//! Where there are no such files a segment is memory of this process alone: see private_memory.zig.

const std = @import("std");
const linux = std.os.linux;
const Error = @import("result.zig").Error;
const platform = @import("platform.zig");
const PrivateSegment = @import("private_memory.zig").PrivateSegment;

pub const page_bytes = 4096;

/// Left to the rest of the machine: a segment that would take the last memory is refused before the kernel
/// has to kill something.
const reserve_bytes = 64 << 20;

const f_add_seals = 1033;
const f_get_seals = 1034;
const seal_seal = 1;
const seal_shrink = 2;
const seal_grow = 4;

/// 128 random bits that lie in a segment: who opens it by its address knows that it is the one that was meant.
pub const Key = [16]u8;

/// Where another process of this machine finds a segment.
pub const Address = extern struct {
    pid: u32,
    fd: u32,
    key: Key,
};

pub fn newKey() Error!Key {
    if (!platform.is_whole) return @splat(0); // Nobody opens it.
    var key: Key = undefined;
    if (try check(linux.getrandom(&key, key.len, 0)) != key.len) return error.SystemFailed;
    return key;
}

pub const Segment = if (platform.is_whole) FileSegment else PrivateSegment;

const FileSegment = struct {
    /// Negative for a segment of another process: its mapping is all that is needed.
    fd: i32,
    memory: []align(page_bytes) u8,

    /// Makes, reserves and maps a segment of zeros. `bytes` must be a multiple of the page.
    pub fn create(bytes: u64) Error!FileSegment {
        std.debug.assert(bytes > 0 and bytes % page_bytes == 0);
        if (bytes > std.math.maxInt(isize)) return error.OutOfMemory;
        if (bytes > availableBytes()) return error.OutOfMemory;
        const flags = linux.MFD.CLOEXEC | linux.MFD.ALLOW_SEALING;
        const fd: i32 = @intCast(try check(linux.memfd_create("streamlib", flags)));
        errdefer _ = linux.close(fd);
        _ = try check(linux.ftruncate(fd, @intCast(bytes)));
        _ = try check(linux.fallocate(fd, 0, 0, @intCast(bytes)));
        _ = try check(linux.fcntl(fd, f_add_seals, seal_shrink | seal_grow | seal_seal));
        return .{ .fd = fd, .memory = try map(fd, @intCast(bytes)) };
    }

    /// Maps a segment of another process that has at least `bytes_min`. Whether it is of the wanted kind and has the
    /// key of the address is for the caller to see.
    pub fn open(from: Address, bytes_min: usize) Error!FileSegment {
        const fd = if (borrow) |take| try take(from.key) else try openFile(from);
        defer _ = linux.close(fd);
        if (!isSealed(fd)) return error.NotShared;
        const bytes = try check(linux.lseek(fd, 0, linux.SEEK.END));
        if (bytes < bytes_min or bytes % page_bytes != 0) return error.NotShared;
        return .{ .fd = -1, .memory = try map(fd, bytes) };
    }

    /// Where other processes find the segment, as long as this one keeps it.
    pub fn address(self: FileSegment, key: Key) Error!Address {
        if (self.fd < 0) return error.InvalidArgument;
        return .{ .pid = @bitCast(linux.getpid()), .fd = @intCast(self.fd), .key = key };
    }

    pub fn destroy(self: FileSegment) void {
        _ = linux.munmap(self.memory.ptr, self.memory.len);
        if (self.fd >= 0) _ = linux.close(self.fd);
    }
};

/// Where a process takes the segments of others that cannot open them: gives the descriptor of the one with this key.
pub var borrow: ?*const fn (Key) Error!i32 = null;

/// Opens a segment of another process, or of this one; the caller closes it.
pub fn openFile(from: Address) Error!i32 {
    var buffer: [64]u8 = undefined;
    const path = std.fmt.bufPrintSentinel(&buffer, "/proc/{d}/fd/{d}", .{ from.pid, from.fd }, 0) catch unreachable;
    const fd: i32 = @intCast(try checkOpened(linux.open(
        path,
        // Whatever the number means by now, opening it must not wait and must not take a terminal.
        .{ .ACCMODE = .RDWR, .CLOEXEC = true, .NONBLOCK = true, .NOCTTY = true },
        0,
    )));
    errdefer _ = linux.close(fd);
    return if (isSealed(fd)) fd else error.NotShared;
}

/// Only memory whose size is sealed: nobody can make it shorter under the reader.
fn isSealed(fd: i32) bool {
    const seals = linux.fcntl(fd, f_get_seals, 0);
    return linux.errno(seals) == .SUCCESS and seals & seal_shrink != 0;
}

/// Maps `bytes` of an open segment; its pages are there before the first frame is.
pub fn map(fd: i32, bytes: usize) Error![]align(page_bytes) u8 {
    const address = try check(linux.mmap(
        null,
        bytes,
        .{ .READ = true, .WRITE = true },
        .{ .TYPE = .SHARED, .POPULATE = true },
        fd,
        0,
    ));
    return @as([*]align(page_bytes) u8, @ptrFromInt(address))[0..bytes];
}

fn check(returned: usize) Error!usize {
    return switch (linux.errno(returned)) {
        .SUCCESS => returned,
        .NOMEM, .NOSPC, .FBIG => error.OutOfMemory,
        .MFILE, .NFILE => error.TooManyFiles,
        .NOSYS, .OPNOTSUPP => error.NotSupported,
        else => error.SystemFailed,
    };
}

fn checkOpened(returned: usize) Error!usize {
    return switch (linux.errno(returned)) {
        .NOENT, .SRCH => error.Gone,
        .ACCES, .PERM => error.Permission,
        .NXIO, .NODEV, .ISDIR, .TXTBSY, .BUSY => error.NotShared,
        else => check(returned),
    };
}

/// The largest segment that can be made now, by what the kernel thinks it can still give out (MemAvailable). A memfd is
/// not bound by the size of /dev/shm. Unlimited where the kernel does not say.
pub fn availableBytes() u64 {
    if (!platform.is_whole) return platform.system.availableBytes();
    const unlimited = std.math.maxInt(u64);
    const fd = linux.open("/proc/meminfo", .{ .CLOEXEC = true }, 0);
    if (linux.errno(fd) != .SUCCESS) return unlimited;
    defer _ = linux.close(@intCast(fd));
    var buffer: [512]u8 = undefined;
    const read = linux.read(@intCast(fd), &buffer, buffer.len);
    if (linux.errno(read) != .SUCCESS) return unlimited;
    return (parseAvailable(buffer[0..read]) orelse return unlimited) -| reserve_bytes;
}

fn parseAvailable(text: []const u8) ?u64 {
    const key = "MemAvailable:";
    const start = std.mem.find(u8, text, key) orelse return null;
    const rest = std.mem.trimStart(u8, text[start + key.len ..], " ");
    const end = std.mem.findScalar(u8, rest, ' ') orelse return null;
    const kibibytes = std.fmt.parseInt(u64, rest[0..end], 10) catch return null;
    return kibibytes * 1024;
}

test "two mappings of one segment show the same bytes" {
    if (!platform.is_whole) return error.SkipZigTest;
    const segment = try Segment.create(2 * page_bytes);
    defer segment.destroy();
    const second = try map(segment.fd, 2 * page_bytes);
    defer _ = linux.munmap(second.ptr, second.len);
    try std.testing.expect(segment.memory.ptr != second.ptr);
    segment.memory[page_bytes + 5] = 99;
    try std.testing.expectEqual(@as(u8, 99), second[page_bytes + 5]);
}

test "a segment cannot be shrunk under its users" {
    if (!platform.is_whole) return error.SkipZigTest;
    const segment = try Segment.create(2 * page_bytes);
    defer segment.destroy();
    try std.testing.expectEqual(linux.E.PERM, linux.errno(linux.ftruncate(segment.fd, page_bytes)));
}

test "more than the machine has is out of memory, before anything is taken" {
    try std.testing.expectError(error.OutOfMemory, Segment.create(1 << 46));
}

test "parseAvailable() reads the kernel's text" {
    const text = "MemFree:  1 kB\nMemAvailable:     2 kB\nBuffers: 3 kB\n";
    try std.testing.expectEqual(@as(?u64, 2048), parseAvailable(text));
    try std.testing.expectEqual(@as(?u64, null), parseAvailable("MemFree:  1 kB\n"));
}
