//! What a sender is made from, what it is given, and what it tells: structs that cross the ABI as bytes.

const net = @import("../net.zig");
const pacer = @import("pacer.zig");
const refusal = @import("refusal.zig");
const st2110 = @import("../st2110.zig");
const Error = @import("../result.zig").Error;

const Endpoint = net.endpoint.Endpoint;
const enumOf = refusal.enumOf;

pub const Kind = enum(u32) { video = 1, audio = 2, ancillary = 3, jpeg_xs = 4, h264 = 5 };
pub const Mode = enum(u32) { gso = 1, single = 2 };
/// `strict`: each packet at its instant, never more at once than the burst limit of the sender type. `batched`: what
/// falls due within half a millisecond goes together, of audio within one. `none`: all at once, whatever the time.
pub const Pacing = pacer.Pacing;

pub const cname_bytes_max = 64;

pub const Config = extern struct {
    kind: u32,
    mode: u32,
    pacing: u32,
    /// Of ST 2110-21; for video.
    sender_type: u32,
    to: Endpoint,
    /// Where to send from; family 0 leaves it to the system.
    from: Endpoint,
    /// For multicast; 0 leaves it to the system.
    interface: u32,
    /// 1 to 255.
    hops: u32,
    /// 0 to 63.
    dscp: u32,
    /// 0 leaves it to the system.
    send_buffer_bytes: u32,
    /// 0 to 127.
    payload_type: u32,
    ssrc: u32,
    /// Of the first packet, with the extension above; what has no extension uses the low 16 bits.
    first_sequence: u32,
    /// 90000, or the rate of audio.
    clock_rate_hz: u32,
    /// Frames in `rate_denominator` seconds; not for audio.
    rate_numerator: u32,
    rate_denominator: u32,
    /// SCHED_FIFO, 1 to 99; 0 for a normal thread.
    real_time_priority: u32,
    /// 1 to send RTCP to the port above and listen to what comes back.
    rtcp: u32,
    width: u32,
    height: u32,
    sampling: u32,
    depth: u32,
    scan: u32,
    packing: u32,
    udp_bytes_max: u32,
    /// Of zig/src/pixel/job.zig; 0 when jobs are pixel groups already.
    pixel_format: u32,
    /// L16 or L24 as 16 or 24.
    encoding: u32,
    channels: u32,
    packet_samples: u32,
    /// Of H.264: packetization-mode 0 or 1.
    packet_mode: u32,
    /// Of H.264: 0 for units after start codes (Annex B), 1, 2 or 4 for units after lengths of so many bytes.
    unit_length_bytes: u32,
    /// Of JPEG XS: that every picture must have, 0 for any.
    picture_bytes: u32,
    /// How much of a frame period the packets of compressed video are spread over, in percent; 0 sends them at once.
    spread_percent: u32,
    cname_bytes: u32,
    /// Packets and octets of this SSRC that senders before this one have sent, modulo 2^32: reports go on from there.
    packets_before: u32,
    octets_before: u32,
    /// What the system lets out in a second at most (SO_MAX_PACING_RATE); 0 for no limit.
    pacing_bytes_per_second: u32,
    /// Of ancillary data: how long after its start a packet may leave and not count as late, ns.
    late_ns_max: u32,
    cname: [cname_bytes_max]u8,

    /// What every kind of stream needs.
    pub fn check(self: Config) Error!void {
        _ = try enumOf(Kind, self.kind);
        _ = try enumOf(Mode, self.mode);
        _ = try enumOf(Pacing, self.pacing);
        _ = try enumOf(st2110.schedule.Sender, self.sender_type);
        try checkEndpoint(self.to);
        if (self.to.port == 0) return error.BadEndpoint;
        if (!self.from.isNone()) {
            try checkEndpoint(self.from);
            if (self.from.family != self.to.family) return error.BadEndpoint;
        }
        if (self.payload_type > 127) return error.BadPayloadType;
        if (self.hops < 1 or self.hops > 255 or self.dscp > 63) return error.OutOfRange;
        if (self.real_time_priority > 99 or self.spread_percent > 100) return error.OutOfRange;
        if (self.cname_bytes > cname_bytes_max or self.rtcp > 1) return error.OutOfRange;
        // Its port is the one above.
        if (self.rtcp == 1 and (self.to.port == 65535 or self.from.port == 65535)) return error.BadEndpoint;
        if (self.clock_rate_hz == 0) return error.BadRate;
        if (self.kind != @backingInt(Kind.audio) and (self.rate_numerator == 0 or self.rate_denominator == 0)) {
            return error.BadRate;
        }
    }

    pub fn kindOf(self: Config) Error!Kind {
        return enumOf(Kind, self.kind);
    }

    pub fn pacingOf(self: Config) Error!Pacing {
        return enumOf(Pacing, self.pacing);
    }

    pub fn scanOf(self: Config) Error!st2110.video.Scan {
        return enumOf(st2110.video.Scan, self.scan);
    }

    pub fn videoFormat(self: Config) Error!st2110.video.Format {
        return .{
            .width = self.width,
            .height = self.height,
            .sampling = try enumOf(st2110.pgroup.Sampling, self.sampling),
            .depth = try enumOf(st2110.pgroup.Depth, self.depth),
            .scan = try self.scanOf(),
            .packing = try enumOf(st2110.video.Packing, self.packing),
            .udp_bytes_max = self.udp_bytes_max,
        };
    }

    pub fn rate(self: Config) st2110.timestamp.Rate {
        return .{ .num = self.rate_numerator, .den = self.rate_denominator };
    }

    /// Of a frame, rounded to the nearest.
    pub fn framePeriodNs(self: Config) u64 {
        const ns: u128 = @as(u128, self.rate_denominator) * 1_000_000_000 + self.rate_numerator / 2;
        return @intCast(ns / self.rate_numerator);
    }
};

