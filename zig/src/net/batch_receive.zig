//! Receives many datagrams with few system calls.
//!
//! With `UDP_GRO` the kernel hands over datagrams of equal size that came one after another from one sender as one
//! run of bytes, with the size of a datagram beside it; here they are told apart again. They have one arrival time:
//! who measures the timing of single packets receives without it.

const std = @import("std");
const linux = std.os.linux;
const control = @import("control.zig");
const endpoint = @import("endpoint.zig");
const system = @import("system.zig");
const time = @import("../time.zig");
const Socket = @import("udp.zig").Socket;

const Endpoint = endpoint.Endpoint;
const Error = system.Error;

const ns_per_s = std.time.ns_per_s;

/// The kernel's stamp of arrival is of a clock that can be set; one that is further back than this is not believed.
const stamp_age_ns_max = ns_per_s;

pub const Datagram = struct {
    /// In the receiver's memory, until the next `receive`.
    bytes: []u8,
    from: Endpoint,
    /// When the kernel got it, by the monotonic clock; of a run, when the run was complete.
    arrival_ns: u64,
    /// It was longer than the room for it, the rest is lost. Only without GRO, see `Receiver.datagram_bytes`.
    is_truncated: bool,
};

/// About 15 KiB beside its memory. One thread receives; `wake` is for all threads.
pub const Receiver = struct {
    /// Of one message with GRO.
    pub const buffer_bytes = 65536;
    /// Messages in a call with GRO.
    pub const messages_max = 16;
    /// Room for one datagram without GRO: more of them fit into the same memory.
    pub const datagram_bytes = 16384;
    const plain_messages_max = messages_max * buffer_bytes / datagram_bytes;

    memory: []align(64) u8,
    socket: Socket,
    /// Whether datagrams come in runs.
    gro: bool,
    wake_fd: i32,
    /// What the kernel dropped because the socket's buffer was full, since `init`: datagrams, but with GRO a run that
    /// was dropped counts as one. The kernel tells of drops with a datagram that comes after them; `countDrops` asks
    /// for those of now.
    dropped_count: u64 = 0,
    /// The kernel's count when it was last seen, modulo 2^32.
    drops_seen: u32,
    /// Of the last datagram, so that arrivals do not go back.
    arrival_ns: u64 = 0,
    message_count: u32 = 0,
    /// What `next` looks at.
    message: u32 = 0,
    offset: u32 = 0,
    runs: [plain_messages_max]Run = undefined,
    headers: [plain_messages_max]linux.mmsghdr = undefined,
    pieces: [plain_messages_max]std.posix.iovec = undefined,
    addresses: [plain_messages_max]endpoint.Sockaddr = undefined,
    controls: [plain_messages_max][control_bytes]u8 align(8) = undefined,

    /// Segment size, count of drops, time stamp, and as much again for what callers switch on.
    const control_bytes = 160;

    const Run = struct {
        bytes: u32,
        segment_bytes: u32,
        arrival_ns: u64,
        from: Endpoint,
        is_truncated: bool,
    };

    /// What `init` wants of memory.
    pub fn memoryBytes() usize {
        return messages_max * buffer_bytes;
    }

    /// Over a bound socket. Both the socket and `memory` (at least `memoryBytes()`) stay the caller's and must outlive
    /// the receiver. `gro` says afterwards whether the kernel has it (Linux 5.0).
    pub fn init(memory: []align(64) u8, socket: Socket, use_gro: bool) Error!Receiver {
        if (memory.len < memoryBytes()) return error.InvalidArgument;
        const fd = socket.fd;
        try system.setNumber(fd, linux.SOL.SOCKET, linux.SO.RXQ_OVFL, 1);
        // Linux 5.1. Without it datagrams arrive when they are read.
        system.setNumber(fd, linux.SOL.SOCKET, linux.SO.TIMESTAMPNS_NEW, 1) catch |err| {
            if (err != error.Unsupported) return err;
        };
        const drops_seen = try socket.kernelDrops();
        const flags = linux.EFD.CLOEXEC | linux.EFD.NONBLOCK;
        return .{
            .memory = memory,
            .socket = socket,
            .gro = use_gro and isSupported(fd),
            .wake_fd = @intCast(try system.check(linux.eventfd(0, flags))),
            .drops_seen = drops_seen,
        };
    }

    /// Nobody may be in `receive` or `wake`.
    pub fn deinit(self: *Receiver) void {
        _ = linux.close(self.wake_fd);
    }

    /// Switches UDP_GRO on; says whether the kernel has it.
    pub fn isSupported(fd: i32) bool {
        system.setNumber(fd, linux.IPPROTO.UDP, linux.UDP.GRO, 1) catch return false;
        return true;
    }

    /// Waits until there is something, `wake` is called, or the time is over; 0 does not wait. What the last call gave
    /// is overwritten. Returns the count of datagrams that `next` will give.
    pub fn receive(self: *Receiver, timeout_ns: u64) Error!u32 {
        self.message_count = 0;
        self.message = 0;
        self.offset = 0;
        // Under load there is something already, and the kernel is not asked twice.
        const count = try self.take();
        if (count > 0 or timeout_ns == 0 or !try self.wait(timeout_ns)) return count;
        return self.take();
    }

    /// The next datagram of the last `receive`.
    pub fn next(self: *Receiver) ?Datagram {
        if (self.message == self.message_count) return null;
        const run = &self.runs[self.message];
        const start = @as(usize, self.message) * self.messageBytes() + self.offset;
        const bytes = @min(run.segment_bytes, run.bytes - self.offset);
        self.offset += bytes;
        if (self.offset >= run.bytes) {
            self.message += 1;
            self.offset = 0;
        }
        return .{
            .bytes = self.memory[start..][0..bytes],
            .from = run.from,
            .arrival_ns = run.arrival_ns,
            .is_truncated = run.is_truncated,
        };
    }

    /// Has a `receive` that waits return, or the next one that would wait. From any thread.
    pub fn wake(self: *Receiver) void {
        const one: u64 = 1;
        // It can fail only because as many wakes wait already as an u64 counts.
        _ = linux.write(self.wake_fd, std.mem.asBytes(&one), @sizeOf(u64));
    }

    /// Brings `dropped_count` up to this moment.
    pub fn countDrops(self: *Receiver) Error!void {
        self.noteDrops(try self.socket.kernelDrops());
    }

    fn messageBytes(self: *const Receiver) u32 {
        return if (self.gro) buffer_bytes else datagram_bytes;
    }

    /// Whether there may be something to take; false after a wake or at the end of the time.
    fn wait(self: *Receiver, timeout_ns: u64) Error!bool {
        const deadline_ns = time.monotonicNs() +| timeout_ns;
        var left_ns = timeout_ns;
        while (true) {
            var fds = [_]linux.pollfd{
                .{ .fd = self.socket.fd, .events = linux.POLL.IN, .revents = 0 },
                .{ .fd = self.wake_fd, .events = linux.POLL.IN, .revents = 0 },
            };
            var timeout: linux.timespec = .{
                .sec = @intCast(@min(left_ns / ns_per_s, std.math.maxInt(i32))),
                .nsec = @intCast(left_ns % ns_per_s),
            };
            const returned = linux.ppoll(&fds, fds.len, &timeout, null);
            if (linux.errno(returned) != .INTR) {
                _ = try system.check(returned);
                if (fds[1].revents != 0) {
                    var count: u64 = undefined;
                    _ = linux.read(self.wake_fd, std.mem.asBytes(&count), @sizeOf(u64));
                }
                return fds[0].revents != 0;
            }
            left_ns = deadline_ns -| time.monotonicNs();
        }
    }

    /// Takes what is there. Returns the count of datagrams.
    fn take(self: *Receiver) Error!u32 {
        const bytes = self.messageBytes();
        const message_count: u32 = @intCast(memoryBytes() / bytes);
        for (0..message_count) |i| {
            self.pieces[i] = .{ .base = self.memory.ptr + i * bytes, .len = bytes };
            self.headers[i] = .{ .len = 0, .hdr = .{
                .name = @ptrCast(&self.addresses[i]),
                .namelen = @sizeOf(endpoint.Sockaddr),
                .iov = self.pieces[i..].ptr,
                .iovlen = 1,
                .control = &self.controls[i],
                .controllen = control_bytes,
                .flags = 0,
            } };
        }
        const taken = while (true) {
            const returned = linux.recvmmsg(self.socket.fd, &self.headers, message_count, linux.MSG.DONTWAIT, null);
            switch (linux.errno(returned)) {
                .SUCCESS => break returned,
                .INTR => {},
                .AGAIN => return 0,
                // Of an ICMP answer to something else; nothing was read.
                .CONNREFUSED, .HOSTUNREACH, .NETUNREACH => {},
                else => |errno| return system.fromErrno(errno),
            }
        };
        const now: Now = .read();
        var count: u32 = 0;
        for (0..taken) |i| count += self.note(i, now);
        self.message_count = @intCast(taken);
        return count;
    }

    /// Reads what came with a message. Returns the count of its datagrams.
    fn note(self: *Receiver, i: usize, now: Now) u32 {
        const header = &self.headers[i];
        var segment_bytes: u32 = 0;
        var arrival_ns = now.monotonic_ns;
        var entries: control.Iterator = .{ .bytes = self.controls[i][0..header.hdr.controllen] };
        while (entries.next()) |entry| {
            if (entry.level == linux.IPPROTO.UDP and entry.kind == linux.UDP.GRO) {
                segment_bytes = @intCast(@max(0, entry.value(i32) orelse 0));
            } else if (entry.level == linux.SOL.SOCKET and entry.kind == linux.SO.RXQ_OVFL) {
                self.noteDrops(entry.value(u32) orelse continue);
            } else if (entry.level == linux.SOL.SOCKET and entry.kind == linux.SO.TIMESTAMPNS_NEW) {
                arrival_ns = now.monotonicOf(entry.value([2]i64) orelse continue);
            }
        }
        self.arrival_ns = @max(self.arrival_ns, arrival_ns);
        const bytes = header.len;
        if (segment_bytes == 0) segment_bytes = @max(1, bytes);
        self.runs[i] = .{
            .bytes = bytes,
            .segment_bytes = segment_bytes,
            .arrival_ns = self.arrival_ns,
            .from = .fromSockaddr(&self.addresses[i]),
            .is_truncated = header.hdr.flags & linux.MSG.TRUNC != 0,
        };
        return @max(1, (bytes + segment_bytes - 1) / segment_bytes);
    }

    pub fn noteDrops(self: *Receiver, kernel_count: u32) void {
        const more = kernel_count -% self.drops_seen;
        // A datagram that waited in the buffer tells an older count than was asked for meanwhile.
        if (more > std.math.maxInt(i32)) return;
        self.dropped_count += more;
        self.drops_seen = kernel_count;
    }
};

