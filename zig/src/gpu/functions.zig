//! Vulkan's functions, found by name when something is opened, never at link time.
//!
//! Tables for what is called without an instance, of an instance, and of a device. A field is the name of the
//! specification without `vk`; a field that is optional is null where the driver does not have it.

const std = @import("std");
const vk = @import("vk.zig");

pub const VoidFunction = ?*const fn () callconv(.c) void;
pub const GetInstanceProcAddr = *const fn (?vk.Instance, [*:0]const u8) callconv(.c) VoidFunction;
pub const GetDeviceProcAddr = *const fn (vk.Device, [*:0]const u8) callconv(.c) VoidFunction;

/// Fills a table: `find` gives the address of a name or null. Where a function became core by way of an extension, the
/// extension's name is tried too. Null if a function is missing that the table must have; `missing` then is its name.
pub fn load(comptime Table: type, find: anytype, missing: *[]const u8) ?Table {
    @setEvalBranchQuota(100_000);
    var table: Table = undefined;
    inline for (@typeInfo(Table).@"struct".field_names) |name| {
        const symbol = comptime "vk" ++ .{std.ascii.toUpper(name[0])} ++ name[1..];
        const found = find.address(symbol) orelse find.address(symbol ++ "KHR");
        const Field = @FieldType(Table, name);
        if (@typeInfo(Field) == .optional) {
            @field(table, name) = @ptrCast(found);
        } else if (found) |address| {
            @field(table, name) = @ptrCast(address);
        } else {
            missing.* = symbol;
            return null;
        }
    }
    return table;
}

pub const GlobalFunctions = struct {
    enumerateInstanceVersion: *const fn (*u32) callconv(.c) vk.Result,
    enumerateInstanceLayerProperties: *const fn (*u32, ?[*]vk.LayerProperties) callconv(.c) vk.Result,
    createInstance: *const fn (
        *const vk.InstanceCreateInfo,
        ?*const anyopaque,
        *vk.Instance,
    ) callconv(.c) vk.Result,
};

pub const InstanceFunctions = struct {
    destroyInstance: *const fn (vk.Instance, ?*const anyopaque) callconv(.c) void,
    enumeratePhysicalDevices: *const fn (vk.Instance, *u32, ?[*]vk.PhysicalDevice) callconv(.c) vk.Result,
    getPhysicalDeviceProperties2: *const fn (
        vk.PhysicalDevice,
        *vk.PhysicalDeviceProperties2,
    ) callconv(.c) void,
    getPhysicalDeviceFeatures2: *const fn (
        vk.PhysicalDevice,
        *vk.PhysicalDeviceFeatures2,
    ) callconv(.c) void,
    getPhysicalDeviceQueueFamilyProperties: *const fn (
        vk.PhysicalDevice,
        *u32,
        ?[*]vk.QueueFamilyProperties,
    ) callconv(.c) void,
    getPhysicalDeviceMemoryProperties: *const fn (
        vk.PhysicalDevice,
        *vk.PhysicalDeviceMemoryProperties,
    ) callconv(.c) void,
    getPhysicalDeviceFormatProperties: *const fn (
        vk.PhysicalDevice,
        vk.Format,
        *vk.FormatProperties,
    ) callconv(.c) void,
    getPhysicalDeviceExternalBufferProperties: *const fn (
        vk.PhysicalDevice,
        *const vk.PhysicalDeviceExternalBufferInfo,
        *vk.ExternalBufferProperties,
    ) callconv(.c) void,
    enumerateDeviceExtensionProperties: *const fn (
        vk.PhysicalDevice,
        ?[*:0]const u8,
        *u32,
        ?[*]vk.ExtensionProperties,
    ) callconv(.c) vk.Result,
    createDevice: *const fn (
        vk.PhysicalDevice,
        *const vk.DeviceCreateInfo,
        ?*const anyopaque,
        *vk.Device,
    ) callconv(.c) vk.Result,
    getDeviceProcAddr: *const fn (
        vk.Device,
        [*:0]const u8,
    ) callconv(.c) ?*const fn () callconv(.c) void,
    createDebugUtilsMessengerEXT: ?*const fn (
        vk.Instance,
        *const vk.DebugUtilsMessengerCreateInfoEXT,
        ?*const anyopaque,
        *vk.DebugUtilsMessengerEXT,
    ) callconv(.c) vk.Result = null,
    destroyDebugUtilsMessengerEXT: ?*const fn (
        vk.Instance,
        vk.DebugUtilsMessengerEXT,
        ?*const anyopaque,
    ) callconv(.c) void = null,
};

