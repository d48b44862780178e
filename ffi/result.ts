/**
 * Result codes of the library as names and as errors.
 *
 * @module
 */

import { type ResultName, results } from "./abi.gen.ts";
import { NativeError } from "./native_error.ts";
import { notSupportedMeaning } from "./not_supported.ts";

const names: ReadonlyMap<number, ResultName> = new Map(
  Object.entries(results).map(([name, code]) => [code, name as ResultName]),
);

const meanings: Partial<Record<ResultName, string>> = {
  bad_handle: "the handle names nothing that is alive",
  out_of_range: "a number lies outside of its limits",
  out_of_space: "the buffer is too small",
  out_of_memory: "there is not enough free memory",
  too_many_files: "the process has no free file descriptor (see ulimit -n)",
  writer_taken: "it has a writer already",
  readers_full: "all places for readers are taken",
  loan_outstanding: "a slot is on loan already, commit or abort it first",
  bad_writer: "the writer was closed or never opened",
  bad_reader: "the reader was closed or never opened",
  already_set: "it was set before and can be set once",
  ended: "it has ended",
  not_supported: notSupportedMeaning(),
  too_many_handles: "the library can name no more of them",
  gone: "its process is dead, or its owner has closed it",
  permission: "the system does not let this user do it",
  not_shared: "there is no shared memory of that kind at the address",
  wrong_version: "it was made by another version of streamlib",
  busy: "another process of this machine does that",
  corrupt: "what lies in the shared memory contradicts itself",
  port_taken: "another socket has the port; take another, or stop the program that has it",
  address_not_local: "the address is none of this machine's",
  no_route: "the system knows no way to the address; look at its routes, or name the interface",
  no_such_interface: "there is no such network interface, or it cannot do multicast",
  not_multicast: "a group or a source filter goes with multicast addresses alone",
  source_filter_unsupported: "this system cannot filter a group by its source",
  message_too_long: "a datagram is longer than the path takes in one piece; lower the UDP size, or raise the MTU",
  refused: "nobody listens at the address and port",
  queue_full: "the queue of the socket or of the network card stayed full",
  bad_endpoint: "an address is missing, of two families, or its port is not 1 to 65535 (RTCP needs the port above too)",
  bad_picture_size: "width and height must be 1 to 32767, even where chroma is halved, and two rows for two fields",
  no_pgroup: "ST 2110-20 has no pixel group of that sampling and depth",
  interlaced_quarter: "4:2:0 is progressive only",
  bad_udp_size: "the UDP size must be at most 8960, 1460 for block packing, and hold a pixel group",
  no_blocks: "block packing cannot carry this picture: 1260 bytes must be whole pixel groups of at most three rows",
  no_conversion: "the pixel format has not the sampling and depth of the stream; convert the frame before",
  bad_rate: "the rate must be a fraction of integers from 1 up, of pictures from one in an hour to a million in a " +
    "second, of audio 48000, 96000 or 44100",
  bad_audio_size: "a packet must hold at least one sample of one channel, and at most 1440 bytes",
  bad_payload_type: "a payload type is 0 to 127",
  bad_payload: "the bytes are not what the job and the stream say",
  no_gap: "narrow senders need a picture that a broadcast raster holds; take narrow-linear",
  too_fast: "wide senders end below 900 000 packets per second; take narrow-linear",
  ptp_ports_refused: "this system keeps the ports of PTP, 319 and 320, to privileged programs. Lower " +
    "net.ipv4.ip_unprivileged_port_start to 319 by sysctl; or run `streamlib ptp` as root or as a service, whose time " +
    "the other programs of this machine share; or give the runtime cap_net_bind_service by setcap, but then every " +
    "program that it runs has that right too, and actors in processes of their own may fail",
  no_clock_identity: "the interface has no card address to make a clock identity from; give an identity",
  no_hardware_stamps: "the network card or its driver cannot stamp messages, or this user may not switch it on " +
    "(CAP_NET_ADMIN); take software stamps",
  bad_ptp_interval:
    "log intervals must be -4 to 4 for Announce, -7 to 4 for Sync, -7 to 6 for delay, and the receipt " +
    "timeout 2 to 10",
  no_vulkan: "there is no Vulkan loader; install the driver of the GPU, or a software device",
  no_device: "the Vulkan loader has no driver that works; install the driver of the GPU, or a software device",
  no_such_device: "no GPU fits what was asked for",
  device_lost: "the driver says that the GPU failed; close it and open it again",
  device_abandoned: "the GPU did not answer within its bounded time and was given up; open it again",
  out_of_device_memory: "the GPU has not enough free memory",
  bad_shader: "the words are not SPIR-V of the wanted kind",
  stale_frame: "its slot holds another picture by now, or its ring was replaced; read the newest frame",
  wrong_device: "it is of another GPU; both ends must use the same open device",
  driver_failed: "the driver of the GPU answered with an error that says nothing else",
  not_submitted: "the stream has not submitted that yet; submit first what is waited for",
};

/** The name of a code that the library returned; a value (>= 0) is `ok`, an unknown code its number. */
export function resultName(code: number): string {
  return code >= 0 ? "ok" : names.get(code) ?? `result ${code}`;
}

/**
 * Passes a value (>= 0) through and throws a {@link NativeError} for a code (< 0).
 *
 * @param code What a function of the library returned.
 * @param action What was tried, as it stands after "Cannot": `create ring "camera"`.
 */
export function check(code: number, action: string): number {
  if (code >= 0) return code;
  const name = resultName(code);
  const meaning = meanings[name as ResultName];
  throw new NativeError(name, code, `Cannot ${action}: ${meaning === undefined ? name : `${meaning} (${name})`}`);
}
