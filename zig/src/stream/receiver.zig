//! Receivers: a thread each, which takes datagrams of one stream from a socket and puts whole items into the slots of a
//! ring. The event loop never sees a packet. See receiver_thread.zig for one, here they are told apart by handles.

const std = @import("std");
const configuration = @import("receiver_config.zig");
const net = @import("../net.zig");
const Error = @import("../result.zig").Error;
const Receiver = @import("receiver_thread.zig").Receiver;
const Threaded = @import("../threaded.zig").Threaded;

pub const Config = configuration.Config;
pub const Sink = @import("item_output.zig").Sink;
pub const Statistics = configuration.Statistics;

const receivers = Threaded(Receiver, 1024, "sl-receiver");

/// Opens the socket and starts the thread. Nothing is delivered before `setRing`.
pub fn open(config: *const Config) Error!u32 {
    try config.check();
    const self = std.heap.page_allocator.create(Receiver) catch return error.OutOfMemory;
    self.init(config) catch |err| {
        std.heap.page_allocator.destroy(self);
        return err;
    };
    return receivers.start(self);
}

/// Ends a receiver for its owner. When it returns nothing is written to its ring any more; its thread ends at once, and
/// with it the socket: before the return, unless the machine is too busy for 100 ms. Returns the last statistics.
pub fn close(handle: u32) Error!Statistics {
    return receivers.close(handle);
}

/// Goes on in another ring, or in none (null). What is given is released when it is no longer used, after an error too.
pub fn setRing(handle: u32, sink: ?Sink) Error!void {
    errdefer if (sink) |one| one.functions.release(one.handle);
    const self = try receivers.enter(handle);
    defer receivers.leave(handle);
    return self.setRing(sink);
}

pub fn statisticsOf(handle: u32) Error!Statistics {
    return receivers.statisticsOf(handle);
}

/// Where it receives, with the port that the system chose.
pub fn localOf(handle: u32) Error!net.endpoint.Endpoint {
    const self = try receivers.enter(handle);
    defer receivers.leave(handle);
    return self.local;
}

/// Writes the decoder configuration record of H.264 (avcC) of the parameter sets that came. Returns its length, `Empty`
/// while there is none, `NotSupported` for other streams.
pub fn parameterSets(handle: u32, target: []u8) Error!u32 {
    const self = try receivers.enter(handle);
    defer receivers.leave(handle);
    const record = try self.parameterSets(target);
    return @intCast((record orelse return error.Empty).len);
}

test {
    _ = @import("audio_receiver.zig");
    _ = @import("receiver_test.zig");
    _ = @import("receiver_essence_test.zig");
    _ = @import("receiver_network_test.zig");
}
