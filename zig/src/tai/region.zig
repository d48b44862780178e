//! What the processes of a machine share of TAI: two pages, written by one publisher and read by everyone.
//!
//!     0      header: what this is, and of which machine and clock
//!     64     publisher: heartbeat, process
//!     128    record of the mapping, twice, and which one counts
//!     576    status of the publisher, twice, and which one counts
//!
//! Each record lies there twice. The publisher writes the copy that does not count and then says that it does: one that
//! dies in between leaves the other copy whole, and readers never wait. A reader repeats only if it was overtaken.

const std = @import("std");
const linux = std.os.linux;
const LocalClock = @import("local_clock.zig").LocalClock;
const tai_mapping = @import("../ptp/tai_mapping.zig");
const TaiMapping = tai_mapping.TaiMapping;

pub const magic: u64 = 0x31_49_41_54_42_4c_54_53; // "STLBTAI1"
pub const bytes = 2 * std.heap.page_size_min;

/// Where a time comes from.
pub const Source = enum(u32) {
    /// UTC of the system + 37 s, read once by each process.
    system = 0,
    /// CLOCK_TAI of the kernel, read once by each process.
    kernel = 1,
    ptp = 2,
    /// The kernel's clock, which somebody disciplines, followed all the time.
    kernel_followed = 3,
};

/// What is published of TAI. `mapping` begins with `local`, not with the monotonic clock.
pub const Record = extern struct {
    mapping: TaiMapping,
    local: LocalClock,
    source: Source,
    /// TAI - UTC as far as the publisher knows.
    tai_utc_s: u32,
};

pub const status_bytes = 1536;

/// What a publisher tells of itself, for the statistics of other processes. `kind` says what the bytes are; 0: nothing
/// was told yet.
pub const Status = extern struct {
    kind: u32,
    bytes: u32,
    /// Monotonic instant at which it was told.
    published_ns: u64,
    data: [status_bytes]u8 align(8),

    pub fn of(kind: u32, published_ns: u64, value: anytype) Status {
        const T = @TypeOf(value);
        comptime std.debug.assert(@sizeOf(T) <= status_bytes);
        var status: Status = .{ .kind = kind, .bytes = @sizeOf(T), .published_ns = published_ns, .data = @splat(0) };
        @memcpy(status.data[0..@sizeOf(T)], std.mem.asBytes(&value));
        return status;
    }

    /// The value that was told, null if it is of another kind or size. Its enums are as they were written: check them.
    pub fn as(self: *const Status, comptime T: type, kind: u32) ?T {
        if (self.kind != kind or self.bytes != @sizeOf(T)) return null;
        return std.mem.bytesToValue(T, self.data[0..@sizeOf(T)]);
    }
};

/// A value of words in two copies.
pub fn Twice(comptime T: type) type {
    return extern struct {
        const Self = @This();
        const words = @sizeOf(T) / 8;
        comptime {
            std.debug.assert(@sizeOf(T) % 8 == 0 and @alignOf(T) <= 8);
        }

        /// Values written so far; 0 when there is none. The last bit names the copy that counts.
        count: std.atomic.Value(u64),
        copies: [2][words]std.atomic.Value(u64),

        /// One writer at a time.
        pub fn write(self: *Self, value: *const T) void {
            const count = self.count.load(.monotonic) +% 1;
            const from: [words]u64 = @bitCast(std.mem.asBytes(value).*);
            // Release: who sees one of these words sees also that the copy before counted (pairs with `read`).
            for (&self.copies[count & 1], from) |*to, word| to.store(word, .release);
            self.count.store(count, .release);
        }

        pub fn read(self: *const Self) ?T {
            while (true) {
                const count = self.count.load(.acquire);
                if (count == 0) return null;
                var copy: [words]u64 = undefined;
                // Acquire: a word of a later value brings the later count with it.
                for (&copy, &self.copies[count & 1]) |*to, *word| to.* = word.load(.acquire);
                if (self.count.load(.monotonic) == count) {
                    return std.mem.bytesToValue(T, std.mem.asBytes(&copy));
                }
            }
        }

        pub fn isWritten(self: *const Self) bool {
            return self.count.load(.acquire) != 0;
        }

        fn clear(self: *Self) void {
            self.count.store(0, .release);
        }
    };
}

/// Of which machine and clock a region is: no other can use its monotonic instants.
pub const Machine = extern struct {
    /// Of the kernel, new with each start.
    boot_id: [16]u8,
    /// Inode of the time namespace, which may have a monotonic clock of its own; 0 where there are none.
    time_namespace: u64,
};

const Header = extern struct {
    magic: u64,
    layout: u64,
    machine: Machine,
};

/// Why a file is not used.
pub const Refusal = enum(u32) {
    none = 0,
    /// The name in STREAMLIB_TAI has other characters than letters, digits and `.-_`, or more than 64.
    bad_name = 1,
    /// No /dev/shm, or no right to make a file in it.
    no_directory = 2,
    /// The system does not let this user open the file.
    permission = 3,
    /// The file belongs to somebody else than root or this user.
    wrong_owner = 4,
    /// Something else than a plain file has its name, a link for example.
    not_a_file = 5,
    wrong_size = 6,
    /// It is not a file of ours.
    wrong_magic = 7,
    /// It was made by a version of streamlib that lays it out in another way.
    wrong_layout = 8,
    /// It is of another start of the machine, or of a container with a monotonic clock of its own.
    other_machine = 9,
    /// The system refused a call that should have worked.
    system_failed = 10,
};

