/**
 * A name of a package, as Markdown: its signature with links, its docstring, what it holds.
 *
 * @module
 */
import type { DocDeclaration, DocLocation, DocSymbol, JsDocTag, MemberDoc, Members } from "./doc.ts";
import { docstring, type LinkOf, prose } from "./prose.ts";
import { escapeHtml, keyword, type TypeWriter } from "./type.ts";

/** What writing a symbol needs to know of its surroundings. */
export interface SymbolContext {
  readonly types: TypeWriter;
  readonly linkOf: LinkOf;
  /** Where it is written, as Markdown. */
  readonly source: (location: DocLocation) => string;
  /** The page of the actor that a class is, if it is one. */
  readonly actorPage: (className: string) => string | undefined;
}

/** Writes a symbol. */
export function symbolMarkdown(symbol: DocSymbol, context: SymbolContext): string {
  const parts = [`## ${symbol.name} {#${symbol.name}}`];
  const bodies = symbol.declarations.map(({ kind, def }) => kind === "function" && def.hasBody === true);
  for (const declaration of symbol.declarations.filter((_, i) => !bodies[i] || bodies.every((one) => one))) {
    const { text, tags } = docstring(declaration.jsDoc);
    parts.push(signatureBlock(signature(symbol.name, declaration, context.types)));
    if (text) parts.push(prose(text, context.linkOf));
    parts.push(...tagList(tags, context));
    const { kind, def } = declaration;
    if (kind === "class" || kind === "interface") parts.push(...memberList(symbol.name, def, context));
    else if (kind === "typeAlias" && def.tsType.kind === "typeLiteral") {
      parts.push(...memberList(symbol.name, def.tsType.value, context));
    }
  }
  const page = context.actorPage(symbol.name);
  const seen = page ? `Ports, options and a picture of it: [its page](${page}). ` : "";
  parts.push(`<div class="api-source">\n\n${seen}${context.source(symbol.declarations[0].location)}\n\n</div>`);
  return parts.join("\n\n");
}

/** Whether a member belongs to the reference: not the private, not what only core uses. */
export function isShown({ name, accessibility, jsDoc, isOverride }: MemberDoc): boolean {
  if (accessibility === "private" || name?.startsWith("~") || name?.startsWith("#")) return false;
  if (jsDoc?.tags?.some(({ kind }) => kind === "internal")) return false;
  return !isOverride || jsDoc?.doc !== undefined;
}

function signature(name: string, declaration: DocDeclaration, types: TypeWriter): string {
  const shown = `<b>${escapeHtml(name)}</b>`;
  switch (declaration.kind) {
    case "class": {
      const { isAbstract, typeParams, extends: base, superTypeParams, implements: kept } = declaration.def;
      const parent = base &&
        types.type({ kind: "typeRef", value: { typeName: base, typeParams: listed(superTypeParams) } });
      return (isAbstract ? keyword("abstract ") : "") + keyword("class ") + shown + types.typeParameters(typeParams) +
        (parent ? ` ${keyword("extends")} ${parent}` : "") +
        (kept?.length ? ` ${keyword("implements")} ${kept.map((one) => types.type(one)).join(", ")}` : "");
    }
    case "interface": {
      const { typeParams, extends: bases } = declaration.def;
      return keyword("interface ") + shown + types.typeParameters(typeParams) +
        (bases?.length ? ` ${keyword("extends")} ${bases.map((one) => types.type(one)).join(", ")}` : "");
    }
    case "function":
      return types.call(declaration.def, keyword("function ") + shown);
    case "typeAlias": {
      const { tsType, typeParams } = declaration.def;
      const holds = tsType.kind === "typeLiteral" ? "{ … }" : types.type(tsType);
      return `${keyword("type ")}${shown}${types.typeParameters(typeParams)} =${
        holds.startsWith("\n") ? "" : " "
      }${holds}`;
    }
    case "variable":
      return keyword(`${declaration.def.kind} `) + shown + types.constantType(declaration.def.tsType);
  }
}

