//! What a receiver is made from and what it tells: structs that cross the ABI as bytes.

const std = @import("std");
const net = @import("../net.zig");
const refusal = @import("refusal.zig");
const rtp = @import("../rtp.zig");
const st2110 = @import("../st2110.zig");
const Error = @import("../result.zig").Error;

const Endpoint = net.endpoint.Endpoint;
const enumOf = refusal.enumOf;

pub const Kind = @import("sender_config.zig").Kind;

/// What is done with a frame of which rows are missing.
pub const MissingPolicy = enum(u32) {
    /// It is dropped and counted.
    drop = 1,
    /// The missing rows are those of the last frame; without one it is dropped.
    conceal = 2,
    /// It is delivered as it came; its metadata names the rows whose content means nothing.
    deliver = 3,
};

pub const payload_type_any = 255;
pub const cname_bytes_max = 64;
/// Of an item that is not a picture of known size.
pub const item_bytes_limit = 1 << 28;
pub const block_samples_max = 1 << 20;
/// Of a frame: no stream of pictures is faster or slower.
const frame_ns_min = 1 * std.time.ns_per_us;
const frame_ns_max = 3600 * std.time.ns_per_s;

pub const Config = extern struct {
    kind: u32,
    /// 1 to have runs of datagrams given together by the system (UDP_GRO).
    use_gro: u32,
    /// 1 to listen to RTCP at the port above and to answer with receiver reports.
    rtcp: u32,
    /// 0 to 127, or 255 for any.
    payload_type: u32,
    /// Where to receive; a multicast address is joined. Port 0 is any free one.
    local: Endpoint,
    /// Whom to receive from; family 0 for anybody, port 0 for any port.
    source: Endpoint,
    /// For multicast; 0 leaves it to the system.
    interface: u32,
    /// 0 leaves it to the system.
    receive_buffer_bytes: u32,
    /// 90000, or the rate of audio.
    clock_rate_hz: u32,
    /// Frames in `rate_denominator` seconds, from one in an hour to a million in a second; not for audio.
    rate_numerator: u32,
    rate_denominator: u32,
    /// SCHED_FIFO, 1 to 99; 0 for a normal thread.
    real_time_priority: u32,
    width: u32,
    height: u32,
    sampling: u32,
    depth: u32,
    scan: u32,
    packing: u32,
    udp_bytes_max: u32,
    /// Of zig/src/pixel/job.zig; 0 when slots take the pixel groups as they come.
    pixel_format: u32,
    /// Where planes begin in the slot, and bytes from row to row. Of pixel groups there is one plane.
    plane_offsets: [4]u32 = @splat(0),
    plane_strides: [4]u32 = @splat(0),
    missing_policy: u32,
    /// L16 or L24 as 16 or 24.
    encoding: u32,
    channels: u32,
    /// What the sender is expected to put into a packet; others are taken too.
    packet_samples: u32,
    /// Samples of each channel in a slot.
    block_samples: u32,
    /// The longest item of ancillary data or compressed video; longer ones are dropped.
    item_bytes_max: u32,
    /// Of H.264: 4 for units after their lengths, 0 for units after start codes (Annex B).
    unit_length_bytes: u32,
    reserved_196: u32 = 0,
    /// Of our own reports.
    ssrc: u32,
    cname_bytes: u32,
    cname: [cname_bytes_max]u8 = @splat(0),
    /// How long a packet may be held for those before it, 1 to 10 ms; 0 for no time.
    reorder_ns: u64,
    /// Added to TAI: for a stream that was recorded at another time, and for tests.
    tai_shift_ns: i64 = 0,

    /// What every kind of stream needs.
    pub fn check(self: *const Config) Error!void {
        const kind = try self.kindOf();
        if (self.use_gro > 1 or self.rtcp > 1) return error.OutOfRange;
        if (self.payload_type > 127 and self.payload_type != payload_type_any) return error.BadPayloadType;
        try checkEndpoint(self.local);
        if (!self.source.isNone()) {
            try checkEndpoint(self.source);
            if (self.source.family != self.local.family) return error.BadEndpoint;
        }
        // Its port is the one above.
        if (self.rtcp == 1 and (self.local.port == 0 or self.local.port == 65535)) return error.BadEndpoint;
        if (self.unit_length_bytes != 0 and self.unit_length_bytes != 4) return error.OutOfRange;
        if (self.real_time_priority > 99 or self.cname_bytes > cname_bytes_max) return error.OutOfRange;
        if (self.clock_rate_hz == 0 or self.clock_rate_hz > 1_000_000_000) return error.BadRate;
        if (kind != .audio) {
            if (self.rate_numerator == 0) return error.BadRate;
            const period_ns = self.framePeriodNs();
            if (period_ns < frame_ns_min or period_ns > frame_ns_max) return error.BadRate;
        }
        const limits = rtp.jitter_buffer;
        if (self.reorder_ns != 0 and
            (self.reorder_ns < limits.latency_ns_min or self.reorder_ns > limits.latency_ns_max))
        {
            return error.OutOfRange;
        }
    }

    pub fn kindOf(self: *const Config) Error!Kind {
        return enumOf(Kind, self.kind);
    }

    pub fn videoFormat(self: *const Config) Error!st2110.video.Format {
        return .{
            .width = self.width,
            .height = self.height,
            .sampling = try enumOf(st2110.pgroup.Sampling, self.sampling),
            .depth = try enumOf(st2110.pgroup.Depth, self.depth),
            .scan = try enumOf(st2110.video.Scan, self.scan),
            .packing = try enumOf(st2110.video.Packing, self.packing),
            .udp_bytes_max = self.udp_bytes_max,
        };
    }

    pub fn rate(self: *const Config) st2110.timestamp.Rate {
        return .{ .num = self.rate_numerator, .den = self.rate_denominator };
    }

    pub fn framePeriodNs(self: *const Config) u64 {
        return @intCast(@as(u128, self.rate_denominator) * std.time.ns_per_s / self.rate_numerator);
    }

    pub fn itemBytesMax(self: *const Config) Error!u32 {
        if (self.item_bytes_max < 8 or self.item_bytes_max > item_bytes_limit) return error.OutOfRange;
        return self.item_bytes_max;
    }
};

