//! Memory of a device that another process of the same user may have too: where it finds the descriptor, and how it
//! knows that it is the one that was meant.
//!
//! A descriptor is a number of its process, which may mean something else by the time that another process comes for
//! it, and what a driver's descriptor names cannot be seen. So beside it stands a tag: a page of shared memory that says
//! the same as the share, 128 random bits among it. The owner closes the tag before the descriptor; who has taken a
//! descriptor and then finds the tag has the right one, and the right size of it.

const std = @import("std");
const linux = std.os.linux;
const external = @import("../gpu/external.zig");
const layout = @import("layout.zig");
const memory = @import("../gpu/memory.zig");
const shm = @import("../shm.zig");
const Device = @import("../gpu/device.zig").Device;
const Error = @import("../result.zig").Error;
const Explanation = @import("../gpu/failure.zig").Explanation;

/// What the owner holds for others, as long as it has the memory.
pub const Shared = struct {
    fd: i32,
    tag: shm.Segment,
    /// What the other process is told.
    share: layout.GpuShare,

    /// Of a buffer of `bytes` with an allocation that was made `exported`.
    pub fn create(device: *Device, allocation: memory.Allocation, bytes: u64) Error!Shared {
        const key = try shm.newKey();
        const exported = try external.exportMemory(device, allocation);
        errdefer _ = linux.close(exported.fd);
        // Programs that this process starts have no use for it.
        const returned = linux.fcntl(exported.fd, linux.F.SETFD, linux.FD_CLOEXEC);
        if (linux.errno(returned) != .SUCCESS) return error.SystemFailed;
        const tag: shm.Segment = try .create(shm.page_bytes);
        const share: layout.GpuShare = .{
            .device_uuid = device.physical.uuid,
            .driver_uuid = device.physical.driver_uuid,
            .key = key,
            .bytes = bytes,
            .memory_bytes = exported.bytes,
            .memory_type = exported.type_index,
            .process = @bitCast(linux.getpid()),
            .fd = @intCast(exported.fd),
            .tag_fd = @intCast(tag.fd),
        };
        sign(tag, &share);
        return .{ .fd = exported.fd, .tag = tag, .share = share };
    }

    pub fn destroy(self: Shared) void {
        self.tag.destroy();
        _ = linux.close(self.fd);
    }
};

fn sign(tag: shm.Segment, share: *const layout.GpuShare) void {
    @memcpy(tag.memory[0..@sizeOf(layout.GpuShare)], std.mem.asBytes(share));
}

/// A descriptor of the memory that another process shares, which is the caller's to close.
pub fn take(share: *const layout.GpuShare, why: *Explanation) Error!i32 {
    const fd = try takeDescriptor(share, why);
    errdefer _ = linux.close(fd);
    const at: shm.Address = .{ .pid = share.process, .fd = share.tag_fd, .key = share.key };
    const tag = shm.Segment.open(at, shm.page_bytes) catch |err| return switch (err) {
        error.Gone, error.NotShared => gone(share, why),
        error.Permission => forbidden(share, why),
        else => err,
    };
    defer tag.destroy();
    const told = std.mem.bytesToValue(layout.GpuShare, tag.memory[0..@sizeOf(layout.GpuShare)]);
    if (!std.mem.eql(u8, &told.key, &share.key)) return gone(share, why);
    if (!std.meta.eql(told, share.*)) return why.fail(
        error.InvalidArgument,
        "Cannot import memory of process {d}: that process says something else of its size or type",
        .{share.process},
    );
    return fd;
}

fn takeDescriptor(share: *const layout.GpuShare, why: *Explanation) Error!i32 {
    const pidfd = linux.pidfd_open(@bitCast(share.process), 0);
    switch (linux.errno(pidfd)) {
        .SUCCESS => {},
        .SRCH, .INVAL => return why.fail(
            error.Gone,
            "Cannot import memory of process {d}: it has ended",
            .{share.process},
        ),
        .MFILE, .NFILE => return error.TooManyFiles,
        .NOSYS, .PERM => return reopen(share, why),
        else => return error.SystemFailed,
    }
    defer _ = linux.close(@intCast(pidfd));
    const fd = linux.pidfd_getfd(@intCast(pidfd), @bitCast(share.fd), 0);
    return switch (linux.errno(fd)) {
        .SUCCESS => @intCast(fd),
        .BADF, .SRCH => gone(share, why),
        .MFILE, .NFILE => error.TooManyFiles,
        .NOSYS, .PERM => reopen(share, why),
        else => error.SystemFailed,
    };
}

