//! Open devices by handle.
//!
//! Each has an instance of its own, because a device that was abandoned takes its instance with it. Everything made of
//! a device holds it. Several threads may have it open; the last one closes everything that is left of it.

const std = @import("std");
const failure = @import("../gpu/failure.zig");
const handle_table = @import("../handle.zig");
const layout = @import("layout.zig");
const physical = @import("../gpu/physical.zig");
const resources = @import("resource.zig");
const result = @import("../result.zig");
const streams = @import("stream.zig");
const thread = @import("../thread.zig");
const time = @import("../time.zig");
const Error = result.Error;
const Explanation = failure.Explanation;
const GpuDevice = @import("../gpu/device.zig").Device;
const Instance = @import("../gpu/instance.zig").Instance;
const Lock = @import("../lock.zig").Lock;

const gpa = std.heap.page_allocator;

/// A call lasts at most so long, and then the caller asks again.
pub const call_ns_max = 100 * std.time.ns_per_ms;

pub const Device = struct {
    instance: *Instance,
    native: *GpuDevice,
    /// Whether it is given to others who want the same and share too; nobody else gets it but by `attach`.
    sharing: ?Sharing,
    /// Who keeps it open; guarded by `lock`.
    openers: u32 = 1,
    lock: Lock = .{},
    submits: std.atomic.Value(u64) = .init(0),

    pub fn destroy(self: *Device) void {
        const leaked = self.native.close();
        const instance = self.instance;
        const is_abandoned = instance.is_abandoned.load(.acquire);
        if (!is_abandoned) instance.destroyHandles(); // It tells of what was forgotten.
        totals.add(leaked, instance);
        if (!is_abandoned) gpa.destroy(instance);
    }
};

/// What has to be alike for one device to do for two who open it.
const Sharing = struct { validate: bool, wait_ms: u32 };

pub var table: handle_table.Table(Device, 64) = .{};

/// Held while somebody who shares looks for a device and opens it, so that two never open one each.
var share_lock: Lock = .{};

/// What all devices of this process that were closed have left, which is nothing unless there is a mistake.
const Totals = struct {
    lock: Lock = .{},
    values: layout.GpuTotals = std.mem.zeroes(layout.GpuTotals),

    fn opened(self: *Totals) void {
        self.lock.acquire();
        defer self.lock.release();
        self.values.open_devices += 1;
    }

    fn add(self: *Totals, leaked: u32, instance: *Instance) void {
        self.lock.acquire();
        defer self.lock.release();
        self.values.open_devices -= 1;
        self.values.leaked +|= leaked;
        const count = instance.messages.count();
        if (self.values.messages == 0 and count > 0) layout.putText(&self.values.message, firstOf(instance));
        self.values.messages +|= count;
    }
};

var totals: Totals = .{};

pub fn totalsOf() layout.GpuTotals {
    totals.lock.acquire();
    defer totals.lock.release();
    return totals.values;
}

fn firstOf(instance: *Instance) []const u8 {
    const messages = &instance.messages;
    return if (messages.kept_count == 0) "" else messages.kept[0].text();
}

/// Describes the devices of the machine, as many as there is room for; returns how many there are.
pub fn list(out: []layout.GpuInfo, why: *Explanation) Error!u32 {
    const instance: *Instance = try .open(gpa, .{}, why);
    defer instance.close();
    const devices = try physical.list(gpa, instance, why);
    defer gpa.free(devices);
    for (devices[0..@min(devices.len, out.len)], out[0..@min(devices.len, out.len)]) |*device, *info| {
        info.* = describe(device);
    }
    return @intCast(devices.len);
}

fn describe(device: *const physical.Physical) layout.GpuInfo {
    var info: layout.GpuInfo = .{
        .index = device.index,
        .kind = @backingInt(device.kind),
        .api_version = device.api_version,
        .vendor_id = device.vendor_id,
        .device_id = device.device_id,
        .push_bytes_max = device.limits.maxPushConstantsSize,
        .side_max = device.limits.maxImageDimension2D,
        .has_memory_fd = @intFromBool(device.has_memory_fd),
        .uuid = device.uuid,
        .driver_uuid = device.driver_uuid,
        .name = @splat(0),
        .driver = @splat(0),
        .lack = @splat(0),
    };
    layout.putText(&info.name, device.name());
    layout.putText(&info.driver, device.driver());
    layout.putText(&info.lack, device.lack() orelse "");
    return info;
}

