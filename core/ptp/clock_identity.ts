/**
 * Clock identities of PTP as text.
 *
 * @module
 */

/** A clock identity (EUI-64) as ST 2110-10 §8.2 writes it: `00-1B-21-FF-FE-5A-0C-77`. */
export function clockIdentityText(identity: bigint): string {
  const digits = BigInt.asUintN(64, identity).toString(16).toUpperCase().padStart(16, "0");
  return digits.match(/../g)!.join("-");
}

/** The identity in such a text, also with colons or no separators; `undefined` if it is none, or all zero. */
export function parseClockIdentity(text: string): bigint | undefined {
  if (!/^([0-9a-f]{2}[-:]?){7}[0-9a-f]{2}$/i.test(text)) return undefined;
  return BigInt(`0x${text.replaceAll(/[-:]/g, "")}`) || undefined;
}
