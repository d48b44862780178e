//! RTP (RFC 3550): packets, sources, reordering, reports. Bytes and times in, decisions out; no sockets, no clocks.

pub const jitter_buffer = @import("rtp/jitter_buffer.zig");
pub const packet = @import("rtp/packet.zig");
pub const rtcp = @import("rtp/rtcp.zig");
pub const source = @import("rtp/source.zig");

test {
    _ = jitter_buffer;
    _ = packet;
    _ = rtcp;
    _ = source;
}
