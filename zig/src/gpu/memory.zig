//! Memory of a device: few large blocks, of which buffers and images get places.
//!
//! A driver allows some thousand allocations and takes its time for each, so blocks are shared. There is a pool of
//! blocks for each type of memory, and one more for images, so that a buffer never lies in one page with an image
//! (bufferImageGranularity). What is large, exported, or wanted alone by the driver gets memory of its own. Blocks that
//! the host can see are mapped once, for as long as they live.
//!
//! All memory the host touches is coherent: no call makes writes visible, barriers alone do.

const std = @import("std");
const linux = std.os.linux;
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;
const Lock = @import("../lock.zig").Lock;
const RangeAllocator = @import("range_allocator.zig").RangeAllocator;

/// Who touches the memory.
pub const Where = enum {
    /// The device alone.
    device,
    /// The host writes in one sweep, the device reads.
    upload,
    /// The device writes, the host reads.
    download,
};

pub const Kind = enum { buffer, image };

/// A place in device memory; the creator of it frees it.
pub const Allocation = struct {
    memory: vk.DeviceMemory,
    offset: u64,
    bytes: u64,
    type_index: u32,
    /// Where the host sees it; null in memory of the device alone.
    mapped: ?[*]u8,
    /// Null if the memory is its own.
    block: ?*Block,
};

/// What an allocation is for.
pub const Need = struct {
    requirements: vk.MemoryRequirements,
    where: Where,
    kind: Kind,
    /// The driver wants it to have memory of its own.
    is_alone: bool = false,
    /// Whose memory it is, if it has its own.
    buffer: vk.Buffer = .none,
    image: vk.Image = .none,
    /// Other processes may get it.
    is_exported: bool = false,
    /// Memory of another process; the file descriptor stays the caller's.
    imported: ?Imported = null,
};

pub const Imported = struct { fd: i32, bytes: u64, type_index: u32 };

/// What is held at this moment.
pub const Statistics = struct {
    /// Allocations by the driver: shared blocks, and memory of one owner.
    block_count: u32 = 0,
    alone_count: u32 = 0,
    /// Bytes that the driver has given.
    reserved_bytes: u64 = 0,
    /// Bytes that buffers and images have of these, and how many of them there are.
    used_bytes: u64 = 0,
    used_count: u32 = 0,
    /// The most that was ever used.
    used_bytes_max: u64 = 0,
};

const Block = struct {
    memory: vk.DeviceMemory,
    type_index: u32,
    kind: Kind,
    mapped: ?[*]u8,
    ranges: RangeAllocator,
};

