//! RTP (RFC 3550): packets, sources, reordering, reports. Bytes and times in, decisions out; no sockets, no clocks.

pub const h264 = @import("rtp/h264.zig");
pub const h264_depacketizer = @import("rtp/h264_depacketizer.zig");
pub const h264_packetizer = @import("rtp/h264_packetizer.zig");
pub const h264_parameter_sets = @import("rtp/h264_parameter_sets.zig");
pub const jitter_buffer = @import("rtp/jitter_buffer.zig");
pub const packet = @import("rtp/packet.zig");
pub const rtcp = @import("rtp/rtcp.zig");
pub const source = @import("rtp/source.zig");
pub const window = @import("rtp/window.zig");

test {
    _ = h264;
    _ = h264_depacketizer;
    _ = h264_packetizer;
    _ = h264_parameter_sets;
    _ = jitter_buffer;
    _ = packet;
    _ = rtcp;
    _ = source;
    _ = window;
}
