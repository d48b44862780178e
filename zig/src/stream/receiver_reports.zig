//! The receiver's side of RTCP (RFC 3550 section 6): what the sender says of itself is read, and it is told how much of
//! its stream comes here.
//!
//! It listens at the port above that of the media. A report goes to where the sender's reports come from; before one
//! has come, to the port above the one that its media come from. That is so for multicast too: the RFC would have it
//! sent to the group, which would make every receiver of a broadcast plant listen to every other.

const std = @import("std");
const linux = std.os.linux;
const net = @import("../net.zig");
const refusal = @import("refusal.zig");
const rtp = @import("../rtp.zig");
const Error = @import("../result.zig").Error;
const configuration = @import("receiver_config.zig");
const Intake = @import("receiver_intake.zig").Intake;

const Config = configuration.Config;
const Endpoint = net.endpoint.Endpoint;
const Statistics = configuration.Statistics;

/// RFC 3550 section 6.2: the least that lies between two reports, half of it before the first.
const interval_ns = 5 * std.time.ns_per_s;
/// Nobody can make a thread read for ever.
const datagrams_max = 64;
const datagram_bytes = 2048;

pub const Reports = struct {
    socket: net.udp.Socket,
    /// Whom to believe; family 0 for anybody.
    from: Endpoint,
    ssrc: u32,
    name: [configuration.cname_bytes_max]u8,
    name_bytes: u32,
    statistics: *Statistics,
    due_ns: u64,
    random: std.Random.DefaultPrng,
    /// Where media come from.
    media: Endpoint = .none,
    /// Where the sender's reports come from.
    peer: Endpoint = .none,
    /// The middle of the NTP time of the newest sender report, and when it came.
    sender_report: u32 = 0,
    sender_report_ns: u64 = 0,

    pub fn open(config: *const Config, statistics: *Statistics, now_ns: u64) Error!Reports {
        var local = config.local;
        local.port += 1;
        const socket = net.udp.Socket.openReceive(.{
            .local = local,
            .source = if (local.isMulticast()) config.source else .none,
            .interface = config.interface,
            .reuse = local.isMulticast(),
        }) catch |err| return refusal.fromNet(err);
        var self: Reports = .{
            .socket = socket,
            .from = config.source,
            .ssrc = config.ssrc,
            .name = config.cname,
            .name_bytes = config.cname_bytes,
            .statistics = statistics,
            .due_ns = 0,
            .random = .init(now_ns ^ @as(u64, config.ssrc) << 32),
        };
        self.due_ns = now_ns + self.nextInterval() / 2;
        return self;
    }

    /// Between a half and one and a half of the interval, so that receivers do not answer in step; less, to make up for
    /// what that does to the mean (RFC 3550 section 6.3.1).
    fn nextInterval(self: *Reports) u64 {
        const spread = self.random.random().uintLessThan(u64, interval_ns);
        return (interval_ns / 2 + spread) * 1_000_000 / 1_218_281;
    }

    /// Reads what has come, and sends a report if it is time.
    pub fn tick(self: *Reports, intake: *Intake, now_ns: u64) void {
        self.read(intake, now_ns);
        if (now_ns < self.due_ns) return;
        self.due_ns = now_ns + self.nextInterval();
        self.send(intake, now_ns, false);
    }

    fn read(self: *Reports, intake: *Intake, now_ns: u64) void {
        var buffer: [datagram_bytes]u8 = undefined;
        for (0..datagrams_max) |_| {
            var address: net.endpoint.Sockaddr = undefined;
            var address_bytes: linux.socklen_t = @sizeOf(net.endpoint.Sockaddr);
            const flags = linux.MSG.DONTWAIT;
            const fd = self.socket.fd;
            const returned =
                linux.recvfrom(fd, &buffer, buffer.len, flags, @ptrCast(&address), &address_bytes);
            switch (linux.errno(returned)) {
                .SUCCESS => self.take(buffer[0..returned], .fromSockaddr(&address), intake, now_ns),
                // Of an ICMP answer to a report.
                .CONNREFUSED, .HOSTUNREACH, .NETUNREACH, .INTR => {},
                else => return,
            }
        }
    }

    fn take(self: *Reports, bytes: []const u8, from: Endpoint, intake: *Intake, now_ns: u64) void {
        const statistics = self.statistics;
        if (!self.from.isNone() and !self.from.hasAddressOf(from)) {
            statistics.wrong_source += 1;
            return;
        }
        var packets = rtp.rtcp.parse(bytes);
        while (packets.next() catch {
            statistics.bad_rtcp += 1;
            return;
        }) |packet| switch (packet) {
            .report => |report| {
                const sender = report.sender orelse continue;
                if (intake.ssrc()) |ssrc| {
                    if (ssrc != report.ssrc) continue;
                }
                self.peer = from;
                self.sender_report = rtp.rtcp.middleOf(sender.ntp);
                self.sender_report_ns = now_ns;
                statistics.sender_reports += 1;
                statistics.sender_ntp = sender.ntp;
                statistics.sender_timestamp = sender.rtp_timestamp;
            },
            .goodbye => |goodbye| for (0..goodbye.ssrcCount()) |i| {
                if (intake.ssrc() != goodbye.ssrc(i)) continue;
                statistics.goodbyes += 1;
                intake.forget();
            },
            .source_description, .other => {},
        };
    }

    fn send(self: *Reports, intake: *Intake, now_ns: u64, is_last: bool) void {
        var to = self.peer;
        if (to.isNone()) {
            to = self.media;
            if (to.isNone() or to.port == 65535) return;
            to.port += 1;
        }
        var buffer: [256]u8 = undefined;
        var writer: rtp.rtcp.Writer = .{ .target = &buffer };
        self.write(&writer, intake, now_ns, is_last) catch unreachable; // It has room for the longest.
        const bytes = writer.written();
        var address: net.endpoint.Sockaddr = undefined;
        const address_bytes = to.toSockaddr(&address);
        const flags = linux.MSG.DONTWAIT | linux.MSG.NOSIGNAL;
        const returned =
            linux.sendto(self.socket.fd, bytes.ptr, bytes.len, flags, @ptrCast(&address), address_bytes);
        if (linux.errno(returned) == .SUCCESS) self.statistics.reports_sent += 1;
    }

    fn write(
        self: *Reports,
        writer: *rtp.rtcp.Writer,
        intake: *Intake,
        now_ns: u64,
        is_last: bool,
    ) rtp.rtcp.Writer.Error!void {
        if (intake.ssrc()) |ssrc| {
            var block: rtp.rtcp.ReportBlock = .of(ssrc, intake.sourceStatistics());
            if (self.sender_report_ns != 0) {
                const delay_ns = now_ns - self.sender_report_ns;
                block.last_sender_report = self.sender_report;
                block.delay_since = std.math.lossyCast(u32, (@as(u128, delay_ns) << 16) / std.time.ns_per_s);
            }
            try writer.report(self.ssrc, null, &.{block});
        } else {
            try writer.report(self.ssrc, null, &.{});
        }
        try writer.canonicalName(self.ssrc, self.name[0..self.name_bytes]);
        if (is_last) try writer.goodbye(self.ssrc, "");
    }

    /// Says goodbye.
    pub fn close(self: *Reports, intake: *Intake, now_ns: u64) void {
        if (self.statistics.reports_sent > 0) self.send(intake, now_ns, true);
        self.socket.close();
    }
};
