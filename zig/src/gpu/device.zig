//! An open device: its functions, queues, memory, and whether it still works.
//!
//! A device fails in two ways. The driver says that it is lost: then it may still be closed. Or it does not answer
//! within its bounded time, as with a shader that never ends: then it is **abandoned**. Nothing is called any more on
//! it, not even to free something, because any call might never return; what it held is the process's until its end.

const std = @import("std");
const functions = @import("functions.zig");
const queues = @import("queue.zig");
const vk = @import("vk.zig");
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;
const Instance = @import("instance.zig").Instance;
const Lock = @import("../lock.zig").Lock;
const Memory = @import("memory.zig").Memory;
const Physical = @import("physical.zig").Physical;
const Queue = queues.Queue;
const Role = queues.Role;
const Stream = @import("stream.zig").Stream;
const fromResult = @import("failure.zig").fromResult;
const pipeline_cache = @import("pipeline_cache.zig");

pub const Options = struct {
    /// Longer than this nobody waits for the device: it is then abandoned.
    wait_ns_max: u64 = 5 * std.time.ns_per_s,
    /// Size of a block of shared memory.
    block_bytes: u64 = 64 << 20,
    /// What `pipelineCache()` gave in an earlier process; of another device or driver it is passed over.
    pipeline_cache: []const u8 = &.{},
};

pub const Health = enum(u8) { working, lost, abandoned };

/// Queues of one family that are opened at most.
const family_queues_max = 4;
const roles = @typeInfo(Role).@"enum".field_names.len;

