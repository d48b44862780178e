//! What a shader is given, compared with what it wants, before the driver sees it: a driver may do anything with a wrong
//! or missing binding.

const spirv = @import("spirv.zig");
const vk = @import("vk.zig");
const Buffer = @import("buffer.zig").Buffer;
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;
const Image = @import("image.zig").Image;
const Sampler = @import("sampler.zig").Sampler;

/// What a shader is given at a binding.
pub const Resource = union(enum) {
    buffer: *const Buffer,
    image: *const Image,
    sampler: *const Sampler,
    sampled: struct { image: *const Image, sampler: *const Sampler },
};

pub const Binding = struct {
    set: u32 = 0,
    binding: u32,
    element: u32 = 0,
    resource: Resource,
};

/// An error of running a shader, in words.
pub fn refuse(why: *Explanation, err: Error, comptime template: []const u8, arguments: anytype) Error {
    return why.fail(err, "Cannot run the shader: " ++ template, arguments);
}

/// What the shader says of a binding that was given.
pub fn find(wanted: []const spirv.Binding, given: Binding) ?*const spirv.Binding {
    for (wanted) |*want| {
        if (want.set == given.set and want.binding == given.binding and given.element < want.count) return want;
    }
    return null;
}

/// Whether the device can do with this format what the shader does.
fn checkImage(want: *const spirv.Binding, image: *const Image, why: *Explanation) Error!void {
    const usage: u32 = if (want.kind == .storage_image) vk.ImageUsageFlags.storage else vk.ImageUsageFlags.sampled;
    if (image.usage & usage == 0) {
        return refuse(why, error.NotSupported, "\"{s}\" is a {s}, which this device cannot make of {s}", .{
            want.name,
            @tagName(want.kind),
            @tagName(image.format),
        });
    }
    if (want.image_format != 0 and want.image_format != image.format.spirvFormat()) {
        return refuse(why, error.InvalidArgument, "the image given as \"{s}\" is {s}, which is not " ++
            "the format in the shader", .{ want.name, @tagName(image.format) });
    }
}

/// Everything that the shader wants is given once and fits; nothing else is given.
pub fn check(wanted: []const spirv.Binding, given: []const Binding, why: *Explanation) Error!void {
    for (given, 0..) |one, i| {
        const want = find(wanted, one) orelse {
            return refuse(
                why,
                error.InvalidArgument,
                "it has no binding {d} in set {d}",
                .{ one.binding, one.set },
            );
        };
        const fits = switch (want.kind) {
            .sampler => one.resource == .sampler,
            .combined_image => one.resource == .sampled,
            .sampled_image, .storage_image => one.resource == .image,
            .uniform_buffer, .storage_buffer => one.resource == .buffer,
        };
        if (!fits) {
            return refuse(why, error.InvalidArgument, "binding {d} in set {d}, \"{s}\", is a {s}, but {s} was given", .{
                one.binding,
                one.set,
                want.name,
                @tagName(want.kind),
                @tagName(one.resource),
            });
        }
        switch (one.resource) {
            .image => |image| try checkImage(want, image, why),
            .sampled => |sampled| try checkImage(want, sampled.image, why),
            .buffer, .sampler => {},
        }
        for (given[0..i]) |other| {
            if (other.set == one.set and other.binding == one.binding and other.element == one.element) {
                return refuse(
                    why,
                    error.InvalidArgument,
                    "binding {d} in set {d} was given twice",
                    .{ one.binding, one.set },
                );
            }
        }
    }
    for (wanted) |want| {
        var count: u32 = 0;
        for (given) |one| count += @intFromBool(one.set == want.set and one.binding == want.binding);
        if (count != want.count) {
            return refuse(why, error.InvalidArgument, "binding {d} in set {d}, \"{s}\", wants {d} of kind {s}, " ++
                "{d} were given", .{ want.binding, want.set, want.name, want.count, @tagName(want.kind), count });
        }
    }
}