/// Opens the device that fits best. Who shares it gets one that is open already if it is this one, was opened with the
/// same settings by somebody who shares too, and works; then there is one more opener.
pub fn open(config: *const layout.GpuDeviceConfig, why: *Explanation) Error!u32 {
    if (config.name_bytes > config.name.len) return error.OutOfRange;
    if (config.wait_ms < 1 or config.wait_ms > 600_000) return error.OutOfRange;
    const any = layout.any;
    const wish: physical.Wish = .{
        .index = if (config.index == any) null else config.index,
        .name = config.name[0..config.name_bytes],
        .kind = if (config.kind == any)
            null
        else
            std.enums.fromInt(physical.Kind, config.kind) orelse return error.InvalidArgument,
        .uuid = if (config.has_uuid != 0) config.uuid else null,
    };
    try thread.stay(); // Drivers have threads, which may have something to tell us.
    if (config.is_shared == 0) return openNew(config, wish, null, why);
    const sharing: Sharing = .{ .validate = config.validate != 0, .wait_ms = config.wait_ms };
    share_lock.acquire();
    defer share_lock.release();
    return try attachToShared(wish, sharing, why) orelse openNew(config, wish, sharing, why);
}

fn openNew(config: *const layout.GpuDeviceConfig, wish: physical.Wish, sharing: ?Sharing, why: *Explanation) Error!u32 {
    const instance: *Instance = try .open(gpa, .{ .validate = config.validate != 0 }, why);
    errdefer instance.close();
    const devices = try physical.list(gpa, instance, why);
    defer gpa.free(devices);
    const chosen = try physical.choose(devices, wish, why);
    const wait_ns = @as(u64, config.wait_ms) * std.time.ns_per_ms;
    const native: *GpuDevice = try .open(gpa, instance, chosen, .{ .wait_ns_max = wait_ns }, why);
    errdefer _ = native.close();
    const handle = try table.add(.{ .instance = instance, .native = native, .sharing = sharing });
    totals.opened();
    return handle;
}

/// Attaches to a shared device that the wish chooses of all that its instance knows: one that only fits, where another
/// fits better, is not what is wished for.
fn attachToShared(wish: physical.Wish, sharing: Sharing, why: *Explanation) Error!?u32 {
    var iterator = table.iterator();
    while (iterator.next()) |entry| {
        defer table.leave(entry.handle);
        const found = entry.value.sharing orelse continue;
        const native = entry.value.native;
        if (!std.meta.eql(found, sharing) or native.health.load(.acquire) != .working) continue;
        const devices = try physical.list(gpa, entry.value.instance, why);
        defer gpa.free(devices);
        const chosen = try physical.choose(devices, wish, why);
        if (chosen.handle != native.physical.handle) continue;
        attach(entry.handle) catch continue; // Its last opener closes it at this moment.
        return entry.handle;
    }
    return null;
}

/// One more thread has it open.
pub fn attach(handle: u32) Error!void {
    const self = try table.enter(handle);
    defer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    if (self.openers == 0) return error.BadHandle;
    self.openers += 1;
}

/// Enters a device that somebody has open. Pair it with `table.leave`.
pub fn enter(handle: u32) Error!*Device {
    const self = try table.enter(handle);
    errdefer table.leave(handle);
    self.lock.acquire();
    defer self.lock.release();
    if (self.openers == 0) return error.BadHandle;
    return self;
}

pub fn infoOf(handle: u32) Error!layout.GpuInfo {
    const self = try enter(handle);
    defer table.leave(handle);
    return describe(&self.native.physical);
}

pub fn statisticsOf(handle: u32) Error!layout.GpuDeviceStatistics {
    const self = try enter(handle);
    defer table.leave(handle);
    const memory = self.native.memory.statistics();
    var out: layout.GpuDeviceStatistics = .{
        .allocated_bytes = memory.reserved_bytes,
        .used_bytes = memory.used_bytes,
        .used_bytes_max = memory.used_bytes_max,
        .submits = self.submits.load(.monotonic),
        .used_count = memory.used_count,
        .allocation_count = memory.block_count + memory.alone_count,
        .health = @backingInt(self.native.health.load(.acquire)),
        .messages = self.instance.messages.count(),
        .streams = streams.countOf(handle),
        .resources = resources.countOf(handle),
        .message = @splat(0),
    };
    layout.putText(&out.message, firstOf(self.instance));
    return out;
}

/// The calling thread has it open no longer. The last one closes what is left of it; `TimedOut` if work is still under
/// way after `timeout_ns`: then it is open as before, and the caller asks again.
pub fn close(handle: u32, timeout_ns: u64) Error!void {
    if (timeout_ns > call_ns_max) return error.OutOfRange;
    const self = try table.enter(handle);
    defer table.leave(handle);
    {
        self.lock.acquire();
        defer self.lock.release();
        if (self.openers == 0) return error.BadHandle;
        if (self.openers > 1) {
            self.openers -= 1;
            return;
        }
    }
    const until_ns = time.monotonicNs() + timeout_ns;
    try streams.finishAll(handle, until_ns);
    {
        self.lock.acquire();
        defer self.lock.release();
        if (self.openers != 1) { // Somebody opened it meanwhile.
            self.openers -= 1;
            return;
        }
        self.openers = 0;
    }
    streams.closeAll(handle);
    resources.closeAll(handle);
    try table.drop(handle);
}

/// As `close`, and waits as long as the device may take.
pub fn closeAtEnd(handle: u32) void {
    while (true) {
        close(handle, call_ns_max) catch |err| if (err == error.TimedOut) continue;
        return;
    }
}
