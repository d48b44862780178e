//! SMPTE ST 2110: payloads and time. Bytes and instants in, decisions out; no sockets, no clocks, no allocation.

pub const ancillary = @import("st2110/ancillary.zig");
pub const audio = @import("st2110/audio.zig");
pub const jpeg_xs = @import("st2110/jpeg_xs.zig");
pub const jpeg_xs_depacketizer = @import("st2110/jpeg_xs_depacketizer.zig");
pub const jpeg_xs_packetizer = @import("st2110/jpeg_xs_packetizer.zig");
pub const pgroup = @import("st2110/pgroup.zig");
pub const schedule = @import("st2110/schedule.zig");
pub const schedule_model = @import("st2110/schedule_model.zig");
pub const timestamp = @import("st2110/timestamp.zig");
pub const video = @import("st2110/video.zig");
pub const video_depacketizer = @import("st2110/video_depacketizer.zig");
pub const video_packetizer = @import("st2110/video_packetizer.zig");

test {
    _ = ancillary;
    _ = audio;
    _ = jpeg_xs;
    _ = jpeg_xs_depacketizer;
    _ = jpeg_xs_packetizer;
    _ = pgroup;
    _ = schedule;
    _ = schedule_model;
    _ = @import("st2110/schedule_test.zig");
    _ = timestamp;
    _ = video;
    _ = video_depacketizer;
    _ = video_packetizer;
}