pub const Device = struct {
    gpa: std.mem.Allocator,
    instance: *Instance,
    physical: Physical,
    options: Options,
    handle: vk.Device,
    functions: functions.DeviceFunctions,
    health: std.atomic.Value(Health),
    memory: Memory,
    queue_storage: [roles * family_queues_max]Queue,
    queue_count: usize,
    cache: vk.PipelineCache,
    /// For what must be done to new images, one at a time.
    setup: *Stream,
    setup_lock: Lock = .{},

    /// Opens a device that has what is needed (`physical.choose`). It stays where it is until `close`.
    pub fn open(
        gpa: std.mem.Allocator,
        instance: *Instance,
        physical: *const Physical,
        options: Options,
        why: *Explanation,
    ) Error!*Device {
        if (physical.lack()) |lack| {
            return why.fail(error.NotSupported, "Cannot use \"{s}\": it lacks {s}", .{ physical.name(), lack });
        }
        const self = try gpa.create(Device);
        errdefer gpa.destroy(self);
        self.* = .{
            .gpa = gpa,
            .instance = instance,
            .physical = physical.*,
            .options = options,
            .handle = undefined,
            .functions = undefined,
            .health = .init(.working),
            .memory = .{},
            .queue_storage = undefined,
            .queue_count = 0,
            .cache = .none,
            .setup = undefined,
        };
        try self.create(why);
        var missing: []const u8 = "";
        const find: Find = .{ .get = instance.functions.getDeviceProcAddr, .device = self.handle };
        self.functions = functions.load(functions.DeviceFunctions, find, &missing) orelse {
            self.destroyHandle();
            return why.fail(error.NotSupported, "Cannot use \"{s}\": it has no {s}", .{ physical.name(), missing });
        };
        // The loader knows these for every device; they are there if they were asked for.
        if (!self.physical.has_memory_fd) self.functions.getMemoryFdKHR = null;
        if (!instance.has_names) self.functions.setDebugUtilsObjectNameEXT = null;
        errdefer self.functions.destroyDevice(self.handle, null);
        for (self.queue_storage[0..self.queue_count]) |*one| {
            self.functions.getDeviceQueue(self.handle, one.family, one.place, &one.handle);
        }
        self.cache = try pipeline_cache.create(self, options.pipeline_cache);
        errdefer self.functions.destroyPipelineCache(self.handle, self.cache, null);
        self.setup = try .create(self, .{ .queue = self.queue(.main, 0), .in_flight_max = 1, .name = "setup" });
        return self;
    }

    fn create(self: *Device, why: *Explanation) Error!void {
        const physical = &self.physical;
        const priorities: [family_queues_max]f32 = @splat(1);
        var queue_infos: [roles]vk.DeviceQueueCreateInfo = undefined;
        var info_count: u32 = 0;
        inline for (.{ physical.mainFamily(), physical.computeFamily(), physical.transferFamily() }, 0..) |found, i| {
            if (found) |family| {
                const count = @min(physical.families[family].queueCount, family_queues_max);
                queue_infos[info_count] = .{
                    .queueFamilyIndex = family,
                    .queueCount = count,
                    .pQueuePriorities = &priorities,
                };
                info_count += 1;
                for (0..count) |place| {
                    self.queue_storage[self.queue_count] = .{
                        .handle = undefined,
                        .role = @fromBackingInt(@intCast(i)),
                        .family = family,
                        .place = @intCast(place),
                        // Stamps are reset by commands that a queue which only copies has not got.
                        .stamp_bits = if (i == @backingInt(Role.transfer))
                            0
                        else
                            physical.families[family].timestampValidBits,
                    };
                    self.queue_count += 1;
                }
            }
        }
        var extensions: [3][*:0]const u8 = undefined;
        var extension_count: u32 = 0;
        if (physical.api_version < vk.api_1_3) {
            extensions[0..2].* = .{ "VK_KHR_synchronization2", "VK_KHR_dynamic_rendering" };
            extension_count = 2;
        }
        if (physical.has_memory_fd) {
            extensions[extension_count] = "VK_KHR_external_memory_fd";
            extension_count += 1;
        }
        var timelines: vk.PhysicalDeviceTimelineSemaphoreFeatures = .{ .timelineSemaphore = vk.yes };
        var rendering: vk.PhysicalDeviceDynamicRenderingFeatures = .{ .pNext = &timelines, .dynamicRendering = vk.yes };
        const chain: vk.PhysicalDeviceSynchronization2Features = .{ .pNext = &rendering, .synchronization2 = vk.yes };
        const features: vk.PhysicalDeviceFeatures = .{
            .shaderStorageImageExtendedFormats = @intFromBool(physical.has_more_storage_formats),
            .shaderStorageImageWriteWithoutFormat = @intFromBool(physical.has_unnamed_storage_formats),
            .shaderUniformBufferArrayDynamicIndexing = @intFromBool(physical.indexing.uniform_buffers),
            .shaderSampledImageArrayDynamicIndexing = @intFromBool(physical.indexing.sampled_images),
            .shaderStorageBufferArrayDynamicIndexing = @intFromBool(physical.indexing.storage_buffers),
            .shaderStorageImageArrayDynamicIndexing = @intFromBool(physical.indexing.storage_images),
        };
        const info: vk.DeviceCreateInfo = .{
            .pNext = &chain,
            .pEnabledFeatures = &features,
            .queueCreateInfoCount = info_count,
            .pQueueCreateInfos = &queue_infos,
            .enabledExtensionCount = extension_count,
            .ppEnabledExtensionNames = &extensions,
        };
        const result = self.instance.functions.createDevice(physical.handle, &info, null, &self.handle);
        fromResult(result) catch |err| return why.fail(err, "Cannot open \"{s}\": vkCreateDevice answered {d}", .{
            physical.name(),
            @backingInt(result),
        });
    }

    fn destroyHandle(self: *Device) void {
        const found = self.instance.functions.getDeviceProcAddr(self.handle, "vkDestroyDevice") orelse return;
        const destroy: @FieldType(functions.DeviceFunctions, "destroyDevice") = @ptrCast(found);
        destroy(self.handle, null);
    }

    /// Everything made of it is destroyed before, and no work is under way. Returns what of its memory was still in
    /// use: 0 unless somebody forgot something.
    pub fn close(self: *Device) u32 {
        const gpa = self.gpa;
        self.setup.destroy();
        const leaked = self.memory.statistics().used_count;
        self.memory.deinit(self);
        if (self.isCallable()) {
            self.functions.destroyPipelineCache(self.handle, self.cache, null);
            self.functions.destroyDevice(self.handle, null);
        }
        gpa.destroy(self);
        return leaked;
    }

    /// A queue for a role; numbers count around the queues that there are of it.
    pub fn queue(self: *Device, role: Role, number: usize) *Queue {
        const all = self.queue_storage[0..self.queue_count];
        var count: usize = 0;
        for (all) |*one| count += @intFromBool(one.role == role);
        if (count == 0) return self.queue(.main, number);
        var place = number % count;
        for (all) |*one| {
            if (one.role != role) continue;
            if (place == 0) return one;
            place -= 1;
        }
        unreachable;
    }

    /// Families of the queues that are open; what they share is made for all of them.
    pub fn families(self: *const Device, storage: *[roles]u32) []const u32 {
        var count: usize = 0;
        for (self.queue_storage[0..self.queue_count]) |*one| {
            if (std.mem.findScalar(u32, storage[0..count], one.family) != null) continue;
            storage[count] = one.family;
            count += 1;
        }
        return storage[0..count];
    }

    /// Puts a new image into its layout, and waits until it is there.
    pub fn settle(self: *Device, image: vk.Image) Error!void {
        self.setup_lock.acquire();
        defer self.setup_lock.release();
        const recording = try self.setup.begin();
        recording.settle(image);
        _ = try self.setup.submit(&.{});
        try self.setup.finish();
    }

    /// The error of a device that works no more.
    pub fn enter(self: *const Device) Error!void {
        return switch (self.health.load(.acquire)) {
            .working => {},
            .lost => error.DeviceLost,
            .abandoned => error.Abandoned,
        };
    }

    /// Whether the driver may be called, if only to free something.
    pub fn isCallable(self: *const Device) bool {
        return self.health.load(.acquire) != .abandoned;
    }

    /// The error of a result. Remembers that the device is lost.
    pub fn check(self: *Device, result: vk.Result) Error!void {
        return fromResult(result) catch |err| {
            if (err == error.DeviceLost) _ = self.health.cmpxchgStrong(.working, .lost, .acq_rel, .acquire);
            return err;
        };
    }

    /// Gives the device up: no call is made on it any more, nor on its instance to end that.
    pub fn abandon(self: *Device) void {
        self.instance.is_abandoned.store(true, .release);
        self.health.store(.abandoned, .release);
    }

    /// Gives an object the name that tools and messages show. Without validation it does nothing.
    pub fn setName(self: *Device, kind: vk.ObjectType, object: u64, name: [:0]const u8) void {
        const set = self.functions.setDebugUtilsObjectNameEXT orelse return;
        if (name.len == 0) return;
        const info: vk.DebugUtilsObjectNameInfoEXT = .{
            .objectType = kind,
            .objectHandle = object,
            .pObjectName = name,
        };
        _ = set(self.handle, &info); // A name that cannot be kept changes nothing.
    }

    /// What the driver has compiled so far, to be given to `open` in a later process. The caller frees it.
    pub fn pipelineCache(self: *Device, gpa: std.mem.Allocator) Error![]u8 {
        return pipeline_cache.data(self, gpa);
    }
};

const Find = struct {
    get: functions.GetDeviceProcAddr,
    device: vk.Device,

    pub fn address(self: Find, name: [*:0]const u8) functions.VoidFunction {
        return self.get(self.device, name);
    }
};
