/**
 * Where datagrams go to and come from: a numeric IP address and a port.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { netEndpointLayout as layout } from "./abi.gen.ts";

/** One end of a stream. Host names are not looked up: the answer can change, and asking blocks. */
export interface NativeEndpoint {
  /**
   * `192.0.2.1`, `2001:db8::1`, or with the interface that a link-local address belongs to, by name or index:
   * `fe80::1%eth0`.
   */
  readonly address: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** What the library is told of an address. */
export interface ParsedAddress {
  /** Of IP. */
  readonly family: 4 | 6;
  /** 4 or 16 bytes in network order. */
  readonly bytes: Uint8Array;
  /** The interface index of an IPv6 address with `%`, else 0. */
  readonly scope: number;
}

/**
 * Reads an address.
 *
 * @throws {TypeError} For anything but a numeric address, and for a scope that is no interface.
 */
export function parseAddress(text: string): ParsedAddress {
  const version4 = bytes4(text);
  if (version4 !== undefined) return { family: 4, bytes: version4, scope: 0 };
  const [address, scope, ...more] = text.split("%");
  const version6 = more.length === 0 ? bytes6(address) : undefined;
  if (version6 === undefined) {
    throw new TypeError(
      `Cannot use the address "${text}": it must be a numeric IPv4 or IPv6 address, such as 192.0.2.1 or 2001:db8::1`,
    );
  }
  return { family: 6, bytes: version6, scope: scope === undefined ? 0 : interfaceIndex(scope) };
}

/**
 * The number of a network interface, as the system counts them now.
 *
 * @param nameOrIndex `eth0`, or the number itself as text.
 * @throws {TypeError} If there is none of that name, or it cannot be looked up.
 */
export function interfaceIndex(nameOrIndex: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(nameOrIndex)) return Number(nameOrIndex);
  const wrong = `Cannot use the network interface "${nameOrIndex}"`;
  if (!/^[A-Za-z0-9_.:@-]{1,15}$/.test(nameOrIndex) || nameOrIndex === "." || nameOrIndex === "..") {
    throw new TypeError(`${wrong}: it must be a name of at most 15 characters, such as eth0, or an index from 1`);
  }
  try {
    return Number(readFileSync(`/sys/class/net/${nameOrIndex}/ifindex`, "utf8"));
  } catch (cause) {
    throw new TypeError(`${wrong}: there is none of that name; "ip link" lists them`, { cause });
  }
}

/**
 * Writes an endpoint as the library takes it; without one, "none".
 *
 * @param view Where; a struct of the library that has an endpoint at `offset`.
 * @param name What the endpoint is for, as it stands in errors: `destination`.
 * @throws {TypeError} For an address that is not numeric, and for one of a link without the interface.
 * @throws {RangeError} For a port that is not an integer from 0 to 65535.
 */
export function putEndpoint(view: DataView, offset: number, endpoint: NativeEndpoint | undefined, name: string): void {
  new Uint8Array(view.buffer, view.byteOffset + offset, layout.structBytes).fill(0);
  if (endpoint === undefined) return;
  const { address, port } = endpoint;
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`Cannot use ${name} port ${port}: it must be an integer from 0 to 65535`);
  }
  const parsed = parseAddress(address);
  if (parsed.scope === 0 && isLinkLocal(parsed)) {
    throw new TypeError(
      `Cannot use ${name} address "${address}": every link has such addresses; say which one, such as ${address}%eth0`,
    );
  }
  view.setUint32(offset + layout.family, parsed.family, true);
  view.setUint32(offset + layout.port, port, true);
  view.setUint32(offset + layout.scope, parsed.scope, true);
  new Uint8Array(view.buffer, view.byteOffset + offset + layout.bytes, 16).set(parsed.bytes);
}

/** An endpoint as the library writes it, from the start of `view`; an address of a link has its interface by index. */
export function getEndpoint(view: DataView): NativeEndpoint {
  const byteAt = (i: number): number => view.getUint8(layout.bytes + i);
  const port = view.getUint32(layout.port, true);
  if (view.getUint32(layout.family, true) === 4) {
    return { address: [0, 1, 2, 3].map(byteAt).join("."), port };
  }
  const groups = Array.from({ length: 8 }, (_, i) => (byteAt(2 * i) * 256 + byteAt(2 * i + 1)).toString(16));
  // The shortest form (RFC 5952) is what URLs have.
  const address = new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
  const scope = view.getUint32(layout.scope, true);
  return { address: scope === 0 ? address : `${address}%${scope}`, port };
}

/** fe80::/10 (RFC 4291 §2.5.6). Groups of one link have their interface from elsewhere. */
function isLinkLocal({ family, bytes: [first, second] }: ParsedAddress): boolean {
  return family === 6 && first === 0xfe && (second & 0xc0) === 0x80;
}

function bytes4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  // No leading zeros: some read them as octal.
  if (!parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

function bytes6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => groupsOf(half, i === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const given = head.length + (tail?.length ?? 0);
  // "::" stands for at least one group of zeros.
  if (halves.length === 1 ? given !== 16 : given > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  if (tail !== undefined) bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** Groups of 16 bits as bytes; the last may be an IPv4 address. */
function groupsOf(text: string, mayEndAs4: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    const version4 = mayEndAs4 && i === groups.length - 1 ? bytes4(group) : undefined;
    if (version4 !== undefined) bytes.push(...version4);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) bytes.push(parseInt(group, 16) >> 8, parseInt(group, 16) & 255);
    else return undefined;
  }
  return bytes;
}
