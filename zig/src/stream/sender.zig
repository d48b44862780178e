//! A sender: a thread that takes whole items (a frame, a block, a coded picture, a list of ancillary packets), makes
//! packets of them, and sends each when it is due. Whoever submits an item never waits for the network.
//!
//! Items are sent in order. A frame stays where it is and must stay as it is until its job is done; blocks of audio and
//! lists of ancillary data are copied when they are submitted, so that their jobs are done at once.
//!
//! The thread sleeps while there is nothing to do. Closing stops it between two batches of packets, at most 100 ms
//! later (a network card that takes no packets may hold it for another 100 ms); after that it touches no payload.

const std = @import("std");
const linux = std.os.linux;
const futex = @import("../futex.zig");
const handle_table = @import("../handle.zig");
const net = @import("../net.zig");
const process = @import("../process.zig");
const refusal = @import("refusal.zig");
const sender_config = @import("sender_config.zig");
const thread = @import("../thread.zig");
const time = @import("../time.zig");
const AncillarySender = @import("ancillary_sender.zig").AncillarySender;
const AudioSender = @import("audio_sender.zig").AudioSender;
const CompressedSender = @import("compressed_sender.zig").CompressedSender;
const Error = @import("../result.zig").Error;
const JobQueue = @import("job_queue.zig").JobQueue;
const Lock = @import("../lock.zig").Lock;
const RtcpSender = @import("rtcp_sender.zig").RtcpSender;
const VideoSender = @import("video_sender.zig").VideoSender;
const Wire = @import("wire.zig").Wire;

pub const Config = sender_config.Config;
pub const Job = sender_config.Job;
pub const Statistics = sender_config.Statistics;

const ancillary_store_bytes = 1 << 20;
const idle_ns_max = 10_000_000_000;

const allocator = std.heap.page_allocator;