pub const Memory = struct {
    lock: Lock = .{},
    blocks: std.ArrayList(*Block) = .empty,
    counted: Statistics = .{},

    pub fn statistics(self: *Memory) Statistics {
        self.lock.acquire();
        defer self.lock.release();
        return self.counted;
    }

    /// Frees the blocks. Nothing may be in use, unless the device was abandoned.
    pub fn deinit(self: *Memory, device: *Device) void {
        for (self.blocks.items) |block| self.destroyBlock(device, block);
        self.blocks.deinit(device.gpa);
    }

    pub fn alloc(self: *Memory, device: *Device, need: Need) Error!Allocation {
        try device.enter();
        const type_index = if (need.imported) |imported|
            imported.type_index
        else
            chooseType(&device.physical.memory, need.requirements.memoryTypeBits, need.where) orelse
                return error.NotSupported;
        self.lock.acquire();
        defer self.lock.release();
        const is_large = need.requirements.size > device.options.block_bytes / 2;
        const is_alone = need.is_alone or need.is_exported or need.imported != null or is_large;
        const allocation = if (is_alone)
            try self.allocAlone(device, need, type_index)
        else
            try self.allocShared(device, need, type_index);
        self.counted.used_bytes += allocation.bytes;
        self.counted.used_count += 1;
        self.counted.used_bytes_max = @max(self.counted.used_bytes_max, self.counted.used_bytes);
        return allocation;
    }

    pub fn free(self: *Memory, device: *Device, allocation: Allocation) void {
        self.lock.acquire();
        defer self.lock.release();
        self.counted.used_bytes -= allocation.bytes;
        self.counted.used_count -= 1;
        const block = allocation.block orelse {
            self.counted.alone_count -= 1;
            self.counted.reserved_bytes -= allocation.bytes;
            if (device.isCallable()) device.functions.freeMemory(device.handle, allocation.memory, null);
            return;
        };
        block.ranges.free(allocation.offset);
        if (block.ranges.used_count > 0) return;
        // One empty block of a kind stays, so that what comes and goes does not trouble the driver each time.
        for (self.blocks.items) |other| {
            if (other == block or other.ranges.used_count > 0) continue;
            if (sameKind(other, block.type_index, block.kind)) break;
        } else return;
        _ = self.blocks.swapRemove(std.mem.findScalar(*Block, self.blocks.items, block).?);
        self.destroyBlock(device, block);
    }

    fn allocShared(self: *Memory, device: *Device, need: Need, type_index: u32) Error!Allocation {
        const requirements = &need.requirements;
        for (self.blocks.items) |block| {
            if (!sameKind(block, type_index, need.kind)) continue;
            const offset = try block.ranges.alloc(device.gpa, requirements.size, requirements.alignment);
            return place(block, offset orelse continue, requirements.size);
        }
        const block = try self.createBlock(device, type_index, need.kind);
        const offset = block.ranges.alloc(device.gpa, requirements.size, requirements.alignment) catch |err| {
            _ = self.blocks.pop();
            self.destroyBlock(device, block);
            return err;
        };
        return place(block, offset.?, requirements.size);
    }

    fn place(block: *Block, offset: u64, bytes: u64) Allocation {
        return .{
            .memory = block.memory,
            .offset = offset,
            .bytes = bytes,
            .type_index = block.type_index,
            .mapped = if (block.mapped) |mapped| mapped + @as(usize, @intCast(offset)) else null,
            .block = block,
        };
    }

    fn createBlock(self: *Memory, device: *Device, type_index: u32, kind: Kind) Error!*Block {
        const bytes = device.options.block_bytes;
        try self.blocks.ensureUnusedCapacity(device.gpa, 1);
        const block = try device.gpa.create(Block);
        errdefer device.gpa.destroy(block);
        var ranges: RangeAllocator = try .init(device.gpa, bytes);
        errdefer ranges.deinit(device.gpa);
        const memory = try allocate(device, bytes, type_index, null);
        errdefer device.functions.freeMemory(device.handle, memory, null);
        block.* = .{
            .memory = memory,
            .type_index = type_index,
            .kind = kind,
            .mapped = try map(device, memory, type_index),
            .ranges = ranges,
        };
        self.blocks.appendAssumeCapacity(block);
        self.counted.block_count += 1;
        self.counted.reserved_bytes += bytes;
        return block;
    }

    fn destroyBlock(self: *Memory, device: *Device, block: *Block) void {
        self.counted.block_count -= 1;
        self.counted.reserved_bytes -= block.ranges.bytes;
        block.ranges.deinit(device.gpa);
        if (device.isCallable()) device.functions.freeMemory(device.handle, block.memory, null);
        device.gpa.destroy(block);
    }

    fn allocAlone(self: *Memory, device: *Device, need: Need, type_index: u32) Error!Allocation {
        const handle_type = vk.ExternalMemoryHandleTypeFlags.opaque_fd;
        var memory: vk.DeviceMemory = .none;
        var chain: ?*const anyopaque = null;
        const owner: vk.MemoryDedicatedAllocateInfo = .{ .buffer = need.buffer, .image = need.image };
        if (need.buffer != .none or need.image != .none) chain = &owner;
        const exported: vk.ExportMemoryAllocateInfo = .{ .pNext = chain, .handleTypes = handle_type };
        if (need.is_exported) chain = &exported;
        const imported: vk.ImportMemoryFdInfoKHR = .{
            .pNext = chain,
            .handleType = handle_type,
            .fd = if (need.imported) |given| try duplicate(given.fd) else -1,
        };
        errdefer if (need.imported != null and memory == .none) {
            _ = linux.close(imported.fd); // A driver that refuses has not taken it.
        };
        if (need.imported != null) chain = &imported;
        const bytes = if (need.imported) |given| given.bytes else need.requirements.size;
        memory = try allocate(device, bytes, type_index, chain);
        errdefer device.functions.freeMemory(device.handle, memory, null);
        const mapped = if (need.where == .device) null else try map(device, memory, type_index);
        self.counted.alone_count += 1;
        self.counted.reserved_bytes += bytes;
        return .{
            .memory = memory,
            .offset = 0,
            .bytes = bytes,
            .type_index = type_index,
            .mapped = mapped,
            .block = null,
        };
    }
};

