//! RTCP of a sender (RFC 3550 section 6): reports at random intervals around five seconds, a goodbye at the end, and
//! what receivers answer.
//!
//! The bandwidth that the RFC allows is never the limit at media rates, so the interval is its least: 5 s, half of that
//! for the first report, times 0.5 to 1.5, over e - 3/2 (section 6.3.1).
//!
//! Receivers of multicast answer to the group (section 11), at its RTCP port, or to where our reports come from, as ours
//! do: both are heard, but at the group not those that come from the address that we send from. Groups of one source (232.0.0.0/8, ff3x::) are not joined: nobody else may send there (RFC 4607
//! section 4), and answers come directly.

const std = @import("std");
const linux = std.os.linux;
const net = @import("../net.zig");
const refusal = @import("refusal.zig");

const tai = @import("../tai.zig");
const timestamp = @import("../st2110.zig").timestamp;
const Config = @import("sender_config.zig").Config;
const Error = @import("../result.zig").Error;
const Statistics = @import("sender_config.zig").Statistics;

const rtcp = @import("../rtp/rtcp.zig");

const interval_ns = 5_000_000_000;
/// e - 3/2, which makes up for what timers do when many join.
const compensation_thousandths = 1218;
/// Answers wait no longer than this before they are read.
const poll_ns = 1_000_000_000;
const datagram_bytes_max = 1500;

/// The time to a report. `random` is evenly distributed.
pub fn delayNs(is_first: bool, random: u32) u64 {
    const mean_ns: u64 = if (is_first) interval_ns / 2 else interval_ns;
    const factor = (@as(u64, 1) << 31) + random; // 0.5 to 1.5 in 2^-32
    return @intCast((@as(u128, mean_ns) * factor >> 32) * 1000 / compensation_thousandths);
}

