/** A plain socket that catches what senders send. */
import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** Where everything of these pictures happens. */
export const HERE = "127.0.0.1";
/** Bytes of the fixed header (RFC 3550). */
export const RTP_HEADER_BYTES = 12;

/** A datagram. */
export interface Caught {
  readonly data: Buffer;
  readonly ms: number;
}

/** A socket that keeps what comes. */
export class Catcher {
  readonly caught: Caught[] = [];
  readonly #socket: Socket = createSocket("udp4");

  /** Takes a free port. */
  async open(): Promise<number> {
    this.#socket.on("message", (data) => void this.caught.push({ data: Buffer.from(data), ms: performance.now() }));
    this.#socket.bind(0, HERE);
    await once(this.#socket, "listening");
    this.#socket.setRecvBufferSize(1 << 22);
    return this.#socket.address().port;
  }

  /** Ends it. */
  close(): void {
    this.#socket.close();
  }
}

/** Datagrams by their time stamp: a list for each picture. */
export function byStamp(caught: readonly Caught[]): Caught[][] {
  const stamps = new Map<number, Caught[]>();
  for (const one of caught) {
    const stamp = one.data.readUInt32BE(4);
    stamps.set(stamp, [...(stamps.get(stamp) ?? []), one]);
  }
  return [...stamps.values()];
}