fn checkEndpoint(endpoint: Endpoint) Error!void {
    if (endpoint.family != 4 and endpoint.family != 6) return error.BadEndpoint;
    if (endpoint.port > 65535) return error.BadEndpoint;
}

/// Bits of `Statistics.oddities`: what senders do that the standard does not have, and that is understood all the same.
pub const Oddity = struct {
    /// The extended sequence number does not move.
    pub const stuck_extension: u64 = 1;
    /// More than three segments in a packet.
    pub const many_segments: u64 = 2;
    /// Both fields have one time stamp although the video is interlaced.
    pub const one_timestamp: u64 = 4;
    /// Rows of fields are numbered as rows of the frame.
    pub const frame_numbered: u64 = 8;
    /// A payload of audio has not the length that was agreed.
    pub const other_packet_time: u64 = 16;
    /// Time stamps do not count from the epoch of TAI: they are taken to mean the arrival of the first.
    pub const other_epoch: u64 = 32;
};

/// What a receiver has seen since it was opened.
pub const Statistics = extern struct {
    /// RTP packets of the stream, doubles not counted, and their payload.
    packets: u64 = 0,
    octets: u64 = 0,
    /// That the system threw away because the receive buffer was full.
    kernel_dropped: u64 = 0,
    /// Sequence numbers between the first and the newest that have not come.
    lost: u64 = 0,
    duplicates: u64 = 0,
    /// Came after a packet that follows them, and were used if it was not too late.
    reordered: u64 = 0,
    /// Came after their place was given up.
    late: u64 = 0,
    /// Held longer than there was room for.
    pressed_out: u64 = 0,
    /// Not RTP: too short, of another version, or contradicting themselves.
    not_rtp: u64 = 0,
    /// RTCP at the port of the media.
    rtcp_at_media_port: u64 = 0,
    wrong_payload_type: u64 = 0,
    /// From another address than the one that was asked for.
    wrong_source: u64 = 0,
    /// Of another SSRC while ours is heard.
    strays: u64 = 0,
    /// Sequence numbers too far off, until a second one said the same.
    jumps: u64 = 0,
    /// Longer than a datagram may be.
    too_long: u64 = 0,
    /// Payloads that end before what they announce.
    truncated: u64 = 0,
    /// Payloads whose parts do not fit together.
    malformed: u64 = 0,
    /// Pixels outside of the picture, or of another field than their packet's.
    outside: u64 = 0,
    /// Lengths or offsets within a pixel group.
    split_group: u64 = 0,
    /// Time stamps far off, until a second one said the same.
    timestamp_jumps: u64 = 0,
    /// ANC packets whose parity or checksum is wrong.
    faulty: u64 = 0,
    /// Items that were committed.
    frames: u64 = 0,
    /// Items of which something is missing, whether delivered or not.
    incomplete_frames: u64 = 0,
    /// Incomplete items that were not delivered.
    discarded_frames: u64 = 0,
    /// Items that no slot was free for, or that no ring was there for.
    dropped_frames: u64 = 0,
    /// Items longer than a slot.
    oversized_frames: u64 = 0,
    concealed_rows: u64 = 0,
    /// Samples that stand for what did not come, for each channel.
    silent_samples: u64 = 0,
    /// Another SSRC has taken over.
    ssrc_changes: u64 = 0,
    /// The sequence has begun anew.
    restarts: u64 = 0,
    ssrc: u64 = 0,
    /// Of the newest packet.
    payload_type: u64 = 0,
    /// RFC 3550 section 6.4.1, in ticks of the clock rate.
    jitter: u64 = 0,
    oddities: u64 = 0,
    /// RTCP: reports of the sender, its goodbyes, our reports, and what was none.
    sender_reports: u64 = 0,
    goodbyes: u64 = 0,
    reports_sent: u64 = 0,
    bad_rtcp: u64 = 0,
    /// From the newest report of the sender: NTP time and the time stamp of the same instant.
    sender_ntp: u64 = 0,
    sender_timestamp: u64 = 0,
    /// Of the system, to receive.
    calls: u64 = 0,
    receive_errors: u64 = 0,
    /// How much the system keeps for it.
    receive_buffer_bytes: u64 = 0,
    /// 1 while runs of datagrams come together (UDP_GRO).
    is_grouped: u64 = 0,
    /// 1 if the thread has the real-time priority that was asked for.
    is_real_time: u64 = 0,
    /// CPU time of the thread, renewed ten times in a second.
    cpu_ns: u64 = 0,
    /// Of H.264: 1 more each time that the parameter sets have changed.
    parameter_set_changes: u64 = 0,
};

