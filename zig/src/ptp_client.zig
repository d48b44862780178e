//! Clients of PTP: a thread each, which follows a master on the network and tells this machine its TAI. See
//! ptp_client/client.zig for one, here they are told apart by handles.

const std = @import("std");
const client_module = @import("ptp_client/client.zig");
const futex = @import("futex.zig");
const handle_table = @import("handle.zig");
const statistics = @import("ptp_client/statistics.zig");
const tai = @import("tai.zig");
const thread = @import("thread.zig");
const Client = client_module.Client;
const Error = @import("result.zig").Error;

pub const Config = @import("ptp_client/config.zig").Config;
pub const Histogram = statistics.Histogram;
pub const Master = statistics.Master;
pub const Masters = statistics.Masters;
pub const Statistics = statistics.Statistics;

/// Clients of the process by handle: held by their owner and, while it runs, by their thread.
var clients: handle_table.Table(Entry, 64) = .{};

const Entry = struct {
    client: *Client,

    /// Nobody is inside any more.
    pub fn destroy(self: *Entry) void {
        self.client.destroy();
    }
};

/// Opens the sockets and starts the thread.
pub fn open(config: *const Config) Error!u32 {
    const self = std.heap.page_allocator.create(Client) catch return error.OutOfMemory;
    self.init(config) catch |err| {
        std.heap.page_allocator.destroy(self);
        return err;
    };
    const handle = clients.add(.{ .client = self }) catch |err| {
        self.closeAll();
        self.destroy();
        return err;
    };
    clients.hold(handle) catch unreachable; // The thread's.
    thread.start("sl-ptp", run, handle) catch |err| {
        self.closeAll();
        clients.drop(handle) catch unreachable;
        clients.drop(handle) catch unreachable;
        return err;
    };
    return handle;
}

/// Ends a client for its owner. Its thread takes back what it has asked of masters and ends at once, and with it the
/// sockets: before the return, unless the machine is too busy for 100 ms. Returns the last statistics.
pub fn close(handle: u32) Error!Statistics {
    const self = try enter(handle);
    const was_open = self.stop();
    const last = self.statisticsNow();
    clients.leave(handle);
    if (!was_open) return error.BadHandle;
    try clients.drop(handle);
    return last;
}

/// For a call of the owner's: to be left. Its thread may hold a client a moment longer than its owner.
fn enter(handle: u32) Error!*Client {
    const self = (try clients.enter(handle)).client;
    if (!self.closing.load(.acquire)) return self;
    clients.leave(handle);
    return error.BadHandle;
}

pub fn statisticsOf(handle: u32) Error!Statistics {
    const self = try enter(handle);
    defer clients.leave(handle);
    return self.statisticsNow();
}

/// Offsets of the last one to two minutes by size.
pub fn histogramOf(handle: u32) Error!Histogram {
    const self = try enter(handle);
    defer clients.leave(handle);
    return self.histogramNow();
}

/// The masters that are heard.
pub fn mastersOf(handle: u32) Error!Masters {
    const self = try enter(handle);
    defer clients.leave(handle);
    return self.mastersNow();
}

/// What the client tells that tells this machine its TAI, in whichever process it is, a quarter of a second old at
/// most; of one that has ended, the last. `Empty` if there never was one.
pub fn published() Error!Statistics {
    const status = tai.status() orelse return error.Empty;
    return status.as(Statistics, @import("ptp_client/publishing.zig").status_kind) orelse error.Empty;
}

fn run(handle: u32) void {
    const self = clients.held(handle).client;
    self.loop();
    self.ended.store(1, .seq_cst);
    futex.wakeAll(&self.ended);
    clients.drop(handle) catch unreachable;
}

test {
    _ = client_module;
    _ = statistics;
    _ = @import("ptp_client/addresses.zig");
    _ = @import("ptp_client/client_test.zig");
    _ = @import("ptp_client/config_test.zig");
    _ = @import("ptp_client/hardware.zig");
    _ = @import("ptp_client/interface.zig");
    _ = @import("ptp_client/port_claim.zig");
    _ = @import("ptp_client/report.zig");
    _ = @import("ptp_client/send_lateness.zig");
    _ = @import("ptp_client/sockets_test.zig");
    _ = @import("ptp_client/stamps.zig");
}
