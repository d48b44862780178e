/**
 * What `deno doc --json` tells of a module, as far as the pages of the API show it.
 *
 * @module
 */

/** Everything that a module gives. */
export interface DocModule {
  readonly module_doc?: JsDoc;
  readonly symbols: readonly DocSymbol[];
}

/** A name that a module gives. */
export interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly DocDeclaration[];
}

/** Where it is written. */
export interface DocLocation {
  readonly filename: string;
  /** From 1. */
  readonly line: number;
}

/** One declaration of a name; a function with overloads has several. */
export type DocDeclaration =
  & { readonly location: DocLocation; readonly jsDoc?: JsDoc }
  & (
    | { readonly kind: "class"; readonly def: ClassDoc }
    | { readonly kind: "interface"; readonly def: InterfaceDoc }
    | { readonly kind: "function"; readonly def: FunctionDoc }
    | { readonly kind: "typeAlias"; readonly def: { readonly tsType: TypeDoc; readonly typeParams?: TypeParameter[] } }
    | { readonly kind: "variable"; readonly def: { readonly tsType?: TypeDoc; readonly kind: string } }
  );

/** A docstring. */
export interface JsDoc {
  readonly doc?: string;
  readonly tags?: readonly JsDocTag[];
}

/** `@param`, `@throws` and the like. */
export interface JsDocTag {
  readonly kind: string;
  readonly name?: string;
  readonly doc?: string;
  readonly tsType?: TypeDoc;
}

/** A class. */
export interface ClassDoc extends Members {
  readonly isAbstract?: boolean;
  readonly extends?: string;
  readonly superTypeParams?: readonly TypeDoc[];
  readonly implements?: readonly TypeDoc[];
  readonly typeParams?: readonly TypeParameter[];
}

/** An interface. */
export interface InterfaceDoc extends Members {
  readonly extends?: readonly TypeDoc[];
  readonly typeParams?: readonly TypeParameter[];
}

/** What a class, an interface or a literal type holds. */
export interface Members {
  readonly constructors?: readonly MemberDoc[];
  readonly properties?: readonly MemberDoc[];
  readonly methods?: readonly MemberDoc[];
  readonly callSignatures?: readonly MemberDoc[];
  readonly indexSignatures?: readonly MemberDoc[];
}

/** A property, a method, an accessor or a constructor: methods of classes have a `functionDef`, others its parts. */
export interface MemberDoc extends FunctionDoc {
  readonly name?: string;
  readonly kind?: string;
  readonly jsDoc?: JsDoc;
  readonly tsType?: TypeDoc;
  readonly functionDef?: FunctionDoc;
  readonly accessibility?: string;
  readonly optional?: boolean;
  readonly readonly?: boolean;
  readonly isStatic?: boolean;
  readonly isAbstract?: boolean;
  readonly isOverride?: boolean;
}

/** A function. */
export interface FunctionDoc {
  /** Of overloads it is what implements them that has one, and callers do not see it. */
  readonly hasBody?: boolean;
  readonly params?: readonly Parameter[];
  readonly returnType?: TypeDoc;
  readonly typeParams?: readonly TypeParameter[];
  readonly decorators?: readonly { readonly name: string }[];
}

/** A parameter: a name, one with a value (`assign`), the others (`rest`), or a pattern. */
export interface Parameter {
  readonly kind: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly tsType?: TypeDoc;
  /** Of `assign`. */
  readonly left?: Parameter;
  /** Of `assign`: the value, as far as it is a plain one. */
  readonly right?: string;
  /** Of `rest`. */
  readonly arg?: Parameter;
}

/** `T extends U = V`. */
export interface TypeParameter {
  readonly name: string;
  readonly constraint?: TypeDoc;
  readonly default?: TypeDoc;
}

/** A type. What `value` holds depends on `kind`. */
export type TypeDoc =
  | { readonly kind: "keyword" | "typeQuery"; readonly value: string }
  | { readonly kind: "this" }
  | { readonly kind: "literal"; readonly value: LiteralDoc; readonly repr?: string }
  | { readonly kind: "typeRef"; readonly value: { readonly typeName: string; readonly typeParams?: TypeDoc[] } }
  | { readonly kind: "union" | "intersection" | "tuple"; readonly value: readonly TypeDoc[] }
  | { readonly kind: "array" | "parenthesized" | "rest" | "optional"; readonly value: TypeDoc }
  | { readonly kind: "typeOperator"; readonly value: { readonly operator: string; readonly tsType: TypeDoc } }
  | { readonly kind: "infer"; readonly value: { readonly typeParam: TypeParameter } }
  | { readonly kind: "indexedAccess"; readonly value: { readonly objType: TypeDoc; readonly indexType: TypeDoc } }
  | {
    readonly kind: "fnOrConstructor";
    readonly value: {
      readonly constructor: boolean;
      readonly tsType: TypeDoc;
      readonly params: readonly Parameter[];
      readonly typeParams?: readonly TypeParameter[];
    };
  }
  | {
    readonly kind: "conditional";
    readonly value: {
      readonly checkType: TypeDoc;
      readonly extendsType: TypeDoc;
      readonly trueType: TypeDoc;
      readonly falseType: TypeDoc;
    };
  }
  | {
    readonly kind: "mapped";
    readonly value: {
      readonly typeParam: TypeParameter;
      readonly tsType?: TypeDoc;
      readonly readonly?: boolean;
      readonly optional?: boolean;
    };
  }
  | {
    readonly kind: "typePredicate";
    readonly value: { readonly param: { readonly name: string }; readonly type: TypeDoc };
  }
  | { readonly kind: "typeLiteral"; readonly value: Members };

/** A value as a type. */
export type LiteralDoc =
  | { readonly kind: "string"; readonly string: string }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "boolean"; readonly boolean: boolean }
  | { readonly kind: "bigInt"; readonly string: string }
  | { readonly kind: "template"; readonly tsTypes: readonly TypeDoc[] };
