//! One result code for the whole library.
//!
//! Inside the library functions return Zig errors; at the C edge `code` turns them into one negative number by an
//! exhaustive switch, so that a forgotten error does not compile. A code is never renumbered and never used again:
//! bindings and bug reports know them by number.

const std = @import("std");

/// 0 is success, negatives are errors. Functions that also return a value return it as a number >= 0.
pub const Result = enum(i32) {
    ok = 0,
    /// The handle was never given out, or what it named is gone.
    bad_handle = -1,
    /// An argument has a value that is never allowed.
    invalid_argument = -2,
    /// A number, offset or rectangle lies outside of what it refers to.
    out_of_range = -3,
    /// The caller's buffer is too small.
    out_of_space = -4,
    /// There is not enough memory, or not enough shared memory.
    out_of_memory = -5,
    /// The process has no free file descriptor.
    too_many_files = -6,
    /// The table of handles is full.
    too_many_handles = -7,
    /// The system cannot do this.
    not_supported = -8,
    /// The system refused a call that should have worked.
    system_failed = -9,
    /// Shared memory breaks its own rules: another process wrote into it.
    corrupt = -10,
    /// Something that can be set once was set already.
    already_set = -11,
    /// What was named has ended: its process is dead, or its owner closed it.
    gone = -12,
    /// The system does not let this user do that.
    permission = -13,
    /// There is no shared memory of the wanted kind at the address.
    not_shared = -14,
    /// The shared memory was made by a version of streamlib that lays it out in another way.
    wrong_version = -15,
    /// Another process does what only one of the machine can do.
    busy = -16,

    /// Nothing there yet: an ordinary state of the data path.
    empty = -32,
    /// No free slot: an ordinary state of the data path, counted as a drop.
    full = -33,
    /// The wait ended without the event: an ordinary state of the data path.
    timed_out = -34,
    /// The ring was ended; nothing more will be written to it.
    ended = -35,

    /// The ring has a writer already.
    writer_taken = -64,
    /// All places of the reader table are taken.
    readers_full = -65,
    /// A slot is on loan already; commit or abort it first.
    loan_outstanding = -66,
    /// The slot is not on loan.
    not_loaned = -67,
    /// The writer was closed, or never opened.
    bad_writer = -68,
    /// The reader was closed, or never opened.
    bad_reader = -69,
    /// The slot is not pinned by this reader.
    not_pinned = -70,

    /// Another socket has the port.
    port_taken = -96,
    /// The address to send from or receive at is none of this machine's.
    address_not_local = -97,
    /// The system knows no way to the address.
    no_route = -98,
    /// There is no network interface of that number, or it cannot do multicast.
    no_such_interface = -99,
    /// A source filter or a group was asked for with an address that is not multicast.
    not_multicast = -100,
    /// The system cannot filter a group by its source.
    source_filter_unsupported = -101,
    /// A datagram is longer than the path takes in one piece.
    message_too_long = -102,
    /// Nobody listens at the address and port.
    refused = -103,
    /// The queue of the socket or of the network card stayed full.
    queue_full = -104,

    /// An address without family, or a port that is not 1 to 65535.
    bad_endpoint = -112,
    /// Width or height is not 1 to 32767, or odd where the sampling has pairs.
    bad_picture_size = -113,
    /// ST 2110-20 has no pixel group of that sampling and depth.
    no_pgroup = -114,
    /// 4:2:0 is progressive only.
    interlaced_quarter = -115,
    /// The UDP size is too small for one pixel group, above the limit, or extended with block packing.
    bad_udp_size = -116,
    /// Block packing cannot carry this format.
    no_blocks = -117,
    /// That pixel format does not become that sampling and depth.
    no_conversion = -118,
    /// A rate of 0, or one that the standard does not have.
    bad_rate = -119,
    /// No channels or samples, or more than fit into a packet.
    bad_audio_size = -120,
    /// A payload type is 0 to 127.
    bad_payload_type = -121,
    /// The bytes that were submitted are not what the job says.
    bad_payload = -122,
    /// The narrow schedule needs a picture that a broadcast raster holds; linear ones do not.
    no_gap = -123,
    /// The wide schedule ends below 900 000 packets per second.
    too_fast = -124,

    /// The system keeps the ports of PTP to privileged programs.
    ptp_ports_refused = -128,
    /// The interface has no card address to make a clock identity from.
    no_clock_identity = -129,
    /// The network card or its driver cannot stamp messages, or the system does not let this user switch it on.
    no_hardware_stamps = -130,
    /// A log interval or timeout of PTP is outside of what any profile has.
    bad_ptp_interval = -131,

    /// There is no Vulkan loader, or this process cannot open libraries.
    no_vulkan = -160,
    /// The Vulkan loader has no driver that works.
    no_device = -161,
    /// No GPU fits what was asked for.
    no_such_device = -162,
    /// The driver says that the device failed; nothing on it works any more.
    device_lost = -163,
    /// The device did not answer within its bounded time and was given up.
    device_abandoned = -164,
    /// The device has no memory.
    out_of_device_memory = -165,
    /// The words are not SPIR-V, or no shader of the wanted kind.
    bad_shader = -166,
    /// The frame's slot holds another picture by now, or its ring was replaced.
    stale_frame = -167,
    /// The frame or object is of another device.
    wrong_device = -168,
    /// The driver answered with an error that says nothing else.
    driver_failed = -169,
    /// What is to be waited for was not submitted yet.
    not_submitted = -170,
};

