//! A timeline: a number that only grows, which device and host can wait for and set.

const std = @import("std");
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;

/// An instant of a timeline: reached as soon as its number is.
pub const Point = struct {
    timeline: *const Timeline,
    value: u64,
};

pub const Timeline = struct {
    device: *Device,
    handle: vk.Semaphore,

    pub fn create(device: *Device, first_value: u64, name: [:0]const u8) Error!Timeline {
        try device.enter();
        const kind: vk.SemaphoreTypeCreateInfo = .{ .semaphoreType = .timeline, .initialValue = first_value };
        const info: vk.SemaphoreCreateInfo = .{ .pNext = &kind };
        var handle: vk.Semaphore = .none;
        try device.check(device.functions.createSemaphore(device.handle, &info, null, &handle));
        device.setName(.semaphore, @backingInt(handle), name);
        return .{ .device = device, .handle = handle };
    }

    /// Nobody waits for it any more, and no submitted work names it.
    pub fn destroy(self: Timeline) void {
        if (self.device.isCallable()) self.device.functions.destroySemaphore(self.device.handle, self.handle, null);
    }

    pub fn value(self: *const Timeline) Error!u64 {
        try self.device.enter();
        var reached: u64 = 0;
        try self.device.check(
            self.device.functions.getSemaphoreCounterValue(self.device.handle, self.handle, &reached),
        );
        return reached;
    }

    /// Sets it from the host; `to` is greater than what it is and than what is still to come.
    pub fn signal(self: *const Timeline, to: u64) Error!void {
        try self.device.enter();
        const info: vk.SemaphoreSignalInfo = .{ .semaphore = self.handle, .value = to };
        try self.device.check(self.device.functions.signalSemaphore(self.device.handle, &info));
    }

    /// Sleeps until it has reached `until`; not longer than `wait_ns`: then `error.TimedOut`, and nothing else happens.
    pub fn wait(self: *const Timeline, until: u64, wait_ns: u64) Error!void {
        try self.device.enter();
        const info: vk.SemaphoreWaitInfo = .{
            .semaphoreCount = 1,
            .pSemaphores = @ptrCast(&self.handle),
            .pValues = @ptrCast(&until),
        };
        const result = self.device.functions.waitSemaphores(self.device.handle, &info, wait_ns);
        try self.device.check(result);
        if (result == .timeout) return error.TimedOut;
    }

    /// Sleeps until it has reached `until`. If that takes longer than the device may take, the device is abandoned.
    pub fn waitOrAbandon(self: *const Timeline, until: u64) Error!void {
        self.wait(until, self.device.options.wait_ns_max) catch |err| {
            if (err != error.TimedOut) return err;
            self.device.abandon();
            return error.Abandoned;
        };
    }
};
