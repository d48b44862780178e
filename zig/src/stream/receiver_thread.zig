//! One receiver: its socket, its thread, and the way of a datagram through it.
//!
//! The thread sleeps in the socket. What it has received it works off with the receiver's lock held; whoever changes
//! the ring, asks for statistics or stops the receiver takes that lock, so nothing is written to a ring that was taken
//! away or after the end. Between two batches nobody holds it.

const std = @import("std");
const linux = std.os.linux;
const compressed = @import("compressed_receiver.zig");
const configuration = @import("receiver_config.zig");
const futex = @import("../futex.zig");
const net = @import("../net.zig");
const process = @import("../process.zig");
const refusal = @import("refusal.zig");
const rtp = @import("../rtp.zig");
const time = @import("../time.zig");
const Error = @import("../result.zig").Error;
const Lock = @import("../lock.zig").Lock;

const AncillaryReceiver = @import("ancillary_receiver.zig").AncillaryReceiver;
const AudioReceiver = @import("audio_receiver.zig").AudioReceiver;
const Intake = @import("receiver_intake.zig").Intake;
const Output = @import("item_output.zig").Output;
const Reports = @import("receiver_reports.zig").Reports;
const Sink = @import("item_output.zig").Sink;
const VideoReceiver = @import("video_receiver.zig").VideoReceiver;

const BatchReceiver = net.batch_receive.Receiver;
const Config = configuration.Config;
const Datagram = net.batch_receive.Datagram;
const JitterBuffer = rtp.jitter_buffer.JitterBuffer;
const Statistics = configuration.Statistics;

/// No sleep is longer, so that what is to be done now and then is done.
const sleep_ns_max = 100 * std.time.ns_per_ms;
/// How long `close` waits for the thread, which a busy machine may keep from running.
const close_ns_max = 100 * std.time.ns_per_ms;
/// After an error of the socket, so that a lasting one does not keep a core busy.
const error_nap_ns = std.time.ns_per_ms;
/// Between looks at what costs a call of the system.
const survey_ns = 100 * std.time.ns_per_ms;

/// What Ethernet carries, for payloads that say no length.
const datagram_bytes_usual = 1500;
/// The reorder buffer has room for so many times what comes in its time: packets come in bursts.
const burst_factor = 2;
const reorder_packets_min = 512;

const Essence = union(enum) {
    video: VideoReceiver,
    audio: AudioReceiver,
    ancillary: AncillaryReceiver,
    jpeg_xs: compressed.JpegXsReceiver,
    h264: compressed.H264Receiver,
};

