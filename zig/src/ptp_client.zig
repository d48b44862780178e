//! Clients of PTP: a thread each, which follows a master on the network and tells this machine its TAI. See
//! ptp_client/client.zig for one, here they are told apart by handles.

const std = @import("std");
const client_module = @import("ptp_client/client.zig");
const statistics = @import("ptp_client/statistics.zig");
const tai = @import("tai.zig");
const Client = client_module.Client;
const Error = @import("result.zig").Error;
const Threaded = @import("threaded.zig").Threaded;

pub const Config = @import("ptp_client/config.zig").Config;
pub const Histogram = statistics.Histogram;
pub const Master = statistics.Master;
pub const Masters = statistics.Masters;
pub const Statistics = statistics.Statistics;

const clients = Threaded(Client, 64, "sl-ptp");

/// Opens the sockets and starts the thread.
pub fn open(config: *const Config) Error!u32 {
    const self = std.heap.page_allocator.create(Client) catch return error.OutOfMemory;
    self.init(config) catch |err| {
        std.heap.page_allocator.destroy(self);
        return err;
    };
    return clients.start(self);
}

/// Ends a client for its owner. Its thread takes back what it has asked of masters and ends at once, and with it the
/// sockets: before the return, unless the machine is too busy for 100 ms. Returns the last statistics.
pub fn close(handle: u32) Error!Statistics {
    return clients.close(handle);
}

pub fn statisticsOf(handle: u32) Error!Statistics {
    return clients.statisticsOf(handle);
}

/// Offsets of the last one to two minutes by size.
pub fn histogramOf(handle: u32) Error!Histogram {
    const self = try clients.enter(handle);
    defer clients.leave(handle);
    return self.histogramNow();
}

/// The masters that are heard.
pub fn mastersOf(handle: u32) Error!Masters {
    const self = try clients.enter(handle);
    defer clients.leave(handle);
    return self.mastersNow();
}

/// What the client tells that tells this machine its TAI, in whichever process it is, a quarter of a second old at
/// most; of one that has ended, the last. `Empty` if there never was one.
pub fn published() Error!Statistics {
    const status = tai.status() orelse return error.Empty;
    return status.as(Statistics, @import("ptp_client/publishing.zig").status_kind) orelse error.Empty;
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
