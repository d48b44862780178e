//! Receivers: a thread each, which takes datagrams of one stream from a socket and puts whole items into the slots of a
//! ring. The event loop never sees a packet. See receiver_thread.zig for one, here they are told apart by handles.

const std = @import("std");
const configuration = @import("receiver_config.zig");
const futex = @import("../futex.zig");
const handle_table = @import("../handle.zig");
const net = @import("../net.zig");
const thread = @import("../thread.zig");
const Error = @import("../result.zig").Error;
const Receiver = @import("receiver_thread.zig").Receiver;

pub const Config = configuration.Config;
pub const Sink = @import("item_output.zig").Sink;
pub const Statistics = configuration.Statistics;

/// Receivers of the process by handle: held by their owner and, while it runs, by their thread.
var receivers: handle_table.Table(Entry, 1024) = .{};

const Entry = struct {
    receiver: *Receiver,

    /// Nobody is inside any more.
    pub fn destroy(self: *Entry) void {
        self.receiver.destroy();
    }
};

/// Opens the socket and starts the thread. Nothing is delivered before `setRing`.
pub fn open(config: *const Config) Error!u32 {
    try config.check();
    const self = std.heap.page_allocator.create(Receiver) catch return error.OutOfMemory;
    self.init(config) catch |err| {
        std.heap.page_allocator.destroy(self);
        return err;
    };
    const handle = receivers.add(.{ .receiver = self }) catch |err| {
        self.closeSockets();
        self.destroy();
        return err;
    };
    receivers.hold(handle) catch unreachable; // The thread's.
    thread.start("sl-receiver", run, handle) catch |err| {
        self.closeSockets();
        receivers.drop(handle) catch unreachable;
        receivers.drop(handle) catch unreachable;
        return err;
    };
    return handle;
}

/// Ends a receiver for its owner. When it returns nothing is written to its ring any more; its thread ends at once, and
/// with it the socket: before the return, unless the machine is too busy for 100 ms. Returns the last statistics.
pub fn close(handle: u32) Error!Statistics {
    const self = try enter(handle);
    const was_open = self.stop();
    const last = self.statisticsNow();
    receivers.leave(handle);
    if (!was_open) return error.BadHandle;
    try receivers.drop(handle);
    return last;
}

/// For a call of the owner's: to be left. Its thread may hold a receiver a moment longer than its owner.
fn enter(handle: u32) Error!*Receiver {
    const self = (try receivers.enter(handle)).receiver;
    if (!self.closing.load(.acquire)) return self;
    receivers.leave(handle);
    return error.BadHandle;
}

/// Goes on in another ring, or in none (null). What is given is released when it is no longer used, after an error too.
pub fn setRing(handle: u32, sink: ?Sink) Error!void {
    errdefer if (sink) |one| one.functions.release(one.handle);
    const self = try enter(handle);
    defer receivers.leave(handle);
    return self.setRing(sink);
}

pub fn statisticsOf(handle: u32) Error!Statistics {
    const self = try enter(handle);
    defer receivers.leave(handle);
    return self.statisticsNow();
}

/// Where it receives, with the port that the system chose.
pub fn localOf(handle: u32) Error!net.endpoint.Endpoint {
    const self = try enter(handle);
    defer receivers.leave(handle);
    return self.local;
}

/// Writes the decoder configuration record of H.264 (avcC) of the parameter sets that came. Returns its length, `Empty`
/// while there is none, `NotSupported` for other streams.
pub fn parameterSets(handle: u32, target: []u8) Error!u32 {
    const self = try enter(handle);
    defer receivers.leave(handle);
    const record = try self.parameterSets(target);
    return @intCast((record orelse return error.Empty).len);
}

fn run(handle: u32) void {
    const self = receivers.held(handle).receiver;
    self.loop();
    self.ended.store(1, .seq_cst);
    futex.wakeAll(&self.ended);
    receivers.drop(handle) catch unreachable;
}

test {
    _ = @import("audio_receiver.zig");
    _ = @import("receiver_test.zig");
    _ = @import("receiver_essence_test.zig");
    _ = @import("receiver_network_test.zig");
}
