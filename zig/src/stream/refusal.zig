//! Why a stream cannot be opened, as the results that callers get. Every switch is exhaustive: a reason that is added
//! below and forgotten here does not compile.

const std = @import("std");
const audio = @import("../st2110.zig").audio;
const net = @import("../net.zig");
const schedule = @import("../st2110.zig").schedule;
const video = @import("../st2110.zig").video;
const Error = @import("../result.zig").Error;

pub fn fromNet(err: net.Error) Error {
    return switch (err) {
        error.PortTaken => error.PortTaken,
        error.AddressNotLocal => error.AddressNotLocal,
        error.NoRoute => error.NoRoute,
        error.NoSuchInterface => error.NoSuchInterface,
        error.NotMulticast => error.NotMulticast,
        error.SourceFilterUnsupported => error.SourceFilterUnsupported,
        error.Permission => error.Permission,
        error.MessageTooLong => error.MessageTooLong,
        error.Refused => error.Refused,
        error.QueueFull => error.QueueFull,
        error.Unsupported => error.NotSupported,
        error.OutOfDescriptors => error.TooManyFiles,
        error.OutOfMemory => error.OutOfMemory,
        error.InvalidArgument => error.InvalidArgument,
        error.Unexpected => error.SystemFailed,
    };
}

pub fn fromVideo(err: video.FormatError) Error {
    return switch (err) {
        error.BadSize => error.BadPictureSize,
        error.NoPgroup => error.NoPgroup,
        error.InterlacedQuarter => error.InterlacedQuarter,
        error.BadUdpSize => error.BadUdpSize,
        error.NoBlocks => error.NoBlocks,
    };
}

pub fn fromAudio(err: audio.Format.Error) Error {
    return switch (err) {
        error.BadRate => error.BadRate,
        error.BadSize => error.BadAudioSize,
    };
}

pub fn fromSchedule(err: schedule.Error) Error {
    return switch (err) {
        error.BadRate => error.BadRate,
        error.BadPacketCount => error.BadPictureSize,
        error.NoGap => error.NoGap,
        error.TooFast => error.TooFast,
    };
}

/// The value of a number that crossed the ABI, or why it is none.
pub fn enumOf(comptime Enum: type, number: u32) Error!Enum {
    return std.enums.fromInt(Enum, number) orelse error.InvalidArgument;
}

test "enumOf() takes the numbers of the enum and no others" {
    try std.testing.expectEqual(video.Scan.segmented, try enumOf(video.Scan, 2));
    try std.testing.expectError(error.InvalidArgument, enumOf(video.Scan, 3));
}
