//! The file of a region: `/dev/shm/streamlib-tai-NAME` of root, `/dev/shm/streamlib-tai-NAME-UID` of anybody else.
//!
//! Other users may write into /dev/shm, so a file counts only if it belongs to root or to this user, and is never
//! looked for through a link. It appears under its name complete, and stays: the next publisher goes on from what is in
//! it. Who has the lock on it publishes; the kernel frees the lock when that process dies.

const std = @import("std");
const linux = std.os.linux;
const Error = @import("../result.zig").Error;
const region_file = @import("region.zig");
const Region = region_file.Region;
const Refusal = region_file.Refusal;
const Machine = region_file.Machine;

const directory = "/dev/shm";
const prefix = "streamlib-tai-";
pub const name_bytes_max = 64;

/// Name under which the processes that were started with it share TAI.
pub const Name = struct {
    buffer: [name_bytes_max]u8 = undefined,
    length: usize = 0,

    pub fn init(text: []const u8) error{BadName}!Name {
        if (text.len == 0 or text.len > name_bytes_max) return error.BadName;
        for (text) |byte| {
            if (!std.ascii.isAlphanumeric(byte) and std.mem.findScalar(u8, ".-_", byte) == null) return error.BadName;
        }
        var name: Name = .{ .length = text.len };
        @memcpy(name.buffer[0..text.len], text);
        return name;
    }

    /// STREAMLIB_TAI of the environment that this process was started with, else "default".
    pub fn fromEnvironment() error{BadName}!Name {
        const key = "STREAMLIB_TAI=";
        const fd = linux.open("/proc/self/environ", .{ .CLOEXEC = true }, 0);
        if (linux.errno(fd) != .SUCCESS) return init("default");
        defer _ = linux.close(@intCast(fd));
        // Variables of any length, one byte at a time through a window of one buffer.
        var variable: [key.len + name_bytes_max + 1]u8 = undefined;
        var length: usize = 0;
        var buffer: [4096]u8 = undefined;
        while (true) {
            const read = linux.read(@intCast(fd), &buffer, buffer.len);
            if (linux.errno(read) != .SUCCESS or read == 0) return init("default");
            for (buffer[0..read]) |byte| {
                if (byte != 0) {
                    if (length < variable.len) variable[length] = byte;
                    length += 1;
                    continue;
                }
                const text = variable[0..@min(length, variable.len)];
                length = 0;
                if (std.mem.startsWith(u8, text, key) and text.len > key.len) return init(text[key.len..]);
            }
        }
    }

    pub fn slice(self: *const Name) []const u8 {
        return self.buffer[0..self.length];
    }
};

/// Whose file of a name.
pub const Owner = enum { root, own };

pub const Path = struct {
    buffer: [directory.len + prefix.len + name_bytes_max + 16]u8,

    /// Root's own file is root's file.
    pub fn init(name: *const Name, owner: Owner) Path {
        var path: Path = undefined;
        const uid = linux.geteuid();
        const text = name.slice();
        _ = if (owner == .root or uid == 0)
            std.fmt.bufPrintSentinel(&path.buffer, "{s}/{s}{s}", .{ directory, prefix, text }, 0) catch unreachable
        else
            std.fmt.bufPrintSentinel(&path.buffer, "{s}/{s}{s}-{d}", .{ directory, prefix, text, uid }, 0) catch
                unreachable;
        return path;
    }

    pub fn pointer(self: *const Path) [*:0]const u8 {
        return @ptrCast(&self.buffer);
    }
};

/// Names a file even after its name is gone.
pub const Identity = struct { device: u64, inode: u64 };

pub const Opened = struct {
    fd: i32,
    region: *Region,
    identity: Identity,

    pub fn close(self: Opened) void {
        unmap(self.region);
        _ = linux.close(self.fd);
    }
};

pub fn unmap(region: *const Region) void {
    _ = linux.munmap(@ptrCast(region), region_file.bytes);
}

pub const Found = union(enum) {
    opened: Opened,
    /// There is none.
    none,
    refused: Refusal,
};

pub const Access = enum { read, write };

/// Opens and maps a file and looks at everything but of which machine it is.
pub fn open(path: *const Path, owner: Owner, access: Access) Found {
    const fd = linux.open(path.pointer(), .{
        .ACCMODE = if (access == .read) .RDONLY else .RDWR,
        .NOFOLLOW = true,
        .CLOEXEC = true,
        // Whatever has the name by now, opening it must not wait.
        .NONBLOCK = true,
        .NOCTTY = true,
    }, 0);
    switch (linux.errno(fd)) {
        .SUCCESS => {},
        .NOENT => return .none,
        .ACCES, .PERM => return .{ .refused = .permission },
        .LOOP, .ISDIR, .NXIO, .NODEV => return .{ .refused = .not_a_file },
        else => return .{ .refused = .system_failed },
    }
    const opened = take(@intCast(fd), owner, access);
    if (opened != .opened) _ = linux.close(@intCast(fd));
    return opened;
}

fn take(fd: i32, owner: Owner, access: Access) Found {
    const status = statusOf(fd) orelse return .{ .refused = .system_failed };
    if (status.mode & linux.S.IFMT != linux.S.IFREG) return .{ .refused = .not_a_file };
    const owner_uid = if (owner == .root) 0 else linux.geteuid();
    // Nobody else may write into it either.
    if (status.uid != owner_uid or status.mode & 0o022 != 0) return .{ .refused = .wrong_owner };
    if (status.size != region_file.bytes) return .{ .refused = .wrong_size };
    const region = map(fd, access) orelse return .{ .refused = .system_failed };
    return .{ .opened = .{ .fd = fd, .region = region, .identity = identityOf(status) } };
}

