//! SMPTE ST 2110: payloads and time. Bytes and instants in, decisions out; no sockets, no clocks, no allocation.

pub const ancillary = @import("st2110/ancillary.zig");
pub const audio = @import("st2110/audio.zig");
pub const pgroup = @import("st2110/pgroup.zig");
pub const pgroup_convert = @import("st2110/pgroup_convert.zig");
pub const timestamp = @import("st2110/timestamp.zig");
pub const video = @import("st2110/video.zig");
pub const video_depacketizer = @import("st2110/video_depacketizer.zig");
pub const video_packetizer = @import("st2110/video_packetizer.zig");

test {
    _ = ancillary;
    _ = audio;
    _ = pgroup;
    _ = pgroup_convert;
    _ = timestamp;
    _ = video;
    _ = video_depacketizer;
    _ = video_packetizer;
}
