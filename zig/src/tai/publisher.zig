//! Who tells a machine its TAI: one process at a time.
//!
//! The right to publish is a lock on the region's file, which the kernel frees when the process dies. The next one
//! takes it and goes on from the last mapping: nobody sees a jump because somebody died.

const std = @import("std");
const linux = std.os.linux;
const time = @import("../time.zig");
const Error = @import("../result.zig").Error;
const tai_mapping = @import("../ptp/tai_mapping.zig");
const region_module = @import("region.zig");
const files = @import("region_file.zig");
const late_mapping = @import("late_mapping.zig");
const LocalClock = @import("local_clock.zig").LocalClock;
const Reader = @import("reader.zig").Reader;
const Region = region_module.Region;
const TaiMapping = tai_mapping.TaiMapping;

/// Between two looks whether the file still has its name.
const name_ns = std.time.ns_per_s;
/// Who waits for the right to publish asks more often than this.
const wanted_ns_max = 3 * std.time.ns_per_s;

/// Of one thread at a time.
pub const Publisher = struct {
    reader: *Reader,
    /// Negative when nothing can be shared: `Told.refusal` says why.
    fd: i32,
    region: *Region,
    local: LocalClock,
    source: region_module.Source,
    /// TAI - UTC to be told; of the kernel, or 37, until the source knows better.
    tai_utc_s: u32,
    has_published: bool = false,
    named_ns: u64 = 0,

    /// Becomes the one that publishes. Where no file can be had it publishes for this process alone, which is no error.
    ///
    /// `error.Busy` while another process does, or another publisher of this one; `error.OutOfRange` for a local clock
    /// that could go back.
    pub fn openIn(reader: *Reader, local: LocalClock, source: region_module.Source) Error!Publisher {
        try local.check();
        // What counts so far is what there is to go on from.
        reader.look();
        reader.lock.acquire();
        defer reader.lock.release();
        reader.resolve();
        const opened = try openShared(reader, source);
        errdefer if (opened) |one| one.close();
        return .{
            .reader = reader,
            .fd = if (opened) |one| one.fd else -1,
            .region = if (opened) |one| one.region else try takePrivate(reader),
            .local = local,
            .source = source,
            .tai_utc_s = time.mapping().tai_utc_s,
        };
    }

    /// What everyone goes by so far: the first mapping that is published must say the same when it begins. Null if that
    /// is each process's own reading of the system's clock.
    pub fn begin(self: *Publisher) ?TaiMapping {
        const now_ns = time.monotonicNs();
        const record = self.reader.recordAt(now_ns) orelse self.region.read() orelse return null;
        if (record.local.equals(self.local)) return record.mapping;
        // The instants of the mapping are of a local clock that this one does not have.
        const tai_ns = std.math.lossyCast(i64, self.reader.taiOf(now_ns));
        const error_ns = record.mapping.errorAt(record.local.localAt(@intCast(now_ns)));
        var mapping: TaiMapping = .init(self.local.localAt(@intCast(now_ns)), tai_ns, error_ns);
        mapping.steps = record.mapping.steps;
        return mapping;
    }

    /// Tells everyone. Instants of the mapping are of the local clock. The caller owns it. One that comes too late is told
    /// ahead, see late_mapping.zig.
    pub fn publish(self: *Publisher, mapping: *const TaiMapping) void {
        var record: region_module.Record = .{
            .mapping = mapping.*,
            .local = self.local,
            .source = self.source,
            .tai_utc_s = self.tai_utc_s,
        };
        if (self.region.read()) |published| if (published.local.equals(self.local)) {
            const now_ns: i64 = @intCast(time.monotonicNs());
            late_mapping.keepForward(&published.mapping, &record.mapping, self.local.localAt(now_ns));
        };
        self.region.record.write(&record);
        self.beat();
        if (self.has_published) return;
        self.has_published = true;
        self.region.publisher_pid.store(@bitCast(linux.getpid()), .release);
        self.reader.look();
    }

    /// Tells what other processes show of this publisher, and that it is alive: at least once a second.
    pub fn publishStatus(self: *Publisher, status: *const region_module.Status) void {
        self.region.status.write(status);
        if (self.has_published) self.beat();
    }

    /// Whether other processes see it.
    pub fn isShared(self: *const Publisher) bool {
        return self.fd >= 0;
    }

    /// Whether a client of PTP has asked for the right to publish in the last few seconds.
    pub fn isWanted(self: *const Publisher) bool {
        const wanted_ns = self.region.wanted_ns.load(.monotonic);
        return wanted_ns != 0 and time.monotonicNs() -| wanted_ns < wanted_ns_max;
    }

    /// Gives the right to publish back. What was published last goes on being used, as a holdover.
    pub fn close(self: *Publisher) void {
        self.region.publisher_pid.store(0, .release);
        if (self.fd >= 0) {
            const opened: files.Opened = .{ .fd = self.fd, .region = self.region, .identity = undefined };
            opened.close();
        } else {
            self.reader.lock.acquire();
            defer self.reader.lock.release();
            self.reader.is_private_taken = false;
        }
        self.* = undefined;
    }

    fn beat(self: *Publisher) void {
        const now_ns = time.monotonicNs();
        self.region.heartbeat_ns.store(now_ns, .release);
        self.region.suspended_ns.store(time.suspendedNs(), .monotonic);
        if (self.fd < 0 or now_ns -| self.named_ns < name_ns) return;
        self.named_ns = now_ns;
        if (!files.isNamed(self.fd)) self.renew();
    }

    /// The file has lost its name: somebody cleaned up. A new one takes over, so that processes that start now see it.
    fn renew(self: *Publisher) void {
        {
            self.reader.lock.acquire();
            defer self.reader.lock.release();
            const opened = (openShared(self.reader, self.source) catch return) orelse return;
            if (self.region.record.read()) |record| opened.region.record.write(&record);
            if (self.region.status.read()) |status| opened.region.status.write(&status);
            opened.region.heartbeat_ns.store(self.region.heartbeat_ns.load(.monotonic), .release);
            opened.region.suspended_ns.store(self.region.suspended_ns.load(.monotonic), .monotonic);
            opened.region.publisher_pid.store(self.region.publisher_pid.load(.monotonic), .release);
            self.region.publisher_pid.store(0, .release);
            const old: files.Opened = .{ .fd = self.fd, .region = self.region, .identity = undefined };
            old.close();
            self.fd = opened.fd;
            self.region = opened.region;
        }
        self.reader.look();
    }
};

