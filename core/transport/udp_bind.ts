/**
 * Binding a UDP port to find out whether it is free.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

/** A bound UDP socket that nobody reads. It does not keep the process alive. */
export interface BoundUdp {
  /** Closes it. Resolves when the port is free. */
  close(): Promise<void>;
}

/**
 * Binds a port, without sharing it.
 *
 * @param address An address of this machine, or that of all of a family.
 * @param port The port.
 * @returns The socket, or the system's name of the error: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`.
 */
export function bindUdp(address: string, port: number): Promise<BoundUdp | string> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", reuseAddr: false });
    // Before it is bound: Deno does not look at it later.
    socket.unref();
    const close = (): Promise<void> => new Promise((closed) => socket.close(() => closed()));
    socket.once("error", (error: Error & { code?: string }) => {
      const code = error.code ?? error.message;
      close().then(() => resolve(code), () => resolve(code));
    });
    socket.bind({ address, port, exclusive: true }, () => resolve({ close }));
  });
}

/** What the system's name of an error means, for people. */
export function reasonOf(code: string): string {
  if (code === "EADDRNOTAVAIL") return "it is no address of this machine";
  if (code === "ENOTFOUND") return "it is no address";
  return code;
}
