//! What the files of net/ share: errors that a user can act on, and socket options.

const std = @import("std");
const linux = std.os.linux;

/// One name for each cause that a user can do something about.
pub const Error = error{
    /// Another socket has the local address and port.
    PortTaken,
    /// The local address is none of this machine's.
    AddressNotLocal,
    /// The machine knows no way to the address, or has no addresses of this family.
    NoRoute,
    NoSuchInterface,
    /// What was asked for goes with multicast addresses alone.
    NotMulticast,
    /// The kernel cannot join a group for one source.
    SourceFilterUnsupported,
    /// The kernel does not have what was asked for.
    Unsupported,
    /// The system does not let this user do that; a firewall's refusal looks the same.
    Permission,
    /// The datagram is longer than the path takes in one piece: it is never fragmented.
    MessageTooLong,
    /// An earlier datagram was answered with "nobody listens at this port" (ICMP).
    Refused,
    /// The queue of the socket or of the network card stayed full.
    QueueFull,
    OutOfDescriptors,
    OutOfMemory,
    InvalidArgument,
    Unexpected,
};

pub fn fromErrno(errno: linux.E) Error {
    return switch (errno) {
        .ADDRINUSE => error.PortTaken,
        .ADDRNOTAVAIL => error.AddressNotLocal,
        .NETUNREACH, .HOSTUNREACH, .NETDOWN, .HOSTDOWN, .AFNOSUPPORT => error.NoRoute,
        .NODEV, .NXIO => error.NoSuchInterface,
        .NOPROTOOPT, .OPNOTSUPP, .NOSYS => error.Unsupported,
        .ACCES, .PERM => error.Permission,
        .MSGSIZE => error.MessageTooLong,
        .CONNREFUSED => error.Refused,
        .AGAIN, .NOBUFS => error.QueueFull,
        .MFILE, .NFILE => error.OutOfDescriptors,
        .NOMEM => error.OutOfMemory,
        .INVAL => error.InvalidArgument,
        else => error.Unexpected,
    };
}

pub fn check(returned: usize) Error!usize {
    const errno = linux.errno(returned);
    return if (errno == .SUCCESS) returned else fromErrno(errno);
}

/// Sets an option from the bytes of `value`.
pub fn setOption(fd: i32, level: i32, name: u32, value: anytype) Error!void {
    const bytes = std.mem.asBytes(&value);
    _ = try check(linux.setsockopt(fd, level, name, bytes.ptr, bytes.len));
}

pub fn setNumber(fd: i32, level: i32, name: u32, value: i32) Error!void {
    return setOption(fd, level, name, value);
}

pub fn getNumber(fd: i32, level: i32, name: u32) Error!i32 {
    var value: i32 = 0;
    var bytes: linux.socklen_t = @sizeOf(i32);
    _ = try check(linux.getsockopt(fd, level, name, std.mem.asBytes(&value), &bytes));
    return value;
}

test "causes that a user can act on have names" {
    const expectEqual = std.testing.expectEqual;
    try expectEqual(error.PortTaken, fromErrno(.ADDRINUSE));
    try expectEqual(error.QueueFull, fromErrno(.NOBUFS));
    try expectEqual(error.Unexpected, fromErrno(.PIPE));
    try expectEqual(error.Unexpected, check(@bitCast(-@as(isize, 9))));
    try expectEqual(@as(usize, 3), try check(3));
}
