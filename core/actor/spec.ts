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
  /** By name an `Input`, or a `Family` of inputs. */
  inputs?: InputMap;
  /** By name an `Output`. */
  outputs?: OutputMap;
  /** The actor's own options as a user gives them, without the common ones; what has a default is optional. */
  options?: object;
}

/** The types of some actor, when it is not known which. */
export interface AnyTypes extends ActorTypes {
  /** Any inputs. */
  inputs: InputMap;
  /** Any outputs. */
  outputs: OutputMap;
  /** Any options. */
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

/** The declaration of an actor class: `static readonly spec: ActorSpec<MyTypes> = …`. */
export type ActorSpec<T extends ActorTypes> =
  & {
    /** One sentence for people and agents. */
    readonly description: string;
    /**
     * Beats per second of an actor that follows no input: of the clock it makes itself (default 60), or of a given
     * clock that leaves the rate to its sources. A number, or a fraction.
     */
    readonly rate?: number | Rate;
    /**
     * Whether it makes a finite run of items (a file); default false. It then waits for its first link before it
     * begins, unless its option `freeRun` is true.
     */
    readonly finite?: boolean;
    /**
     * When it ends because its inputs have finished: with the first of its driving inputs (`driver`, the default), with
     * all of them (`all`), or never.
     */
    readonly ends?: "driver" | "all" | "never";
    /** Whether it may close a circle of links, because what it gives is older than what it gets; default false. */
    readonly buffers?: boolean;
    /**
     * Its counters of what should have been handed on and was not: `overrun` stands for `overrun.video` as well. What a
     * pipeline has lost is summed up from them, so leave out what was not lost: late, repeated, not meant for it.
     */
    readonly losses?: readonly string[];
    /** The option that a value without a name means on a command line, for example `path`. */
    readonly positional?: Extract<keyof OptionsOf<T>, string>;
  }
  & (T extends { inputs: infer I } ? { readonly inputs: { readonly [K in keyof I]: SpecOf<I[K]> } }
    : { readonly inputs?: undefined })
  & (T extends { outputs: infer O } ? { readonly outputs: { readonly [K in keyof O]: SpecOf<O[K]> } }
    : { readonly outputs?: undefined })
  & (T extends { options: infer O } ? { readonly options: OptionsSchema<Required<O>> }
    : { readonly options?: undefined });

/** Any actor's declaration. */
export interface AnyActorSpec {
  /** One sentence for people and agents. */
  readonly description: string;
  /** Beats per second of an actor that follows no input; default 60. */
  readonly rate?: number | Rate;
  /** Whether it makes a finite run of items and waits for its first link; default false. */
  readonly finite?: boolean;
  /** When it ends because its inputs have finished; default `driver`. See {@linkcode ActorSpec}. */
  readonly ends?: "driver" | "all" | "never";
  /** Whether it may close a circle of links; default false. */
  readonly buffers?: boolean;
  /** Its counters of what was lost; default none. See {@linkcode ActorSpec}. */
  readonly losses?: readonly string[];
  /** The option that a value without a name means on a command line. See {@linkcode ActorSpec}. */
  readonly positional?: string;
  /** Its inputs and families of inputs by name, in the order in which they are shown and tried as drivers. */
  // deno-lint-ignore no-explicit-any
  readonly inputs?: Readonly<Record<string, InputSpec<any> | InputFamilySpec<any>>> | undefined;
  /** Its outputs by name, in the order in which they are shown. */
  // deno-lint-ignore no-explicit-any
  readonly outputs?: Readonly<Record<string, OutputSpec<any>>> | undefined;
  /** Checks, completes and explains its own options; without it the actor has none. */
  // deno-lint-ignore no-explicit-any
  readonly options?: OptionsSchema<any> | undefined;
}