/// Where the system keeps descriptors from other processes (Yama, containers), anonymous memory can still be opened by
/// its path, as rings are; a software device's is of that kind. What names a file of a driver cannot be had that way.
pub fn reopen(share: *const layout.GpuShare, why: *Explanation) Error!i32 {
    var path_storage: [64]u8 = undefined;
    const path = std.fmt.bufPrintSentinel(&path_storage, "/proc/{d}/fd/{d}", .{ share.process, share.fd }, 0) catch
        unreachable;
    var link: [64]u8 = undefined;
    const length = linux.readlink(path, &link, link.len);
    switch (linux.errno(length)) {
        .SUCCESS => {},
        .NOENT, .SRCH => return gone(share, why),
        else => return forbidden(share, why),
    }
    if (!std.mem.startsWith(u8, link[0..length], "/memfd:")) return forbidden(share, why);
    const fd = linux.open(path, .{ .ACCMODE = .RDWR, .CLOEXEC = true, .NONBLOCK = true, .NOCTTY = true }, 0);
    return switch (linux.errno(fd)) {
        .SUCCESS => @intCast(fd),
        .NOENT, .SRCH => gone(share, why),
        .MFILE, .NFILE => error.TooManyFiles,
        else => forbidden(share, why),
    };
}

fn gone(share: *const layout.GpuShare, why: *Explanation) Error {
    return why.fail(
        error.Gone,
        "Cannot import memory of process {d}: that process has ended or closed it",
        .{share.process},
    );
}

fn forbidden(share: *const layout.GpuShare, why: *Explanation) Error {
    return why.fail(
        error.Permission,
        "Cannot import memory of process {d}: the system does not let this process have descriptors of that one; " ++
            "both have to run as the same user, and where kernel.yama.ptrace_scope is 1 the one that imports has to " ++
            "be an ancestor of the other",
        .{share.process},
    );
}

const tests = struct {
    /// What a process shares that has a segment in the place of a driver's memory.
    fn shareOf(segment: shm.Segment, tag: shm.Segment, key: shm.Key) layout.GpuShare {
        return .{
            .device_uuid = @splat(0),
            .driver_uuid = @splat(0),
            .key = key,
            .bytes = shm.page_bytes,
            .memory_bytes = shm.page_bytes,
            .memory_type = 0,
            .process = @bitCast(linux.getpid()),
            .fd = @intCast(segment.fd),
            .tag_fd = @intCast(tag.fd),
        };
    }

    fn expectByte(fd: i32, value: u8) !void {
        defer _ = linux.close(fd);
        const seen = try shm.map(fd, shm.page_bytes);
        defer _ = linux.munmap(seen.ptr, seen.len);
        try std.testing.expectEqual(value, seen[0]);
    }

    fn expectFailure(wanted: Error, words: []const u8, outcome: Error!i32, why: *const Explanation) !void {
        try std.testing.expectError(wanted, outcome);
        try std.testing.expect(std.mem.find(u8, why.text(), words) != null);
    }
};

test "take() and reopen() give the memory that was meant, or say that it is gone" {
    const segment: shm.Segment = try .create(shm.page_bytes);
    defer segment.destroy();
    const tag: shm.Segment = try .create(shm.page_bytes);
    segment.memory[0] = 7;
    const share = tests.shareOf(segment, tag, try shm.newKey());
    sign(tag, &share);
    var why: Explanation = .{};
    try tests.expectByte(try take(&share, &why), 7);
    try tests.expectByte(try reopen(&share, &why), 7);
    try std.testing.expectEqual(@as(usize, 0), why.length);

    const Change = struct { field: enum { fd, tag_fd, key, process }, words: []const u8 };
    for ([_]Change{
        .{ .field = .fd, .words = "has ended or closed it" },
        .{ .field = .tag_fd, .words = "has ended or closed it" },
        .{ .field = .key, .words = "has ended or closed it" },
        .{ .field = .process, .words = ": it has ended" },
    }) |change| {
        var wrong = share;
        switch (change.field) {
            .fd => wrong.fd = 1 << 20,
            .tag_fd => wrong.tag_fd = share.fd,
            .key => wrong.key[0] ^= 1,
            .process => wrong.process = 0x7fff_ffff,
        }
        why = .{};
        try tests.expectFailure(error.Gone, change.words, take(&wrong, &why), &why);
    }
    var larger = share;
    larger.memory_bytes += 1;
    why = .{};
    try tests.expectFailure(error.InvalidArgument, "something else of its size", take(&larger, &why), &why);
    tag.destroy();
    why = .{};
    try tests.expectFailure(error.Gone, "has ended or closed it", take(&share, &why), &why);

    // What is no anonymous memory is not opened by its path.
    const null_fd = linux.open("/dev/null", .{ .ACCMODE = .RDWR, .CLOEXEC = true }, 0);
    defer _ = linux.close(@intCast(null_fd));
    var other = share;
    other.fd = @intCast(null_fd);
    why = .{};
    try tests.expectFailure(error.Permission, "ptrace_scope", reopen(&other, &why), &why);
}