pub const Sender = struct {
    config: Config,
    socket: net.udp.Socket,
    queue: JobQueue,
    /// Changes with every job and at the end; the idle thread sleeps on it.
    signal: std.atomic.Value(u32) = .init(0),
    /// Whether another sender goes on with the stream when this one is closed.
    goes_on: std.atomic.Value(bool) = .init(false),
    /// 1 when the thread will touch nothing any more.
    finished: std.atomic.Value(u32) = .init(0),
    /// Jobs that are over; payloads of theirs are the caller's again.
    done: std.atomic.Value(u64) = .init(0),
    published_lock: Lock = .{},
    published: Statistics = .{},
    rtcp: ?RtcpSender = null,
    essence: Essence = undefined,
    wire: Wire = undefined,

    const Essence = union(sender_config.Kind) {
        video: VideoSender,
        audio: AudioSender,
        ancillary: AncillarySender,
        jpeg_xs: CompressedSender,
        h264: CompressedSender,
    };

    /// Opens the sockets; the thread is not started.
    fn create(config: Config) Error!*Sender {
        try config.check();
        const kind = try config.kindOf();
        const self = allocator.create(Sender) catch return error.OutOfMemory;
        errdefer allocator.destroy(self);
        const store = try storeOf(config, kind);
        errdefer if (store.len > 0) allocator.free(store);
        const socket = net.udp.Socket.openSend(.{
            .to = config.to,
            .from = config.from,
            .interface = config.interface,
            .hops = @intCast(config.hops),
            .dscp = @intCast(config.dscp),
            .send_buffer_bytes = config.send_buffer_bytes,
            .pacing_bytes_per_second = config.pacing_bytes_per_second,
        }) catch |err| return refusal.fromNet(err);
        errdefer socket.close();
        self.* = .{
            .config = config,
            .socket = socket,
            .queue = .init(store),
        };
        self.wire.init(socket, try refusal.enumOf(sender_config.Mode, config.mode));
        self.wire.statistics.send_buffer_bytes = socket.sendBufferBytes();
        try self.initEssence(kind);
        errdefer self.freeEssence();
        try self.checkPath();
        if (self.essence == .video) self.wire.statistics.tr_offset_ns = self.essence.video.pacer.schedule.trOffsetNs();
        if (config.rtcp == 1) {
            const media = socket.localEndpoint() catch |err| return refusal.fromNet(err);
            self.rtcp = try .init(config, media, time.monotonicNs());
        }
        // Who opens a sender asks at once when its pictures begin.
        self.published = self.wire.statistics;
        return self;
    }

    fn storeOf(config: Config, kind: sender_config.Kind) Error![]u8 {
        const bytes: usize = switch (kind) {
            .audio => bytes: {
                // What its size is reckoned from must be sound.
                _ = try AudioSender.init(config);
                break :bytes AudioSender.storeBytes(config);
            },
            .ancillary => ancillary_store_bytes,
            .video, .jpeg_xs, .h264 => return &.{},
        };
        return allocator.alloc(u8, bytes) catch error.OutOfMemory;
    }

    fn initEssence(self: *Sender, kind: sender_config.Kind) Error!void {
        const config = self.config;
        switch (kind) {
            .video => self.essence = .{ .video = try .init(config, allocator) },
            .audio => self.essence = .{ .audio = try .init(config) },
            .ancillary => self.essence = .{ .ancillary = try .init(config) },
            inline .jpeg_xs, .h264 => |one| {
                self.essence = @unionInit(Essence, @tagName(one), undefined);
                try @field(self.essence, @tagName(one)).init(config);
            },
        }
    }

    /// Refuses packets that the path does not take in one piece. Those of ancillary data are mostly short: a long one is
    /// counted when it is refused.
    fn checkPath(self: *const Sender) Error!void {
        const packet_bytes = switch (self.essence) {
            .ancillary => return,
            inline else => |*essence| essence.packetBytes(),
        };
        const path_bytes = self.socket.payloadBytesMax() catch |err| return refusal.fromNet(err);
        if (packet_bytes > path_bytes) return error.MessageTooLong;
    }

    fn freeEssence(self: *Sender) void {
        if (self.essence == .video) self.essence.video.free(allocator);
    }

    fn free(self: *Sender) void {
        if (self.rtcp) |*rtcp| rtcp.free();
        self.freeEssence();
        self.socket.close();
        if (self.queue.store.len > 0) allocator.free(self.queue.store);
        allocator.destroy(self);
    }

    /// Takes a job, or says why not: `BadPayload`, `OutOfRange`, `Full`, `Ended`. Copied payloads are done when this
    /// returns.
    fn submit(self: *Sender, payload: []const u8, job: Job) Error!void {
        // So nothing that is added to them can overflow.
        const most = std.math.maxInt(i64);
        if (job.start_ns > most or job.media_clock > most or job.second_media_clock > most) return error.OutOfRange;
        var started = job;
        // What is late is not what was to begin now.
        if (started.start_ns == 0) started.start_ns = time.monotonicNs();
        switch (self.essence) {
            inline else => |*essence| try essence.check(payload, started),
        }
        try self.queue.push(payload, started);
        if (self.isCopying()) _ = self.done.fetchAdd(1, .release);
        self.wake();
    }

    fn isCopying(self: *const Sender) bool {
        return self.queue.store.len > 0;
    }

    fn wake(self: *Sender) void {
        _ = self.signal.fetchAdd(1, .seq_cst);
        futex.wakeAll(&self.signal);
    }

    fn run(self: *Sender) void {
        // The kernel may round a normal thread's wake-up by up to 50 µs to save power; ask for none.
        _ = linux.prctl(@backingInt(linux.PR.SET_TIMERSLACK), 1, 0, 0, 0);
        if (self.config.real_time_priority > 0) {
            const is_real_time = if (process.setRealTime(self.config.real_time_priority)) |_| true else |_| false;
            self.wire.statistics.is_real_time = @intFromBool(is_real_time);
        }
        self.publish();
        while (!self.wire.isStopped()) {
            const seen = self.signal.load(.seq_cst);
            if (!self.sendNext()) self.sleep(seen);
            self.runRtcp();
        }
        self.end();
    }

    /// False if there is no job.
    fn sendNext(self: *Sender) bool {
        const item = self.queue.first() orelse return false;
        const statistics = &self.wire.statistics;
        const is_late = time.monotonicNs() > item.job.start_ns + late_ns_min;
        if (is_late and self.config.pacing != @backingInt(sender_config.Pacing.none)) statistics.late += 1;
        const is_sent = switch (self.essence) {
            inline else => |*essence| essence.send(&self.wire, item.payload, item.job),
        };
        if (!is_sent) statistics.dropped += 1;
        self.queue.pop();
        if (!self.isCopying()) _ = self.done.fetchAdd(1, .release);
        self.publish();
        return true;
    }

    fn sleep(self: *Sender, seen: u32) void {
        const now_ns = time.monotonicNs();
        const deadline_ns = if (self.rtcp) |rtcp| rtcp.nextNs() else now_ns + idle_ns_max;
        _ = futex.waitUntil(&self.signal, seen, deadline_ns);
    }

    fn runRtcp(self: *Sender) void {
        const rtcp = if (self.rtcp) |*one| one else return;
        const now_ns = time.monotonicNs();
        if (now_ns < rtcp.nextNs()) return;
        rtcp.run(now_ns, &self.wire.statistics);
        self.publish();
    }

    fn end(self: *Sender) void {
        const left = self.queue.end();
        self.wire.statistics.dropped += left;
        if (!self.isCopying()) _ = self.done.fetchAdd(left, .release);
        if (!self.goes_on.load(.monotonic)) {
            if (self.rtcp) |*rtcp| rtcp.sayGoodbye(time.monotonicNs(), &self.wire.statistics);
        }
        self.publish();
        // After the store this memory may be gone. The kernel takes the address for a number, and whoever else sleeps
        // there by then looks again.
        const finished = &self.finished;
        finished.store(1, .seq_cst);
        futex.wakeAll(finished);
    }

    fn publish(self: *Sender) void {
        self.wire.statistics.cpu_ns = threadCpuNs();
        self.published_lock.acquire();
        defer self.published_lock.release();
        self.published = self.wire.statistics;
    }

    fn report(self: *Sender) Statistics {
        self.published_lock.acquire();
        var statistics = self.published;
        self.published_lock.release();
        statistics.submitted = self.queue.pushedCount();
        statistics.done = self.done.load(.acquire);
        return statistics;
    }

    fn stop(self: *Sender) void {
        self.wire.requestStop();
        self.wake();
        while (!futex.waitUntil(&self.finished, 0, time.monotonicNs() + idle_ns_max)) {}
    }
};

