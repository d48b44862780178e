/**
 * Who may talk to the server: the page that it serves itself, and nobody else's page.
 *
 * There is no password on loopback: every user and program of this machine can open the page. What must be kept out is
 * a web page from elsewhere that runs in the user's browser. Two ways lead from there to a server on 127.0.0.1:
 *
 * - it opens a WebSocket to it (browsers let every page do that): its `Origin` differs from our `Host`, so it is
 *   refused;
 * - it makes its own name resolve to 127.0.0.1 (DNS rebinding), so that origin and host agree: its `Host` is that name,
 *   and only `localhost`, addresses in digits, and the name that the user gave are taken.
 *
 * The port in `Host` may be any, so that a tunnel or a container may map it to another.
 *
 * @module
 */
import { isIP } from "node:net";

/** Headers that decide. */
export interface GuardedHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/**
 * Why a request is refused.
 *
 * @param headers Of the request.
 * @param ownHost The host that the user told the display to listen on.
 * @returns The reason in words, or `undefined` if the request is fine.
 */
export function refusalOf(headers: GuardedHeaders, ownHost: string): string | undefined {
  const { host, origin } = headers;
  const name = host === undefined ? undefined : nameOf(host);
  if (name === undefined) return "the request has no valid Host header";
  const isKnown = name === "localhost" || isIP(name) !== 0 || name === ownHost.toLowerCase();
  if (!isKnown) return `the host name ${name} is not one of this display; open it by its address in digits`;
  // Programs that are no browser send no origin; browsers always send one with a WebSocket.
  if (origin === undefined) return undefined;
  if (origin === `http://${host}` || origin === `https://${host}`) return undefined;
  return "the request comes from a page of another origin";
}

/** Host name without port and brackets, in lower case. */
function nameOf(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
