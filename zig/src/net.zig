//! UDP over the kernel's sockets: what a media sender and receiver need of them, and no more. Linux.
//!
//! One packet per system call is too slow: such a loop carries about a quarter of a million packets per second, and
//! one 1080p59.94 stream has more. So datagrams are sent in runs of equal size (`UDP_SEGMENT`) and received in runs
//! (`UDP_GRO`), many runs per call. Nothing here allocates, and nothing is copied but by the kernel.

pub const endpoint = @import("net/endpoint.zig");
pub const interfaces = @import("net/interfaces.zig");
pub const udp = @import("net/udp.zig");
pub const batch_send = @import("net/batch_send.zig");
pub const batch_receive = @import("net/batch_receive.zig");
pub const probe = @import("net/probe.zig");

pub const Error = @import("net/system.zig").Error;

test {
    _ = endpoint;
    _ = interfaces;
    _ = udp;
    _ = batch_send;
    _ = batch_receive;
    _ = probe;
    _ = @import("net/control.zig");
    _ = @import("net/system.zig");
    _ = @import("net/udp_test.zig");
    _ = @import("net/batch_test.zig");
}
