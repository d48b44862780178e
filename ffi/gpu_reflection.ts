/**
 * What a SPIR-V module wants to be given, as the library describes it. See zig/src/gpu_object/reflection.zig.
 *
 * @module
 */

/** A value in a block. Those of a structure inside are listed one by one, after its name: `light.colour`. */
export interface NativeGpuMember {
  /** May be empty, if the compiler has left names out. */
  readonly name: string;
  /** In bytes from the beginning of the block. */
  readonly offset: number;
  /** What one number of it is. */
  readonly base: "float" | "int" | "uint" | "boolean" | "structure";
  /** Of one number. */
  readonly bits: number;
  /** 1 to 4 numbers of a vector, or of one column. */
  readonly rows: number;
  /** More than 1 in matrices. */
  readonly columns: number;
  /** From column to column; 0 if it is no matrix. */
  readonly matrixStrideBytes: number;
  /** Elements of an array, 1 if it is none, 0 if it has no size. */
  readonly count: number;
  /** From element to element; 0 if it is no array. */
  readonly arrayStrideBytes: number;
  /** Of all of it. */
  readonly bytes: number;
}

/** The members of a buffer or of push constants. */
export interface NativeGpuBlock {
  /** Without an array without size at its end. */
  readonly bytes: number;
  /** In the order of the module. */
  readonly members: readonly NativeGpuMember[];
}

/** Something that a shader is given. */
export interface NativeGpuReflectedBinding {
  /** Its set. */
  readonly set: number;
  /** Its number in the set. */
  readonly binding: number;
  /** What it has to be. */
  readonly kind:
    | "sampler"
    | "combined_image"
    | "sampled_image"
    | "storage_image"
    | "uniform_buffer"
    | "storage_buffer";
  /** Elements of its array, 1 if it is none. */
  readonly count: number;
  /** Of the variable, or of its block; may be empty. */
  readonly name: string;
  /** The format that a storage image must have, as SPIR-V counts (3.11); 0 if any will do. */
  readonly imageFormat: number;
  /** Of buffers; empty for images and samplers. */
  readonly block: NativeGpuBlock;
}

/** A function of a module that a pipeline can begin with. */
export interface NativeGpuEntryPoint {
  /** `main` in GLSL. */
  readonly name: string;
  /** What it is for. */
  readonly stage: "vertex" | "fragment" | "compute";
  /** Invocations of one workgroup; 0, 0, 0 unless it computes. */
  readonly workgroup: readonly [number, number, number];
}

/** A SPIR-V module. */
export interface NativeGpuReflection {
  /** Of SPIR-V: 0x10500 is 1.5. */
  readonly version: number;
  /** What it says it needs, as SPIR-V counts (3.31). */
  readonly capabilities: readonly number[];
  /** At least one. */
  readonly entryPoints: readonly NativeGpuEntryPoint[];
  /** By set and then by binding. */
  readonly bindings: readonly NativeGpuReflectedBinding[];
  /** Undefined if it has none. */
  readonly pushConstants?: NativeGpuBlock;
}
