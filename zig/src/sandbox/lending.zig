//! How a walled-in process gets memory of others: home opens it and sends the descriptor, before it sends the message
//! that names the memory. The process asks for nothing, so there is nothing that home would have to believe.

const std = @import("std");
const linux = std.os.linux;
const handle_table = @import("../handle.zig");
const shm = @import("../shm.zig");
const Error = @import("../result.zig").Error;
const Lock = @import("../lock.zig").Lock;

/// The number of the socket to home in the walled-in process.
pub const descriptor = 63;

/// Home's ends, one for each walled-in process.
pub var lenders: handle_table.Table(Lender, 1024) = .{};

pub const Lender = struct {
    listener: i32,
    /// Number of the listener's name in the abstract namespace, five hexadecimal digits there.
    name: u32,
    lock: Lock = .{},
    /// Negative until the process has connected.
    socket: i32 = -1,

    pub fn destroy(self: *Lender) void {
        _ = linux.close(self.listener);
        if (self.socket >= 0) _ = linux.close(self.socket);
    }

    /// Takes the connection of process `pid`; strangers are sent away. `error.Empty` if it has not come.
    fn accept(self: *Lender, pid: u32) Error!void {
        self.lock.acquire();
        defer self.lock.release();
        if (self.socket >= 0) return;
        while (true) {
            const accepted = linux.accept4(self.listener, null, null, linux.SOCK.CLOEXEC | linux.SOCK.NONBLOCK);
            if (linux.errno(accepted) == .AGAIN) return error.Empty;
            if (linux.errno(accepted) != .SUCCESS) return error.SystemFailed;
            const socket: i32 = @intCast(accepted);
            if (peerOf(socket) == pid) {
                self.socket = socket;
                return;
            }
            _ = linux.close(socket);
        }
    }

    /// `error.Full` if the process does not take what it is sent.
    fn send(self: *Lender, key: shm.Key, fd: i32) Error!void {
        self.lock.acquire();
        defer self.lock.release();
        if (self.socket < 0) return error.Gone;
        var part: [1]std.posix.iovec_const = .{.{ .base = &key, .len = key.len }};
        var control: Control = .{ .fd = fd };
        const message: linux.msghdr_const = .{
            .name = null,
            .namelen = 0,
            .iov = &part,
            .iovlen = 1,
            .control = &control,
            .controllen = Control.used,
            .flags = 0,
        };
        const sent = linux.sendmsg(self.socket, &message, linux.MSG.NOSIGNAL | linux.MSG.DONTWAIT);
        return switch (linux.errno(sent)) {
            .SUCCESS => {},
            .AGAIN, .TOOMANYREFS => error.Full,
            .PIPE, .CONNRESET, .NOTCONN => error.Gone,
            else => error.SystemFailed,
        };
    }
};

/// One descriptor on its way.
const Control = extern struct {
    len: usize = used,
    level: i32 = linux.SOL.SOCKET,
    kind: i32 = rights,
    fd: i32,
    padding: i32 = 0,

    const rights = 1; // SCM_RIGHTS
    const used = @sizeOf(usize) + 3 * @sizeOf(i32);
};

const Address = extern struct { family: u16 = linux.AF.UNIX, zero: u8 = 0, digits: [5]u8 };

fn peerOf(socket: i32) u32 {
    var credentials: [3]u32 = @splat(0);
    var bytes: linux.socklen_t = @sizeOf(@TypeOf(credentials));
    _ = linux.getsockopt(socket, linux.SOL.SOCKET, linux.SO.PEERCRED, @ptrCast(&credentials), &bytes);
    return credentials[0];
}

fn newSocket(flags: u32) Error!i32 {
    const made = linux.socket(linux.AF.UNIX, linux.SOCK.SEQPACKET | linux.SOCK.CLOEXEC | flags, 0);
    return switch (linux.errno(made)) {
        .SUCCESS => @intCast(made),
        .MFILE, .NFILE => error.TooManyFiles,
        else => error.SystemFailed,
    };
}

/// Home: waits for one process. The caller holds the handle.
pub fn open() Error!u32 {
    const listener = try newSocket(linux.SOCK.NONBLOCK);
    errdefer _ = linux.close(listener);
    // An address of no length has the kernel choose a name that is free.
    const none: u16 = linux.AF.UNIX;
    if (linux.errno(linux.bind(listener, @ptrCast(@alignCast(&none)), @sizeOf(u16))) != .SUCCESS) return error.SystemFailed;
    var address: Address = .{ .digits = @splat('0') };
    var bytes: linux.socklen_t = @sizeOf(Address);
    if (linux.errno(linux.getsockname(listener, @ptrCast(@alignCast(&address)), &bytes)) != .SUCCESS) return error.SystemFailed;
    const name = std.fmt.parseInt(u32, &address.digits, 16) catch return error.SystemFailed;
    if (linux.errno(linux.listen(listener, 8)) != .SUCCESS) return error.SystemFailed;
    return lenders.add(.{ .listener = listener, .name = name });
}

pub fn nameOf(handle: u32) Error!u32 {
    const lender = try lenders.enter(handle);
    defer lenders.leave(handle);
    return lender.name;
}

