/**
 * What an input asks of an output, which may come from another copy of this package.
 *
 * @module
 */
import { StreamError } from "../errors.ts";

/** Version of what an input asks of an output. */
export const PROTOCOL_VERSION = 1;

/** Refuses what is no output of a compatible copy of this package. */
export function checkOutput(port: unknown, what: string): void {
  const isOutput = typeof port === "object" && port !== null && "~outputProtocol" in port;
  const version = isOutput ? port["~outputProtocol"] : "none";
  if (version === PROTOCOL_VERSION) return;
  throw new StreamError(
    "version-clash",
    `${what}: it speaks port protocol ${version} and this copy of @streamlib/core speaks ${PROTOCOL_VERSION}; ` +
      "make the program use one version",
  );
}
