//! Rings by handle. See ../ring.zig for the algorithm and ../ring_layout.zig for the memory.

const std = @import("std");
const options = @import("options");
const handle_table = @import("../handle.zig");
const layout = @import("../ring_layout.zig");
const result = @import("../result.zig");
const ring_module = @import("../ring.zig");
const shm = @import("../shm.zig");
const Buffer = @import("buffer.zig");
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const Error = result.Error;
const Ring = ring_module.Ring(if (options.mutant) .ignored else .honoured);

/// What `sl_ring_create` answers. The sizes are those of an `out_of_memory`, else 0.
const Creation = extern struct {
    handle: u32,
    reserved_4: u32 = 0,
    wanted_bytes: u64 = 0,
    /// What the system can give out.
    available_bytes: u64 = 0,
};

/// Where the memory of a ring lies in this process.
const Memory = extern struct {
    address: u64,
    bytes: u64,
};

pub const layouts = .{
    .RingConfig = layout.Config,
    .RingCreation = Creation,
    .RingMemory = Memory,
    .RingControl = layout.Control,
    .RingReader = layout.Reader,
    .RingSlotHeader = layout.SlotHeader,
};

/// All rings of the process.
var rings: handle_table.Table(Ring, 16384) = .{};

/// Which thread holds which of them, and how often.
var thread_holds: ThreadHolds(65536) = .{};

/// Gives back what the calling thread, which has ended, still holds.
pub fn threadEnded() void {
    while (thread_holds.next()) |ring| rings.drop(ring) catch {};
}

/// The calling thread has become a holder of the ring; if that cannot be noted, it is none.
fn holdBy(ring: u32) Error!u32 {
    errdefer rings.drop(ring) catch unreachable;
    try thread_holds.add(ring);
    return ring;
}

/// For threads of the library that write into a ring: it stays until `release`, whoever else lets go of it.
pub fn take(ring: u32) Error!*Ring {
    try rings.hold(ring);
    return rings.held(ring);
}

pub fn release(ring: u32) void {
    rings.drop(ring) catch unreachable;
}

/// Sequences cross as f64; above this they would not be exact.
const sequence_max = 1 << 53;

fn sequenceOf(number: f64) Error!u64 {
    if (!(number >= 0 and number <= sequence_max)) return error.OutOfRange;
    return @intFromFloat(number);
}

/// Makes a ring from a config (layout RingConfig) and a format descriptor (UTF-8, at most 3072 bytes), and writes its
/// handle (layout RingCreation). The caller holds one reference. Errors: `out_of_range` for a config outside of its
/// limits or over 4 GiB, `out_of_memory` if the space cannot be reserved: then the sizes are written.
pub fn sl_ring_create(
    config: ?[*]const u8,
    config_bytes: u32,
    format: ?[*]const u8,
    format_bytes: u32,
    out: ?[*]u8,
    out_bytes: u32,
) callconv(.c) i32 {
    return result.code(create(config, config_bytes, format, format_bytes, out, out_bytes));
}

fn create(
    config: ?[*]const u8,
    config_bytes: u32,
    format: ?[*]const u8,
    format_bytes: u32,
    out: ?[*]u8,
    out_bytes: u32,
) Error!void {
    if ((try Buffer.writable(out, out_bytes)).len < @sizeOf(Creation)) return error.OutOfSpace;
    const parsed = try Buffer.get(layout.Config, config, config_bytes);
    var ring = Ring.create(parsed, try Buffer.read(format, format_bytes)) catch |err| {
        if (err == error.OutOfMemory) {
            const wanted_bytes = (try layout.Geometry.of(parsed)).memory_bytes;
            const sizes: Creation =
                .{ .handle = 0, .wanted_bytes = wanted_bytes, .available_bytes = shm.availableBytes() };
            Buffer.write(Creation, sizes, out, out_bytes) catch unreachable; // Its length was checked first.
        }
        return err;
    };
    const handle = rings.add(ring) catch |err| {
        ring.destroy();
        return err;
    };
    const creation: Creation = .{ .handle = try holdBy(handle) };
    Buffer.write(Creation, creation, out, out_bytes) catch unreachable;
}

/// Opens a ring of another process by its address (layout SharedAddress) and returns its handle; the caller holds one
/// reference. Errors: `gone`, `permission`, `not_shared`, `wrong_version`, `corrupt`.
pub fn sl_ring_open(address: ?[*]const u8, address_bytes: u32) callconv(.c) i32 {
    return result.code(open(address, address_bytes));
}

fn open(address: ?[*]const u8, address_bytes: u32) Error!u32 {
    var ring = try Ring.open(try Buffer.get(shm.Address, address, address_bytes));
    const handle = rings.add(ring) catch |err| {
        ring.destroy();
        return err;
    };
    return holdBy(handle);
}

/// Writes where other processes find a ring that was made in this one (layout SharedAddress), until its last detach.
pub fn sl_ring_address(ring: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    const address = found.address() catch |err| return result.code(@as(Error!void, err));
    return result.code(Buffer.write(shm.Address, address, out, out_bytes));
}

