//! A shader that is ready to run: compiled by the driver, with the layout of what it wants to be given.
//!
//! Layouts come from reflection, so that whoever brings a shader describes nothing twice. A pipeline that draws covers
//! the whole target with one triangle; its vertex shader is ours, and only the fragment shader is given.

const std = @import("std");
const spirv = @import("spirv.zig");
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;
const Format = @import("image.zig").Format;

pub const sets_max = 4;
/// Descriptors of one kind that a pipeline may want; pools are made for it.
pub const descriptors_max = 64;
const kind_count = @typeInfo(spirv.BindingKind).@"enum".field_names.len;

/// How what is drawn meets what is there.
pub const Blend = enum {
    replace,
    /// Colours are multiplied with alpha already.
    over_premultiplied,
    over_straight,
};

pub const Options = struct {
    entry_point: []const u8 = "main",
    name: [:0]const u8 = "",
};

pub const DrawOptions = struct {
    entry_point: []const u8 = "main",
    name: [:0]const u8 = "",
    target: Format,
    blend: Blend = .replace,
};

pub const Pipeline = struct {
    device: *Device,
    reflection: spirv.Reflection,
    stage: spirv.Stage,
    /// What a pipeline that draws draws on.
    target: ?Format,
    workgroup: [3]u32,
    push_bytes: u32,
    set_layouts: [sets_max]vk.DescriptorSetLayout,
    set_count: u32,
    layout: vk.PipelineLayout,
    handle: vk.Pipeline,

    pub fn createCompute(device: *Device, words: []const u32, options: Options, why: *Explanation) Error!Pipeline {
        var self = try prepare(device, words, .compute, options.entry_point, why);
        errdefer self.release();
        const module = try createModule(device, words);
        defer device.functions.destroyShaderModule(device.handle, module, null);
        const info: vk.ComputePipelineCreateInfo = .{
            .stage = .{
                .stage = vk.ShaderStageFlags.compute,
                .module = module,
                .pName = self.reflection.find(.compute, options.entry_point).?.name.ptr,
            },
            .layout = self.layout,
            .basePipelineIndex = -1,
        };
        const create = device.functions.createComputePipelines;
        try device.check(create(device.handle, device.cache, 1, @ptrCast(&info), null, @ptrCast(&self.handle)));
        device.setName(.pipeline, @backingInt(self.handle), options.name);
        return self;
    }

    pub fn createDraw(device: *Device, words: []const u32, options: DrawOptions, why: *Explanation) Error!Pipeline {
        var self = try prepare(device, words, .fragment, options.entry_point, why);
        errdefer self.release();
        self.target = options.target;
        const vertex = try createModule(device, full_screen);
        defer device.functions.destroyShaderModule(device.handle, vertex, null);
        const fragment = try createModule(device, words);
        defer device.functions.destroyShaderModule(device.handle, fragment, null);
        const stages = [_]vk.PipelineShaderStageCreateInfo{
            .{ .stage = vk.ShaderStageFlags.vertex, .module = vertex, .pName = "main" },
            .{
                .stage = vk.ShaderStageFlags.fragment,
                .module = fragment,
                .pName = self.reflection.find(.fragment, options.entry_point).?.name.ptr,
            },
        };
        const target = options.target.of();
        const rendering: vk.PipelineRenderingCreateInfo = .{
            .viewMask = 0,
            .colorAttachmentCount = 1,
            .pColorAttachmentFormats = @ptrCast(&target),
            .depthAttachmentFormat = .undefined,
            .stencilAttachmentFormat = .undefined,
        };
        const attachment = blendOf(options.blend);
        const dynamic = [_]vk.DynamicState{ .viewport, .scissor };
        const info: vk.GraphicsPipelineCreateInfo = .{
            .pNext = &rendering,
            .stageCount = stages.len,
            .pStages = &stages,
            .pVertexInputState = &.{},
            .pInputAssemblyState = &.{ .topology = .triangle_list, .primitiveRestartEnable = vk.no },
            .pViewportState = &.{ .viewportCount = 1, .scissorCount = 1 },
            .pRasterizationState = &.{
                .depthClampEnable = vk.no,
                .rasterizerDiscardEnable = vk.no,
                .polygonMode = .fill,
                .frontFace = .counter_clockwise,
                .depthBiasEnable = vk.no,
                .depthBiasConstantFactor = 0,
                .depthBiasClamp = 0,
                .depthBiasSlopeFactor = 0,
                .lineWidth = 1,
            },
            .pMultisampleState = &.{
                .rasterizationSamples = vk.SampleCountFlags.@"1",
                .sampleShadingEnable = vk.no,
                .minSampleShading = 0,
                .alphaToCoverageEnable = vk.no,
                .alphaToOneEnable = vk.no,
            },
            .pColorBlendState = &.{
                .logicOpEnable = vk.no,
                .logicOp = .clear,
                .attachmentCount = 1,
                .pAttachments = @ptrCast(&attachment),
                .blendConstants = @splat(0),
            },
            .pDynamicState = &.{ .dynamicStateCount = dynamic.len, .pDynamicStates = &dynamic },
            .layout = self.layout,
            .subpass = 0,
            .basePipelineIndex = -1,
        };
        const create = device.functions.createGraphicsPipelines;
        try device.check(create(device.handle, device.cache, 1, @ptrCast(&info), null, @ptrCast(&self.handle)));
        device.setName(.pipeline, @backingInt(self.handle), options.name);
        return self;
    }

    /// No work that names it is under way.
    pub fn destroy(self: *Pipeline) void {
        if (self.device.isCallable()) {
            self.device.functions.destroyPipeline(self.device.handle, self.handle, null);
        }
        self.release();
    }

    fn release(self: *Pipeline) void {
        const f = &self.device.functions;
        if (self.device.isCallable()) {
            if (self.layout != .none) f.destroyPipelineLayout(self.device.handle, self.layout, null);
            for (self.set_layouts[0..self.set_count]) |layout| {
                f.destroyDescriptorSetLayout(self.device.handle, layout, null);
            }
        }
        self.reflection.deinit();
    }

    pub fn bindPoint(self: *const Pipeline) vk.PipelineBindPoint {
        return if (self.stage == .compute) .compute else .graphics;
    }

    pub fn stageFlags(self: *const Pipeline) u32 {
        return if (self.stage == .compute) vk.ShaderStageFlags.compute else vk.ShaderStageFlags.fragment;
    }

    fn prepare(
        device: *Device,
        words: []const u32,
        stage: spirv.Stage,
        entry_point: []const u8,
        why: *Explanation,
    ) Error!Pipeline {
        try device.enter();
        var self: Pipeline = .{
            .device = device,
            .reflection = try spirv.reflect(device.gpa, words, why),
            .stage = stage,
            .target = null,
            .workgroup = undefined,
            .push_bytes = 0,
            .set_layouts = @splat(.none),
            .set_count = 0,
            .layout = .none,
            .handle = .none,
        };
        errdefer self.release();
        const entry = self.reflection.find(stage, entry_point) orelse {
            const first = self.reflection.entry_points[0];
            return why.fail(
                error.BadShader,
                "Cannot use SPIR-V: it has no {s} shader named \"{s}\", its first entry point is the {s} shader " ++
                    "\"{s}\"",
                .{ @tagName(stage), entry_point, @tagName(first.stage), first.name },
            );
        };
        self.workgroup = entry.workgroup;
        if (self.reflection.push_constants) |block| self.push_bytes = std.mem.alignForward(u32, block.bytes, 4);
        try self.checkCapabilities(why);
        try self.checkLimits(why);
        try self.createLayouts();
        return self;
    }

    /// Whether the device was opened with what the module needs.
    fn checkCapabilities(self: *const Pipeline, why: *Explanation) Error!void {
        const physical = &self.device.physical;
        const version_max: u32 = if (physical.api_version >= vk.api_1_3) 0x10600 else 0x10500;
        if (self.reflection.version > version_max) {
            return refuse(why, "it is SPIR-V {d}.{d}, \"{s}\" takes up to {d}.{d}", .{
                self.reflection.version >> 16,
                self.reflection.version >> 8 & 0xff,
                physical.name(),
                version_max >> 16,
                version_max >> 8 & 0xff,
            });
        }
        for (self.reflection.capabilities) |capability| {
            const is_there = switch (capability) {
                // Matrix, Shader, InputAttachment, Sampled1D, Image1D, SampledBuffer, ImageBuffer, ImageQuery,
                // DerivativeControl: every device has them.
                0, 1, 40, 43, 44, 46, 47, 50, 51 => true,
                49 => physical.has_more_storage_formats,
                56 => physical.has_unnamed_storage_formats,
                28 => physical.indexing.uniform_buffers,
                29 => physical.indexing.sampled_images,
                30 => physical.indexing.storage_buffers,
                31 => physical.indexing.storage_images,
                else => false,
            };
            if (is_there) continue;
            if (arrayOf(capability)) |kind| return refuse(why, "\"{s}\" takes elements of arrays of {s} by " ++
                "constant indices only, as with a switch over them", .{ physical.name(), kind });
            return refuse(why, "it needs capability {d} of SPIR-V, which is not switched on", .{
                capability,
            });
        }
    }

    fn checkLimits(self: *const Pipeline, why: *Explanation) Error!void {
        const limits = &self.device.physical.limits;
        if (self.push_bytes > limits.maxPushConstantsSize) {
            return refuse(why, "its push constants are {d} bytes, \"{s}\" has {d}", .{
                self.push_bytes,
                self.device.physical.name(),
                limits.maxPushConstantsSize,
            });
        }
        if (self.stage == .compute) {
            var invocations: u64 = 1;
            for (self.workgroup, limits.maxComputeWorkGroupSize) |size, size_max| {
                invocations *= size;
                if (size > size_max) invocations = std.math.maxInt(u32);
            }
            if (invocations > limits.maxComputeWorkGroupInvocations) {
                return refuse(why, "a workgroup of {any} is more than \"{s}\" has, {any} " ++
                    "and {d} together", .{
                    self.workgroup,
                    self.device.physical.name(),
                    limits.maxComputeWorkGroupSize,
                    limits.maxComputeWorkGroupInvocations,
                });
            }
        }
        var counts: [kind_count]u32 = @splat(0);
        for (self.reflection.bindings) |binding| {
            if (binding.set >= sets_max) {
                return refuse(why, "set {d} of \"{s}\" is not 0 to {d}", .{
                    binding.set,
                    binding.name,
                    sets_max - 1,
                });
            }
            const count = &counts[@backingInt(binding.kind)];
            count.* += binding.count;
            if (count.* > descriptors_max) {
                return refuse(why, "it has more than {d} bindings of kind {s}", .{
                    descriptors_max,
                    @tagName(binding.kind),
                });
            }
        }
        // A combined image is a sampler and a sampled image.
        const combined = countOf(&counts, .combined_image);
        const sampled = combined + countOf(&counts, .sampled_image);
        for ([_]struct { []const u8, u32, u32 }{
            .{ "samplers", combined + countOf(&counts, .sampler), limits.maxPerStageDescriptorSamplers },
            .{ "sampled images", sampled, limits.maxPerStageDescriptorSampledImages },
            .{ "storage images", countOf(&counts, .storage_image), limits.maxPerStageDescriptorStorageImages },
            .{ "uniform buffers", countOf(&counts, .uniform_buffer), limits.maxPerStageDescriptorUniformBuffers },
            .{ "storage buffers", countOf(&counts, .storage_buffer), limits.maxPerStageDescriptorStorageBuffers },
        }) |one| {
            const name, const count, const count_max = one;
            if (count > count_max) return refuse(why, "it wants {d} {s}, \"{s}\" gives a shader {d}", .{
                count,
                name,
                self.device.physical.name(),
                count_max,
            });
        }
    }

    /// A layout for each set up to the last one that is used: numbers without gaps.
    fn createLayouts(self: *Pipeline) Error!void {
        const device = self.device;
        const f = &device.functions;
        const stage = self.stageFlags();
        const bindings = self.reflection.bindings;
        const set_count = if (bindings.len == 0) 0 else bindings[bindings.len - 1].set + 1;
        var infos: [descriptors_max * 6]vk.DescriptorSetLayoutBinding = undefined;
        for (0..set_count) |set| {
            var count: u32 = 0;
            for (bindings) |binding| {
                if (binding.set != set) continue;
                infos[count] = .{
                    .binding = binding.binding,
                    .descriptorType = descriptorType(binding.kind),
                    .descriptorCount = binding.count,
                    .stageFlags = stage,
                };
                count += 1;
            }
            const info: vk.DescriptorSetLayoutCreateInfo = .{ .bindingCount = count, .pBindings = &infos };
            try device.check(f.createDescriptorSetLayout(device.handle, &info, null, &self.set_layouts[set]));
            self.set_count += 1;
        }
        const range: vk.PushConstantRange = .{ .stageFlags = stage, .offset = 0, .size = self.push_bytes };
        const info: vk.PipelineLayoutCreateInfo = .{
            .setLayoutCount = self.set_count,
            .pSetLayouts = &self.set_layouts,
            .pushConstantRangeCount = @intFromBool(self.push_bytes > 0),
            .pPushConstantRanges = @ptrCast(&range),
        };
        try device.check(f.createPipelineLayout(device.handle, &info, null, &self.layout));
    }
};

