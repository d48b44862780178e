//! One client: its sockets, its thread, and the way of a message and its stamp through port and discipline.
//!
//!     sockets -> stamps -> port -> discipline -> TAI, published
//!        ^                   |
//!        +------ sends ------+
//!
//! The thread sleeps until something comes or is due. It works with the lock held; whoever asks for statistics takes
//! that lock. Each turn reads a bounded number of messages and then does what is due, so that a flood delays nothing
//! but other messages.

const std = @import("std");
const linux = std.os.linux;
const configuration = @import("config.zig");
const decisions = @import("decisions.zig");
const futex = @import("../futex.zig");
const link = @import("link.zig");
const process = @import("../process.zig");
const ptp = @import("../ptp.zig");
const publishing = @import("publishing.zig");
const refusal = @import("../stream/refusal.zig");
const report = @import("report.zig");
const sockets_module = @import("sockets.zig");
const stamps = @import("stamps.zig");
const statistics_module = @import("statistics.zig");
const system = @import("../net/system.zig");
const tai = @import("../tai.zig");
const time = @import("../time.zig");
const Addresses = @import("addresses.zig").Addresses;
const Error = @import("../result.zig").Error;
const HardwareStamps = @import("hardware.zig").HardwareStamps;
const Interface = @import("interface.zig").Interface;
const Lock = @import("../lock.zig").Lock;
const PortClaim = @import("port_claim.zig").PortClaim;
const SendLateness = @import("send_lateness.zig").SendLateness;

const Actions = ptp.actions.Actions;
const Config = configuration.Config;
const Datagram = sockets_module.Datagram;
const Discipline = ptp.discipline.Discipline;
const Fault = statistics_module.Fault;
const Port = ptp.port.Port;
const Sockets = sockets_module.Sockets;
const Statistics = statistics_module.Statistics;

/// Messages read from one queue of the kernel in a turn.
const read_max = 64;
/// Between looks of the discipline at the time.
const tick_ns = 250 * std.time.ns_per_ms;
/// How long `close` waits for the thread, which a busy machine may keep from running.
const close_ns_max = 100 * std.time.ns_per_ms;
/// After an error of waiting, so that a lasting one does not keep a core busy.
const error_nap_ns = 10 * std.time.ns_per_ms;

