/**
 * Actor URIs: `actor://host/Class/id`.
 *
 * @module
 */
import { StreamError } from "../errors.ts";

/** The parts of an actor URI. */
export interface ActorUri {
  /** `local`, a host name, an IPv4 address, or an IPv6 address in brackets; with `:port` if one was given. */
  readonly host: string;
  /** Name under which the class is registered: a letter, then letters and digits; at most 64. */
  readonly className: string;
  /** Name of the instance: a letter or digit, then letters, digits, `.`, `_`, `-`; at most 128. */
  readonly id: string;
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const CLASS = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const FORM = "actor://host/Class/id";

/** Whether `id` can name an instance: a letter or digit, then letters, digits, `.`, `_`, `-`; at most 128. */
export function isActorId(id: string): boolean {
  return ID.test(id);
}

/**
 * Takes an actor URI apart. Strict: no query, no fragment, no user, no percent signs, no missing parts.
 *
 * @throws {StreamError} `uri-invalid` naming the part that is wrong and the right form.
 */
export function parseActorUri(uri: string): ActorUri {
  const refuse = (why: string): never => {
    throw new StreamError("uri-invalid", `Cannot read actor URI "${uri}": ${why}; the form is ${FORM}`);
  };
  if (!uri.startsWith("actor://")) return refuse("it does not begin with actor://");
  const parts = uri.slice("actor://".length).split("/");
  if (parts.length !== 3) return refuse(`it has ${parts.length} parts after actor://, not 3`);
  const [host, className, id] = parts;
  if (!HOST.test(host)) return refuse(`"${host}" is not a host`);
  const port = /:([0-9]{1,5})$/.exec(host.replace(/^\[.*\]/, ""))?.[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) return refuse(`port ${port} is not 1 to 65535`);
  if (!CLASS.test(className)) return refuse(`"${className}" is not a class name (a letter, then letters and digits)`);
  if (!isActorId(id)) return refuse(`"${id}" is not an id (letters, digits, ".", "_", "-")`);
  return { host, className, id };
}
