/** Transports for tests: those of other tests of this process are put aside meanwhile. */
import { after, before } from "@std/testing/bdd";
import type { Transport } from "../transport/transport.ts";

/** Within this `describe` only the transports that it registers are there. */
export function onlyOwnTransports(): void {
  const key = Symbol.for("@streamlib/core/transports/1");
  const transports = (globalThis as unknown as Record<symbol, Transport[]>)[key];
  let others: Transport[] = [];
  before(() => void (others = transports.splice(0)));
  after(() => void transports.splice(0, transports.length, ...others));
}