pub const Region = extern struct {
    header: Header align(64),
    /// Monotonic instant at which the publisher was last alive.
    heartbeat_ns: std.atomic.Value(u64) align(64),
    /// 0 when it said that it ends, or before the first mapping.
    publisher_pid: std.atomic.Value(u32),
    reserved: u32,
    /// Monotonic instant at which a follower of PTP last found that somebody else publishes.
    wanted_ns: std.atomic.Value(u64),
    /// For how long the machine had been suspended when the publisher was last alive: monotonic time stands still then.
    suspended_ns: std.atomic.Value(i64),
    record: Twice(Record) align(64),
    status: Twice(Status) align(64),

    /// Makes the region one of this machine in which nothing is published.
    pub fn reset(self: *Region, machine: Machine) void {
        self.header.magic = 0;
        self.record.clear();
        self.status.clear();
        self.publisher_pid.store(0, .release);
        self.heartbeat_ns.store(0, .release);
        self.wanted_ns.store(0, .release);
        self.suspended_ns.store(0, .release);
        self.header = .{ .magic = magic, .layout = layout, .machine = machine };
    }

    pub fn refusal(self: *const Region, machine: Machine) Refusal {
        if (self.header.magic != magic) return .wrong_magic;
        if (self.header.layout != layout) return .wrong_layout;
        if (!std.mem.eql(u8, std.mem.asBytes(&self.header.machine), std.mem.asBytes(&machine))) return .other_machine;
        return .none;
    }

    /// What is published. Null if there is nothing, or nothing that a publisher could have meant.
    pub fn read(self: *const Region) ?Record {
        const record = self.record.read() orelse return null;
        const state_offset = @offsetOf(Record, "mapping") + @offsetOf(TaiMapping, "state");
        if (wordAt(&record, state_offset) > 3 or wordAt(&record, @offsetOf(Record, "source")) > 3) return null;
        record.local.check() catch return null;
        return if (record.mapping.isPlausible()) record else null;
    }

    /// A word that an enum will be made of.
    fn wordAt(record: *const Record, offset: usize) u32 {
        return std.mem.readInt(u32, std.mem.asBytes(record)[offset..][0..4], @import("builtin").cpu.arch.endian());
    }

    /// Whether somebody has published in the last `age_ns`.
    pub fn isLive(self: *const Region, now_ns: u64, age_ns: u64) bool {
        if (self.publisher_pid.load(.acquire) == 0) return false;
        return now_ns -| self.heartbeat_ns.load(.monotonic) <= age_ns;
    }
};

/// Changes with the shape of what is shared.
const layout: u64 = blk: {
    @setEvalBranchQuota(100_000);
    var text: []const u8 = "1";
    for (.{ Region, Record, TaiMapping, LocalClock, Status, Header }) |T| {
        const info = @typeInfo(T).@"struct";
        for (info.field_names) |name| {
            text = text ++ std.fmt.comptimePrint("{s}@{d} ", .{ name, @offsetOf(T, name) });
        }
        text = text ++ std.fmt.comptimePrint("{d};", .{@sizeOf(T)});
    }
    break :blk std.hash.Fnv1a_64.hash(text);
};

comptime {
    std.debug.assert(@sizeOf(Region) <= bytes);
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "Region lies as it is described" {
    try expectEqual(@as(usize, 64), @offsetOf(Region, "heartbeat_ns"));
    try expectEqual(@as(usize, 128), @offsetOf(Region, "record"));
    try expectEqual(@as(usize, 576), @offsetOf(Region, "status"));
}

test "Region says what it is not" {
    const machine: Machine = .{ .boot_id = @splat(7), .time_namespace = 1 };
    var region = std.mem.zeroes(Region);
    try expectEqual(Refusal.wrong_magic, region.refusal(machine));
    region.reset(machine);
    try expectEqual(Refusal.none, region.refusal(machine));
    try expectEqual(Refusal.other_machine, region.refusal(.{ .boot_id = @splat(8), .time_namespace = 1 }));
    try expectEqual(Refusal.other_machine, region.refusal(.{ .boot_id = @splat(7), .time_namespace = 2 }));
    region.header.layout +%= 1;
    try expectEqual(Refusal.wrong_layout, region.refusal(machine));
}

test "Status gives back what was told, and only as what it is" {
    const told = Status.of(2, 99, @as(u64, 0x0102_0304_0506_0708));
    try expectEqual(@as(?u64, 0x0102_0304_0506_0708), told.as(u64, 2));
    try expectEqual(@as(?u64, null), told.as(u64, 3));
    try expectEqual(@as(?u32, null), told.as(u32, 2));
}

test "threads: Twice never shows a torn value" {
    const Value = [25]u64;
    const Shared = struct {
        twice: Twice(Value) = std.mem.zeroes(Twice(Value)),
        done: std.atomic.Value(bool) = .init(false),

        fn write(self: *@This()) void {
            var value: Value = undefined;
            var round: u64 = 0;
            while (!self.done.load(.monotonic)) : (round += 1) {
                for (&value, 0..) |*word, i| word.* = round *% 31 +% i;
                self.twice.write(&value);
            }
        }
    };
    var shared: Shared = .{};
    try expectEqual(@as(?Value, null), shared.twice.read());
    shared.twice.write(&@as(Value, @splat(0)));
    try expectEqual(@as(?Value, @splat(0)), shared.twice.read());
    const writer = try std.Thread.spawn(.{}, Shared.write, .{&shared});
    defer writer.join();
    defer shared.done.store(true, .monotonic);
    var seen: u64 = 0;
    var last: u64 = 0;
    while (seen < 2_000) {
        const value = shared.twice.read().?;
        if (value[1] == 0) continue;
        for (value, 0..) |word, i| try expectEqual(value[0] +% i, word);
        try expect(value[0] >= last);
        if (value[0] != last) seen += 1;
        last = value[0];
    }
}