fn sameKind(block: *const Block, type_index: u32, kind: Kind) bool {
    return block.type_index == type_index and block.kind == kind;
}

fn allocate(device: *Device, bytes: u64, type_index: u32, chain: ?*const anyopaque) Error!vk.DeviceMemory {
    const info: vk.MemoryAllocateInfo = .{ .pNext = chain, .allocationSize = bytes, .memoryTypeIndex = type_index };
    var memory: vk.DeviceMemory = .none;
    try device.check(device.functions.allocateMemory(device.handle, &info, null, &memory));
    return memory;
}

fn duplicate(fd: i32) Error!i32 {
    const returned = linux.fcntl(fd, linux.F.DUPFD_CLOEXEC, 0);
    if (linux.errno(returned) != .SUCCESS) return error.InvalidArgument;
    return @intCast(returned);
}

fn map(device: *Device, memory: vk.DeviceMemory, type_index: u32) Error!?[*]u8 {
    const flags = device.physical.memory.memoryTypes[type_index].propertyFlags;
    if (flags & vk.MemoryPropertyFlags.host_visible == 0) return null;
    var address: ?*anyopaque = null;
    try device.check(device.functions.mapMemory(device.handle, memory, 0, vk.whole_size, 0, &address));
    return @ptrCast(address);
}

/// The type of memory to take of those in `allowed`, or null. The order of the driver decides between equals, as
/// Vulkan asks for.
fn chooseType(properties: *const vk.PhysicalDeviceMemoryProperties, allowed: u32, where: Where) ?u32 {
    const flag = vk.MemoryPropertyFlags;
    const host = flag.host_visible | flag.host_coherent;
    const required: u32 = if (where == .device) flag.device_local else host;
    const preferred: u32 = if (where == .download) flag.host_cached else 0;
    const avoided: u32 = switch (where) {
        .device => flag.host_visible, // The small window that some GPUs have.
        .upload => flag.host_cached | flag.device_local,
        .download => flag.device_local,
    };
    var best: ?u32 = null;
    var best_score: u32 = 0;
    for (properties.memoryTypes[0..properties.memoryTypeCount], 0..) |memory_type, i| {
        if (allowed >> @intCast(i) & 1 == 0 or memory_type.propertyFlags & required != required) continue;
        // A preference weighs more than all that is avoided.
        const score = 8 + 4 * @popCount(memory_type.propertyFlags & preferred) -
            @popCount(memory_type.propertyFlags & avoided);
        if (score <= best_score) continue;
        best = @intCast(i);
        best_score = score;
    }
    return best;
}

test "chooseType() keeps the host out of device memory and reads from cached memory" {
    const flag = vk.MemoryPropertyFlags;
    const host = flag.host_visible | flag.host_coherent;
    // As a discrete GPU lists them.
    const kinds = [_]u32{ 0, flag.device_local, host, host | flag.host_cached, host | flag.device_local };
    var properties: vk.PhysicalDeviceMemoryProperties = .{ .memoryTypeCount = kinds.len };
    for (kinds, properties.memoryTypes[0..kinds.len]) |flags, *memory_type| memory_type.propertyFlags = flags;
    try std.testing.expectEqual(1, chooseType(&properties, 0b11111, .device));
    try std.testing.expectEqual(2, chooseType(&properties, 0b11111, .upload));
    try std.testing.expectEqual(3, chooseType(&properties, 0b11111, .download));
    try std.testing.expectEqual(2, chooseType(&properties, 0b10111, .download));
    try std.testing.expectEqual(4, chooseType(&properties, 0b10001, .device));
    try std.testing.expectEqual(null, chooseType(&properties, 0b00011, .upload));
}
