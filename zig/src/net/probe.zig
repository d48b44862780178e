//! What the kernel of this machine can do for UDP.

const std = @import("std");
const linux = std.os.linux;
const batch_receive = @import("batch_receive.zig");
const batch_send = @import("batch_send.zig");
const interfaces = @import("interfaces.zig");
const kit = @import("test_kit.zig");
const system = @import("system.zig");
const udp = @import("udp.zig");

const Error = system.Error;

pub const Capabilities = struct {
    /// UDP_SEGMENT: many datagrams sent as one.
    gso: bool,
    /// UDP_GRO: many datagrams received as one.
    gro: bool,
    /// SO_TXTIME: datagrams with an instant to leave at. Has an effect with fq alone.
    tx_time: bool,
    /// SO_MAX_PACING_RATE. Has an effect with fq alone.
    pacing_rate: bool,
    /// Whether the queueing discipline of the interface is fq; null where that cannot be told.
    fq: ?bool,
    /// net.core.rmem_max, the longest receive buffer that everybody can have; 0 where it cannot be told.
    receive_buffer_bytes_max: u32,
    /// net.core.wmem_max, the longest send buffer that everybody can have; 0 where it cannot be told.
    send_buffer_bytes_max: u32,
};

/// `interface` is the one whose `fq` is told, by index; 0 is none, and then it is null.
pub fn probe(interface: u32) Error!Capabilities {
    const fd: i32 = @intCast(try system.check(
        linux.socket(linux.AF.INET, linux.SOCK.DGRAM | linux.SOCK.CLOEXEC, 0),
    ));
    defer _ = linux.close(fd);
    const unlimited: c_ulong = std.math.maxInt(c_ulong);
    return .{
        .gso = batch_send.Sender.isSupported(fd),
        .gro = batch_receive.Receiver.isSupported(fd),
        .tx_time = if (udp.setTxTime(fd)) true else |_| false,
        .pacing_rate = if (system.setOption(fd, linux.SOL.SOCKET, linux.SO.MAX_PACING_RATE, unlimited))
            true
        else |_|
            false,
        .fq = isFairQueue(interface),
        .receive_buffer_bytes_max = readNumber("/proc/sys/net/core/rmem_max"),
        .send_buffer_bytes_max = readNumber("/proc/sys/net/core/wmem_max"),
    };
}

fn readNumber(path: [:0]const u8) u32 {
    var buffer: [32]u8 = undefined;
    const text = interfaces.readAll(path, &buffer) catch return 0;
    return std.fmt.parseInt(u32, std.mem.trim(u8, text, " \n"), 10) catch 0;
}

fn isFairQueue(interface: u32) ?bool {
    if (interface == 0) return null;
    var buffer: [64]u8 = undefined;
    const name = rootDiscipline(interface, &buffer) orelse return null;
    return std.mem.eql(u8, name, "fq");
}

const Request = extern struct {
    header: linux.nlmsghdr,
    message: Traffic,
};

/// struct tcmsg.
const Traffic = extern struct {
    family: u8 = 0,
    padding: [3]u8 = @splat(0),
    interface: i32 = 0,
    handle: u32 = 0,
    parent: u32 = 0,
    info: u32 = 0,
};

const root_parent = 0xffff_ffff;
const attribute_kind = 1;
const attribute_bytes = 4;

/// The name of the queueing discipline at the root of an interface, by netlink; null where the kernel does not tell.
pub fn rootDiscipline(interface: u32, name: []u8) ?[]const u8 {
    const returned = linux.socket(linux.AF.NETLINK, linux.SOCK.RAW | linux.SOCK.CLOEXEC, linux.NETLINK.ROUTE);
    const fd: i32 = @intCast(system.check(returned) catch return null);
    defer _ = linux.close(fd);
    const request: Request = .{
        .header = .{
            .len = @sizeOf(Request),
            .type = .RTM_GETQDISC,
            .flags = linux.NLM_F_REQUEST | linux.NLM_F_DUMP,
            .seq = 1,
            .pid = 0,
        },
        .message = .{},
    };
    _ = system.check(linux.sendto(fd, std.mem.asBytes(&request), @sizeOf(Request), 0, null, 0)) catch return null;
    var buffer: [16 << 10]u8 align(4) = undefined;
    while (true) {
        const received = linux.recvfrom(fd, &buffer, buffer.len, 0, null, null);
        var left: []align(4) const u8 = buffer[0 .. system.check(received) catch return null];
        while (left.len >= @sizeOf(linux.nlmsghdr)) {
            const header: *const linux.nlmsghdr = @ptrCast(left.ptr);
            if (header.len < @sizeOf(linux.nlmsghdr) or header.len > left.len) return null;
            if (header.type == .DONE or header.type == .ERROR) return null;
            if (nameIn(left[0..header.len], interface)) |found| {
                if (found.len > name.len) return null;
                @memcpy(name[0..found.len], found);
                return name[0..found.len];
            }
            left = @alignCast(left[@min(left.len, std.mem.alignForward(usize, header.len, 4))..]);
        }
    }
}

/// The name in a message, if it is of the root of the interface.
fn nameIn(message: []align(4) const u8, interface: u32) ?[]const u8 {
    if (message.len < @sizeOf(Request)) return null;
    const request: *const Request = @ptrCast(message.ptr);
    const is_root = request.message.parent == root_parent;
    if (request.message.interface != interface or !is_root) return null;
    var offset: usize = @sizeOf(Request);
    while (offset + attribute_bytes <= message.len) {
        const length, const kind = std.mem.bytesToValue([2]u16, message[offset..][0..attribute_bytes]);
        if (length < attribute_bytes or length > message.len - offset) return null;
        const data = message[offset + attribute_bytes .. offset + length];
        if (kind == attribute_kind) return std.mem.trimEnd(u8, data, "\x00");
        offset += std.mem.alignForward(usize, length, 4);
    }
    return null;
}

test "what the kernel can do" {
    const found = try probe(0);
    try std.testing.expectEqual(@as(?bool, null), found.fq);
    try std.testing.expect(found.receive_buffer_bytes_max > 0 and found.send_buffer_bytes_max > 0);
    // The options of a kernel that has one of the later ones are all there.
    if (found.gro) try std.testing.expect(found.gso and found.pacing_rate and found.tx_time);
}

test "the discipline of an interface has a name" {
    var buffer: [64]u8 = undefined;
    const lo = try kit.indexOf("lo");
    const name = rootDiscipline(lo, &buffer) orelse return error.SkipZigTest;
    try std.testing.expect(name.len > 0);
    for (name) |byte| try std.testing.expect(std.ascii.isAlphanumeric(byte) or byte == '_');
    try std.testing.expectEqual(@as(?bool, std.mem.eql(u8, name, "fq")), (try probe(lo)).fq);
    try std.testing.expectEqual(@as(?[]const u8, null), rootDiscipline(0x7fff_fffe, &buffer));
}
