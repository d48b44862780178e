/**
 * Where every name of every package is explained in the reference.
 *
 * @module
 */
import type { DocSymbol, Members } from "./doc.ts";

/** The package that the others stand on: its names are meant where a package has none of that name. */
const CORE = "core";

/** The names of all packages and their addresses. */
export class ApiNames {
  readonly #packages: Map<string, Map<string, { page: string; members: ReadonlySet<string> }>> = new Map();

  /** A name of a package is explained on `page`, such as `/api/core/actor`. */
  add(packageName: string, symbol: DocSymbol, page: string): void {
    const names = this.#packages.get(packageName) ?? new Map();
    this.#packages.set(packageName, names.set(symbol.name, { page, members: new Set(memberNames(symbol)) }));
  }

  /** Address of a name as `packageName` sees it: its own, of core, or of the only package that has it. */
  addressOf(name: string, packageName: string): string | undefined {
    const owner = [packageName, CORE].find((one) => this.#packages.get(one)?.has(name)) ?? this.#onlyOwner(name);
    const found = owner === undefined ? undefined : this.#packages.get(owner)?.get(name);
    return found && `${found.page}#${name}`;
  }

  /** The same for what a docstring links to: `Name` or `Name.member`; a member's anchor is `#Name.member`. */
  linkAddress(target: string, packageName: string): string | undefined {
    const [name, member] = target.split(/[.#]/);
    const address = this.addressOf(name, packageName);
    if (address === undefined || member === undefined) return address;
    const isKnown = [...this.#packages.values()].some((names) => {
      const entry = names.get(name);
      return entry !== undefined && address.startsWith(`${entry.page}#`) && entry.members.has(member);
    });
    return isKnown ? `${address}.${member}` : undefined;
  }

  #onlyOwner(name: string): string | undefined {
    const owners = [...this.#packages].filter(([, names]) => names.has(name));
    return owners.length === 1 ? owners[0][0] : undefined;
  }
}

/** Names of what a class, an interface or a literal type holds. */
function memberNames({ declarations }: DocSymbol): string[] {
  return declarations.flatMap((declaration) => {
    const { kind, def } = declaration;
    const literal = kind === "typeAlias" && def.tsType.kind === "typeLiteral" ? def.tsType.value : undefined;
    const holder: Members | undefined = kind === "class" || kind === "interface" ? def : literal;
    return [...(holder?.properties ?? []), ...(holder?.methods ?? [])].flatMap(({ name }) => name ?? []);
  });
}
