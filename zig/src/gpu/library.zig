//! The Vulkan loader of the system, opened when the first device is wanted. Nothing links to it.
//!
//! It is never closed: drivers leave threads behind, and their code must not go away from under them.

const builtin = @import("builtin");
const functions = @import("functions.zig");
const vk = @import("vk.zig");
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;

pub const default_path = "libvulkan.so.1";

const Open = fn ([*:0]const u8, c_int) callconv(.c) ?*anyopaque;
const Find = fn (*anyopaque, [*:0]const u8) callconv(.c) ?*const anyopaque;

const rtld_now = 0x2;

/// What the process offers, found when streamlib is loaded: it is linked to no C library. A program of Zig alone, as
/// the tests and the generator are, offers nothing.
fn weak(comptime name: []const u8, comptime Function: type) ?*const Function {
    if (builtin.output_mode == .Exe and !builtin.link_libc) return null;
    return @extern(?*const Function, .{ .name = name, .linkage = .weak });
}

pub const Library = struct {
    getInstanceProcAddr: functions.GetInstanceProcAddr,
    global: functions.GlobalFunctions,

    pub fn open(path: [*:0]const u8, why: *Explanation) Error!Library {
        const dlopen = weak("dlopen", Open) orelse
            return why.fail(error.NoVulkan, "Cannot open Vulkan: this process cannot open libraries", .{});
        const dlsym = weak("dlsym", Find) orelse
            return why.fail(error.NoVulkan, "Cannot open Vulkan: this process cannot open libraries", .{});
        const library = dlopen(path, rtld_now) orelse return why.fail(
            error.NoVulkan,
            "Cannot open Vulkan: there is no {s}; install the driver of the GPU, or a software device " ++
                "(Debian: apt install libvulkan1 mesa-vulkan-drivers)",
            .{path},
        );
        const entry = dlsym(library, "vkGetInstanceProcAddr") orelse
            return why.fail(error.NoVulkan, "Cannot open Vulkan: {s} is not a Vulkan loader", .{path});
        const get: functions.GetInstanceProcAddr = @ptrCast(@alignCast(entry));
        var missing: []const u8 = "";
        const global = functions.load(functions.GlobalFunctions, Global{ .get = get }, &missing) orelse
            return why.fail(
                error.NoVulkan,
                "Cannot open Vulkan: {s} has no {s}; a newer one is needed",
                .{ path, missing },
            );
        return .{ .getInstanceProcAddr = get, .global = global };
    }
};

const Global = struct {
    get: functions.GetInstanceProcAddr,

    pub fn address(self: Global, name: [*:0]const u8) functions.VoidFunction {
        return self.get(null, name);
    }
};