fn countOf(counts: *const [kind_count]u32, kind: spirv.BindingKind) u32 {
    return counts[@backingInt(kind)];
}

/// What a capability indexes (SPIR-V 3.31), if it is one of those.
fn arrayOf(capability: u32) ?[]const u8 {
    return switch (capability) {
        28 => "uniform buffers",
        29 => "sampled images",
        30 => "storage buffers",
        31 => "storage images",
        else => null,
    };
}

fn refuse(why: *Explanation, comptime template: []const u8, arguments: anytype) Error {
    return why.fail(error.NotSupported, "Cannot use the shader: " ++ template, arguments);
}

pub fn descriptorType(kind: spirv.BindingKind) vk.DescriptorType {
    return switch (kind) {
        .sampler => .sampler,
        .combined_image => .combined_image_sampler,
        .sampled_image => .sampled_image,
        .storage_image => .storage_image,
        .uniform_buffer => .uniform_buffer,
        .storage_buffer => .storage_buffer,
    };
}

const full_screen = spirv.embedded(@embedFile("shaders/full_screen.vert.spv"));

fn createModule(device: *Device, words: []const u32) Error!vk.ShaderModule {
    const info: vk.ShaderModuleCreateInfo = .{ .codeSize = words.len * 4, .pCode = words.ptr };
    var module: vk.ShaderModule = .none;
    try device.check(device.functions.createShaderModule(device.handle, &info, null, &module));
    return module;
}

fn blendOf(blend: Blend) vk.PipelineColorBlendAttachmentState {
    const mask = vk.ColorComponentFlags;
    return .{
        .blendEnable = if (blend == .replace) vk.no else vk.yes,
        .srcColorBlendFactor = if (blend == .over_straight) .src_alpha else .one,
        .dstColorBlendFactor = .one_minus_src_alpha,
        .colorBlendOp = .add,
        .srcAlphaBlendFactor = .one,
        .dstAlphaBlendFactor = .one_minus_src_alpha,
        .alphaBlendOp = .add,
        .colorWriteMask = mask.r | mask.g | mask.b | mask.a,
    };
}
