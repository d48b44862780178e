//! The devices that a machine has, what each can do, and the choice of one.

const std = @import("std");
const vk = @import("vk.zig");
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;
const Instance = @import("instance.zig").Instance;
const failNoDriver = @import("instance.zig").failNoDriver;
const fromResult = @import("failure.zig").fromResult;

pub const Kind = enum {
    discrete,
    integrated,
    virtual,
    /// A software device, such as lavapipe.
    cpu,
    other,

    fn of(kind: vk.PhysicalDeviceType) Kind {
        return switch (kind) {
            .discrete_gpu => .discrete,
            .integrated_gpu => .integrated,
            .virtual_gpu => .virtual,
            .cpu => .cpu,
            else => .other,
        };
    }
};

pub const family_max = 16;

/// Of which arrays of bindings shaders may take an element by an index that is no constant, if it is the same in the
/// whole workgroup.
pub const Indexing = struct {
    uniform_buffers: bool = false,
    sampled_images: bool = false,
    storage_buffers: bool = false,
    storage_images: bool = false,
};

/// A device as the driver describes it.
pub const Physical = struct {
    handle: vk.PhysicalDevice,
    /// Its place in the driver's list, from 0.
    index: u32,
    kind: Kind,
    api_version: u32,
    name_storage: [256]u8,
    driver_storage: [256]u8,
    /// The same device has the same one in every process and after every start of the machine.
    uuid: [vk.uuid_bytes]u8,
    /// Memory can be passed between processes whose device and driver are the same.
    driver_uuid: [vk.uuid_bytes]u8,
    /// Whose compiled pipelines can be used again: those of the same three.
    cache_uuid: [vk.uuid_bytes]u8,
    vendor_id: u32,
    device_id: u32,
    limits: vk.PhysicalDeviceLimits,
    memory: vk.PhysicalDeviceMemoryProperties,
    families: [family_max]vk.QueueFamilyProperties,
    family_count: u32,
    has_timelines: bool,
    has_synchronization2: bool,
    has_dynamic_rendering: bool,
    has_memory_fd: bool,
    /// Storage images of one or two channels, and of 16 bits that are not floats.
    has_more_storage_formats: bool,
    /// Shaders may write storage images whose format they do not name.
    has_unnamed_storage_formats: bool,
    indexing: Indexing,

    pub fn name(self: *const Physical) []const u8 {
        return std.mem.sliceTo(&self.name_storage, 0);
    }

    pub fn driver(self: *const Physical) []const u8 {
        return std.mem.sliceTo(&self.driver_storage, 0);
    }

    /// What the library needs and the device has not got; null if it has everything.
    pub fn lack(self: *const Physical) ?[]const u8 {
        if (self.api_version < vk.api_1_2) return "Vulkan 1.2";
        if (!self.has_timelines) return "timeline semaphores";
        if (!self.has_synchronization2) return "synchronization2 (Vulkan 1.3 or VK_KHR_synchronization2)";
        if (!self.has_dynamic_rendering) return "dynamic rendering (Vulkan 1.3 or VK_KHR_dynamic_rendering)";
        if (self.mainFamily() == null) return "a queue for graphics and compute";
        return null;
    }

    /// The queue family that does everything.
    pub fn mainFamily(self: *const Physical) ?u32 {
        return self.familyWith(vk.QueueFlags.graphics | vk.QueueFlags.compute, 0);
    }

    /// The family that computes and does not draw, where there is one.
    pub fn computeFamily(self: *const Physical) ?u32 {
        return self.familyWith(vk.QueueFlags.compute, vk.QueueFlags.graphics);
    }

    /// The family that only copies, where there is one.
    pub fn transferFamily(self: *const Physical) ?u32 {
        return self.familyWith(vk.QueueFlags.transfer, vk.QueueFlags.graphics | vk.QueueFlags.compute);
    }

    fn familyWith(self: *const Physical, wanted: u32, unwanted: u32) ?u32 {
        for (self.families[0..self.family_count], 0..) |family, i| {
            if (family.queueCount == 0) continue;
            if (family.queueFlags & wanted == wanted and family.queueFlags & unwanted == 0) return @intCast(i);
        }
        return null;
    }
};