pub const DeviceFunctions = struct {
    destroyDevice: *const fn (vk.Device, ?*const anyopaque) callconv(.c) void,
    getDeviceQueue: *const fn (vk.Device, u32, u32, *vk.Queue) callconv(.c) void,
    queueSubmit2: *const fn (vk.Queue, u32, ?[*]const vk.SubmitInfo2, vk.Fence) callconv(.c) vk.Result,
    allocateMemory: *const fn (
        vk.Device,
        *const vk.MemoryAllocateInfo,
        ?*const anyopaque,
        *vk.DeviceMemory,
    ) callconv(.c) vk.Result,
    freeMemory: *const fn (vk.Device, vk.DeviceMemory, ?*const anyopaque) callconv(.c) void,
    mapMemory: *const fn (vk.Device, vk.DeviceMemory, u64, u64, u32, *?*anyopaque) callconv(.c) vk.Result,
    createBuffer: *const fn (
        vk.Device,
        *const vk.BufferCreateInfo,
        ?*const anyopaque,
        *vk.Buffer,
    ) callconv(.c) vk.Result,
    destroyBuffer: *const fn (vk.Device, vk.Buffer, ?*const anyopaque) callconv(.c) void,
    getBufferMemoryRequirements2: *const fn (
        vk.Device,
        *const vk.BufferMemoryRequirementsInfo2,
        *vk.MemoryRequirements2,
    ) callconv(.c) void,
    bindBufferMemory: *const fn (vk.Device, vk.Buffer, vk.DeviceMemory, u64) callconv(.c) vk.Result,
    createImage: *const fn (
        vk.Device,
        *const vk.ImageCreateInfo,
        ?*const anyopaque,
        *vk.Image,
    ) callconv(.c) vk.Result,
    destroyImage: *const fn (vk.Device, vk.Image, ?*const anyopaque) callconv(.c) void,
    getImageMemoryRequirements2: *const fn (
        vk.Device,
        *const vk.ImageMemoryRequirementsInfo2,
        *vk.MemoryRequirements2,
    ) callconv(.c) void,
    bindImageMemory: *const fn (vk.Device, vk.Image, vk.DeviceMemory, u64) callconv(.c) vk.Result,
    createImageView: *const fn (
        vk.Device,
        *const vk.ImageViewCreateInfo,
        ?*const anyopaque,
        *vk.ImageView,
    ) callconv(.c) vk.Result,
    destroyImageView: *const fn (vk.Device, vk.ImageView, ?*const anyopaque) callconv(.c) void,
    createSampler: *const fn (
        vk.Device,
        *const vk.SamplerCreateInfo,
        ?*const anyopaque,
        *vk.Sampler,
    ) callconv(.c) vk.Result,
    destroySampler: *const fn (vk.Device, vk.Sampler, ?*const anyopaque) callconv(.c) void,
    createShaderModule: *const fn (
        vk.Device,
        *const vk.ShaderModuleCreateInfo,
        ?*const anyopaque,
        *vk.ShaderModule,
    ) callconv(.c) vk.Result,
    destroyShaderModule: *const fn (vk.Device, vk.ShaderModule, ?*const anyopaque) callconv(.c) void,
    createDescriptorSetLayout: *const fn (
        vk.Device,
        *const vk.DescriptorSetLayoutCreateInfo,
        ?*const anyopaque,
        *vk.DescriptorSetLayout,
    ) callconv(.c) vk.Result,
    destroyDescriptorSetLayout: *const fn (
        vk.Device,
        vk.DescriptorSetLayout,
        ?*const anyopaque,
    ) callconv(.c) void,
    createPipelineLayout: *const fn (
        vk.Device,
        *const vk.PipelineLayoutCreateInfo,
        ?*const anyopaque,
        *vk.PipelineLayout,
    ) callconv(.c) vk.Result,
    destroyPipelineLayout: *const fn (
        vk.Device,
        vk.PipelineLayout,
        ?*const anyopaque,
    ) callconv(.c) void,
    createPipelineCache: *const fn (
        vk.Device,
        *const vk.PipelineCacheCreateInfo,
        ?*const anyopaque,
        *vk.PipelineCache,
    ) callconv(.c) vk.Result,
    destroyPipelineCache: *const fn (vk.Device, vk.PipelineCache, ?*const anyopaque) callconv(.c) void,
    getPipelineCacheData: *const fn (
        vk.Device,
        vk.PipelineCache,
        *usize,
        ?*anyopaque,
    ) callconv(.c) vk.Result,
    createComputePipelines: *const fn (
        vk.Device,
        vk.PipelineCache,
        u32,
        ?[*]const vk.ComputePipelineCreateInfo,
        ?*const anyopaque,
        ?[*]vk.Pipeline,
    ) callconv(.c) vk.Result,
    createGraphicsPipelines: *const fn (
        vk.Device,
        vk.PipelineCache,
        u32,
        ?[*]const vk.GraphicsPipelineCreateInfo,
        ?*const anyopaque,
        ?[*]vk.Pipeline,
    ) callconv(.c) vk.Result,
    destroyPipeline: *const fn (vk.Device, vk.Pipeline, ?*const anyopaque) callconv(.c) void,
    createDescriptorPool: *const fn (
        vk.Device,
        *const vk.DescriptorPoolCreateInfo,
        ?*const anyopaque,
        *vk.DescriptorPool,
    ) callconv(.c) vk.Result,
    destroyDescriptorPool: *const fn (
        vk.Device,
        vk.DescriptorPool,
        ?*const anyopaque,
    ) callconv(.c) void,
    resetDescriptorPool: *const fn (vk.Device, vk.DescriptorPool, u32) callconv(.c) vk.Result,
    allocateDescriptorSets: *const fn (
        vk.Device,
        *const vk.DescriptorSetAllocateInfo,
        ?[*]vk.DescriptorSet,
    ) callconv(.c) vk.Result,
    updateDescriptorSets: *const fn (
        vk.Device,
        u32,
        ?[*]const vk.WriteDescriptorSet,
        u32,
        ?[*]const vk.CopyDescriptorSet,
    ) callconv(.c) void,
    createCommandPool: *const fn (
        vk.Device,
        *const vk.CommandPoolCreateInfo,
        ?*const anyopaque,
        *vk.CommandPool,
    ) callconv(.c) vk.Result,
    destroyCommandPool: *const fn (vk.Device, vk.CommandPool, ?*const anyopaque) callconv(.c) void,
    resetCommandPool: *const fn (vk.Device, vk.CommandPool, u32) callconv(.c) vk.Result,
    allocateCommandBuffers: *const fn (
        vk.Device,
        *const vk.CommandBufferAllocateInfo,
        ?[*]vk.CommandBuffer,
    ) callconv(.c) vk.Result,
    beginCommandBuffer: *const fn (
        vk.CommandBuffer,
        *const vk.CommandBufferBeginInfo,
    ) callconv(.c) vk.Result,
    endCommandBuffer: *const fn (vk.CommandBuffer) callconv(.c) vk.Result,
    cmdPipelineBarrier2: *const fn (vk.CommandBuffer, *const vk.DependencyInfo) callconv(.c) void,
    cmdBindPipeline: *const fn (vk.CommandBuffer, vk.PipelineBindPoint, vk.Pipeline) callconv(.c) void,
    cmdBindDescriptorSets: *const fn (
        vk.CommandBuffer,
        vk.PipelineBindPoint,
        vk.PipelineLayout,
        u32,
        u32,
        ?[*]const vk.DescriptorSet,
        u32,
        ?[*]const u32,
    ) callconv(.c) void,
    cmdPushConstants: *const fn (
        vk.CommandBuffer,
        vk.PipelineLayout,
        u32,
        u32,
        u32,
        *const anyopaque,
    ) callconv(.c) void,
    cmdDispatch: *const fn (vk.CommandBuffer, u32, u32, u32) callconv(.c) void,
    cmdDraw: *const fn (vk.CommandBuffer, u32, u32, u32, u32) callconv(.c) void,
    cmdBeginRendering: *const fn (vk.CommandBuffer, *const vk.RenderingInfo) callconv(.c) void,
    cmdEndRendering: *const fn (vk.CommandBuffer) callconv(.c) void,
    cmdSetViewport: *const fn (vk.CommandBuffer, u32, u32, ?[*]const vk.Viewport) callconv(.c) void,
    cmdSetScissor: *const fn (vk.CommandBuffer, u32, u32, ?[*]const vk.Rect2D) callconv(.c) void,
    cmdCopyBuffer: *const fn (
        vk.CommandBuffer,
        vk.Buffer,
        vk.Buffer,
        u32,
        ?[*]const vk.BufferCopy,
    ) callconv(.c) void,
    cmdCopyImage: *const fn (
        vk.CommandBuffer,
        vk.Image,
        vk.ImageLayout,
        vk.Image,
        vk.ImageLayout,
        u32,
        ?[*]const vk.ImageCopy,
    ) callconv(.c) void,
    cmdCopyBufferToImage: *const fn (
        vk.CommandBuffer,
        vk.Buffer,
        vk.Image,
        vk.ImageLayout,
        u32,
        ?[*]const vk.BufferImageCopy,
    ) callconv(.c) void,
    cmdCopyImageToBuffer: *const fn (
        vk.CommandBuffer,
        vk.Image,
        vk.ImageLayout,
        vk.Buffer,
        u32,
        ?[*]const vk.BufferImageCopy,
    ) callconv(.c) void,
    cmdFillBuffer: *const fn (vk.CommandBuffer, vk.Buffer, u64, u64, u32) callconv(.c) void,
    cmdClearColorImage: *const fn (
        vk.CommandBuffer,
        vk.Image,
        vk.ImageLayout,
        *const vk.ClearColorValue,
        u32,
        ?[*]const vk.ImageSubresourceRange,
    ) callconv(.c) void,
    cmdResetQueryPool: *const fn (vk.CommandBuffer, vk.QueryPool, u32, u32) callconv(.c) void,
    cmdWriteTimestamp2: *const fn (vk.CommandBuffer, u64, vk.QueryPool, u32) callconv(.c) void,
    createQueryPool: *const fn (
        vk.Device,
        *const vk.QueryPoolCreateInfo,
        ?*const anyopaque,
        *vk.QueryPool,
    ) callconv(.c) vk.Result,
    destroyQueryPool: *const fn (vk.Device, vk.QueryPool, ?*const anyopaque) callconv(.c) void,
    getQueryPoolResults: *const fn (
        vk.Device,
        vk.QueryPool,
        u32,
        u32,
        usize,
        *anyopaque,
        u64,
        u32,
    ) callconv(.c) vk.Result,
    createSemaphore: *const fn (
        vk.Device,
        *const vk.SemaphoreCreateInfo,
        ?*const anyopaque,
        *vk.Semaphore,
    ) callconv(.c) vk.Result,
    destroySemaphore: *const fn (vk.Device, vk.Semaphore, ?*const anyopaque) callconv(.c) void,
    waitSemaphores: *const fn (vk.Device, *const vk.SemaphoreWaitInfo, u64) callconv(.c) vk.Result,
    getSemaphoreCounterValue: *const fn (vk.Device, vk.Semaphore, *u64) callconv(.c) vk.Result,
    signalSemaphore: *const fn (vk.Device, *const vk.SemaphoreSignalInfo) callconv(.c) vk.Result,
    getMemoryFdKHR: ?*const fn (
        vk.Device,
        *const vk.MemoryGetFdInfoKHR,
        *c_int,
    ) callconv(.c) vk.Result = null,
    setDebugUtilsObjectNameEXT: ?*const fn (
        vk.Device,
        *const vk.DebugUtilsObjectNameInfoEXT,
    ) callconv(.c) vk.Result = null,
};
const Half = struct {
    fn there() callconv(.c) void {}

    fn address(_: Half, comptime name: []const u8) VoidFunction {
        if (comptime std.mem.startsWith(u8, name, "vkCreateInstance")) return null;
        if (comptime std.mem.eql(u8, name, "vkEnumerateInstanceVersion")) return null;
        return &there;
    }
};

test "load() tries the name of the extension and names what is missing" {
    var missing: []const u8 = "";
    try std.testing.expectEqual(null, load(GlobalFunctions, Half{}, &missing));
    try std.testing.expectEqualStrings("vkCreateInstance", missing);
}