fn map(fd: i32, access: Access) ?*Region {
    const address = linux.mmap(
        null,
        region_file.bytes,
        .{ .READ = true, .WRITE = access == .write },
        .{ .TYPE = .SHARED, .POPULATE = true },
        fd,
        0,
    );
    if (linux.errno(address) != .SUCCESS) return null;
    return @ptrFromInt(address);
}

/// Memory of this process alone, for a publisher that can share nothing.
pub fn createPrivate() Error!*Region {
    const address = linux.mmap(
        null,
        region_file.bytes,
        .{ .READ = true, .WRITE = true },
        .{ .TYPE = .PRIVATE, .ANONYMOUS = true },
        -1,
        0,
    );
    if (linux.errno(address) != .SUCCESS) return error.OutOfMemory;
    return @ptrFromInt(address);
}

/// What has the name now, without opening it. Null if nothing has.
pub fn identityAt(path: *const Path) ?Identity {
    var status: linux.Statx = undefined;
    const flags = linux.AT.SYMLINK_NOFOLLOW;
    const returned = linux.statx(linux.AT.FDCWD, path.pointer(), flags, .BASIC_STATS, &status);
    return if (linux.errno(returned) == .SUCCESS) identityOf(status) else null;
}

fn statusOf(fd: i32) ?linux.Statx {
    var status: linux.Statx = undefined;
    const returned = linux.statx(fd, "", linux.AT.EMPTY_PATH, .BASIC_STATS, &status);
    return if (linux.errno(returned) == .SUCCESS) status else null;
}

fn identityOf(status: linux.Statx) Identity {
    return .{ .device = @as(u64, status.dev_major) << 32 | status.dev_minor, .inode = status.ino };
}

/// Whether an open file still has its name: who cleans up /dev/shm takes it away.
pub fn isNamed(fd: i32) bool {
    const status = statusOf(fd) orelse return false;
    return status.nlink > 0;
}

/// Makes the file if there is none, complete before it has its name.
pub fn create(path: *const Path, machine: Machine) Refusal {
    const fd = linux.open(directory, .{ .ACCMODE = .RDWR, .DIRECTORY = true, .TMPFILE = true, .CLOEXEC = true }, 0o644);
    if (linux.errno(fd) != .SUCCESS) return .no_directory;
    defer _ = linux.close(@intCast(fd));
    // Whatever the umask is: other users' processes only read.
    if (linux.errno(linux.fchmod(@intCast(fd), 0o644)) != .SUCCESS) return .system_failed;
    if (linux.errno(linux.fallocate(@intCast(fd), 0, 0, region_file.bytes)) != .SUCCESS) return .no_directory;
    const region = map(@intCast(fd), .write) orelse return .system_failed;
    defer unmap(region);
    region.reset(machine);
    var buffer: [32]u8 = undefined;
    const from = std.fmt.bufPrintSentinel(&buffer, "/proc/self/fd/{d}", .{fd}, 0) catch unreachable;
    const linked = linux.linkat(linux.AT.FDCWD, from, linux.AT.FDCWD, path.pointer(), linux.AT.SYMLINK_FOLLOW);
    return switch (linux.errno(linked)) {
        .SUCCESS, .EXIST => .none,
        .ACCES, .PERM => .permission,
        else => .no_directory,
    };
}

pub fn remove(path: *const Path) void {
    _ = linux.unlink(path.pointer());
}

fn wholeFile() linux.Flock {
    var request = std.mem.zeroes(linux.Flock);
    request.type = linux.F.WRLCK;
    return request;
}

/// Takes the right to publish; false if somebody has it. It goes with the last copy of the descriptor.
pub fn lock(fd: i32) Error!bool {
    const request = wholeFile();
    return switch (linux.errno(linux.fcntl(fd, linux.F.OFD_SETLK, @intFromPtr(&request)))) {
        .SUCCESS => true,
        .AGAIN, .ACCES => false,
        else => error.SystemFailed,
    };
}

/// Whether somebody has the right to publish.
pub fn isLocked(fd: i32) bool {
    var request = wholeFile();
    // A file that is open for reading only can be asked about a reader's lock.
    request.type = linux.F.RDLCK;
    const returned = linux.fcntl(fd, linux.F.OFD_GETLK, @intFromPtr(&request));
    return linux.errno(returned) == .SUCCESS and request.type != linux.F.UNLCK;
}

/// Null where the kernel does not say: then nothing can be shared.
pub fn thisMachine() ?Machine {
    const fd = linux.open("/proc/sys/kernel/random/boot_id", .{ .CLOEXEC = true }, 0);
    if (linux.errno(fd) != .SUCCESS) return null;
    defer _ = linux.close(@intCast(fd));
    var buffer: [64]u8 = undefined;
    const read = linux.read(@intCast(fd), &buffer, buffer.len);
    if (linux.errno(read) != .SUCCESS) return null;
    const boot_id = parseBootId(buffer[0..read]) orelse return null;
    var status: linux.Statx = undefined;
    const returned = linux.statx(linux.AT.FDCWD, "/proc/self/ns/time", 0, .BASIC_STATS, &status);
    return .{ .boot_id = boot_id, .time_namespace = if (linux.errno(returned) == .SUCCESS) status.ino else 0 };
}

fn parseBootId(text: []const u8) ?[16]u8 {
    var id: [16]u8 = undefined;
    var count: usize = 0;
    for (text) |byte| {
        if (byte == '-' or byte == '\n') continue;
        const digit = std.fmt.charToDigit(byte, 16) catch return null;
        if (count == 32) return null;
        if (count % 2 == 0) id[count / 2] = digit << 4 else id[count / 2] |= digit;
        count += 1;
    }
    return if (count == 32) id else null;
}