/** Everything that a class, an interface or a literal type holds. */
function memberList(owner: string, members: Members, context: SymbolContext): string[] {
  const { types } = context;
  const all = members.methods ?? [];
  const methods = all.filter(({ name, kind, functionDef }) =>
    kind !== "method" || !functionDef?.hasBody || all.every((one) => one.name !== name || one.functionDef?.hasBody)
  );
  const items: { html: string; member: MemberDoc }[] = [
    ...(members.constructors ?? []).filter(isShown).map((member) => ({
      html: types.call(member, keyword("new ") + escapeHtml(owner), true),
      member,
    })),
    ...(members.callSignatures ?? []).map((member) => ({ html: types.call(member, ""), member })),
    ...(members.indexSignatures ?? []).map((member) => ({ html: types.indexSignature(member), member })),
    ...[...(members.properties ?? []), ...methods.filter(({ kind }) => kind === "getter")].filter(isShown)
      .map((member) => ({ html: types.member(settable(member, methods)), member })),
    ...methods.filter(({ kind }) => kind === undefined || kind === "method").filter(isShown).map((member) => ({
      html: controlMark(member) + types.member({ ...member, kind: "method" }),
      member,
    })),
  ];
  if (items.length === 0) return [];
  const anchored = new Set<string>();
  const written = items.map(({ html, member }) => {
    const { text, tags } = docstring(member.jsDoc);
    const isFirst = member.name !== undefined && member.name !== "constructor" && !anchored.has(member.name);
    if (isFirst) anchored.add(member.name ?? "");
    const id = isFirst ? ` id="${escapeHtml(`${owner}.${member.name}`)}"` : "";
    const told = [...(text ? [prose(text, context.linkOf)] : []), ...tagList(tags, context)];
    return `<dt${id}>${signatureBlock(html)}</dt>${told.length ? `\n<dd>\n\n${told.join("\n\n")}\n\n</dd>` : ""}`;
  });
  return [`<dl class="api-members">\n${written.join("\n")}\n</dl>`];
}

/** A getter that has a setter is no read-only property. */
function settable(member: MemberDoc, methods: readonly MemberDoc[]): MemberDoc {
  const isSet = methods.some(({ kind, name }) => kind === "setter" && name === member.name);
  return isSet ? { ...member, kind: "property", readonly: false } : member;
}

function controlMark({ functionDef }: MemberDoc): string {
  return functionDef?.decorators?.some(({ name }) => name === "control") ? `${keyword("@control()")}\n` : "";
}

/** Parameters, result and errors, as one list. */
function tagList(tags: readonly JsDocTag[], { types, linkOf }: SymbolContext): string[] {
  const told = (doc: string | undefined): string => prose(doc ?? "", linkOf).replaceAll("\n", "\n  ");
  const lines = tags.flatMap((tag) => {
    if (tag.kind === "param") return [`- \`${tag.name}\`: ${told(tag.doc)}`];
    if (tag.kind === "template" || tag.kind === "typeParam") return [`- \`${tag.name}\`: ${told(tag.doc)}`];
    if (tag.kind === "return") return [`- Returns: ${told(tag.doc)}`];
    if (tag.kind === "deprecated") return [`- Deprecated: ${told(tag.doc)}`];
    if (tag.kind !== "throws") return [];
    const type = tag.tsType ? ` <code>${types.type(tag.tsType)}</code>` : "";
    return [`- Throws${type}: ${told(tag.doc)}`];
  });
  const examples = tags.filter(({ kind }) => kind === "example").map(({ doc }) => prose(doc ?? "", linkOf));
  return [...(lines.length > 0 ? [lines.join("\n")] : []), ...examples];
}

function signatureBlock(html: string): string {
  return `<pre class="api-signature" v-pre><code>${html}</code></pre>`;
}

function listed<T>(given: readonly T[] | undefined): T[] {
  return [...(given ?? [])];
}