/// Lists the devices of the machine, fit or not. The caller frees the list.
pub fn list(gpa: std.mem.Allocator, instance: *const Instance, why: *Explanation) Error![]Physical {
    const f = &instance.functions;
    var count: u32 = 0;
    try checkFound(f.enumeratePhysicalDevices(instance.handle, &count, null), why);
    if (count == 0) return failNoDriver(why);
    const handles = gpa.alloc(vk.PhysicalDevice, count) catch return error.OutOfMemory;
    defer gpa.free(handles);
    try checkFound(f.enumeratePhysicalDevices(instance.handle, &count, handles.ptr), why);
    const devices = gpa.alloc(Physical, count) catch return error.OutOfMemory;
    errdefer gpa.free(devices);
    for (devices, handles[0..count], 0..) |*device, handle, i| {
        device.* = try describe(gpa, instance, handle, @intCast(i));
    }
    return devices;
}

fn checkFound(result: vk.Result, why: *Explanation) Error!void {
    fromResult(result) catch |err| return switch (err) {
        error.DriverFailed, error.NoDevice => failNoDriver(why),
        else => err,
    };
}

fn describe(gpa: std.mem.Allocator, instance: *const Instance, handle: vk.PhysicalDevice, index: u32) Error!Physical {
    const f = &instance.functions;
    var driver: vk.PhysicalDeviceDriverProperties = .{};
    var identity: vk.PhysicalDeviceIDProperties = .{ .pNext = &driver };
    var properties: vk.PhysicalDeviceProperties2 = .{ .pNext = &identity };
    f.getPhysicalDeviceProperties2(handle, &properties);
    const p = &properties.properties;
    var self: Physical = .{
        .handle = handle,
        .index = index,
        .kind = .of(p.deviceType),
        .api_version = p.apiVersion,
        .name_storage = p.deviceName,
        .driver_storage = driver.driverInfo,
        .uuid = identity.deviceUUID,
        .driver_uuid = identity.driverUUID,
        .cache_uuid = p.pipelineCacheUUID,
        .vendor_id = p.vendorID,
        .device_id = p.deviceID,
        .limits = p.limits,
        .memory = .{},
        .families = @splat(.{}),
        .family_count = family_max,
        .has_timelines = false,
        .has_synchronization2 = false,
        .has_dynamic_rendering = false,
        .has_memory_fd = false,
        .has_more_storage_formats = false,
        .has_unnamed_storage_formats = false,
        .indexing = .{},
    };
    f.getPhysicalDeviceMemoryProperties(handle, &self.memory);
    f.getPhysicalDeviceQueueFamilyProperties(handle, &self.family_count, &self.families);
    try findExtensions(gpa, instance, &self);
    var timelines: vk.PhysicalDeviceTimelineSemaphoreFeatures = .{};
    var rendering: vk.PhysicalDeviceDynamicRenderingFeatures = .{ .pNext = &timelines };
    var synchronization: vk.PhysicalDeviceSynchronization2Features = .{ .pNext = &rendering };
    var features: vk.PhysicalDeviceFeatures2 = .{ .pNext = &synchronization };
    f.getPhysicalDeviceFeatures2(handle, &features);
    self.has_timelines = timelines.timelineSemaphore != vk.no;
    self.has_synchronization2 = self.has_synchronization2 and synchronization.synchronization2 != vk.no;
    self.has_dynamic_rendering = self.has_dynamic_rendering and rendering.dynamicRendering != vk.no;
    self.has_more_storage_formats = features.features.shaderStorageImageExtendedFormats != vk.no;
    self.has_unnamed_storage_formats = features.features.shaderStorageImageWriteWithoutFormat != vk.no;
    self.indexing = .{
        .uniform_buffers = features.features.shaderUniformBufferArrayDynamicIndexing != vk.no,
        .sampled_images = features.features.shaderSampledImageArrayDynamicIndexing != vk.no,
        .storage_buffers = features.features.shaderStorageBufferArrayDynamicIndexing != vk.no,
        .storage_images = features.features.shaderStorageImageArrayDynamicIndexing != vk.no,
    };
    return self;
}

