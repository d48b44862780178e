//! Clients of PTP by handle. See ../ptp_client.zig.

const result = @import("../result.zig");
const client = @import("../ptp_client.zig");
const Buffer = @import("buffer.zig");
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const Error = result.Error;

pub const layouts = .{
    .PtpConfig = client.Config,
    .PtpStatistics = client.Statistics,
    .PtpHistogram = client.Histogram,
    .PtpMaster = client.Master,
    .PtpMasters = client.Masters,
};

/// Which thread has opened which client.
var thread_holds: ThreadHolds(64) = .{};

/// Closes what the calling thread, which has ended, left open.
pub fn threadEnded() void {
    while (thread_holds.next()) |handle| _ = client.close(handle) catch {};
}

/// Opens the sockets of a PTP client and starts its thread (layout PtpConfig); returns its handle. An interface that is
/// down is no error: it may come up. `ptp_ports_refused`, `no_such_interface`, `address_not_local`,
/// `no_clock_identity`, `no_hardware_stamps`, `bad_ptp_interval`, `port_taken`, `bad_endpoint`, `out_of_range` ...
pub fn sl_ptp_open(config: ?[*]const u8, config_bytes: u32) callconv(.c) i32 {
    return result.code(open(config, config_bytes));
}

fn open(config: ?[*]const u8, config_bytes: u32) Error!u32 {
    const parsed = try Buffer.get(client.Config, config, config_bytes);
    const handle = try client.open(&parsed);
    thread_holds.add(handle) catch |err| {
        _ = client.close(handle) catch unreachable;
        return err;
    };
    return handle;
}

/// Writes what the client knows and has seen (layout PtpStatistics).
pub fn sl_ptp_statistics(ptp: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(statistics(ptp, out, out_bytes));
}

fn statistics(ptp: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(client.Statistics, try client.statisticsOf(ptp), out, out_bytes);
}

/// Writes how many offsets of the last one to two minutes had which size (layout PtpHistogram).
pub fn sl_ptp_histogram(ptp: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(histogram(ptp, out, out_bytes));
}

fn histogram(ptp: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(client.Histogram, try client.histogramOf(ptp), out, out_bytes);
}

/// Writes the masters that are heard (layout PtpMasters).
pub fn sl_ptp_masters(ptp: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(masters(ptp, out, out_bytes));
}

fn masters(ptp: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(client.Masters, try client.mastersOf(ptp), out, out_bytes);
}

/// Writes what the client knows and has seen that tells this machine its TAI, in whichever process it is (layout
/// PtpStatistics); of one that has ended, the last. `empty` if there never was one.
pub fn sl_ptp_published(out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(published(out, out_bytes));
}

fn published(out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(client.Statistics, try client.published(), out, out_bytes);
}

/// Takes back what was asked of masters, stops the thread and frees everything, which takes at most 100 ms. Writes the
/// last statistics (layout PtpStatistics).
pub fn sl_ptp_close(ptp: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(close(ptp, out, out_bytes));
}

fn close(ptp: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    if ((try Buffer.writable(out, out_bytes)).len < @sizeOf(client.Statistics)) return error.OutOfSpace;
    const last = try client.close(ptp);
    thread_holds.remove(ptp);
    Buffer.write(client.Statistics, last, out, out_bytes) catch unreachable; // Its length was checked first.
}
