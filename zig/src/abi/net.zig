//! What the network of this machine can do. See ../net/probe.zig.

const net = @import("../net.zig");
const refusal = @import("../stream/refusal.zig");
const result = @import("../result.zig");
const Buffer = @import("buffer.zig");

pub const layouts = .{ .NetCapabilities = Capabilities };

/// Each of the first is 0 or 1.
pub const Capabilities = extern struct {
    /// UDP_SEGMENT.
    gso: u32,
    /// UDP_GRO.
    gro: u32,
    /// SO_TXTIME.
    tx_time: u32,
    /// SO_MAX_PACING_RATE.
    pacing_rate: u32,
    /// Whether the interface has the queueing discipline fq: 0 or 1, 2 if that cannot be told.
    fair_queue: u32,
    /// net.core.rmem_max, 0 if it cannot be told.
    receive_buffer_bytes_max: u32,
    /// net.core.wmem_max, 0 if it cannot be told.
    send_buffer_bytes_max: u32,
};

/// Writes what the kernel can do (layout NetCapabilities). The queueing discipline is that of the interface; 0 is
/// none.
pub fn sl_net_capabilities(interface_index: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(capabilities(interface_index, out, out_bytes));
}

fn capabilities(interface_index: u32, out: ?[*]u8, out_bytes: u32) result.Error!void {
    const found = net.probe.probe(interface_index) catch |err| return refusal.fromNet(err);
    return Buffer.write(Capabilities, .{
        .gso = @intFromBool(found.gso),
        .gro = @intFromBool(found.gro),
        .tx_time = @intFromBool(found.tx_time),
        .pacing_rate = @intFromBool(found.pacing_rate),
        .fair_queue = if (found.fq) |fq| @intFromBool(fq) else 2,
        .receive_buffer_bytes_max = found.receive_buffer_bytes_max,
        .send_buffer_bytes_max = found.send_buffer_bytes_max,
    }, out, out_bytes);
}
