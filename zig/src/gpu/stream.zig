//! A stream: work of one origin that a queue does in order, with a timeline that tells how far it is.
//!
//! It has a few recordings that it uses in turn. `begin` waits if all of them are still at work: that is the limit of
//! what may be in flight. Streams do not wait for each other unless a submit names points to wait for; that wait is the
//! device's, and the host goes on.

const std = @import("std");
const timelines = @import("timeline.zig");
const vk = @import("vk.zig");
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;
const Point = timelines.Point;
const Queue = @import("queue.zig").Queue;
const Recording = @import("recording.zig").Recording;
const Timeline = timelines.Timeline;

pub const Options = struct {
    queue: *Queue,
    /// Submits under way at most, 1 to 16.
    in_flight_max: u32 = 3,
    name: [:0]const u8 = "",
};

/// Points that one submit can wait for: its inputs, and all readers of the slot that it writes.
pub const waits_max = 96;

pub const Stream = struct {
    device: *Device,
    queue: *Queue,
    timeline: Timeline,
    /// The value of the last submit; the one before it is one less.
    submitted: u64 = 0,
    recordings: []Recording,
    is_recording: bool = false,

    /// It stays where it is until `destroy`: points refer to its timeline. One thread uses it at a time.
    pub fn create(device: *Device, options: Options) Error!*Stream {
        try device.enter();
        if (options.in_flight_max < 1 or options.in_flight_max > 16) return error.InvalidArgument;
        const self = try device.gpa.create(Stream);
        errdefer device.gpa.destroy(self);
        const timeline: Timeline = try .create(device, 0, options.name);
        errdefer timeline.destroy();
        const recordings = try device.gpa.alloc(Recording, options.in_flight_max);
        errdefer device.gpa.free(recordings);
        var made: usize = 0;
        errdefer for (recordings[0..made]) |*recording| recording.destroy();
        for (recordings) |*recording| {
            recording.* = try .create(device, options.queue);
            made += 1;
        }
        self.* = .{ .device = device, .queue = options.queue, .timeline = timeline, .recordings = recordings };
        return self;
    }

    /// Waits for its work, within the device's bounds, and frees it.
    pub fn destroy(self: *Stream) void {
        const gpa = self.device.gpa;
        self.finish() catch {}; // Lost or abandoned: then nothing runs that could be waited for.
        for (self.recordings) |*recording| recording.destroy();
        self.timeline.destroy();
        gpa.free(self.recordings);
        gpa.destroy(self);
    }

    /// An empty recording. It waits for the oldest submit, if as many are in flight as may be.
    pub fn begin(self: *Stream) Error!*Recording {
        try self.device.enter();
        if (self.is_recording) return error.InvalidArgument;
        const recording = self.next();
        try self.timeline.waitOrAbandon(recording.value);
        try recording.begin();
        self.is_recording = true;
        return recording;
    }

    /// Whether `begin` would wait.
    pub fn isFull(self: *const Stream) Error!bool {
        return try self.timeline.value() < self.next().value;
    }

    /// Gives up what was recorded since `begin`.
    pub fn abort(self: *Stream) void {
        self.is_recording = false;
    }

    /// Submits what was recorded. The device begins it when all `waits` are reached, and reaches the returned point
    /// when it is done. If it fails nothing was submitted and the recording is given up.
    pub fn submit(self: *Stream, waits: []const Point) Error!Point {
        if (!self.is_recording or waits.len > waits_max) return error.InvalidArgument;
        self.is_recording = false;
        const recording = self.next();
        try self.device.enter();
        try recording.end();
        var wait_infos: [waits_max]vk.SemaphoreSubmitInfo = undefined;
        for (waits, wait_infos[0..waits.len]) |point, *info| info.* = semaphoreInfo(point.timeline, point.value);
        const value = self.submitted + 1;
        const signal = semaphoreInfo(&self.timeline, value);
        const commands: vk.CommandBufferSubmitInfo = .{ .commandBuffer = recording.commands, .deviceMask = 0 };
        const info: vk.SubmitInfo2 = .{
            .waitSemaphoreInfoCount = @intCast(waits.len),
            .pWaitSemaphoreInfos = &wait_infos,
            .commandBufferInfoCount = 1,
            .pCommandBufferInfos = @ptrCast(&commands),
            .signalSemaphoreInfoCount = 1,
            .pSignalSemaphoreInfos = @ptrCast(&signal),
        };
        try self.device.check(self.queue.submit(&self.device.functions, &info));
        self.submitted = value;
        recording.value = value;
        return .{ .timeline = &self.timeline, .value = value };
    }

    /// Waits until everything submitted is done. If that takes longer than the device may take, it is abandoned.
    pub fn finish(self: *Stream) Error!void {
        try self.timeline.waitOrAbandon(self.submitted);
    }

    fn next(self: *const Stream) *Recording {
        return &self.recordings[@intCast(self.submitted % self.recordings.len)];
    }
};

fn semaphoreInfo(timeline: *const Timeline, value: u64) vk.SemaphoreSubmitInfo {
    return .{
        .semaphore = timeline.handle,
        .value = value,
        .stageMask = vk.PipelineStageFlags2.all_commands,
        .deviceIndex = 0,
    };
}
