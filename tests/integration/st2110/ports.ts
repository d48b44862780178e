/**
 * UDP ports that nobody has, and that a peer has opened.
 *
 * @module
 */
import { createSocket, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import { until } from "./wait.ts";

/** An even UDP port of this machine that is free with the one above it, which is that of RTCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const first = await bind(0);
    const { port } = first!.address();
    const second = port % 2 === 0 ? await bind(port + 1) : undefined;
    await Promise.all([first, second].map((socket) => socket && new Promise<void>((done) => socket.close(done))));
    if (second) return port;
  }
}

function bind(port: number): Promise<Socket | undefined> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(undefined));
    socket.bind(port, "0.0.0.0", () => resolve(socket));
  });
}

/** Waits until a process of this machine has opened a UDP port. */
export async function untilBound(port: number): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const isBound = () =>
    ["/proc/net/udp", "/proc/net/udp6"].some((table) =>
      readFileSync(table, "utf8").split("\n").some((line) => line.trim().split(/\s+/)[1]?.endsWith(wanted))
    );
  await until(isBound, `UDP port ${port} is open`);
}
