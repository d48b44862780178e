//! The library's connection to Vulkan: one instance, with or without the validation layer.

const std = @import("std");
const functions = @import("functions.zig");
const vk = @import("vk.zig");
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;
const fromResult = @import("failure.zig").fromResult;
const Library = @import("library.zig").Library;
const Messages = @import("messages.zig").Messages;

const validation_layer = "VK_LAYER_KHRONOS_validation";
const debug_utils = "VK_EXT_debug_utils";
const validation_features = "VK_EXT_validation_features";

pub const Options = struct {
    library: [*:0]const u8 = @import("library.zig").default_path,
    /// Checks every call, and hazards between commands; slow. Not having the layer is then an error.
    validate: bool = false,
};

pub const Instance = struct {
    gpa: std.mem.Allocator,
    library: Library,
    handle: vk.Instance,
    functions: functions.InstanceFunctions,
    messenger: vk.DebugUtilsMessengerEXT,
    /// Empty unless the layer is on.
    messages: Messages,
    /// Whether objects can be given names, which tools and messages then show.
    has_names: bool,
    /// A device of it was abandoned: it is not called again either, and stays until the process ends.
    is_abandoned: std.atomic.Value(bool) = .init(false),

    /// The memory is the caller's until `close`, and stays where it is.
    pub fn open(gpa: std.mem.Allocator, options: Options, why: *Explanation) Error!*Instance {
        const library = try Library.open(options.library, why);
        try checkVersion(&library, why);
        if (options.validate) try checkLayer(gpa, &library, why);

        const self = gpa.create(Instance) catch return error.OutOfMemory;
        errdefer gpa.destroy(self);
        self.* = .{
            .gpa = gpa,
            .library = library,
            .handle = undefined,
            .functions = undefined,
            .messenger = .none,
            .messages = .{},
            .has_names = options.validate,
        };
        try self.create(options, why);
        errdefer self.destroyHandle();
        var missing: []const u8 = "";
        const find: Find = .{ .get = library.getInstanceProcAddr, .instance = self.handle };
        self.functions = functions.load(functions.InstanceFunctions, find, &missing) orelse
            return why.fail(error.NoVulkan, "Cannot use Vulkan: its loader has no {s}", .{missing});
        if (options.validate) try self.listen(why);
        return self;
    }

    fn create(self: *Instance, options: Options, why: *Explanation) Error!void {
        const application: vk.ApplicationInfo = .{
            .pApplicationName = "streamlib",
            .applicationVersion = 0,
            .engineVersion = 0,
            .pEngineName = "streamlib",
            .apiVersion = vk.api_1_3,
        };
        // While the instance itself is made and ended, messages come by way of its chain.
        var listening = self.messages.createInfo();
        const enabled: vk.ValidationFeatureEnableEXT = .synchronization_validation_ext;
        const checks: vk.ValidationFeaturesEXT = .{
            .pNext = &listening,
            .enabledValidationFeatureCount = 1,
            .pEnabledValidationFeatures = @ptrCast(&enabled),
        };
        const layers = [_][*:0]const u8{validation_layer};
        const extensions = [_][*:0]const u8{ debug_utils, validation_features };
        const count: u32 = @intFromBool(options.validate);
        const info: vk.InstanceCreateInfo = .{
            .pNext = if (options.validate) &checks else null,
            .pApplicationInfo = &application,
            .enabledLayerCount = count,
            .ppEnabledLayerNames = &layers,
            .enabledExtensionCount = 2 * count,
            .ppEnabledExtensionNames = &extensions,
        };
        const result = self.library.global.createInstance(&info, null, &self.handle);
        fromResult(result) catch |err| return switch (err) {
            error.NoDevice => failNoDriver(why),
            else => why.fail(err, "Cannot open Vulkan: vkCreateInstance answered {d}", .{@backingInt(result)}),
        };
    }

    fn listen(self: *Instance, why: *Explanation) Error!void {
        const createMessenger = self.functions.createDebugUtilsMessengerEXT orelse
            return why.fail(error.NotSupported, "Cannot validate Vulkan calls: no {s}", .{debug_utils});
        const info = self.messages.createInfo();
        try fromResult(createMessenger(self.handle, &info, null, &self.messenger));
    }

    /// Every device of it is closed before. If one of them was abandoned nothing happens: the driver might wait for
    /// ever, and may still have something to say to it.
    pub fn close(self: *Instance) void {
        if (self.is_abandoned.load(.acquire)) return;
        self.destroyHandles();
        self.gpa.destroy(self);
    }

    /// Ends the connection; its messages stay until the memory goes.
    pub fn destroyHandles(self: *Instance) void {
        if (self.messenger != .none) self.functions.destroyDebugUtilsMessengerEXT.?(self.handle, self.messenger, null);
        self.functions.destroyInstance(self.handle, null);
    }

    fn destroyHandle(self: *Instance) void {
        const found = self.library.getInstanceProcAddr(self.handle, "vkDestroyInstance") orelse return;
        const destroy: @FieldType(functions.InstanceFunctions, "destroyInstance") = @ptrCast(found);
        destroy(self.handle, null);
    }
};

const Find = struct {
    get: functions.GetInstanceProcAddr,
    instance: vk.Instance,

    pub fn address(self: Find, name: [*:0]const u8) functions.VoidFunction {
        return self.get(self.instance, name);
    }
};

/// There is a loader, and nothing to load.
pub fn failNoDriver(why: *Explanation) Error {
    return why.fail(
        error.NoDevice,
        "Cannot find a GPU: the Vulkan loader has no driver that works; install the driver of the GPU, or a " ++
            "software device (Debian: apt install mesa-vulkan-drivers); if VK_DRIVER_FILES or VK_ICD_FILENAMES is set, it " ++
            "says which drivers there are",
        .{},
    );
}

fn checkVersion(library: *const Library, why: *Explanation) Error!void {
    var version: u32 = 0;
    try fromResult(library.global.enumerateInstanceVersion(&version));
    if (version >= vk.api_1_2) return;
    return why.fail(error.NoVulkan, "Cannot use Vulkan: its loader is of version {d}.{d}, 1.2 is needed", .{
        version >> 22 & 0x7f,
        version >> 12 & 0x3ff,
    });
}

fn checkLayer(gpa: std.mem.Allocator, library: *const Library, why: *Explanation) Error!void {
    var count: u32 = 0;
    try fromResult(library.global.enumerateInstanceLayerProperties(&count, null));
    const layers = gpa.alloc(vk.LayerProperties, count) catch return error.OutOfMemory;
    defer gpa.free(layers);
    @memset(layers, .{});
    try fromResult(library.global.enumerateInstanceLayerProperties(&count, layers.ptr));
    for (layers[0..@min(count, layers.len)]) |*layer| {
        if (std.mem.eql(u8, std.mem.sliceTo(&layer.layerName, 0), validation_layer)) return;
    }
    return why.fail(
        error.NotSupported,
        "Cannot validate Vulkan calls: there is no {s} (Debian: apt install vulkan-validationlayers)",
        .{validation_layer},
    );
}
