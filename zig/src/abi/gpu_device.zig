//! GPUs by handle: the devices of the machine, and those that are open. See ../gpu_object.zig.
//!
//! Where a function takes `why`, an error leaves a text for the user there, ended by a zero byte; it may be empty.

const std = @import("std");
const explain = @import("explain.zig");
const gpu = @import("../gpu_object.zig");
const result = @import("../result.zig");
const Buffer = @import("buffer.zig");
const Error = result.Error;
const Explanation = @import("../gpu/failure.zig").Explanation;
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const layout = gpu.layout;

pub const layouts = .{
    .GpuInfo = layout.GpuInfo,
    .GpuDeviceConfig = layout.GpuDeviceConfig,
    .GpuDeviceStatistics = layout.GpuDeviceStatistics,
    .GpuTotals = layout.GpuTotals,
};

/// Which thread has which device open.
var thread_holds: ThreadHolds(256) = .{};

/// Closes what the calling thread, which has ended, left open.
pub fn threadEnded() void {
    while (thread_holds.next()) |handle| gpu.device.closeAtEnd(handle);
}

/// Describes the devices of the machine (layout GpuInfo, one after the other, as many as there is room for); returns
/// how many there are, also those that cannot be opened. `no_vulkan`, `no_device`.
pub fn sl_gpu_device_list(out: ?[*]u8, out_bytes: u32, why: ?[*]u8, why_bytes: u32) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(list(out, out_bytes, &explanation), &explanation, why, why_bytes);
}

fn list(out: ?[*]u8, out_bytes: u32, why: *Explanation) Error!u32 {
    const bytes = try Buffer.writable(out, out_bytes);
    var infos: [32]layout.GpuInfo = undefined;
    const room = @min(infos.len, bytes.len / @sizeOf(layout.GpuInfo));
    const count = try gpu.device.list(infos[0..room], why);
    const source = std.mem.sliceAsBytes(infos[0..@min(count, room)]);
    @memcpy(bytes[0..source.len], source);
    return count;
}

/// Opens the device that fits best (layout GpuDeviceConfig); returns its handle. One that is shared may be open
/// already: then the calling thread has it open too, as by `sl_gpu_device_attach`. `no_vulkan`, `no_device`,
/// `no_such_device`, `not_supported` (the device lacks something, or there is no validation layer) ...
pub fn sl_gpu_device_open(
    config: ?[*]const u8,
    config_bytes: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(open(config, config_bytes, &explanation), &explanation, why, why_bytes);
}

fn open(config: ?[*]const u8, config_bytes: u32, why: *Explanation) Error!u32 {
    const parsed = try Buffer.get(layout.GpuDeviceConfig, config, config_bytes);
    const handle = try gpu.device.open(&parsed, why);
    thread_holds.add(handle) catch |err| {
        gpu.device.closeAtEnd(handle);
        return err;
    };
    return handle;
}

/// The calling thread has a device of another thread open too, and closes it for itself.
pub fn sl_gpu_device_attach(device: u32) callconv(.c) i32 {
    return result.code(attach(device));
}

fn attach(device: u32) Error!void {
    try gpu.device.attach(device);
    thread_holds.add(device) catch |err| {
        gpu.device.closeAtEnd(device);
        return err;
    };
}

/// Describes an open device (layout GpuInfo).
pub fn sl_gpu_device_info(device: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(info(device, out, out_bytes));
}

fn info(device: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(layout.GpuInfo, try gpu.device.infoOf(device), out, out_bytes);
}

/// Writes what a device holds and has done (layout GpuDeviceStatistics), also of one that is lost or abandoned.
pub fn sl_gpu_device_statistics(device: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(statistics(device, out, out_bytes));
}

fn statistics(device: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(layout.GpuDeviceStatistics, try gpu.device.statisticsOf(device), out, out_bytes);
}

/// Writes what all devices of this process have left that were closed, also by threads that ended (layout GpuTotals).
pub fn sl_gpu_device_totals(out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(Buffer.write(layout.GpuTotals, gpu.device.totalsOf(), out, out_bytes));
}

/// Closes a device for the calling thread. The last one closes everything that was made of it and is still open:
/// `timed_out` if work is still under way after `timeout_ns`, which is at most 100 ms; then it is open as before, and
/// is closed by another call.
pub fn sl_gpu_device_close(device: u32, timeout_ns: u64) callconv(.c) i32 {
    return result.code(close(device, timeout_ns));
}

fn close(device: u32, timeout_ns: u64) Error!void {
    try gpu.device.close(device, timeout_ns);
    thread_holds.remove(device);
}
