//! What every receiver does with a datagram before it looks at the payload: is it RTP, of our sender, of our payload
//! type, and has it come before? Everything that is refused is counted by its reason.

const std = @import("std");
const net = @import("../net.zig");
const rtp = @import("../rtp.zig");
const configuration = @import("receiver_config.zig");

const Endpoint = net.endpoint.Endpoint;
const Packet = rtp.packet.Packet;
const Statistics = configuration.Statistics;
const Window = rtp.window.Window;

/// Beyond these a number is a jump. Behind is what the window of those that have come reaches; ahead is a second or so.
const narrow_limits: rtp.source.Limits = .{ .ahead = 20_000, .behind = 4000 };
const wide_limits: rtp.source.Limits = .{ .ahead = 1 << 20, .behind = Window.reach };

pub const Intake = struct {
    /// Whom to receive from; family 0 for anybody.
    from: Endpoint,
    payload_type: u32,
    source: union(enum) {
        narrow: rtp.source.Source,
        /// For payloads that carry the high half of the sequence number.
        wide: Wide,
    },
    window: Window = .{},
    /// Payloads that end before the high half of the sequence number.
    truncated: u64 = 0,
    statistics: *Statistics,

    const Wide = struct { source: rtp.source.WideSource, widener: rtp.source.Widener = .{} };

    pub const Arrived = struct {
        packet: Packet,
        /// Extended: never the same twice, in the order in which they were sent.
        number: u64,
        /// The stream begins anew with it.
        is_restart: bool,
    };

    pub fn init(config: *const configuration.Config, is_wide: bool, statistics: *Statistics) Intake {
        const clock_hz = config.clock_rate_hz;
        return .{
            .from = config.source,
            .payload_type = config.payload_type,
            .source = if (is_wide)
                .{ .wide = .{ .source = .init(.{ .limits = wide_limits, .clock_hz = clock_hz }) } }
            else
                .{ .narrow = .init(.{ .limits = narrow_limits, .clock_hz = clock_hz }) },
            .statistics = statistics,
        };
    }

    /// A packet of the stream, each once; null for all else.
    pub fn take(self: *Intake, bytes: []const u8, from: *const Endpoint, arrival_ns: u64) ?Arrived {
        const statistics = self.statistics;
        if (!self.from.isNone() and !self.isFromSource(from)) return refuse(&statistics.wrong_source);
        const packet = rtp.packet.parse(bytes) catch return refuse(&statistics.not_rtp);
        if (self.payload_type != packet.payload_type) {
            if (rtp.packet.isRtcp(bytes)) return refuse(&statistics.rtcp_at_media_port);
            if (self.payload_type != configuration.payload_type_any) return refuse(&statistics.wrong_payload_type);
        }
        const number, const is_restart = self.place(packet, arrival_ns) orelse return null;
        if (is_restart) self.window.restart();
        if (!self.window.mark(number)) return null;
        statistics.packets += 1;
        statistics.octets += packet.payload.len;
        statistics.payload_type = packet.payload_type;
        return .{ .packet = packet, .number = number, .is_restart = is_restart };
    }

    fn refuse(counter: *u64) ?Arrived {
        counter.* += 1;
        return null;
    }

    fn isFromSource(self: *const Intake, from: *const Endpoint) bool {
        if (self.from.family != from.family or !std.mem.eql(u8, &self.from.bytes, &from.bytes)) return false;
        return self.from.port == 0 or self.from.port == from.port;
    }

    fn place(self: *Intake, packet: Packet, arrival_ns: u64) ?struct { u64, bool } {
        switch (self.source) {
            .narrow => |*source| return switch (source.receive(
                packet.ssrc,
                packet.sequence,
                packet.timestamp,
                arrival_ns,
            )) {
                .accepted => |number| .{ number, false },
                .restarted => |number| .{ number, true },
                .foreign, .jump => null,
            },
            .wide => |*wide| {
                if (packet.payload.len < 2) {
                    self.truncated += 1;
                    return null;
                }
                const high = std.mem.readInt(u16, packet.payload[0..2], .big);
                const is_ours = wide.source.sequence.newest == null or packet.ssrc == wide.source.ssrc;
                const told = @as(u32, high) << 16 | packet.sequence;
                const wide_number = if (is_ours) wide.widener.widen(high, packet.sequence) else told;
                switch (wide.source.receive(packet.ssrc, wide_number, packet.timestamp, arrival_ns)) {
                    .accepted => |number| return .{ number, false },
                    .restarted => |number| {
                        wide.widener.restart(wide_number);
                        return .{ number, true };
                    },
                    .foreign, .jump => return null,
                }
            },
        }
    }

    /// Our sender, once one was heard.
    pub fn ssrc(self: *const Intake) ?u32 {
        return switch (self.source) {
            .narrow => |*source| if (source.sequence.newest != null) source.ssrc else null,
            .wide => |*wide| if (wide.source.sequence.newest != null) wide.source.ssrc else null,
        };
    }

    /// Our sender has said that it leaves: another one need not wait until it is silent.
    pub fn forget(self: *Intake) void {
        switch (self.source) {
            .narrow => |*source| source.heard_ns = 0,
            .wide => |*wide| wide.source.heard_ns = 0,
        }
    }

    /// For receiver reports.
    pub fn sourceStatistics(self: *Intake) *rtp.source.Statistics {
        return switch (self.source) {
            .narrow => |*source| &source.statistics,
            .wide => |*wide| &wide.source.statistics,
        };
    }

    /// Brings the statistics up to date.
    pub fn tell(self: *const Intake) void {
        const statistics = self.statistics;
        switch (self.source) {
            .narrow => |*source| tellSource(statistics, source),
            .wide => |*wide| {
                tellSource(statistics, &wide.source);
                if (wide.widener.is_stuck) statistics.oddities |= configuration.Oddity.stuck_extension;
            },
        }
        statistics.lost = self.window.lost();
        statistics.duplicates = self.window.counters.duplicates;
        statistics.reordered = self.window.counters.reordered;
    }

    fn tellSource(statistics: *Statistics, source: anytype) void {
        statistics.strays = source.counters.foreign;
        statistics.jumps = source.counters.jumps;
        statistics.restarts = source.counters.restarts;
        statistics.ssrc_changes = source.counters.successors;
        statistics.ssrc = source.ssrc;
        statistics.jitter = source.statistics.jitter();
    }
};
