/**
 * Types and signatures as HTML, in which the names that have a place in the reference are links.
 *
 * @module
 */
import type { FunctionDoc, LiteralDoc, MemberDoc, Members, Parameter, TypeDoc, TypeParameter } from "./doc.ts";

/** Address of a name as the page sees it, or undefined. */
export type AddressOf = (name: string) => string | undefined;

/** Longest line of a signature in characters; longer ones are broken at their parts. */
const LINE_MAX = 90;
/** Longest type of a constant that is shown, in characters. */
const CONSTANT_MAX = 700;

/** Writes types for one package. */
export class TypeWriter {
  readonly #addressOf: AddressOf;

  /** @param addressOf Where the names of types are explained. */
  constructor(addressOf: AddressOf) {
    this.#addressOf = addressOf;
  }

  /** A type. */
  type(type: TypeDoc | undefined): string {
    if (type === undefined) return keyword("unknown");
    switch (type.kind) {
      case "keyword":
        return escapeHtml(type.value);
      case "this":
        return "this";
      case "typeQuery":
        return `${keyword("typeof")} ${this.#name(type.value)}`;
      case "literal":
        return this.#literal(type.value);
      case "typeRef": {
        const { typeName, typeParams } = type.value;
        return this.#name(typeName) + (typeParams ? `&lt;${this.#list(typeParams)}&gt;` : "");
      }
      case "union":
        return this.#joined(type.value, "|");
      case "intersection":
        return this.#joined(type.value, "&amp;");
      case "tuple":
        return `[${this.#list(type.value)}]`;
      case "array":
        return `${this.type(type.value)}[]`;
      case "parenthesized":
        return `(${this.type(type.value)})`;
      case "rest":
        return `...${this.type(type.value)}`;
      case "optional":
        return `${this.type(type.value)}?`;
      case "typeOperator":
        return `${keyword(type.value.operator)} ${this.type(type.value.tsType)}`;
      case "infer":
        return `${keyword("infer")} ${escapeHtml(type.value.typeParam.name)}`;
      case "indexedAccess":
        return `${this.type(type.value.objType)}[${this.type(type.value.indexType)}]`;
      case "fnOrConstructor": {
        const { constructor: isConstructor, params, tsType, typeParams } = type.value;
        const before = (isConstructor ? `${keyword("new")} ` : "") + this.typeParameters(typeParams);
        return `${before}(${params.map((one) => this.parameter(one)).join(", ")}) =&gt; ${this.type(tsType)}`;
      }
      case "conditional": {
        const { checkType, extendsType, trueType, falseType } = type.value;
        const condition = `${this.type(checkType)} ${keyword("extends")} ${this.type(extendsType)}`;
        return `${condition} ? ${this.type(trueType)} : ${this.type(falseType)}`;
      }
      case "mapped": {
        const { typeParam, tsType, readonly: isReadonly, optional } = type.value;
        const key = `[${escapeHtml(typeParam.name)} ${keyword("in")} ${this.type(typeParam.constraint)}]`;
        const before = isReadonly ? `${keyword("readonly")} ` : "";
        return `{ ${before}${key}${optional ? "?" : ""}: ${this.type(tsType)} }`;
      }
      case "typePredicate":
        return `${escapeHtml(type.value.param.name)} ${keyword("is")} ${this.type(type.value.type)}`;
      case "typeLiteral":
        return this.#members(type.value);
    }
  }

  /** The type of a constant, or an empty string for one that nobody reads: tables and texts of many lines. */
  constantType(type: TypeDoc | undefined): string {
    const shown = this.type(type);
    return textLength(shown) > CONSTANT_MAX ? "" : `: ${shown}`;
  }

  /** `<T extends U = V>`, or an empty string. */
  typeParameters(given: readonly TypeParameter[] | undefined): string {
    if (!given || given.length === 0) return "";
    const one = ({ name, constraint, default: preset }: TypeParameter): string =>
      escapeHtml(name) + (constraint ? ` ${keyword("extends")} ${this.type(constraint)}` : "") +
      (preset ? ` = ${this.type(preset)}` : "");
    return `&lt;${given.map(one).join(", ")}&gt;`;
  }