fn checkEndpoint(endpoint: Endpoint) Error!void {
    if (endpoint.family != 4 and endpoint.family != 6) return error.BadEndpoint;
    if (endpoint.port > 65535) return error.BadEndpoint;
}

/// One item to be sent. Its bytes come beside it.
pub const Job = extern struct {
    /// When its time to be sent begins (monotonic): T_VD of a frame, or the instant of the first sample. 0 is now.
    start_ns: u64,
    /// The media clock of the frame, of its first field, or of the first sample; its low 32 bits are the time stamp.
    media_clock: u64,
    /// Of the second field; for PsF that of the frame.
    second_media_clock: u64,
    /// Where the planes begin. Of pixel groups there is one.
    plane_offsets: [4]u32 = @splat(0),
    /// Bytes from row to row; 0 in a job of pixel groups means that there is no gap between rows.
    plane_strides: [4]u32 = @splat(0),
    /// Of audio: samples of each channel.
    frames: u32 = 0,
    /// Bits 0 and 1: the field that an item of ancillary data or JPEG XS is, 2 the first, 3 the second; 0 a whole
    /// frame.
    flags: u32 = 0,
};

/// What a sender has done since it was opened.
pub const Statistics = extern struct {
    /// Jobs that were taken, and those of them that are over, sent or not.
    submitted: u64 = 0,
    done: u64 = 0,
    /// Given up unsent, or sent in part: the sender was closed, or an access unit was none.
    dropped: u64 = 0,
    /// Those of them that were no access unit.
    malformed: u64 = 0,
    /// Jobs whose start was more than 1 ms ago when the thread came to them; none without pacing.
    late: u64 = 0,
    /// Batches that left so late that a receiver may have missed them: of video after the instant of their first packet
    /// in the schedule, of audio by more than a packet time, of ancillary data by more than `late_ns_max`.
    late_batches: u64 = 0,
    /// The most of that; of audio and ancillary data the most that any batch was late.
    worst_late_ns: u64 = 0,
    /// Given to the system and taken by it.
    packets: u64 = 0,
    /// Of RTP payload.
    octets: u64 = 0,
    /// That the system refused: the newest reason is `last_error`, a result code, 0 for none.
    refused: u64 = 0,
    /// Times that the network said that nobody listens there.
    answers: u64 = 0,
    last_error: i64 = 0,
    /// Of the system, to send.
    calls: u64 = 0,
    /// The most packets that went out at once.
    burst_max: u64 = 0,
    /// 1 while datagrams are cut by the system (UDP_SEGMENT), 0 if each is given by itself.
    is_segmented: u64 = 0,
    /// 1 if the thread has the real-time priority that was asked for.
    is_real_time: u64 = 0,
    /// CPU time of the thread.
    cpu_ns: u64 = 0,
    /// Of video: TR_OFFSET of the schedule, from the start of a frame period to T_VD (ST 2110-21 section 6.2).
    tr_offset_ns: u64 = 0,
    /// What the socket has to send.
    send_buffer_bytes: u64 = 0,
    /// Samples of audio that never filled a packet, because the next block did not follow on them.
    discarded_samples: u64 = 0,
    /// Sender reports sent, and reports of receivers that came.
    reports_sent: u64 = 0,
    reports_received: u64 = 0,
    /// From the newest report: lost since the one before in 256ths, lost in all (can be negative), jitter in ticks.
    fraction_lost: u64 = 0,
    lost: i64 = 0,
    jitter: u64 = 0,
    /// How long after their planned instants batches left: the first counts those that were exact, i those of 2^(i - 1)
    /// to 2^i - 1 ns.
    deviation: [pacer.deviation_buckets]u64 = @splat(0),
};
