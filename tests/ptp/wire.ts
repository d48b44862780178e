/**
 * What PTP messages on the wire have to be.
 *
 * @module
 */
import assert from "node:assert/strict";
import { MESSAGE, type PtpMessage } from "./capture.ts";

/** Messages that one clock sent in one domain. */
export function sentBy(messages: readonly PtpMessage[], identity: string, domain: number): PtpMessage[] {
  return messages.filter((one) => one.identity === `0x${identity}` && Number(one.domain) === domain);
}

/** Those of one type. */
export function ofType(messages: readonly PtpMessage[], type: keyof typeof MESSAGE): PtpMessage[] {
  return messages.filter((message) => message.type === MESSAGE[type]);
}

/** What stands in these fields, each combination once. */
export function valuesOf(messages: readonly PtpMessage[], ...names: readonly (keyof PtpMessage)[]): string[] {
  return [...new Set(messages.map((message) => names.map((name) => message[name]).join(" ")))].sort();
}

/** What every message has to have, whatever its type. */
export function assertHeaders(messages: readonly PtpMessage[]): void {
  const controls: Record<string, string> = { "0x00": "0", "0x01": "1", "0x08": "2", "0x09": "3" };
  const sizes: Record<string, string> = { "0x00": "44", "0x01": "44", "0x08": "44", "0x0b": "64", "0x0c": "" };
  for (const message of messages) {
    const text = JSON.stringify(message);
    assert.deepEqual([message.malformed, message.expert], ["", ""], text);
    const { majorSdoId, version, minorVersion, minorSdoId, port, bytes, udpBytes, type } = message;
    assert.deepEqual([majorSdoId, version, minorVersion, Number(minorSdoId)], ["0x00", "2", "1", 0], text);
    assert.ok(Number(port) >= 1, text);
    assert.equal(message.control, controls[type] ?? "5", text);
    assert.equal(Number(udpBytes), Number(bytes) + 8, text);
    if (sizes[type] !== "") assert.equal(bytes, sizes[type] ?? "54", text);
    const isEvent = Number(type) < 8;
    assert.equal(message.portTo, isEvent ? "319" : "320", text);
    const isPeerDelay = ["0x02", "0x03", "0x0a"].includes(type);
    if (message.ipv4To !== "") {
      assert.deepEqual([message.ttl, message.dscp], ["1", "46"], text);
      assert.equal(message.ipv4To, isPeerDelay ? "224.0.0.107" : "224.0.1.129", text);
    } else {
      assert.deepEqual([message.hopLimit, message.dscp6], ["1", "46"], text);
      assert.equal(message.ipv6To, isPeerDelay ? "ff02::6b" : "ff0e::181", text);
    }
  }
  // Clients of one network card are ports of one clock.
  assert.equal(valuesOf(messages, "port").length, 1);
  for (const type of Object.values(MESSAGE)) {
    const numbers = messages.filter((one) => one.type === type).map(({ sequence }) => Number(sequence));
    // An answer has the number of its question.
    if (["0x09", "0x03", "0x0a"].includes(type)) continue;
    assert.deepEqual(numbers, numbers.map((_, i) => (numbers[0] + i) % 65536), `sequence of ${type}`);
  }
}

/** What was said about unicast, and of which type of message: 4 asks, 5 grants, 6 takes back, 7 answers that. */
export function unicastOf(messages: readonly PtpMessage[]): string[] {
  const said = ofType(messages, "signaling").flatMap(({ tlvType, tlvMessage }) => {
    const types = tlvMessage.split(",");
    return tlvType.split(",").map((tlv, i) => `${tlv} ${types[i]}`);
  });
  return [...new Set(said)].sort();
}
