//! Where everything lies in the shared memory of a ring. These offsets are law: TypeScript reads and writes the same
//! words, and so does the SharedArrayBuffer ring of core. All integers are little-endian.
//!
//!     0      control block: geometry, lifecycle, head, doorbell; format descriptor from 1024
//!     4096   reader table: one place of 64 bytes per reader
//!     ...    slot headers: 128 bytes each
//!     ...    metadata: one area of metadata_bytes per slot
//!     ...    payloads: page-aligned, one of payload_stride bytes per slot

const std = @import("std");
const Error = @import("result.zig").Error;
const system = @import("platform.zig").system;

pub const magic = 0x47524c53; // "SLRG"
pub const version = 1;
pub const page_bytes = 4096;
pub const format_offset = 1024;
pub const format_bytes_max = page_bytes - format_offset;
pub const slot_count_min = 2;
pub const slot_count_max = 256;
pub const reader_max_max = 64;
pub const pin_words = slot_count_max / 32;
pub const readers_offset = page_bytes;

/// The largest ring: what one ArrayBuffer can hold on every runtime.
pub const memory_bytes_max = 1 << 32;

/// What a ring is made from.
pub const Config = extern struct {
    slot_count: u32,
    reader_max: u32,
    /// Capacity of one slot.
    payload_bytes: u32,
    /// Capacity of one slot's metadata record, a multiple of 64.
    metadata_bytes: u32,
    /// Given by the owner: 0 for the first ring of an output, one more for each that follows it.
    generation: u32,
};

/// Who has a place: a thread that may die at any moment, also while it takes the place or clears up after another.
pub const Owner = extern struct {
    /// Token and process in one word, so that a place that is taken always says by whom. 0 when it is free.
    identity: U64,
    thread_id: U32,
    reserved_12: u32,

    /// The token of an owner that has died while the process of `identity` clears up after it; no other is as large.
    const token_reaping = std.math.maxInt(u32);

    fn identityOf(token_number: u32) u64 {
        return @as(u64, system.processId()) << 32 | token_number;
    }

    /// Becomes the owner; false if there is one.
    pub fn take(self: *Owner, token_number: u32) bool {
        if (self.identity.cmpxchgStrong(0, identityOf(token_number), .acq_rel, .monotonic) != null) return false;
        self.thread_id.store(system.threadId(), .monotonic);
        return true;
    }

    pub fn token(self: *const Owner) u32 {
        return @truncate(self.identity.load(.monotonic));
    }

    pub fn free(self: *Owner) void {
        self.thread_id.store(0, .monotonic);
        self.identity.store(0, .release);
    }

    /// True if the owner is dead and the caller is the one who clears up after it, and then calls `free`.
    pub fn claimDead(self: *Owner) bool {
        const seen = self.identity.load(.acquire);
        if (seen == 0) return false;
        // Of who clears up after another, the process counts.
        const is_reaping = @as(u32, @truncate(seen)) == token_reaping;
        const thread_id = if (is_reaping) 0 else self.thread_id.load(.monotonic);
        if (!system.hasEnded(@intCast(seen >> 32), thread_id)) return false;
        return self.identity.cmpxchgStrong(seen, identityOf(token_reaping), .acq_rel, .monotonic) == null;
    }
};

pub const U32 = std.atomic.Value(u32);
pub const U64 = std.atomic.Value(u64);

pub const Control = extern struct {
    magic: u32,
    version: u32,
    slot_count: u32,
    reader_max: u32,
    payload_bytes: u32,
    metadata_bytes: u32,
    slot_header_offset: u32,
    metadata_offset: u32,
    payload_offset: u32,
    payload_stride: u32,
    generation: u32,
    /// 0, or an id the owner chose for the ring that follows this one. Written once.
    successor: U32,
    ended: U32,
    format_bytes: u32,
    reserved_56: [2]u32,

    writer: Owner,
    reserved_80: [12]u32,

    /// Slot + 1; 0 before the first commit.
    head_slot: U32,
    reserved_132: u32,
    head_sequence: U64,
    reserved_144: [12]u32,

    /// One more for each commit, end, successor and wake.
    doorbell: U32,
    /// How many wait for the doorbell now, for tools; who is killed while it waits stays in it.
    sleepers: U32,
    /// Not 0 if somebody may sleep until the doorbell rings: what a commit goes by.
    asleep: U32,
    reserved_204: [13]u32,

    dropped_count: U64,
    reserved_264: [14]u32,

    /// Random, from the making of the ring; 0 in a ring that other processes cannot open.
    key: [16]u8,
};

pub const Reader = extern struct {
    owner: Owner,
    /// One bit per slot, written by this reader alone.
    pins: [pin_words]U32,
    reserved_48: [4]u32,
};

pub const SlotState = struct {
    pub const empty = 0;
    pub const writing = 1;
    pub const committed = 2;
    /// The writer looks whether it may take the slot; its content is still whole.
    pub const probing = 3;
};