test "check() names what is wrong" {
    const expectError = std.testing.expectError;
    var good = std.mem.zeroes(Config);
    good.kind = 1;
    good.local = .ip4(.{ 127, 0, 0, 1 }, 5004);
    good.clock_rate_hz = 90_000;
    good.rate_numerator = 25;
    good.rate_denominator = 1;
    try good.check();
    inline for (.{
        .{ "kind", 6, error.InvalidArgument },
        .{ "use_gro", 2, error.OutOfRange },
        .{ "payload_type", 128, error.BadPayloadType },
        .{ "local", Endpoint.none, error.BadEndpoint },
        .{ "clock_rate_hz", 0, error.BadRate },
        .{ "rate_numerator", 0, error.BadRate },
        .{ "rate_numerator", 1_000_001, error.BadRate },
        .{ "rate_numerator", std.math.maxInt(u32), error.BadRate },
        .{ "rate_denominator", 0, error.BadRate },
        .{ "rate_denominator", 25 * 3600 + 1, error.BadRate },
        .{ "rate_denominator", std.math.maxInt(u32), error.BadRate },
        .{ "reorder_ns", 999_999, error.OutOfRange },
        .{ "reorder_ns", 10_000_001, error.OutOfRange },
        .{ "cname_bytes", 65, error.OutOfRange },
        .{ "real_time_priority", 100, error.OutOfRange },
        .{ "source", Endpoint.ip6(@splat(1), 0, 0), error.BadEndpoint },
    }) |change| {
        var bad = good;
        @field(bad, change[0]) = change[1];
        try expectError(change[2], bad.check());
    }
    var bad = good;
    bad.rtcp = 1;
    bad.local.port = 0;
    try expectError(error.BadEndpoint, bad.check());
    bad.local.port = 5004;
    bad.payload_type = payload_type_any;
    try bad.check();
}
