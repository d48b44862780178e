/** A package without anything. */
export {};