pub fn accept(handle: u32, pid: u32) Error!void {
    const lender = try lenders.enter(handle);
    defer lenders.leave(handle);
    return lender.accept(pid);
}

/// Home: sends the memory at `address` to the process.
pub fn lend(handle: u32, address: shm.Address) Error!void {
    const lender = try lenders.enter(handle);
    defer lenders.leave(handle);
    const fd = try shm.openFile(address);
    defer _ = linux.close(fd);
    return lender.send(address.key, fd);
}

pub fn close(handle: u32) Error!void {
    return lenders.drop(handle);
}

/// The process, before it is walled in: connects to home by the number of its name.
pub fn connect(name: u32) Error!void {
    var address: Address = .{ .digits = undefined };
    _ = std.fmt.bufPrint(&address.digits, "{x:0>5}", .{name}) catch return error.OutOfRange;
    const socket = try newSocket(0);
    if (linux.errno(linux.connect(socket, &address, @sizeOf(Address))) != .SUCCESS) return error.Gone;
    if (socket == descriptor) return;
    const moved = linux.dup3(socket, descriptor, 0);
    _ = linux.close(socket);
    if (linux.errno(moved) != .SUCCESS) return error.SystemFailed;
}

const Loan = struct { key: shm.Key, fd: i32 };

var loans: [64]?Loan = @splat(null);
/// Where the next one goes: over the oldest.
var next_loan: usize = 0;
var loans_lock: Lock = .{};

/// The process: from now on `shm` takes memory of others from here.
pub fn startBorrowing() void {
    shm.borrow = borrow;
}

/// The descriptor of a memory that home has sent; the caller's, to be closed. `error.Gone` if it was not sent.
fn borrow(key: shm.Key) Error!i32 {
    loans_lock.acquire();
    defer loans_lock.release();
    while (receive()) |loan| {
        if (loans[next_loan]) |old| _ = linux.close(old.fd);
        loans[next_loan] = loan;
        next_loan = (next_loan + 1) % loans.len;
    }
    for (&loans) |*entry| {
        const loan = entry.* orelse continue;
        if (!std.mem.eql(u8, &loan.key, &key)) continue;
        entry.* = null;
        return loan.fd;
    }
    return error.Gone;
}

fn receive() ?Loan {
    var loan: Loan = .{ .key = undefined, .fd = -1 };
    var part: [1]std.posix.iovec = .{.{ .base = &loan.key, .len = loan.key.len }};
    var control: Control = .{ .len = 0, .fd = -1 };
    var message: linux.msghdr = .{
        .name = null,
        .namelen = 0,
        .iov = &part,
        .iovlen = 1,
        .control = &control,
        .controllen = @sizeOf(Control),
        .flags = 0,
    };
    const received = linux.recvmsg(descriptor, &message, linux.MSG.DONTWAIT | linux.MSG.CMSG_CLOEXEC);
    if (linux.errno(received) != .SUCCESS or received != loan.key.len) return null;
    if (control.len != Control.used or control.kind != Control.rights) return null;
    loan.fd = control.fd;
    return loan;
}

const testing = std.testing;

/// The process of all tests may have the number in use.
fn needDescriptor() !void {
    if (linux.errno(linux.fcntl(descriptor, linux.F.GETFD, 0)) == .SUCCESS) return error.SkipZigTest;
}

test "memory that is lent is borrowed once, by its key" {
    try needDescriptor();
    const handle = try open();
    defer close(handle) catch unreachable;
    try connect(try nameOf(handle));
    defer _ = linux.close(descriptor);
    const pid: u32 = @bitCast(linux.getpid());
    try testing.expectError(error.Empty, accept(handle, pid + 1));
    try connect(try nameOf(handle));
    try accept(handle, pid);
    const segment = try shm.Segment.create(shm.page_bytes);
    defer segment.destroy();
    segment.memory[9] = 42;
    const key = try shm.newKey();
    try testing.expectError(error.Gone, borrow(key));
    try lend(handle, try segment.address(key));
    const fd = try borrow(key);
    defer _ = linux.close(fd);
    const second = try shm.map(fd, shm.page_bytes);
    defer _ = linux.munmap(second.ptr, second.len);
    try testing.expectEqual(@as(u8, 42), second[9]);
    try testing.expectError(error.Gone, borrow(key));
}

test "a process that takes nothing is full some time" {
    try needDescriptor();
    const handle = try open();
    defer close(handle) catch unreachable;
    try testing.expectError(error.Empty, accept(handle, 1));
    const segment = try shm.Segment.create(shm.page_bytes);
    defer segment.destroy();
    const address = try segment.address(try shm.newKey());
    try testing.expectError(error.Gone, lend(handle, address));
    try connect(try nameOf(handle));
    defer _ = linux.close(descriptor);
    try accept(handle, @bitCast(linux.getpid()));
    var sent: u32 = 0;
    while (sent < 10_000) : (sent += 1) lend(handle, address) catch |err| {
        try testing.expectEqual(error.Full, err);
        break;
    };
    try testing.expect(sent > 0 and sent < 10_000);
    while (receive()) |loan| _ = linux.close(loan.fd);
}