fn findExtensions(gpa: std.mem.Allocator, instance: *const Instance, self: *Physical) Error!void {
    const enumerate = instance.functions.enumerateDeviceExtensionProperties;
    var count: u32 = 0;
    try fromResult(enumerate(self.handle, null, &count, null));
    const extensions = gpa.alloc(vk.ExtensionProperties, count) catch return error.OutOfMemory;
    defer gpa.free(extensions);
    @memset(extensions, .{});
    try fromResult(enumerate(self.handle, null, &count, extensions.ptr));
    const core = self.api_version >= vk.api_1_3;
    self.has_synchronization2 = core;
    self.has_dynamic_rendering = core;
    for (extensions[0..@min(count, extensions.len)]) |*extension| {
        const name = std.mem.sliceTo(&extension.extensionName, 0);
        if (std.mem.eql(u8, name, "VK_KHR_synchronization2")) self.has_synchronization2 = true;
        if (std.mem.eql(u8, name, "VK_KHR_dynamic_rendering")) self.has_dynamic_rendering = true;
        if (std.mem.eql(u8, name, "VK_KHR_external_memory_fd")) self.has_memory_fd = true;
    }
}

/// What a user says of the device they want. Everything that is said must fit.
pub const Wish = struct {
    index: ?u32 = null,
    /// A part of its name, whatever the case.
    name: []const u8 = "",
    kind: ?Kind = null,
    uuid: ?[vk.uuid_bytes]u8 = null,

    fn fits(self: *const Wish, device: *const Physical) bool {
        if (self.index) |index| if (device.index != index) return false;
        if (self.kind) |kind| if (device.kind != kind) return false;
        if (self.uuid) |uuid| if (!std.mem.eql(u8, &uuid, &device.uuid)) return false;
        return self.name.len == 0 or std.ascii.findIgnoreCase(device.name(), self.name) != null;
    }
};

/// The device to use: of those that fit the wish and can do what is needed the best kind, then the first. A real GPU
/// goes before a software device; a software device is never taken in silence when another kind was asked for.
pub fn choose(devices: []const Physical, wish: Wish, why: *Explanation) Error!*const Physical {
    var best: ?*const Physical = null;
    for (devices) |*device| {
        if (!wish.fits(device) or device.lack() != null) continue;
        if (best == null or @backingInt(device.kind) < @backingInt(best.?.kind)) best = device;
    }
    return best orelse fail(devices, wish, why);
}

fn fail(devices: []const Physical, wish: Wish, why: *Explanation) Error {
    var buffer: [900]u8 = undefined;
    var writer: std.Io.Writer = .fixed(&buffer);
    describeFailure(&writer, devices, wish) catch {}; // What does not fit is cut.
    return why.fail(error.NoSuchDevice, "{s}", .{writer.buffered()});
}

fn describeFailure(writer: *std.Io.Writer, devices: []const Physical, wish: Wish) std.Io.Writer.Error!void {
    try writer.writeAll("Cannot find a GPU");
    if (wish.index) |index| try writer.print(" of index {d}", .{index});
    if (wish.name.len > 0) try writer.print(" named \"{s}\"", .{wish.name});
    if (wish.kind) |kind| try writer.print(" of type {s}", .{@tagName(kind)});
    if (wish.uuid) |uuid| try writer.print(" with uuid {x}", .{&uuid});
    try writer.writeAll(": this machine has");
    for (devices, 0..) |*device, i| {
        try writer.print("{s} {d} \"{s}\" ({s}, uuid {x})", .{
            if (i == 0) "" else ",",
            device.index,
            device.name(),
            @tagName(device.kind),
            &device.uuid,
        });
        if (device.lack()) |lack| try writer.print(", which lacks {s}", .{lack});
    }
    if (devices.len == 0) try writer.writeAll(" none");
}

