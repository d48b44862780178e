/**
 * Addresses: `c=`, `a=source-filter`, `a=rtcp` and the address of `o=`.
 *
 * @module
 */
import { isIPv4, isIPv6 } from "node:net";
import type { Codec } from "./codec.ts";

/** Family of an address. */
export type AddressType = "IP4" | "IP6";

/** An address with its family. */
export interface Address {
  /** Family. */
  readonly addressType: AddressType;
  /** An IP address of the family, or a host name. */
  readonly address: string;
}

/** Where a medium is sent to: `c=IN IP4 239.1.2.3/64` (RFC 8866 §5.7). */
export interface Connection extends Address {
  /** Of IPv4 multicast: time to live, 0–255. */
  readonly ttl?: number;
  /** Of multicast: how many addresses in a row, where it is more than one. */
  readonly addressCount?: number;
}

/** Which senders of a multicast group are wanted: `a=source-filter` (RFC 4570 §3). */
export interface SourceFilter {
  /** `incl`: these senders only; `excl`: all but these. */
  readonly mode: "incl" | "excl";
  /** Family; `*` for host names of any. */
  readonly addressType: AddressType | "*";
  /** The address of the `c=` line that is meant, or `*` for all. */
  readonly destination: string;
  /** One or more. */
  readonly sources: readonly string[];
}

/** Where RTCP is, if it is not on the next port: `a=rtcp` (RFC 3605). */
export interface RtcpAddress {
  /** 0–65535. */
  readonly port: number;
  /** Where it is not the address of the medium. */
  readonly destination?: Address;
}

/** Whether `address` belongs to a multicast group: 224.0.0.0/4 or ff00::/8. */
export function isMulticast(address: string): boolean {
  return isIPv4(address) ? /^2(2[4-9]|3\d)\./.test(address) : isIPv6(address) && /^ff/i.test(address);
}

/** `IP4` or `IP6`, and an address of it or a host name. */
export function readAddress(type: string, address: string): Address | undefined {
  const addressType = type.toUpperCase();
  if (addressType !== "IP4" && addressType !== "IP6") return undefined;
  return isAddress(addressType, address) ? { addressType, address } : undefined;
}

/** The value of `c=`. */
export const CONNECTION: Codec<Connection> = {
  expected: "IN IP4 <address>[/<ttl>[/<count>]] or IN IP6 <address>[/<count>], for example IN IP4 239.1.2.3/64",
  read(text) {
    const [net, type, target, ...more] = text.split(/\s+/);
    const [host, ...numbers] = (target ?? "").split("/");
    const found = net.toUpperCase() === "IN" && more.length === 0 ? readAddress(type ?? "", host) : undefined;
    if (!found || !numbers.every((number) => /^\d{1,6}$/.test(number))) return undefined;
    const [first, second] = numbers.map(Number);
    if (found.addressType === "IP6") return numbers.length > 1 ? undefined : withCount(found, first);
    if (numbers.length > 2 || first > 255) return undefined;
    return withCount(first === undefined ? found : { ...found, ttl: first }, second);
  },
  write({ addressType, address, ttl, addressCount }) {
    const count = addressCount === undefined ? "" : `/${addressCount}`;
    return `IN ${addressType} ${address}${ttl === undefined ? "" : `/${ttl}`}${count}`;
  },
};

/** The value of `a=source-filter`. */
export const SOURCE_FILTER: Codec<SourceFilter> = {
  expected: "incl IN IP4 <destination or *> <source>..., for example incl IN IP4 239.1.2.3 192.0.2.1",
  read(text) {
    const [modeText, net, type, destination, ...sources] = text.split(/\s+/);
    const mode = modeText.toLowerCase();
    const addressType = (type ?? "").toUpperCase();
    if (mode !== "incl" && mode !== "excl" || net?.toUpperCase() !== "IN" || sources.length === 0) return undefined;
    if (addressType !== "IP4" && addressType !== "IP6" && addressType !== "*") return undefined;
    if (destination !== "*" && !isAddress(addressType, destination)) return undefined;
    if (!sources.every((source) => isAddress(addressType, source))) return undefined;
    return { mode, addressType, destination, sources };
  },
  // The grammar has a space after the colon, as no other attribute here.
  write: ({ mode, addressType, destination, sources }) =>
    ` ${mode} IN ${addressType} ${destination} ${sources.join(" ")}`,
};

/** The value of `a=rtcp`. */
export const RTCP: Codec<RtcpAddress> = {
  expected: "<port> or <port> IN IP4 <address>, for example 5005",
  read(text) {
    const [portText, net, type, address, ...more] = text.split(/\s+/);
    const port = /^\d{1,5}$/.test(portText) ? Number(portText) : NaN;
    if (!(port <= 65535) || more.length > 0) return undefined;
    if (net === undefined) return { port };
    const destination = net.toUpperCase() === "IN" ? readAddress(type ?? "", address ?? "") : undefined;
    return destination && { port, destination };
  },
  write: ({ port, destination }) =>
    destination === undefined ? String(port) : `${port} IN ${destination.addressType} ${destination.address}`,
};

function isAddress(type: AddressType | "*", text: string): boolean {
  const isName = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.?$/i.test(text) && /[a-z]/i.test(text);
  if (type === "*") return isName || isIPv4(text) || isIPv6(text);
  return isName || (type === "IP4" ? isIPv4(text) : isIPv6(text));
}

function withCount(connection: Connection, count: number | undefined): Connection | undefined {
  if (count === undefined) return connection;
  return count > 0 ? { ...connection, addressCount: count } : undefined;
}