/// Takes one more reference to a ring, for one more user in this process.
pub fn sl_ring_attach(ring: u32) callconv(.c) i32 {
    return result.code(attach(ring));
}

fn attach(ring: u32) Error!void {
    try rings.hold(ring);
    _ = try holdBy(ring);
}

/// Lets go of one reference. The last one unmaps the memory: no view of it may be used after that.
pub fn sl_ring_detach(ring: u32) callconv(.c) i32 {
    const dropped = rings.drop(ring);
    if (dropped) |_| thread_holds.remove(ring) else |_| {}
    return result.code(dropped);
}

/// Writes where the memory of the ring lies (layout RingMemory). It stays there until the last detach.
pub fn sl_ring_memory(ring: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    const memory: Memory = .{
        .address = @intFromPtr(found.segment.memory.ptr),
        .bytes = found.segment.memory.len,
    };
    return result.code(Buffer.write(Memory, memory, out, out_bytes));
}

/// Becomes the one writer of the ring: returns the writer (> 0) or `writer_taken`.
pub fn sl_ring_writer_open(ring: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.openWriter());
}

/// Stops being the writer; a slot on loan is aborted.
pub fn sl_ring_writer_close(ring: u32, writer: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.closeWriter(writer));
}

/// Returns a slot to fill, with its header cleared. `full`: every slot is the newest or pinned; counted as dropped.
pub fn sl_ring_loan(ring: u32, writer: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.loan(writer));
}

/// Makes the slot on loan the newest frame. A `monotonicNs` of 0 in its header is stamped now.
pub fn sl_ring_commit(ring: u32, writer: u32, slot: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.commit(writer, slot));
}

/// Gives the slot on loan back unused.
pub fn sl_ring_abort(ring: u32, writer: u32, slot: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.abort(writer, slot));
}

/// Takes a place in the reader table: returns the reader (> 0) or `readers_full`.
pub fn sl_ring_reader_open(ring: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.openReader());
}

/// Frees the reader's place and all its pins.
pub fn sl_ring_reader_close(ring: u32, reader: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.closeReader(reader));
}

/// Pins the newest frame and returns its slot, or `empty` if its sequence is not above `newer_than` (0 accepts any).
pub fn sl_ring_pin_latest(ring: u32, reader: u32, newer_than: f64) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    const sequence = sequenceOf(newer_than) catch |err| return result.code(@as(Error!void, err));
    return result.code(found.pinLatest(reader, sequence));
}

/// Pins the oldest kept frame whose sequence is above `cursor` and returns its slot, or `empty`.
pub fn sl_ring_pin_next(ring: u32, reader: u32, cursor: f64) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    const sequence = sequenceOf(cursor) catch |err| return result.code(@as(Error!void, err));
    return result.code(found.pinNext(reader, sequence));
}

/// Pins the newest kept frame whose timestamp is not after the instant (TAI) and returns its slot, or `empty`.
pub fn sl_ring_pin_at(ring: u32, reader: u32, timestamp_ns: i64) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.pinAt(reader, timestamp_ns));
}

/// Lets the writer have a pinned slot again.
pub fn sl_ring_unpin(ring: u32, reader: u32, slot: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.unpin(reader, slot));
}

/// Blocks until the doorbell is not `doorbell_seen`, at most `timeout_ms` and never above 100 ms: `ok` or `timed_out`.
pub fn sl_ring_wait(ring: u32, doorbell_seen: u32, timeout_ms: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.wait(doorbell_seen, timeout_ms));
}

/// Rings the doorbell without a commit, to wake who waits.
pub fn sl_ring_wake(ring: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    found.wake();
    return 0;
}

/// Has a bell rung after each commit, end, successor and wake that is made through this handle of the ring; at most 64
/// bells (`out_of_space`), each once (`already_set`). The ring holds the bell. For the thread that opened the writer,
/// also while a native thread writes in its place.
pub fn sl_ring_bell_add(ring: u32, bell: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.addBell(bell));
}

/// Has a bell rung no longer. `bad_handle` if it is not on the ring's list. For the thread that opened the writer.
pub fn sl_ring_bell_remove(ring: u32, bell: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.removeBell(bell));
}

/// Says that nothing more will be committed: 1 finished, 2 stopped, 3 failed. The first reason stays (`already_set`).
pub fn sl_ring_end(ring: u32, reason: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.end(@fromBackingInt(reason)));
}

/// Names the ring that follows this one by an id (> 0) of the owner's choice. Written once (`already_set`).
pub fn sl_ring_set_successor(ring: u32, id: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(found.setSuccessor(id));
}

/// Frees the places of readers and of the writer whose thread or process has died. Returns how many.
pub fn sl_ring_reap(ring: u32) callconv(.c) i32 {
    const found = rings.enter(ring) catch |err| return result.code(@as(Error!void, err));
    defer rings.leave(ring);
    return result.code(@as(Error!u32, found.reap()));
}