/// What starts "now" has to be taken up first.
const late_ns_min = 1_000_000;

fn threadCpuNs() u64 {
    var spent: linux.timespec = undefined;
    if (linux.errno(linux.clock_gettime(.THREAD_CPUTIME_ID, &spent)) != .SUCCESS) return 0;
    return @as(u64, @intCast(spent.sec)) * std.time.ns_per_s + @as(u64, @intCast(spent.nsec));
}

const Held = struct {
    sender: *Sender,

    pub fn destroy(self: *Held) void {
        self.sender.free();
    }
};

/// All senders of the process. Who opened one holds it until its thread has ended: then port and memory are free.
var senders: handle_table.Table(Held, 1024) = .{};

/// Opens a sender and starts its thread. What is wrong with the config or the network is said here.
pub fn open(config: Config) Error!u32 {
    const sender: *Sender = try .create(config);
    const handle = senders.add(.{ .sender = sender }) catch |err| {
        sender.free();
        return err;
    };
    errdefer senders.drop(handle) catch unreachable;
    try thread.start("sl-sender", runThread, handle);
    return handle;
}

fn runThread(handle: u32) void {
    senders.held(handle).sender.run();
}

pub fn submit(handle: u32, payload: []const u8, job: Job) Error!void {
    const held = try senders.enter(handle);
    defer senders.leave(handle);
    return held.sender.submit(payload, job);
}

/// Jobs that are over.
pub fn doneCount(handle: u32) Error!u64 {
    const held = try senders.enter(handle);
    defer senders.leave(handle);
    return held.sender.done.load(.acquire);
}

pub fn statisticsOf(handle: u32) Error!Statistics {
    const held = try senders.enter(handle);
    defer senders.leave(handle);
    return held.sender.report();
}

/// Of H.264; see `CompressedSender.setParameterSets`.
pub fn setParameterSets(handle: u32, record: []const u8) Error!void {
    const held = try senders.enter(handle);
    defer senders.leave(handle);
    return switch (held.sender.essence) {
        .h264 => |*essence| essence.setParameterSets(record),
        else => error.InvalidArgument,
    };
}

/// Where the packets come from.
pub fn localEndpoint(handle: u32) Error!net.endpoint.Endpoint {
    const held = try senders.enter(handle);
    defer senders.leave(handle);
    return held.sender.socket.localEndpoint() catch |err| return refusal.fromNet(err);
}

/// As `close`, but the stream goes on by another sender with the same SSRC: receivers are not told that it has ended
/// (RFC 3550 section 6.6).
pub fn handOver(handle: u32) Error!Statistics {
    const held = try senders.enter(handle);
    held.sender.goes_on.store(true, .monotonic);
    senders.leave(handle);
    return close(handle);
}

/// Stops the thread, waits until it has, and gives the last statistics. Jobs that are not sent count as dropped.
pub fn close(handle: u32) Error!Statistics {
    const held = try senders.enter(handle);
    held.sender.stop();
    const statistics = held.sender.report();
    senders.leave(handle);
    try senders.drop(handle);
    return statistics;
}
