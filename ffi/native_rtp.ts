/**
 * RTP packets, for tools that look into them.
 *
 * @module
 */

import { type NativeFunctions, rtpHeaderLayout as layout } from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";

/** An RTP packet (RFC 3550 section 5.1). Its arrays are views of the bytes that were parsed. */
export interface RtpPacket {
  /** The last packet of a frame, where the payload says so. */
  readonly marker: boolean;
  /** 0 to 127. */
  readonly payloadType: number;
  /** 0 to 65535. */
  readonly sequence: number;
  /** 0 to 2^32 - 1. */
  readonly timestamp: number;
  /** The sender. */
  readonly ssrc: number;
  /** Whose contributions it carries; at most 15. */
  readonly csrcs: readonly number[];
  /** The header extension (RFC 8285 uses profiles 0xBEDE and 0x1000), if there is one. */
  readonly extension?: { readonly profile: number; readonly data: Uint8Array };
  /** Without padding. */
  readonly payload: Uint8Array;
  /** How many bytes of padding follow the payload. */
  readonly paddingBytes: number;
}

/** Why bytes are no RTP packet. */
export type RtpFault = "too short" | "wrong version" | "truncated sources" | "truncated extension" | "bad padding";

const faults: readonly RtpFault[] = [
  "too short",
  "wrong version",
  "truncated sources",
  "truncated extension",
  "bad padding",
];

/** Takes RTP packets apart. Not for the data path: that is in the library. */
export class NativeRtp {
  readonly #functions: NativeFunctions;
  readonly #header: DataView = new DataView(new ArrayBuffer(layout.structBytes));

  /** Over an open library, for one thread. */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
  }

  /** What the bytes of a datagram say, or why they are no RTP packet: that is an answer and not an error. */
  parse(bytes: Uint8Array): RtpPacket | RtpFault {
    const header = this.#header;
    const outcome = check(this.#functions.sl_rtp_parse(bytes, header), `parse an RTP packet of ${bytes.length} bytes`);
    if (outcome > 0) return faults[outcome - 1];
    const word = (offset: number): number => header.getUint32(offset, true);
    const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const part = (offset: number, length: number): Uint8Array =>
      bytes.subarray(word(offset), word(offset) + word(length));
    const extension = word(layout.hasExtension) === 0 ? {} : {
      extension: {
        profile: word(layout.extensionProfile),
        data: part(layout.extensionOffset, layout.extensionBytes),
      },
    };
    return {
      marker: word(layout.marker) === 1,
      payloadType: word(layout.payloadType),
      sequence: word(layout.sequence),
      timestamp: word(layout.timestamp),
      ssrc: word(layout.ssrc),
      csrcs: Array.from({ length: word(layout.csrcCount) }, (_, i) => source.getUint32(12 + i * 4)),
      ...extension,
      payload: part(layout.payloadOffset, layout.payloadBytes),
      paddingBytes: word(layout.paddingBytes),
    };
  }
}
