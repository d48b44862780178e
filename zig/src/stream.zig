//! Streams: native threads between items of actors and packets of the network. Protocol stays in rtp/ and st2110/.

pub const pacer = @import("stream/pacer.zig");
pub const receiver = @import("stream/receiver.zig");
pub const receiver_config = @import("stream/receiver_config.zig");
pub const sender = @import("stream/sender.zig");
pub const sender_config = @import("stream/sender_config.zig");

test {
    _ = pacer;
    _ = receiver;
    _ = receiver_config;
    _ = @import("stream/item_output.zig");
    _ = sender;
    _ = sender_config;
    _ = @import("stream/job_queue.zig");
    _ = @import("stream/pacer_test.zig");
    _ = @import("stream/refusal.zig");
    _ = @import("stream/rtcp_sender.zig");
    _ = @import("stream/wire.zig");
    _ = @import("stream/sender_test.zig");
    _ = @import("stream/video_sender_test.zig");
    _ = @import("stream/audio_sender_test.zig");
    _ = @import("stream/ancillary_sender_test.zig");
    _ = @import("stream/compressed_sender_test.zig");
}
