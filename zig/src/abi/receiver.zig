//! Receivers of streams by handle. See ../stream/receiver.zig.

const result = @import("../result.zig");
const net = @import("../net.zig");
const stream = @import("../stream.zig");
const Buffer = @import("buffer.zig");
const rings = @import("ring.zig");
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const Error = result.Error;
const receiver_module = stream.receiver;

pub const layouts = .{
    .ReceiverConfig = receiver_module.Config,
    .ReceiverStatistics = receiver_module.Statistics,
};

/// Which thread has opened which receiver.
var thread_holds: ThreadHolds(1024) = .{};

/// Closes what the calling thread, which has ended, left open. Afterwards no receiver of its writes into a ring.
pub fn threadEnded() void {
    while (thread_holds.next()) |receiver| _ = receiver_module.close(receiver) catch {};
}

/// Opens a socket and starts a thread that receives (layout ReceiverConfig); returns its handle. Until a ring is set
/// items are dropped and counted. Errors name what is wrong with the config (`bad_endpoint`, `bad_picture_size`,
/// `no_pgroup` ...) or with the network (`port_taken`, `address_not_local` ...).
pub fn sl_receiver_open(config: ?[*]const u8, config_bytes: u32) callconv(.c) i32 {
    return result.code(open(config, config_bytes));
}

fn open(config: ?[*]const u8, config_bytes: u32) Error!u32 {
    const parsed = try Buffer.get(receiver_module.Config, config, config_bytes);
    const handle = try receiver_module.open(&parsed);
    thread_holds.add(handle) catch |err| {
        _ = receiver_module.close(handle) catch unreachable;
        return err;
    };
    return handle;
}

/// Has items go into a ring from now on, by a writer of it (`sl_ring_writer_open`), which the receiver alone uses until
/// another ring is set; ring 0 is none. An item that is being filled moves into the new ring, or is dropped and
/// counted. Nothing is written into the ring before any more. `out_of_space` if its slots are too small, and nothing
/// changes.
pub fn sl_receiver_set_ring(receiver: u32, ring: u32, writer: u32) callconv(.c) i32 {
    return result.code(setRing(receiver, ring, writer));
}

fn setRing(receiver: u32, ring: u32, writer: u32) Error!void {
    if (ring == 0) return receiver_module.setRing(receiver, null);
    return receiver_module.setRing(receiver, .of(try rings.take(ring), ring, writer, rings.release));
}

/// Writes what the receiver has seen (layout ReceiverStatistics).
pub fn sl_receiver_statistics(receiver: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(statistics(receiver, out, out_bytes));
}

fn statistics(receiver: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(receiver_module.Statistics, try receiver_module.statisticsOf(receiver), out, out_bytes);
}

/// Writes where it receives (layout NetEndpoint), with the port that the system chose.
pub fn sl_receiver_local(receiver: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(local(receiver, out, out_bytes));
}

fn local(receiver: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(net.endpoint.Endpoint, try receiver_module.localOf(receiver), out, out_bytes);
}

/// Of H.264: writes the decoder configuration record (ISO/IEC 14496-15) of the parameter sets that came in the stream
/// and returns its length; `empty` while there is none, `not_supported` for other streams, `out_of_space`.
pub fn sl_receiver_parameter_sets(receiver: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(parameterSets(receiver, out, out_bytes));
}

fn parameterSets(receiver: u32, out: ?[*]u8, out_bytes: u32) Error!u32 {
    return receiver_module.parameterSets(receiver, try Buffer.writable(out, out_bytes));
}

/// Stops the thread and frees everything. Nothing is written into its ring when this returns, which takes at most 100
/// ms. Writes the last statistics (layout ReceiverStatistics).
pub fn sl_receiver_close(receiver: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(close(receiver, out, out_bytes));
}

fn close(receiver: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    if ((try Buffer.writable(out, out_bytes)).len < @sizeOf(receiver_module.Statistics)) return error.OutOfSpace;
    const last = try receiver_module.close(receiver);
    thread_holds.remove(receiver);
    Buffer.write(receiver_module.Statistics, last, out, out_bytes) catch unreachable; // Its length was checked first.
}