pub const RtcpSender = struct {
    socket: net.udp.Socket,
    /// The group's RTCP port.
    group: ?net.udp.Socket = null,
    /// Where reports go to, if the socket is not connected.
    to: ?net.endpoint.Endpoint = null,
    ssrc: u32,
    packets_before: u32 = 0,
    octets_before: u32 = 0,
    clock_rate_hz: u32,
    cname: [@import("sender_config.zig").cname_bytes_max]u8,
    cname_bytes: u32,
    random: std.Random.DefaultPrng,
    next_report_ns: u64,
    next_poll_ns: u64,

    /// `media` is where the packets of the stream come from.
    pub fn init(config: Config, media: net.endpoint.Endpoint, now_ns: u64) Error!RtcpSender {
        var to = config.to;
        to.port += 1;
        var from = config.from;
        if (!from.isNone() and from.port != 0) from.port += 1;
        const is_group = to.isMulticast();
        if (to.isLinkLocal() and to.scope == 0) to.scope = config.interface;
        const socket = net.udp.Socket.openSend(.{
            .to = to,
            .from = from,
            .interface = config.interface,
            .hops = @intCast(config.hops),
            .dscp = @intCast(config.dscp),
            .connected = !is_group,
        }) catch |err| return refusal.fromNet(err);
        errdefer socket.close();
        const group = if (is_group and !isOfOneSource(to)) try joinGroup(config, media, to) else null;
        var self: RtcpSender = .{
            .socket = socket,
            .group = group,
            .to = if (is_group) to else null,
            .packets_before = config.packets_before,
            .octets_before = config.octets_before,
            .ssrc = config.ssrc,
            .clock_rate_hz = config.clock_rate_hz,
            .cname = config.cname,
            .cname_bytes = config.cname_bytes,
            .random = .init(now_ns ^ config.ssrc),
            .next_report_ns = now_ns,
            .next_poll_ns = now_ns + poll_ns,
        };
        self.next_report_ns += delayNs(true, self.random.random().int(u32));
        return self;
    }

    /// Where the packets of the stream leave, there the answers come in.
    fn joinGroup(config: Config, media: net.endpoint.Endpoint, group: net.endpoint.Endpoint) Error!net.udp.Socket {
        const interface = if (config.interface != 0)
            config.interface
        else
            // Of the addresses of lo only one is listed: by route then.
            net.interfaces.indexOfAddress(media) catch |err| if (err == error.AddressNotLocal) 0 else return refusal.fromNet(err);
        return net.udp.Socket.openReceive(.{
            .local = group,
            .interface = interface,
            // What we send ourselves; for a member of the group the kernel would copy all the media.
            .except = media,
            // Receivers on this machine listen there as well.
            .reuse = true,
        }) catch |err| return refusal.fromNet(err);
    }

    pub fn free(self: *RtcpSender) void {
        if (self.group) |group| group.close();
        self.socket.close();
    }

    /// When there is something to do next.
    pub fn nextNs(self: *const RtcpSender) u64 {
        return @min(self.next_report_ns, self.next_poll_ns);
    }

    /// Does what is due.
    pub fn run(self: *RtcpSender, now_ns: u64, statistics: *Statistics) void {
        if (now_ns < self.nextNs()) return;
        self.receive(self.socket, statistics);
        if (self.group) |group| self.receive(group, statistics);
        self.next_poll_ns = now_ns + poll_ns;
        if (now_ns < self.next_report_ns) return;
        self.next_report_ns = now_ns + delayNs(false, self.random.random().int(u32));
        self.send(now_ns, statistics, false);
        statistics.reports_sent += 1;
    }

    /// Says that the stream has ended.
    pub fn sayGoodbye(self: *RtcpSender, now_ns: u64, statistics: *const Statistics) void {
        self.send(now_ns, statistics, true);
    }

    fn send(self: *RtcpSender, now_ns: u64, statistics: *const Statistics, is_last: bool) void {
        var buffer: [256]u8 = undefined;
        const told = tai.told(now_ns);
        const compound = self.write(&buffer, told.tai_ns, told.tai_utc_s, statistics, is_last);
        var address: net.endpoint.Sockaddr = undefined;
        const address_bytes = if (self.to) |to| to.toSockaddr(&address) else 0;
        const target: ?*const linux.sockaddr = if (self.to == null) null else @ptrCast(&address);
        // A report that cannot be sent is as one that is lost; the next one says more.
        _ = linux.sendto(self.socket.fd, compound.ptr, compound.len, linux.MSG.DONTWAIT, target, address_bytes);
    }

    fn write(
        self: *const RtcpSender,
        buffer: *[256]u8,
        tai_ns: u64,
        tai_utc_s: u32,
        statistics: *const Statistics,
        is_last: bool,
    ) []const u8 {
        const utc_ns = tai_ns -| @as(u64, tai_utc_s) * std.time.ns_per_s;
        var writer: rtcp.Writer = .{ .target = buffer };
        // Who has sent nothing yet is no sender (section 6.4).
        const packet_count = self.packets_before +% @as(u32, @truncate(statistics.packets));
        writer.report(self.ssrc, if (statistics.packets == 0 and self.packets_before == 0) null else .{
            .ntp = rtcp.ntpOf(utc_ns),
            .rtp_timestamp = timestamp.rtpAt(tai_ns, self.clock_rate_hz),
            .packet_count = packet_count,
            .octet_count = self.octets_before +% @as(u32, @truncate(statistics.octets)),
        }, &.{}) catch unreachable;
        writer.canonicalName(self.ssrc, self.cname[0..self.cname_bytes]) catch unreachable;
        if (is_last) writer.goodbye(self.ssrc, "") catch unreachable;
        return writer.written();
    }

    fn receive(self: *const RtcpSender, socket: net.udp.Socket, statistics: *Statistics) void {
        var buffer: [datagram_bytes_max]u8 = undefined;
        // Whoever floods us does not keep us from sending.
        for (0..64) |_| {
            const returned = linux.recvfrom(socket.fd, &buffer, buffer.len, linux.MSG.DONTWAIT, null, null);
            switch (linux.errno(returned)) {
                .SUCCESS => self.read(buffer[0..returned], statistics),
                .CONNREFUSED => {},
                else => return,
            }
        }
    }

    fn read(self: *const RtcpSender, datagram: []const u8, statistics: *Statistics) void {
        var packets = rtcp.parse(datagram);
        while (packets.next() catch return) |one| switch (one) {
            .report => |report| for (0..report.blockCount()) |i| {
                const block = report.block(i);
                if (block.ssrc != self.ssrc) continue;
                statistics.reports_received += 1;
                statistics.fraction_lost = block.fraction_lost;
                statistics.lost = block.lost;
                statistics.jitter = block.jitter;
            },
            else => {},
        };
    }
};