  /** `<T>(a: A, b?: B): C`, broken into lines where it is long. */
  call(what: FunctionDoc, before: string, isConstructor: boolean = false): string {
    const params = (what.params ?? []).map((one) => this.parameter(one));
    const head = before + this.typeParameters(what.typeParams);
    const end = isConstructor ? "" : `: ${this.type(what.returnType)}`;
    const line = `${head}(${params.join(", ")})${end}`;
    if (textLength(line) <= LINE_MAX || params.length === 0) return line;
    return `${head}(\n${params.map((one) => `  ${one},\n`).join("")})${end}`;
  }

  /** A parameter with its type. */
  parameter(given: Parameter): string {
    const { kind, left, right, arg } = given;
    const type = given.tsType ?? left?.tsType ?? arg?.tsType;
    const shown = type ? `: ${this.type(type)}` : "";
    if (kind === "rest") return `...${escapeHtml(arg?.name ?? "rest")}${shown}`;
    if (kind === "assign") {
      const isPlain = right !== undefined && right !== "" && !right.includes("[");
      const name = escapeHtml(left?.name ?? "options");
      return isPlain ? `${name}${shown} = ${escapeHtml(right)}` : `${name}?${shown}`;
    }
    return `${escapeHtml(given.name ?? "options")}${given.optional ? "?" : ""}${shown}`;
  }

  /** A property or a method with its type. */
  member(member: MemberDoc): string {
    const before = member.isStatic ? keyword("static ") : member.isAbstract ? keyword("abstract ") : "";
    const access = member.accessibility === "protected" ? keyword("protected ") : "";
    const name = `${escapeHtml(member.name ?? "")}${member.optional ? "?" : ""}`;
    const does = member.functionDef ?? member;
    if (member.kind === "method") return this.call(does, access + before + name);
    const fixed = member.readonly || member.kind === "getter" ? keyword("readonly ") : "";
    return `${access}${before}${fixed}${name}: ${this.type(member.tsType ?? does.returnType)}`;
  }

  /** `[key: string]: T`. */
  indexSignature({ params = [], tsType }: MemberDoc): string {
    return `[${params.map((one) => this.parameter(one)).join(", ")}]: ${this.type(tsType)}`;
  }

  #members(members: Members): string {
    const all = [
      ...(members.callSignatures ?? []).map((one) => this.call(one, "")),
      ...(members.indexSignatures ?? []).map((one) => this.indexSignature(one)),
      ...(members.properties ?? []).map((one) => this.member(one)),
      ...(members.methods ?? []).map((one) => this.member({ ...one, kind: "method" })),
    ];
    if (all.length === 0) return "{}";
    const line = `{ ${all.join("; ")} }`;
    if (textLength(line) <= LINE_MAX) return line;
    return `{\n${all.map((one) => `${indented(one)};\n`).join("")}}`;
  }

  #joined(types: readonly TypeDoc[], sign: string): string {
    const parts = types.map((one) => this.type(one));
    const line = parts.join(` ${sign} `);
    return textLength(line) <= LINE_MAX
      ? line
      : parts.map((part) => `\n  ${sign} ${indented(part).trimStart()}`).join("");
  }

  #literal(value: LiteralDoc): string {
    if (value.kind === "number") return String(value.number);
    if (value.kind === "boolean") return String(value.boolean);
    if (value.kind === "bigInt") return `${value.string}n`;
    if (value.kind === "string") return text(JSON.stringify(value.string));
    const parts = value.tsTypes.map((one) => {
      const isText = one.kind === "literal" && one.value.kind === "string";
      return isText && one.value.kind === "string" ? text(one.value.string) : `\${${this.type(one)}}`;
    });
    return parts.some((part) => part.includes("\n")) ? "string" : `${text("`")}${parts.join("")}${text("`")}`;
  }

  #list(types: readonly TypeDoc[]): string {
    return types.map((one) => this.type(one)).join(", ");
  }

  #name(name: string): string {
    const address = this.#addressOf(name);
    return address ? `<a href="${address}">${escapeHtml(name)}</a>` : escapeHtml(name);
  }
}

/** Words of the language. */
export function keyword(word: string): string {
  return `<span class="api-word">${word}</span>`;
}

/** Text for HTML. */
export function escapeHtml(plain: string): string {
  return plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** How many characters of HTML are seen. */
export function textLength(html: string): number {
  return html.replace(/<[^>]*>/g, "").replace(/&\w+;/g, "x").length;
}

function text(plain: string): string {
  return plain === "" ? "" : `<span class="api-text">${escapeHtml(plain)}</span>`;
}

function indented(lines: string): string {
  return lines.split("\n").map((line) => `  ${line}`).join("\n");
}
