//! What the kernel alone costs: the peers that benchmarks of rings and bells are measured against, in the same run.
//!
//!     streamlib-peers WAKES CASE...      one JSON object a line on standard output
//!
//!     hop-thread    from a futex wake in one thread until the sleeper in another runs, at 60 Hz
//!     hop-process   the same between two processes, over shared memory
//!     hop-loop      from a write to an eventfd until a thread in epoll_wait runs: what an event loop is, at 60 Hz
//!     wake          one futex wake of 0 to 16 sleepers, every 3 ms
//!     commit        loan and commit of a ring with 1 to 16 readers who do not sleep

const std = @import("std");
const linux = std.os.linux;
const futex = @import("futex.zig");
const layout = @import("ring_layout.zig");
const ring_module = @import("ring.zig");
const time = @import("time.zig");

const wakes_max = 100_000;
const hop_period_ns = 16_666_667;
const wake_period_ns = 3_000_000;
const sleepers_max = 16;
const commits_per_sample = 1000;

const Sample = std.atomic.Value(u64);

/// In memory that threads and processes of one measurement share.
const Shared = struct {
    word: std.atomic.Value(u32),
    /// When the last wake began.
    woken_ns: Sample,
    done: std.atomic.Value(bool),
    /// How many sleepers are about to sleep.
    waiting: std.atomic.Value(u32),
    count: u32,
    samples_ns: [wakes_max]u64,

    fn add(self: *Shared, sample_ns: u64) void {
        if (self.count == wakes_max) return;
        self.samples_ns[self.count] = sample_ns;
        self.count += 1;
    }

    fn samples(self: *Shared) []u64 {
        return self.samples_ns[0..self.count];
    }
};

pub fn main(init: std.process.Init) !void {
    const words = try init.minimal.args.toSlice(init.arena.allocator());
    const wakes = std.fmt.parseInt(u32, if (words.len > 2) words[1] else "", 10) catch 0;
    if (wakes < 10 or wakes > wakes_max) return refuse();
    var buffer: [1024]u8 = undefined;
    var file_writer: std.Io.File.Writer = .initStreaming(.stdout(), init.io, &buffer);
    const out = &file_writer.interface;
    for (words[2..]) |name| {
        if (std.mem.eql(u8, name, "hop-thread")) {
            try report(out, name, "", 0, try hopThread(wakes));
        } else if (std.mem.eql(u8, name, "hop-process")) {
            try report(out, name, "", 0, try hopProcess(wakes));
        } else if (std.mem.eql(u8, name, "hop-loop")) {
            try report(out, name, "", 0, try hopLoop(wakes));
        } else if (std.mem.eql(u8, name, "wake")) {
            for ([_]u32{ 0, 1, 2, 4, 8, 16 }) |count| {
                try report(out, name, "sleepers", count, try wakeSleepers(wakes, count));
            }
        } else if (std.mem.eql(u8, name, "commit")) {
            for ([_]u32{ 1, 2, 4, 8, 16 }) |count| try report(out, name, "readers", count, try commit(wakes, count));
        } else return refuse();
        try out.flush();
    }
}

fn refuse() noreturn {
    std.debug.print("Usage: streamlib-peers WAKES CASE..., with 10 to {d} wakes and the cases hop-thread, " ++
        "hop-process, hop-loop, wake, commit\n", .{wakes_max});
    std.process.exit(2);
}

fn report(out: *std.Io.Writer, name: []const u8, what: []const u8, count: u32, samples_ns: []u64) !void {
    std.mem.sort(u64, samples_ns, {}, std.sort.asc(u64));
    try out.print("{{\"case\":\"{s}\",", .{name});
    if (what.len > 0) try out.print("\"{s}\":{d},", .{ what, count });
    try out.print("\"samples\":{d},\"p50Ns\":{d},\"p99Ns\":{d}}}\n", .{
        samples_ns.len, percentile(samples_ns, 50), percentile(samples_ns, 99),
    });
}

/// The value below which `percent` of the sorted values lie.
fn percentile(sorted: []const u64, percent: usize) u64 {
    return sorted[(sorted.len * percent + 99) / 100 - 1];
}

fn newShared() !*Shared {
    const address = linux.mmap(
        null,
        @sizeOf(Shared),
        .{ .READ = true, .WRITE = true },
        .{ .TYPE = .SHARED, .ANONYMOUS = true, .POPULATE = true },
        -1,
        0,
    );
    if (linux.errno(address) != .SUCCESS) return error.OutOfMemory;
    return @ptrFromInt(address); // The kernel gives zeros: nothing is done, nobody waits.
}

/// Wakes at 60 Hz, and says at the end that it was the last time.
fn wakeByFutex(shared: *Shared, wakes: u32) void {
    var deadline_ns = time.monotonicNs() + hop_period_ns;
    for (0..wakes) |i| {
        time.sleepUntil(deadline_ns) catch unreachable;
        deadline_ns += hop_period_ns;
        if (i + 1 == wakes) shared.done.store(true, .seq_cst);
        shared.woken_ns.store(time.monotonicNs(), .seq_cst);
        _ = shared.word.fetchAdd(1, .seq_cst);
        futex.wakeAll(&shared.word);
    }
}