fn takePrivate(reader: *Reader) Error!*Region {
    if (reader.is_private_taken) return error.Busy;
    const region = reader.private orelse try files.createPrivate();
    reader.private = region;
    reader.is_private_taken = true;
    return region;
}

/// Null if there can be no file; the reader's `refusal` says why. The reader's lock is held.
fn openShared(reader: *Reader, source: region_module.Source) Error!?files.Opened {
    const name = reader.name orelse return null;
    const machine = reader.machine orelse return null;
    if (linux.geteuid() != 0 and try isRootPublishing(&name)) return error.Busy;
    const path: files.Path = .init(&name, .own);
    // The second round is for a file of another version that was put away, the third for one that came in between.
    for (0..3) |_| {
        switch (files.open(&path, .own, .write)) {
            .none => {
                const refusal = files.create(&path, machine);
                if (refusal == .none) continue;
                reader.refusal.store(refusal, .monotonic);
                return null;
            },
            .refused => |refusal| {
                reader.refusal.store(refusal, .monotonic);
                return null;
            },
            .opened => |opened| if (try takeOver(opened, &path, machine, source)) |refusal| {
                opened.close();
                if (refusal == .none) continue;
                reader.refusal.store(refusal, .monotonic);
                return null;
            } else {
                reader.refusal.store(.none, .monotonic);
                return opened;
            },
        }
    }
    return error.SystemFailed;
}

/// Null if the file is good and ours; `none` if it was put away.
fn takeOver(
    opened: files.Opened,
    path: *const files.Path,
    machine: region_module.Machine,
    source: region_module.Source,
) Error!?region_module.Refusal {
    errdefer opened.close();
    const refusal = opened.region.refusal(machine);
    if (refusal == .wrong_magic) return refusal;
    if (!try files.lock(opened.fd)) {
        if (refusal == .none and source == .ptp) opened.region.wanted_ns.store(time.monotonicNs(), .monotonic);
        return error.Busy;
    }
    switch (refusal) {
        .none => {},
        .other_machine => opened.region.reset(machine),
        // Of another version, and nobody of that version publishes.
        else => {
            files.remove(path);
            return .none;
        },
    }
    return if (files.isNamed(opened.fd)) null else .none;
}

fn isRootPublishing(name: *const files.Name) Error!bool {
    switch (files.open(&.init(name, .root), .root, .read)) {
        .none, .refused => return false,
        .opened => |opened| {
            defer opened.close();
            return files.isLocked(opened.fd);
        },
    }
}
