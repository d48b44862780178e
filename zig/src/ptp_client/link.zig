//! What a client does about its network interface: it opens its sockets on it, gives them up when it goes, and looks for
//! it once a second.

const std = @import("std");
const linux = std.os.linux;
const decisions = @import("decisions.zig");
const publishing = @import("publishing.zig");
const refusal = @import("../stream/refusal.zig");
const statistics_module = @import("statistics.zig");
const time = @import("../time.zig");
const Client = @import("client.zig").Client;
const Error = @import("../result.zig").Error;
const HardwareStamps = @import("hardware.zig").HardwareStamps;
const Interface = @import("interface.zig").Interface;
const Sockets = @import("sockets.zig").Sockets;
const UdpSocket = @import("../net/udp.zig").Socket;

const Fault = statistics_module.Fault;

/// Between looks at what costs calls of the system: the interface, a publisher that has gone.
pub const survey_ns = std.time.ns_per_s;

pub fn fail(self: *Client, fault: Fault) void {
    self.trouble = .none;
    self.statistics.fault = @backingInt(fault);
    self.statistics.interface = 0;
    if (self.port.state == .faulty) return;
    self.statistics.faults += 1;
    self.port.fault(&self.actions);
    decisions.carryOut(self, @intCast(time.monotonicNs()));
    self.trouble = .none;
    closeSockets(self);
}

pub fn closeSockets(self: *Client) void {
    if (self.sockets) |*sockets| {
        self.stamps_lost += sockets.lost_count;
        sockets.close();
    }
    if (self.hardware) |*hardware| hardware.close();
    self.sockets = null;
    self.hardware = null;
}

pub fn openSockets(self: *Client, found: *const Interface, now_ns: i64) (Error || error{InterfaceNotReady})!void {
    if (!found.is_running) {
        fail(self, .interface_down);
        return error.InterfaceNotReady;
    }
    if (self.options.transport == .udp4 and !found.has_address_4) {
        fail(self, .no_address);
        return error.InterfaceNotReady;
    }
    self.hardware = try openHardware(self, found);
    errdefer closeSockets(self);
    self.sockets = Sockets.open(&self.config, .{
        .transport = self.options.transport,
        .interface = found.index,
        .multicast = self.config.unicast_master_count == 0,
        .is_hardware = self.hardware != null,
    }) catch |err| return refusal.fromNet(err);
    self.statistics.stamps = @backingInt(@as(
        statistics_module.StampKind,
        if (self.hardware == null) .software else .hardware,
    ));
    self.statistics.interface = found.index;
    self.statistics.fault = @backingInt(Fault.none);
    self.setPortTime(now_ns);
    self.port.start(&self.actions, now_ns);
    decisions.carryOut(self, now_ns);
}

fn openHardware(self: *Client, found: *const Interface) Error!?HardwareStamps {
    return switch (self.options.stamps) {
        .software => null,
        .auto => HardwareStamps.open(found, &self.stamper, false) catch null,
        .hardware => HardwareStamps.open(found, &self.stamper, true) catch error.NoHardwareStamps,
    };
}

pub fn survey(self: *Client, now_ns: i64) void {
    self.survey_due_ns = now_ns + survey_ns;
    if (Interface.find(&self.config)) |found| {
        const is_ready = found.is_running and (self.options.transport == .udp6 or found.has_address_4);
        const is_other = if (self.sockets) |sockets| sockets.interface != found.index else false;
        if (is_other) fail(self, .interface_gone);
        if (self.sockets != null and !is_ready) {
            fail(self, if (found.is_running) .no_address else .interface_down);
        } else if (self.sockets == null) {
            openSockets(self, &found, now_ns) catch |err| if (err != error.InterfaceNotReady) fail(self, .sockets);
        }
    } else |err| switch (err) {
        error.NoSuchInterface, error.AddressNotLocal => fail(self, .interface_gone),
        // Nothing is known of it now, as while the process may open no more files: what is open goes on.
        else => {},
    }
    if (!publishing.hasTai(self)) publishing.leavePublishing(self);
    if (self.hardware) |*hardware| hardware.look(&self.stamper);
    if (self.sockets) |*sockets| {
        const event: UdpSocket = .{ .fd = sockets.event_fd };
        const general: UdpSocket = .{ .fd = sockets.general_fd };
        self.statistics.kernel_dropped = (event.kernelDrops() catch 0) +% @as(u64, general.kernelDrops() catch 0);
    }
    var used: linux.timespec = undefined;
    _ = linux.clock_gettime(.THREAD_CPUTIME_ID, &used);
    self.statistics.cpu_ns = @as(u64, @intCast(used.sec)) * std.time.ns_per_s + @as(u64, @intCast(used.nsec));
}
