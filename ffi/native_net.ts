/**
 * What the network of this machine can do.
 *
 * @module
 */

import { netCapabilitiesLayout as layout, results } from "./abi.gen.ts";
import { interfaceIndex } from "./endpoint.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";

/** What the kernel can do for UDP. */
export interface NativeNetCapabilities {
  /** UDP_SEGMENT: many datagrams sent as one. */
  readonly gso: boolean;
  /** UDP_GRO: many datagrams received as one. */
  readonly gro: boolean;
  /** SO_TXTIME: datagrams with an instant to leave at. Has an effect with {@link fairQueue} alone. */
  readonly txTime: boolean;
  /** SO_MAX_PACING_RATE: a limit to the rate of a socket. Has an effect with {@link fairQueue} alone. */
  readonly pacingRate: boolean;
  /** Whether the interface has the queueing discipline fq; undefined without an interface, or if it cannot be told. */
  readonly fairQueue: boolean | undefined;
  /** net.core.rmem_max: the longest receive buffer that every user can have. 0 if it cannot be told. */
  readonly receiveBufferBytesMax: number;
  /** net.core.wmem_max: the longest send buffer that every user can have. 0 if it cannot be told. */
  readonly sendBufferBytesMax: number;
}

/** The network by way of the library. */
export class NativeNet {
  readonly #functions: NativeLibrary["functions"];

  /** Over an open library. */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
  }

  /**
   * What the kernel can do: none of it where the library has no sockets, which is everywhere but on Linux.
   *
   * @param interfaceName Whose `fairQueue` is told: `eth0`, or its index as text.
   * @throws {TypeError} If there is no interface of that name.
   * @throws {NativeError} `too_many_files`, `out_of_memory`.
   */
  capabilities(interfaceName?: string): NativeNetCapabilities {
    const index = interfaceName === undefined ? 0 : interfaceIndex(interfaceName);
    const view = new DataView(new ArrayBuffer(layout.structBytes));
    const code = this.#functions.sl_net_capabilities(index, view);
    if (code !== results.not_supported) check(code, "ask what the network can do");
    const word = (offset: number): number => view.getUint32(offset, true);
    const fairQueue = code === results.not_supported ? 2 : word(layout.fairQueue);
    return {
      gso: word(layout.gso) === 1,
      gro: word(layout.gro) === 1,
      txTime: word(layout.txTime) === 1,
      pacingRate: word(layout.pacingRate) === 1,
      fairQueue: fairQueue === 2 ? undefined : fairQueue === 1,
      receiveBufferBytesMax: word(layout.receiveBufferBytesMax),
      sendBufferBytesMax: word(layout.sendBufferBytesMax),
    };
  }

  /** See {@link interfaceIndex}. */
  interfaceIndex(nameOrIndex: string): number {
    return interfaceIndex(nameOrIndex);
  }
}

/**
 * What to tell a user whose socket got a shorter buffer than was asked for; undefined if it did not.
 *
 * @param askedBytes 0 asks for what the system gives by default, and is never too little.
 * @param givenBytes What the kernel gave.
 */
export function socketBufferWarning(
  askedBytes: number,
  givenBytes: number,
  which: "receive" | "send",
): string | undefined {
  if (givenBytes >= askedBytes) return undefined;
  const setting = which === "receive" ? "net.core.rmem_max" : "net.core.wmem_max";
  const danger = which === "receive" ? "packets can be lost while the thread does not run" : "bursts can be held up";
  return `The ${which} buffer of the socket has ${givenBytes} bytes instead of ${askedBytes}: ${danger}; ` +
    `raise the limit with "sysctl -w ${setting}=${askedBytes}", or give the process CAP_NET_ADMIN`;
}
