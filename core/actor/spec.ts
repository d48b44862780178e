/**
 * What an actor class declares about itself, readable without an instance.
 *
 * @module
 */
import type { OptionsSchema } from "../options.ts";
import type { InputFamilySpec, InputMap, InputSpec, OutputMap, OutputSpec, SpecOf } from "../port/spec.ts";
import type { Rate } from "../time/rate.ts";

/** The types of an actor: its ports, and its options as a user gives them. Leave out what it does not have. */
export interface ActorTypes {
  inputs?: InputMap;
  outputs?: OutputMap;
  options?: object;
}

/** The types of some actor, when it is not known which. */
export interface AnyTypes extends ActorTypes {
  inputs: InputMap;
  outputs: OutputMap;
  options: object;
}

/** No ports. */
export type NoPorts = Readonly<Record<never, never>>;
/** Inputs of an actor of types `T`. */
export type InputsOf<T extends ActorTypes> = T extends { inputs: infer I } ? I : NoPorts;
/** Outputs of an actor of types `T`. */
export type OutputsOf<T extends ActorTypes> = T extends { outputs: infer O } ? O : NoPorts;
/** Options as a user gives them. */
export type OptionsOf<T extends ActorTypes> = T extends { options: infer O } ? O : NoPorts;
/** Options as the body sees them: complete. */
export type CompleteOptionsOf<T extends ActorTypes> = Readonly<Required<OptionsOf<T>>>;

type Specs<P> = { readonly [K in keyof P]: SpecOf<P[K]> };

/** The declaration of an actor class: `static readonly spec: ActorSpec<MyTypes> = …`. */
export type ActorSpec<T extends ActorTypes> =
  & {
    /** One sentence for people and agents. */
    readonly description: string;
    /** Beats per second of an actor that makes its own clock; default 60. */
    readonly rate?: number | Rate;
    /** Whether it makes a finite run of items (a file): it then waits for its first link before it begins. */
    readonly finite?: boolean;
    /**
     * When it ends because its inputs have finished: with the first of its driving inputs (default), with all of them,
     * or never.
     */
    readonly ends?: "driver" | "all" | "never";
    /** Whether it may close a circle of links, because what it gives is older than what it gets. */
    readonly buffers?: boolean;
  }
  & (T extends { inputs: infer I } ? { readonly inputs: Specs<I> } : { readonly inputs?: undefined })
  & (T extends { outputs: infer O } ? { readonly outputs: Specs<O> } : { readonly outputs?: undefined })
  & (T extends { options: infer O } ? { readonly options: OptionsSchema<Required<O>> }
    : { readonly options?: undefined });

/** Any actor's declaration. */
export interface AnyActorSpec {
  readonly description: string;
  readonly rate?: number | Rate;
  readonly finite?: boolean;
  readonly ends?: "driver" | "all" | "never";
  readonly buffers?: boolean;
  // deno-lint-ignore no-explicit-any
  readonly inputs?: Readonly<Record<string, InputSpec<any> | InputFamilySpec<any>>> | undefined;
  // deno-lint-ignore no-explicit-any
  readonly outputs?: Readonly<Record<string, OutputSpec<any>>> | undefined;
  // deno-lint-ignore no-explicit-any
  readonly options?: OptionsSchema<any> | undefined;
}