pub const Client = struct {
    lock: Lock = .{},
    closing: std.atomic.Value(bool) = .init(false),
    /// 1 when the thread has left everything for good.
    ended: std.atomic.Value(u32) = .init(0),
    config: Config,
    options: configuration.Options,
    /// The machine's monotonic clock, or for measurements a worse one. Stamps and the discipline are of it.
    clock: tai.LocalClock,
    claim: PortClaim,
    wake_fd: i32,
    /// Null while faulty.
    sockets: ?Sockets = null,
    hardware: ?HardwareStamps = null,
    stamper: stamps.Stamper = .{},
    lateness: SendLateness = .{},
    addresses: Addresses,
    port: Port,
    actions: Actions = .{},
    discipline: Discipline,
    /// Null while another process publishes, or if this client only measures.
    publisher: ?tai.Publisher = null,
    /// Whom the discipline knows.
    followed: ?struct { port: ptp.identity.PortIdentity, from: u32 } = null,
    /// Times of sending that never came, of sockets that were closed.
    stamps_lost: u64 = 0,
    /// What the sockets ran into in this turn.
    trouble: Fault = .none,
    tick_due_ns: i64,
    survey_due_ns: i64,
    /// When it may ask again to publish.
    publish_due_ns: i64 = 0,
    due_ns: i64 = 0,
    statistics: Statistics,

    /// Opens everything. An interface that is down is a fault and no error: it may come up.
    pub fn init(self: *Client, config: *const Config) Error!void {
        const options: configuration.Options = try .of(config);
        const found = Interface.find(config) catch |err| return refusal.fromNet(err);
        const identity: ptp.identity.ClockIdentity = if (config.identity != 0)
            .fromNumber(config.identity)
        else
            .fromMac(found.mac orelse return error.NoClockIdentity);
        const number = std.mem.readInt(u64, &identity.bytes, .big);
        const claim = PortClaim.open(number, config.event_port) catch |err| return switch (err) {
            error.QueueFull => error.TooManyHandles,
            else => refusal.fromNet(err),
        };
        errdefer claim.close();
        const flags = linux.EFD.CLOEXEC | linux.EFD.NONBLOCK;
        const wake_fd: i32 = @intCast(system.check(linux.eventfd(0, flags)) catch |err| return refusal.fromNet(err));
        errdefer _ = linux.close(wake_fd);
        const now_ns: i64 = @intCast(time.monotonicNs());
        const clock = configuration.localClock(config, now_ns);
        const told = tai.told(@intCast(now_ns));
        const seed = if (config.seed == 0) randomNumber() else config.seed;
        const port: ptp.identity.PortIdentity = .{ .clock = identity, .port = claim.number };
        self.* = .{
            .config = config.*,
            .options = options,
            .clock = clock,
            .claim = claim,
            .wake_fd = wake_fd,
            .addresses = .init(config.unicast_masters[0..config.unicast_master_count]),
            .port = .init(configuration.portOptions(config, &options, port, seed)),
            .discipline = .init(
                configuration.disciplineOptions(config, &options),
                clock.localAt(now_ns),
                std.math.lossyCast(i64, told.tai_ns),
                told.error_ns,
            ),
            .tick_due_ns = now_ns,
            .survey_due_ns = now_ns + link.survey_ns,
            .statistics = .{
                .opened_ns = @intCast(now_ns),
                .own_identity = number,
                .own_port = claim.number,
                .domain = options.profile.domain,
                .delay_mechanism = config.delay_mechanism,
                .added_s = options.added_s,
            },
        };
        _ = self.stamper.look();
        link.openSockets(self, &found, now_ns) catch |err| return switch (err) {
            error.Permission => if (config.event_port < 1024) error.PtpPortsRefused else error.Permission,
            error.InterfaceNotReady => {},
            else => |other| other,
        };
    }

    /// By the thread at its end, or if there is none.
    pub fn closeAll(self: *Client) void {
        self.port.stop(&self.actions);
        decisions.carryOut(self, @intCast(time.monotonicNs()));
        self.tell();
        publishing.leavePublishing(self);
        link.closeSockets(self);
        self.claim.close();
    }

    pub fn isClosing(self: *const Client) bool {
        return self.closing.load(.acquire);
    }

    pub fn destroy(self: *Client) void {
        _ = linux.close(self.wake_fd);
        std.heap.page_allocator.destroy(self);
    }

    /// False if somebody has stopped it before.
    pub fn stop(self: *Client) bool {
        if (self.closing.swap(true, .acq_rel)) return false;
        const one: u64 = 1;
        _ = linux.write(self.wake_fd, std.mem.asBytes(&one), @sizeOf(u64));
        _ = futex.waitUntil(&self.ended, 0, time.monotonicNs() + close_ns_max);
        return true;
    }

    pub fn loop(self: *Client) void {
        if (self.config.real_time_priority > 0) {
            const is_given = if (process.setRealTime(self.config.real_time_priority)) true else |_| false;
            self.lock.acquire();
            defer self.lock.release();
            self.statistics.is_real_time = @intFromBool(is_given);
        }
        while (true) {
            self.wait();
            self.lock.acquire();
            defer self.lock.release();
            if (self.closing.load(.monotonic)) return self.closeAll();
            self.turn();
        }
    }

    fn wait(self: *Client) void {
        var fds = [_]linux.pollfd{
            .{ .fd = self.wake_fd, .events = linux.POLL.IN, .revents = 0 },
            .{ .fd = -1, .events = linux.POLL.IN, .revents = 0 },
            .{ .fd = -1, .events = linux.POLL.IN, .revents = 0 },
        };
        if (self.sockets) |sockets| {
            fds[1].fd = sockets.event_fd;
            fds[2].fd = sockets.general_fd;
        }
        const left_ns = @max(0, self.due_ns -| @as(i64, @intCast(time.monotonicNs())));
        var timeout: linux.timespec = .{
            .sec = @divFloor(left_ns, std.time.ns_per_s),
            .nsec = @mod(left_ns, std.time.ns_per_s),
        };
        switch (linux.errno(linux.ppoll(&fds, fds.len, &timeout, null))) {
            .SUCCESS, .INTR => {},
            else => time.sleepUntil(time.monotonicNs() + error_nap_ns) catch {},
        }
    }

    fn turn(self: *Client) void {
        self.statistics.turns += 1;
        const now_ns = self.stamper.look();
        self.setPortTime(now_ns);
        if (self.sockets != null) self.readAll();
        if (self.sockets != null) {
            self.port.tick(&self.actions, now_ns);
            decisions.carryOut(self, now_ns);
        }
        if (self.trouble != .none) link.fail(self, self.trouble);
        if (now_ns >= self.survey_due_ns) link.survey(self, now_ns);
        if (now_ns >= self.tick_due_ns) {
            self.tick_due_ns = now_ns + tick_ns;
            publishing.apply(self, self.discipline.tick(self.clock.localAt(now_ns)), now_ns);
            if (self.publisher) |*publisher| {
                self.tell();
                publishing.publishStatus(self, publisher);
            }
        }
        self.due_ns = @min(self.tick_due_ns, self.survey_due_ns);
        if (self.sockets != null) self.due_ns = @min(self.due_ns, self.port.deadlineNs());
    }

    /// What the port is to take for its own time, as a master or for a neighbour, and for UTC.
    pub fn setPortTime(self: *Client, now_ns: i64) void {
        const local_ns = self.clock.localAt(now_ns);
        self.port.local_to_ptp_ns = std.math.lossyCast(i64, tai.taiOf(@intCast(now_ns))) -| local_ns;
        self.port.local_utc = .{ .local_ns = local_ns, .utc_ns = now_ns +| self.stamper.difference.ns() };
    }

    fn readAll(self: *Client) void {
        var is_drained = true;
        for (0..read_max) |_| {
            const departure = (if (self.sockets) |*one| one.departure() else null) orelse break;
            self.takeDeparture(departure);
        } else is_drained = false;
        for ([_]sockets_module.Kind{ .event, .general }) |kind| {
            var count: usize = 0;
            while (count < read_max) : (count += 1) {
                var buffer: [sockets_module.datagram_bytes_max]u8 = undefined;
                const sockets = if (self.sockets) |*one| one else return;
                switch (sockets.receive(kind, &buffer)) {
                    .datagram => |*datagram| self.take(datagram),
                    .too_long => self.statistics.too_long += 1,
                    .failed => |errno| {
                        self.statistics.receive_errors += 1;
                        self.judge(errno);
                        break;
                    },
                    .nothing => break,
                }
            } else is_drained = false;
        }
        if (is_drained) self.stamper.settle();
    }

    fn takeDeparture(self: *Client, departure: sockets_module.Departure) void {
        const token = departure.token orelse {
            self.statistics.send_stamps_stray += 1;
            return;
        };
        const stamp_ns = self.stampOf(departure.received) orelse return;
        self.statistics.send_stamps += 1;
        self.lateness.left(token, stamp_ns);
        self.port.sent(&self.actions, token, stamp_ns);
        decisions.carryOut(self, @intCast(time.monotonicNs()));
    }

    fn take(self: *Client, datagram: *const Datagram) void {
        const now_ns: i64 = @intCast(time.monotonicNs());
        const stamp_ns = self.stampOf(datagram.received);
        const from = self.addresses.numberOf(datagram.from, now_ns);
        const bytes = datagram.bytes;
        const message_type = report.typeOf(bytes, self.options.profile.domain);
        if (message_type) |one| {
            self.statistics.messages_in[@backingInt(one)] += 1;
            if (one == .announce) self.statistics.announce_heard_ns = @intCast(now_ns);
            if (one == .sync) self.learnInterval(bytes, now_ns);
        }
        self.port.receive(&self.actions, bytes, from, stamp_ns, now_ns);
        decisions.carryOut(self, now_ns);
    }

    /// In the local clock; null if there is none or it is void.
    fn stampOf(self: *Client, received: stamps.Received) ?i64 {
        if (self.hardware) |*hardware| {
            const stamp_ns = received.hardware_ns orelse return null;
            const instant_ns = hardware.instantOf(stamp_ns, &self.stamper) orelse return null;
            return self.clock.localAt(instant_ns);
        }
        const stamp_ns = received.software_ns orelse return null;
        return self.clock.localAt(self.stamper.instantOf(stamp_ns) orelse return null);
    }

    /// The discipline wants to know how often Sync comes: as the message says, or as it was granted.
    fn learnInterval(self: *Client, bytes: []const u8, now_ns: i64) void {
        const parent = self.port.parent orelse return;
        const parsed = ptp.header.parse(bytes) catch return;
        if (!parsed.header.source.equals(parent.port)) return;
        const heard = parsed.header.logInterval() orelse self.port.unicast.granted(parent.from, .sync, now_ns);
        const log_interval = heard orelse return;
        if (self.statistics.sync_log_interval == log_interval) return;
        self.statistics.sync_log_interval = log_interval;
        self.discipline.intervalChanged(ptp.timestamp.intervalNs(log_interval));
    }

    /// Whether an error of a socket means that it is of no use any more.
    pub fn judge(self: *Client, errno: linux.E) void {
        switch (errno) {
            .NETDOWN => self.trouble = .interface_down,
            .NODEV, .NXIO => self.trouble = .interface_gone,
            .BADF, .NOTSOCK => self.trouble = .sockets,
            else => {},
        }
    }

    pub fn statisticsNow(self: *Client) Statistics {
        self.lock.acquire();
        defer self.lock.release();
        // After the end the last of it stands there.
        if (self.ended.load(.acquire) == 0) self.tell();
        return self.statistics;
    }

    /// Brings the statistics up to date.
    pub fn tell(self: *Client) void {
        report.tell(self, &self.statistics, @intCast(time.monotonicNs()));
    }

    pub fn histogramNow(self: *Client) statistics_module.Histogram {
        self.lock.acquire();
        defer self.lock.release();
        const total = self.discipline.statistics.total();
        return .{ .behind = total.behind, .ahead = total.ahead };
    }

    pub fn mastersNow(self: *Client) statistics_module.Masters {
        self.lock.acquire();
        defer self.lock.release();
        return report.masters(self, @intCast(time.monotonicNs()));
    }
};

fn randomNumber() u64 {
    var number: u64 = 0;
    _ = linux.getrandom(std.mem.asBytes(&number), @sizeOf(u64), 0);
    return number ^ time.monotonicNs();
}
