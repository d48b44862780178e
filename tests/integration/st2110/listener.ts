/**
 * A socket that swallows what is sent to a port, so that nobody answers that it is closed.
 *
 * @module
 */
import { createSocket, type Socket } from "node:dgram";

/** Two UDP ports of this machine that are open: one of RTP and the one above it. */
export class Listener {
  readonly #sockets: readonly Socket[];

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
  }

  /** Opens them. */
  static async open(port: number): Promise<Listener> {
    return new Listener(await Promise.all([bind(port), bind(port + 1)]));
  }

  /** Closes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => new Promise<void>((done) => socket.close(() => done()))));
  }
}

function bind(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", () => resolve(socket));
  });
}