pub const Receiver = struct {
    lock: Lock = .{},
    closing: std.atomic.Value(bool) = .init(false),
    /// 1 when the thread has left the socket and the ring for good.
    ended: std.atomic.Value(u32) = .init(0),
    arena: std.heap.ArenaAllocator,
    socket: net.udp.Socket,
    local: net.endpoint.Endpoint,
    datagrams: BatchReceiver,
    real_time_priority: u32,
    /// How long to let packets gather that come one by one, of which an item needs many: a wake costs more than a
    /// packet.
    gather_ns: u64 = 0,
    intake: Intake,
    /// Null if packets are used as they come.
    jitter: ?JitterBuffer = null,
    essence: Essence,
    output: Output,
    reports: ?Reports = null,
    statistics: Statistics = .{},
    survey_due_ns: u64 = 0,
    pub fn init(self: *Receiver, config: *const Config) Error!void {
        const kind = try config.kindOf();
        const item_bytes = try switch (kind) {
            .video => VideoReceiver.itemBytes(config),
            .audio => AudioReceiver.itemBytes(config),
            .ancillary => AncillaryReceiver.itemBytes(config),
            .jpeg_xs => compressed.JpegXsReceiver.itemBytes(config),
            .h264 => compressed.H264Receiver.itemBytes(config),
        };
        self.* = .{
            .arena = .init(std.heap.page_allocator),
            .socket = undefined,
            .local = .none,
            .datagrams = undefined,
            .real_time_priority = config.real_time_priority,
            .intake = .init(config, kind == .video or kind == .ancillary, &self.statistics),
            .essence = undefined,
            .output = .{
                .clock_hz = config.clock_rate_hz,
                .rate = if (kind == .audio)
                    .{ .num = config.clock_rate_hz, .den = config.block_samples }
                else
                    config.rate(),
                .item_bytes = item_bytes,
                .tai_shift_ns = config.tai_shift_ns,
                .statistics = &self.statistics,
            },
        };
        errdefer self.arena.deinit();
        const allocator = self.arena.allocator();
        switch (kind) {
            .video => try self.initEssence("video", config),
            .audio => try self.initEssence("audio", config),
            .ancillary => try self.initEssence("ancillary", config),
            .jpeg_xs => try self.initEssence("jpeg_xs", config),
            .h264 => try self.initEssence("h264", config),
        }
        if (kind == .audio) self.gather_ns = self.essence.audio.gatherNs();
        if (config.reorder_ns > 0) self.jitter = try self.jitterOf(config, allocator);
        const memory = try allocator.alignedAlloc(u8, .@"64", BatchReceiver.memoryBytes());
        try self.openSockets(config, memory);
    }

    fn initEssence(self: *Receiver, comptime name: []const u8, config: *const Config) Error!void {
        self.essence = @unionInit(Essence, name, undefined);
        try @field(self.essence, name).init(config, &self.output, self.arena.allocator());
    }

    fn jitterOf(self: *Receiver, config: *const Config, allocator: std.mem.Allocator) Error!JitterBuffer {
        const in_time = switch (self.essence) {
            inline else => |*one| one.packetsIn(config.reorder_ns),
        };
        const wanted = @max(reorder_packets_min, in_time * burst_factor);
        const count = std.math.ceilPowerOfTwo(u64, wanted) catch rtp.jitter_buffer.packet_count_max;
        const options: rtp.jitter_buffer.Options = .{
            .latency_ns = config.reorder_ns,
            .packet_count = @intCast(@min(count, rtp.jitter_buffer.packet_count_max)),
            .packet_bytes = @max(config.udp_bytes_max, datagram_bytes_usual),
            .release = .in_order,
        };
        const memory = try allocator.alignedAlloc(u8, .@"8", JitterBuffer.memoryBytes(options));
        return JitterBuffer.init(memory, options) catch return error.OutOfRange;
    }

    fn openSockets(self: *Receiver, config: *const Config, memory: []align(64) u8) Error!void {
        const local = config.local;
        self.socket = net.udp.Socket.openReceive(.{
            .local = local,
            .source = if (local.isMulticast()) config.source else .none,
            .interface = config.interface,
            .receive_buffer_bytes = config.receive_buffer_bytes,
            .reuse = local.isMulticast(),
        }) catch |err| return refusal.fromNet(err);
        errdefer self.socket.close();
        if (config.rtcp == 1) self.reports = try .open(config, &self.statistics, time.monotonicNs());
        errdefer if (self.reports) |*reports| reports.socket.close();
        self.datagrams = BatchReceiver.init(memory, self.socket, config.use_gro == 1) catch |err| {
            return refusal.fromNet(err);
        };
        errdefer self.datagrams.deinit();
        self.local = self.socket.localEndpoint() catch |err| return refusal.fromNet(err);
        self.statistics.receive_buffer_bytes = self.socket.receiveBufferBytes();
        self.statistics.is_grouped = @intFromBool(self.datagrams.gro);
    }

    /// By the thread, at its end, or if there is none.
    pub fn closeAll(self: *Receiver) void {
        if (self.reports) |*reports| reports.close(&self.intake, time.monotonicNs());
        self.socket.close();
    }

    pub fn isClosing(self: *const Receiver) bool {
        return self.closing.load(.acquire);
    }

    pub fn destroy(self: *Receiver) void {
        self.output.close();
        self.datagrams.deinit();
        self.arena.deinit();
        std.heap.page_allocator.destroy(self);
    }

    /// False if somebody has stopped it before.
    pub fn stop(self: *Receiver) bool {
        {
            self.lock.acquire();
            defer self.lock.release();
            if (self.closing.swap(true, .acq_rel)) return false;
            self.output.close();
        }
        self.datagrams.wake();
        _ = futex.waitUntil(&self.ended, 0, time.monotonicNs() + close_ns_max);
        return true;
    }

    pub fn loop(self: *Receiver) void {
        if (self.real_time_priority > 0) {
            const is_given = if (process.setRealTime(self.real_time_priority)) true else |_| false;
            self.lock.acquire();
            defer self.lock.release();
            self.statistics.is_real_time = @intFromBool(is_given);
        }
        var sleep_ns: u64 = 0;
        while (true) {
            if (self.gather_ns > 0 and self.hasRead()) time.sleepUntil(time.monotonicNs() + self.gather_ns) catch {};
            const outcome = self.datagrams.receive(sleep_ns);
            if (outcome) |_| {} else |_| time.sleepUntil(time.monotonicNs() + error_nap_ns) catch {};
            self.lock.acquire();
            defer self.lock.release();
            if (self.closing.load(.monotonic)) return self.closeAll();
            self.statistics.calls += 1;
            if (outcome) |_| {} else |_| self.statistics.receive_errors += 1;
            // While there is more in the socket the time is that of what was read from it: a thread that was held up
            // does not give up what only waits to be read.
            var now_ns = time.monotonicNs();
            while (self.datagrams.next()) |datagram| {
                self.take(&datagram);
                now_ns = datagram.arrival_ns;
            }
            sleep_ns = self.tick(now_ns);
        }
    }

    /// The last call has emptied the socket, and it was not empty.
    fn hasRead(self: *const Receiver) bool {
        const count = self.datagrams.message_count;
        return count > 0 and count < BatchReceiver.messages_max;
    }

    fn take(self: *Receiver, datagram: *const Datagram) void {
        if (datagram.is_truncated) {
            self.statistics.too_long += 1;
            return;
        }
        const arrived = self.intake.take(datagram.bytes, &datagram.from, datagram.arrival_ns) orelse return;
        if (arrived.is_restart) self.restart();
        if (self.reports) |*reports| reports.media = datagram.from;
        if (self.jitter) |*jitter| return self.order(jitter, arrived, datagram);
        self.deliver(arrived.packet, arrived.number, datagram.arrival_ns);
    }

    /// What is held and what is open is the end of the stream that was before, and has its clock.
    fn restart(self: *Receiver) void {
        if (self.jitter) |*jitter| {
            while (jitter.evict()) |taken| self.deliverTaken(taken);
            jitter.reset();
        }
        switch (self.essence) {
            inline else => |*one| one.restart(),
        }
        self.output.restart();
    }

    fn order(self: *Receiver, jitter: *JitterBuffer, arrived: Intake.Arrived, datagram: *const Datagram) void {
        while (true) switch (jitter.insert(arrived.number, datagram.bytes, datagram.arrival_ns)) {
            .pass => {
                self.deliver(arrived.packet, arrived.number, datagram.arrival_ns);
                break;
            },
            .held => break,
            .duplicate, .late => return,
            .too_long => {
                self.statistics.too_long += 1;
                return;
            },
            .full => {
                self.statistics.pressed_out += 1;
                self.deliverTaken(jitter.evict().?);
            },
        };
        while (jitter.take(datagram.arrival_ns)) |taken| self.deliverTaken(taken);
    }

    fn deliverTaken(self: *Receiver, taken: rtp.jitter_buffer.Taken) void {
        const packet = rtp.packet.parse(taken.bytes) catch unreachable; // It was before it was held.
        self.deliver(packet, taken.number, self.jitter.?.last_arrival_ns);
    }

    fn deliver(self: *Receiver, packet: rtp.packet.Packet, number: u64, arrival_ns: u64) void {
        switch (self.essence) {
            inline else => |*one| one.receive(packet, number, arrival_ns),
        }
    }

    /// What is due now. Returns how long to sleep if nothing comes.
    fn tick(self: *Receiver, now_ns: u64) u64 {
        var due_ns = now_ns + sleep_ns_max;
        if (self.jitter) |*jitter| {
            while (jitter.take(now_ns)) |taken| self.deliverTaken(taken);
            if (jitter.dueNs()) |one| due_ns = @min(due_ns, one);
        }
        switch (self.essence) {
            inline else => |*one| {
                one.tick(now_ns);
                if (one.dueNs()) |instant_ns| due_ns = @min(due_ns, instant_ns);
            },
        }
        if (now_ns >= self.survey_due_ns) self.survey(now_ns);
        return due_ns -| now_ns;
    }

    /// What costs a call of the system, now and then.
    fn survey(self: *Receiver, now_ns: u64) void {
        self.survey_due_ns = now_ns + survey_ns;
        if (self.reports) |*reports| reports.tick(&self.intake, now_ns);
        self.datagrams.countDrops() catch {};
        self.statistics.kernel_dropped = self.datagrams.dropped_count;
        var used: linux.timespec = undefined;
        _ = linux.clock_gettime(.THREAD_CPUTIME_ID, &used);
        self.statistics.cpu_ns = @as(u64, @intCast(used.sec)) * std.time.ns_per_s + @as(u64, @intCast(used.nsec));
    }

    pub fn statisticsNow(self: *Receiver) Statistics {
        self.lock.acquire();
        defer self.lock.release();
        self.tell();
        return self.statistics;
    }

    /// Goes on in another ring, or in none.
    pub fn setRing(self: *Receiver, sink: ?Sink) Error!void {
        self.lock.acquire();
        defer self.lock.release();
        if (self.closing.load(.monotonic)) return error.BadHandle;
        const had_slot = self.output.slot != null;
        const moved = try self.output.move(sink);
        if (!had_slot) return;
        const slot = if (moved) self.output.loan() else null;
        switch (self.essence) {
            inline else => |*one| one.retarget(slot),
        }
    }

    /// The decoder configuration record of H.264; null while there is none.
    pub fn parameterSets(self: *Receiver, target: []u8) Error!?[]u8 {
        self.lock.acquire();
        defer self.lock.release();
        return switch (self.essence) {
            .h264 => |*one| one.parameterSets(target),
            else => error.NotSupported,
        };
    }

    /// Brings the statistics up to date.
    fn tell(self: *Receiver) void {
        self.intake.tell();
        switch (self.essence) {
            inline else => |*one| {
                one.tell();
                self.statistics.late = one.lateCount();
            },
        }
        self.statistics.truncated += self.intake.truncated;
        if (self.jitter) |*jitter| self.statistics.late += jitter.counters.late;
    }
};