pub const SlotHeader = extern struct {
    state: U32,
    flags: u32,
    /// From 1; one more for each commit.
    sequence: U64,
    /// TAI.
    timestamp_ns: i64,
    monotonic_ns: u64,
    source_timestamp_ns: i64,
    frame_number: u64,
    tai_frame: u64,
    clock_id: u32,
    payload_bytes: u32,
    metadata_bytes: u32,
    /// For the message that lies in the slot.
    message: [60]u8,
};

comptime {
    const expected = .{
        .{ Control, "slot_header_offset", 24 },     .{ Control, "generation", 40 },
        .{ Control, "successor", 44 },              .{ Control, "ended", 48 },
        .{ Control, "format_bytes", 52 },           .{ Control, "writer", 64 },
        .{ Control, "head_slot", 128 },             .{ Control, "head_sequence", 136 },
        .{ Control, "doorbell", 192 },              .{ Control, "sleepers", 196 },
        .{ Control, "dropped_count", 256 },         .{ Control, "key", 320 },
        .{ Reader, "pins", 16 },                    .{ SlotHeader, "sequence", 8 },
        .{ SlotHeader, "timestamp_ns", 16 },        .{ SlotHeader, "monotonic_ns", 24 },
        .{ SlotHeader, "source_timestamp_ns", 32 }, .{ SlotHeader, "frame_number", 40 },
        .{ SlotHeader, "tai_frame", 48 },           .{ SlotHeader, "clock_id", 56 },
        .{ SlotHeader, "payload_bytes", 60 },       .{ SlotHeader, "metadata_bytes", 64 },
        .{ SlotHeader, "message", 68 },
    };
    for (expected) |entry| std.debug.assert(@offsetOf(entry[0], entry[1]) == entry[2]);
    std.debug.assert(@offsetOf(Owner, "thread_id") == 8 and @sizeOf(Owner) == 16);
    std.debug.assert(@sizeOf(Reader) == 64);
    std.debug.assert(@sizeOf(SlotHeader) == 128);
}

/// The sizes and places that follow from a config.
pub const Geometry = struct {
    slot_count: u32,
    reader_max: u32,
    payload_bytes: u32,
    metadata_bytes: u32,
    slot_header_offset: u32,
    metadata_offset: u32,
    payload_offset: u32,
    payload_stride: u32,
    memory_bytes: u64,

    pub fn of(config: Config) Error!Geometry {
        if (config.slot_count < slot_count_min or config.slot_count > slot_count_max) return error.OutOfRange;
        if (config.reader_max < 1 or config.reader_max > reader_max_max) return error.OutOfRange;
        if (config.payload_bytes < 1 or config.metadata_bytes % 64 != 0) return error.OutOfRange;
        const slot_header_offset = readers_offset + config.reader_max * @sizeOf(Reader);
        const metadata_offset = slot_header_offset + config.slot_count * @sizeOf(SlotHeader);
        const metadata_end = metadata_offset + @as(u64, config.slot_count) * config.metadata_bytes;
        const payload_offset = std.mem.alignForward(u64, metadata_end, page_bytes);
        const payload_stride = std.mem.alignForward(u64, config.payload_bytes, page_bytes);
        const memory_bytes = payload_offset + payload_stride * config.slot_count;
        if (memory_bytes > memory_bytes_max) return error.OutOfRange;
        return .{
            .slot_count = config.slot_count,
            .reader_max = config.reader_max,
            .payload_bytes = config.payload_bytes,
            .metadata_bytes = config.metadata_bytes,
            .slot_header_offset = slot_header_offset,
            .metadata_offset = metadata_offset,
            .payload_offset = @intCast(payload_offset),
            .payload_stride = @intCast(payload_stride),
            .memory_bytes = memory_bytes,
        };
    }
};

test "Geometry.of() lays everything out in order and aligned" {
    const geometry = try Geometry.of(.{
        .slot_count = 3,
        .reader_max = 5,
        .payload_bytes = 5000,
        .metadata_bytes = 128,
        .generation = 0,
    });
    try std.testing.expectEqual(@as(u32, 4096 + 5 * 64), geometry.slot_header_offset);
    try std.testing.expectEqual(geometry.slot_header_offset + 3 * 128, geometry.metadata_offset);
    try std.testing.expectEqual(@as(u32, 8192), geometry.payload_offset);
    try std.testing.expectEqual(@as(u32, 8192), geometry.payload_stride);
    try std.testing.expectEqual(@as(u64, 8192 * 4), geometry.memory_bytes);
}

test "Geometry.of() refuses what is out of range" {
    const good: Config =
        .{ .slot_count = 3, .reader_max = 1, .payload_bytes = 1, .metadata_bytes = 0, .generation = 0 };
    _ = try Geometry.of(good);
    inline for (.{
        .{ "slot_count", 1 },
        .{ "slot_count", 257 },
        .{ "reader_max", 0 },
        .{ "reader_max", 65 },
        .{ "payload_bytes", 0 },
        .{ "payload_bytes", 0xffff_ffff },
        .{ "metadata_bytes", 65 },
        .{ "metadata_bytes", 0xffff_ffc0 },
    }) |change| {
        var bad = good;
        @field(bad, change[0]) = change[1];
        try std.testing.expectError(error.OutOfRange, Geometry.of(bad));
    }
}