/// Both clocks of one moment.
const Now = struct {
    monotonic_ns: u64,
    real_ns: i64,

    fn read() Now {
        var real: linux.timespec = undefined;
        _ = linux.clock_gettime(.REALTIME, &real);
        return .{ .monotonic_ns = time.monotonicNs(), .real_ns = real.sec * ns_per_s + real.nsec };
    }

    fn monotonicOf(self: Now, stamp: [2]i64) u64 {
        const age_ns = self.real_ns -| (stamp[0] *| ns_per_s +| stamp[1]);
        if (age_ns < 0 or age_ns > stamp_age_ns_max) return self.monotonic_ns;
        return self.monotonic_ns -| @as(u64, @intCast(age_ns));
    }
};

test "a stamp of the clock that can be set is of the other clock too, and not believed when it was set" {
    const now: Now = .{ .monotonic_ns = 50 * ns_per_s, .real_ns = 1000 * ns_per_s };
    const expectEqual = std.testing.expectEqual;
    try expectEqual(@as(u64, 50 * ns_per_s - 7), now.monotonicOf(.{ 999, ns_per_s - 7 }));
    try expectEqual(@as(u64, 50 * ns_per_s), now.monotonicOf(.{ 1000, 1 }));
    try expectEqual(@as(u64, 50 * ns_per_s), now.monotonicOf(.{ 900, 0 }));
    try expectEqual(@as(u64, 50 * ns_per_s), now.monotonicOf(.{ std.math.maxInt(i64), 0 }));
}