pub const Error = error{
    BadHandle,
    InvalidArgument,
    OutOfRange,
    OutOfSpace,
    OutOfMemory,
    TooManyFiles,
    TooManyHandles,
    NotSupported,
    SystemFailed,
    Corrupt,
    AlreadySet,
    Gone,
    Permission,
    NotShared,
    WrongVersion,
    Busy,
    Empty,
    Full,
    TimedOut,
    Ended,
    WriterTaken,
    ReadersFull,
    LoanOutstanding,
    NotLoaned,
    BadWriter,
    BadReader,
    NotPinned,
    PortTaken,
    AddressNotLocal,
    NoRoute,
    NoSuchInterface,
    NotMulticast,
    SourceFilterUnsupported,
    MessageTooLong,
    Refused,
    QueueFull,
    BadEndpoint,
    BadPictureSize,
    NoPgroup,
    InterlacedQuarter,
    BadUdpSize,
    NoBlocks,
    NoConversion,
    BadRate,
    BadAudioSize,
    BadPayloadType,
    BadPayload,
    NoGap,
    TooFast,
    PtpPortsRefused,
    NoClockIdentity,
    NoHardwareStamps,
    BadPtpInterval,
    NoVulkan,
    NoDevice,
    NoSuchDevice,
    DeviceLost,
    Abandoned,
    OutOfDeviceMemory,
    BadShader,
    StaleFrame,
    WrongDevice,
    DriverFailed,
    NotSubmitted,
};

pub fn fromError(err: Error) Result {
    return switch (err) {
        error.BadHandle => .bad_handle,
        error.InvalidArgument => .invalid_argument,
        error.OutOfRange => .out_of_range,
        error.OutOfSpace => .out_of_space,
        error.OutOfMemory => .out_of_memory,
        error.TooManyFiles => .too_many_files,
        error.TooManyHandles => .too_many_handles,
        error.NotSupported => .not_supported,
        error.SystemFailed => .system_failed,
        error.Corrupt => .corrupt,
        error.AlreadySet => .already_set,
        error.Gone => .gone,
        error.Permission => .permission,
        error.NotShared => .not_shared,
        error.WrongVersion => .wrong_version,
        error.Busy => .busy,
        error.Empty => .empty,
        error.Full => .full,
        error.TimedOut => .timed_out,
        error.Ended => .ended,
        error.WriterTaken => .writer_taken,
        error.ReadersFull => .readers_full,
        error.LoanOutstanding => .loan_outstanding,
        error.NotLoaned => .not_loaned,
        error.BadWriter => .bad_writer,
        error.BadReader => .bad_reader,
        error.NotPinned => .not_pinned,
        error.PortTaken => .port_taken,
        error.AddressNotLocal => .address_not_local,
        error.NoRoute => .no_route,
        error.NoSuchInterface => .no_such_interface,
        error.NotMulticast => .not_multicast,
        error.SourceFilterUnsupported => .source_filter_unsupported,
        error.MessageTooLong => .message_too_long,
        error.Refused => .refused,
        error.QueueFull => .queue_full,
        error.BadEndpoint => .bad_endpoint,
        error.BadPictureSize => .bad_picture_size,
        error.NoPgroup => .no_pgroup,
        error.InterlacedQuarter => .interlaced_quarter,
        error.BadUdpSize => .bad_udp_size,
        error.NoBlocks => .no_blocks,
        error.NoConversion => .no_conversion,
        error.BadRate => .bad_rate,
        error.BadAudioSize => .bad_audio_size,
        error.BadPayloadType => .bad_payload_type,
        error.BadPayload => .bad_payload,
        error.NoGap => .no_gap,
        error.TooFast => .too_fast,
        error.PtpPortsRefused => .ptp_ports_refused,
        error.NoClockIdentity => .no_clock_identity,
        error.NoHardwareStamps => .no_hardware_stamps,
        error.BadPtpInterval => .bad_ptp_interval,
        error.NoVulkan => .no_vulkan,
        error.NoDevice => .no_device,
        error.NoSuchDevice => .no_such_device,
        error.DeviceLost => .device_lost,
        error.Abandoned => .device_abandoned,
        error.OutOfDeviceMemory => .out_of_device_memory,
        error.BadShader => .bad_shader,
        error.StaleFrame => .stale_frame,
        error.WrongDevice => .wrong_device,
        error.DriverFailed => .driver_failed,
        error.NotSubmitted => .not_submitted,
    };
}

/// The number a C function returns: the value, or the code of the error.
pub fn code(outcome: anytype) i32 {
    const value = outcome catch |err| return @backingInt(fromError(err));
    return switch (@TypeOf(value)) {
        void => 0,
        else => @intCast(value),
    };
}

test "code() returns values as they are and errors as their number" {
    try std.testing.expectEqual(@as(i32, 7), code(@as(Error!u32, 7)));
    try std.testing.expectEqual(@as(i32, 0), code(@as(Error!void, {})));
    try std.testing.expectEqual(@as(i32, -33), code(@as(Error!u32, error.Full)));
}

test "every error has its own result and every result but ok has its error" {
    @setEvalBranchQuota(10_000);
    const names = @typeInfo(Error).error_set.error_names.?;
    const values = @typeInfo(Result).@"enum".field_values;
    try std.testing.expectEqual(values.len, names.len + 1);
    inline for (names, 0..) |name, i| {
        inline for (names[0..i]) |other| {
            try std.testing.expect(fromError(@field(Error, name)) != fromError(@field(Error, other)));
        }
    }
}