fn made(index: u32, kind: Kind, name: []const u8) Physical {
    var self: Physical = std.mem.zeroInit(Physical, .{
        .handle = @as(vk.PhysicalDevice, @ptrFromInt(16)),
        .index = index,
        .kind = kind,
        .api_version = vk.api_1_3,
        .has_timelines = true,
        .has_synchronization2 = true,
        .has_dynamic_rendering = true,
        .family_count = 1,
    });
    @memcpy(self.name_storage[0..name.len], name);
    self.families[0] = .{ .queueFlags = vk.QueueFlags.graphics | vk.QueueFlags.compute, .queueCount = 1 };
    self.uuid[0] = @intCast(index);
    return self;
}

test "choose() takes what fits, real GPUs first" {
    const devices = [_]Physical{
        made(0, .cpu, "llvmpipe"),
        made(1, .integrated, "Radeon 780M"),
        made(2, .discrete, "GeForce"),
        made(3, .discrete, "GeForce"),
    };
    var why: Explanation = .{};
    try std.testing.expectEqual(2, (try choose(&devices, .{}, &why)).index);
    try std.testing.expectEqual(3, (try choose(&devices, .{ .index = 3 }, &why)).index);
    try std.testing.expectEqual(1, (try choose(&devices, .{ .name = "radeon" }, &why)).index);
    try std.testing.expectEqual(0, (try choose(&devices, .{ .kind = .cpu }, &why)).index);
    try std.testing.expectEqual(3, (try choose(&devices, .{ .uuid = devices[3].uuid }, &why)).index);
    try std.testing.expectEqual(@as(usize, 0), why.length);
}

test "choose() says what there is and what a device lacks" {
    var devices = [_]Physical{ made(0, .cpu, "llvmpipe"), made(1, .discrete, "Old") };
    devices[1].has_timelines = false;
    var why: Explanation = .{};
    try std.testing.expectError(error.NoSuchDevice, choose(&devices, .{ .name = "old", .kind = .discrete }, &why));
    try std.testing.expectEqualStrings(
        "Cannot find a GPU named \"old\" of type discrete: this machine has " ++
            "0 \"llvmpipe\" (cpu, uuid 00000000000000000000000000000000), " ++
            "1 \"Old\" (discrete, uuid 01000000000000000000000000000000), which lacks timeline semaphores",
        why.text(),
    );
    var none: Explanation = .{};
    try std.testing.expectError(error.NoSuchDevice, choose(&.{}, .{ .index = 4 }, &none));
    try std.testing.expectEqualStrings("Cannot find a GPU of index 4: this machine has none", none.text());
}

test "families are told apart by what they can do" {
    var device = made(0, .discrete, "GeForce");
    device.families[1] = .{ .queueFlags = vk.QueueFlags.transfer, .queueCount = 2 };
    device.families[2] = .{ .queueFlags = vk.QueueFlags.compute | vk.QueueFlags.transfer, .queueCount = 8 };
    device.family_count = 3;
    try std.testing.expectEqual(0, device.mainFamily());
    try std.testing.expectEqual(1, device.transferFamily());
    try std.testing.expectEqual(2, device.computeFamily());
    device.family_count = 1;
    try std.testing.expectEqual(null, device.computeFamily());
    device.families[0].queueFlags = vk.QueueFlags.compute;
    try std.testing.expectEqualStrings("a queue for graphics and compute", device.lack().?);
}