fn sleepByFutex(shared: *Shared) void {
    var seen: u32 = 0;
    while (!shared.done.load(.seq_cst)) {
        if (!futex.waitUntil(&shared.word, seen, time.monotonicNs() + std.time.ns_per_s)) continue;
        shared.add(time.monotonicNs() -| shared.woken_ns.load(.seq_cst));
        seen = shared.word.load(.seq_cst);
    }
}

fn hopThread(wakes: u32) ![]u64 {
    const shared = try newShared();
    const waker = try std.Thread.spawn(.{}, wakeByFutex, .{ shared, wakes });
    sleepByFutex(shared);
    waker.join();
    return shared.samples();
}

fn hopProcess(wakes: u32) ![]u64 {
    const shared = try newShared();
    const pid: i32 = @bitCast(@as(u32, @truncate(linux.fork())));
    if (pid < 0) return error.SystemFailed;
    if (pid == 0) {
        wakeByFutex(shared, wakes);
        linux.exit_group(0);
    }
    sleepByFutex(shared);
    var status: i32 = 0;
    _ = linux.wait4(pid, &status, 0, null);
    return shared.samples();
}

fn hopLoop(wakes: u32) ![]u64 {
    const shared = try newShared();
    const event: i32 = @intCast(linux.eventfd(0, linux.EFD.CLOEXEC | linux.EFD.NONBLOCK));
    const loop: i32 = @intCast(linux.epoll_create1(linux.EPOLL.CLOEXEC));
    var interest: linux.epoll_event = .{ .events = linux.EPOLL.IN, .data = .{ .fd = event } };
    if (linux.errno(linux.epoll_ctl(loop, linux.EPOLL.CTL_ADD, event, &interest)) != .SUCCESS) return error.SystemFailed;
    const waker = try std.Thread.spawn(.{}, wakeByEvent, .{ shared, event, wakes });
    while (!shared.done.load(.seq_cst)) {
        var ready: [4]linux.epoll_event = undefined;
        if (linux.epoll_wait(loop, &ready, ready.len, 1000) != 1) continue;
        shared.add(time.monotonicNs() -| shared.woken_ns.load(.seq_cst));
        var times: u64 = 0;
        _ = linux.read(event, std.mem.asBytes(&times), @sizeOf(u64));
    }
    waker.join();
    return shared.samples();
}

fn wakeByEvent(shared: *Shared, event: i32, wakes: u32) void {
    const one: u64 = 1;
    var deadline_ns = time.monotonicNs() + hop_period_ns;
    for (0..wakes) |i| {
        time.sleepUntil(deadline_ns) catch unreachable;
        deadline_ns += hop_period_ns;
        if (i + 1 == wakes) shared.done.store(true, .seq_cst);
        shared.woken_ns.store(time.monotonicNs(), .seq_cst);
        _ = linux.write(event, std.mem.asBytes(&one), @sizeOf(u64));
    }
}

fn wakeSleepers(wakes: u32, count: u32) ![]u64 {
    const shared = try newShared();
    var threads: [sleepers_max]std.Thread = undefined;
    for (threads[0..count]) |*thread| thread.* = try std.Thread.spawn(.{}, sleepInCrowd, .{shared});
    var deadline_ns = time.monotonicNs();
    while (shared.count < wakes) {
        deadline_ns = @max(deadline_ns + wake_period_ns, time.monotonicNs());
        time.sleepUntil(deadline_ns) catch unreachable;
        // Only a wake that finds all of them asleep is counted.
        if (shared.waiting.load(.seq_cst) != count) continue;
        const before_ns = time.monotonicNs();
        _ = shared.word.fetchAdd(1, .seq_cst);
        futex.wakeAll(&shared.word);
        shared.add(time.monotonicNs() - before_ns);
    }
    shared.done.store(true, .seq_cst);
    _ = shared.word.fetchAdd(1, .seq_cst);
    futex.wakeAll(&shared.word);
    for (threads[0..count]) |thread| thread.join();
    return shared.samples();
}

fn sleepInCrowd(shared: *Shared) void {
    while (!shared.done.load(.seq_cst)) {
        const seen = shared.word.load(.seq_cst);
        _ = shared.waiting.fetchAdd(1, .seq_cst);
        _ = futex.waitUntil(&shared.word, seen, time.monotonicNs() + std.time.ns_per_s);
        _ = shared.waiting.fetchSub(1, .seq_cst);
    }
}

fn commit(wakes: u32, count: u32) ![]u64 {
    const shared = try newShared();
    const config: layout.Config =
        .{ .slot_count = 3, .reader_max = sleepers_max, .payload_bytes = 4096, .metadata_bytes = 0, .generation = 0 };
    var ring = try ring_module.Ring(.honoured).create(config, "");
    defer ring.destroy();
    for (0..count) |_| _ = try ring.openReader();
    const writer = try ring.openWriter();
    for (0..@max(10, wakes / 10)) |_| {
        const before_ns = time.monotonicNs();
        for (0..commits_per_sample) |_| try ring.commit(writer, try ring.loan(writer));
        shared.add((time.monotonicNs() - before_ns) / commits_per_sample);
    }
    return shared.samples();
}
