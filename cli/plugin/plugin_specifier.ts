/**
 * How a plugin is named.
 *
 * @module
 */
import { isAbsolute, resolve } from "node:path";
import { StreamError } from "@streamlib/core";

/** A plugin's name, taken apart. */
export type PluginSpecifier =
  /** A package of a registry, `npm:` or `jsr:`. */
  | { readonly kind: "registry"; readonly text: string; readonly source: RegistrySource }
  /** A file, or the folder of a package; absolute. Written with `./`, `../`, `/` or the ending of a module. */
  | { readonly kind: "path"; readonly text: string; readonly path: string }
  /** A package that is installed. */
  | { readonly kind: "installed"; readonly text: string }
  /** What the runtime itself knows: `https:`, `data:`, `file:`. */
  | { readonly kind: "address"; readonly text: string };

/** A package of a registry, and which versions of it are meant. */
export interface RegistrySource {
  /** Its name at npm: of `jsr:@me/glow` `@jsr/me__glow`, under which JSR gives it to package managers. */
  readonly name: string;
  /** Its name where it was published. */
  readonly publishedName: string;
  /** For messages: `npm:@me/glow`. */
  readonly title: string;
  /** A version, range or tag; `latest` if none is given. */
  readonly range: string;
  /** Module of the package, `.` or `./sub`. */
  readonly door: string;
}

const NPM =
  /^npm:\/?(@[a-z0-9-~][a-z0-9._~-]*\/[a-z0-9-~][a-z0-9._~-]*|[a-z0-9-~][a-z0-9._~-]*)(?:@([^/\s:]+))?(\/\S+)?$/i;
const JSR = /^jsr:\/?@([a-z0-9-]+)\/([a-z0-9-]+)(?:@([^/\s:]+))?(\/\S+)?$/;

/**
 * Takes a plugin's name apart.
 *
 * @param text `npm:NAME@RANGE`, `jsr:@SCOPE/NAME@RANGE`, a path, the name of an installed package, or an address.
 * @param folder The folder that a relative path begins in.
 * @throws {StreamError} `option-invalid` for `npm:` or `jsr:` without a name that can be.
 */
export function parsePluginSpecifier(text: string, folder: string): PluginSpecifier {
  if (/^npm:/i.test(text)) {
    const [, name, range = "latest", sub] = NPM.exec(text) ?? [];
    if (name === undefined) throw malformed(text, "npm:NAME@RANGE");
    return {
      kind: "registry",
      text,
      source: { name, publishedName: name, title: `npm:${name}`, range, door: doorOf(sub) },
    };
  }
  if (/^jsr:/i.test(text)) {
    const [, scope, name, range = "latest", sub] = JSR.exec(text) ?? [];
    if (name === undefined) throw malformed(text, "jsr:@SCOPE/NAME@RANGE");
    const publishedName = `@${scope}/${name}`;
    const npmName = `@jsr/${scope}__${name}`;
    const source = { name: npmName, publishedName, title: `jsr:${publishedName}`, range, door: doorOf(sub) };
    return { kind: "registry", text, source };
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) return { kind: "address", text };
  const isPath = /^\.{1,2}(?:\/|\\|$)/.test(text) || isAbsolute(text) || /\.[cm]?[jt]s$/.test(text);
  return isPath ? { kind: "path", text, path: resolve(folder, text) } : { kind: "installed", text };
}

function doorOf(sub: string | undefined): string {
  return sub === undefined ? "." : `.${sub}`;
}

function malformed(text: string, right: string): StreamError {
  return new StreamError("option-invalid", `"${text}" names no package: ${right} is right`);
}