/// Ranges of source-specific multicast.
fn isOfOneSource(group: net.endpoint.Endpoint) bool {
    if (group.family == 4) return group.bytes[0] == 232;
    return group.bytes[1] & 0xf0 == 0x30;
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "delayNs() is what RFC 3550 section 6.3.1 says" {
    try expectEqual(@as(u64, 2_052_545_155), delayNs(false, 0));
    try expectEqual(@as(u64, 1_026_272_577), delayNs(true, 0));
    const longest_ns = delayNs(false, std.math.maxInt(u32));
    try expect(longest_ns > 6_157_000_000 and longest_ns < 6_158_000_000);
}

fn testSender() RtcpSender {
    return .{
        .socket = .{ .fd = -1 },
        .ssrc = 0x11223344,
        .clock_rate_hz = 90_000,
        .cname = "a@b".* ++ @as([61]u8, @splat(0)),
        .cname_bytes = 3,
        .random = .init(0),
        .next_report_ns = 0,
        .next_poll_ns = 0,
    };
}

test "a report has the time of both clocks and what was sent, the last one a goodbye" {
    const sender = testSender();
    var buffer: [256]u8 = undefined;
    const tai_ns = 1_700_000_000 * std.time.ns_per_s;
    var packets = rtcp.parse(sender.write(&buffer, tai_ns, 37, &.{ .packets = 7, .octets = 700 }, true));
    const report = (try packets.next()).?.report;
    try expectEqual(@as(u32, 0x11223344), report.ssrc);
    try expectEqual(@as(u32, 380_014_592), report.sender.?.rtp_timestamp);
    const utc_ns = (1_700_000_000 - 37) * std.time.ns_per_s;
    try expectEqual(rtcp.ntpOf(utc_ns), report.sender.?.ntp);
    try expectEqual(@as(u32, 7), report.sender.?.packet_count);
    try expectEqual(@as(u32, 700), report.sender.?.octet_count);
    var items = (try packets.next()).?.source_description.items();
    try std.testing.expectEqualStrings("a@b", items.next().?.text);
    try expectEqual(@as(u32, 0x11223344), (try packets.next()).?.goodbye.ssrc(0));
    packets = rtcp.parse(sender.write(&buffer, tai_ns, 37, &.{}, false));
    try expect((try packets.next()).?.report.sender == null);
    _ = try packets.next();
    try expect(try packets.next() == null);
}

test "reports of receivers are read, those of others passed over" {
    const sender = testSender();
    var buffer: [128]u8 = undefined;
    var writer: rtcp.Writer = .{ .target = &buffer };
    const block: rtcp.ReportBlock =
        .{ .ssrc = 0x11223344, .fraction_lost = 64, .lost = -3, .highest_sequence = 9, .jitter = 17 };
    var other = block;
    other.ssrc = 5;
    other.lost = 99;
    try writer.report(1, null, &.{ block, other });
    var statistics: Statistics = .{};
    sender.read(writer.written(), &statistics);
    sender.read(writer.written()[0..20], &statistics);
    try expectEqual(@as(u64, 1), statistics.reports_received);
    try expectEqual(@as(u64, 64), statistics.fraction_lost);
    try expectEqual(@as(i64, -3), statistics.lost);
    try expectEqual(@as(u64, 17), statistics.jitter);
}

test "answers of a group's receivers are heard, at the group and where our reports come from" {
    const kit = @import("../net/test_kit.zig");
    const time = @import("../time.zig");
    const lo = try kit.indexOf("lo");
    for ([_]u8{ 239, 232 }) |range| {
        const receiver = try net.udp.Socket.openReceive(.{
            .local = .ip4(.{ range, 77, 1, 9 }, 0),
            .interface = lo,
            .reuse = true,
        });
        defer receiver.close();
        var config = std.mem.zeroes(Config);
        config.to = try receiver.localEndpoint();
        config.to.port -= 1;
        config.interface = lo;
        config.hops = 1;
        config.ssrc = 0x11223344;
        config.clock_rate_hz = 90_000;
        const media = try net.udp.Socket.openSend(.{ .to = config.to, .interface = lo });
        defer media.close();
        var sender: RtcpSender = try .init(config, try media.localEndpoint(), 0);
        defer sender.free();
        sender.send(0, &.{}, false);
        var buffer: [256]u8 = undefined;
        var address: net.endpoint.Sockaddr = undefined;
        var address_bytes: linux.socklen_t = @sizeOf(net.endpoint.Sockaddr);
        _ = linux.recvfrom(receiver.fd, &buffer, buffer.len, 0, @ptrCast(&address), &address_bytes);
        var writer: rtcp.Writer = .{ .target = &buffer };
        const block: rtcp.ReportBlock =
            .{ .ssrc = 0x11223344, .fraction_lost = 0, .lost = 0, .highest_sequence = 9, .jitter = 17 };
        try writer.report(1, null, &.{block});
        const direct = try net.udp.Socket.openSend(.{ .to = .fromSockaddr(&address) });
        defer direct.close();
        const to_group = try net.udp.Socket.openSend(.{
            .to = try receiver.localEndpoint(),
            .from = .ip4(.{ 127, 0, 0, 2 }, 0),
            .interface = lo,
        });
        defer to_group.close();
        for ([_]net.udp.Socket{ direct, to_group }) |from| try kit.sendText(from, writer.written());
        var statistics: Statistics = .{};
        const wanted: u64 = if (range == 239) 2 else 1;
        for (1..5000) |poll| {
            sender.run(poll * poll_ns, &statistics);
            if (statistics.reports_received >= wanted) break;
            try time.sleepUntil(time.monotonicNs() + std.time.ns_per_ms);
        }
        try expectEqual(wanted, statistics.reports_received);
    }
}
