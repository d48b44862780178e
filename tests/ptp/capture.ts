/**
 * PTP on the wire, as tshark reads it.
 *
 * @module
 */
import { Capture } from "../integration/st2110/tshark.ts";
import type { Machine } from "./machine.ts";
import { INTERFACE } from "./network.ts";

/** What is read of each message. */
const FIELDS = {
  ipv4: "ip.src",
  ipv4To: "ip.dst",
  ttl: "ip.ttl",
  dscp: "ip.dsfield.dscp",
  ipv6: "ipv6.src",
  ipv6To: "ipv6.dst",
  hopLimit: "ipv6.hlim",
  dscp6: "ipv6.tclass.dscp",
  portTo: "udp.dstport",
  udpBytes: "udp.length",
  malformed: "_ws.malformed",
  expert: "_ws.expert.message",
  majorSdoId: "ptp.v2.majorsdoid",
  type: "ptp.v2.messagetype",
  version: "ptp.v2.versionptp",
  minorVersion: "ptp.v2.minorversionptp",
  bytes: "ptp.v2.messagelength",
  domain: "ptp.v2.domainnumber",
  minorSdoId: "ptp.v2.minorsdoid",
  flags: "ptp.v2.flags",
  correctionNs: "ptp.v2.correction.ns",
  identity: "ptp.v2.clockidentity",
  port: "ptp.v2.sourceportid",
  sequence: "ptp.v2.sequenceid",
  control: "ptp.v2.controlfield",
  logInterval: "ptp.v2.logmessageperiod",
  originSeconds: "ptp.v2.sdr.origintimestamp.seconds",
  preciseOriginSeconds: "ptp.v2.fu.preciseorigintimestamp.seconds",
  delayRequester: "ptp.v2.dr.requestingsourceportidentity",
  pdelayRequester: "ptp.v2.pdrs.requestingportidentity",
  pdelayFollowUpRequester: "ptp.v2.pdfu.requestingportidentity",
  utcOffset: "ptp.v2.an.origincurrentutcoffset",
  stepsRemoved: "ptp.v2.an.localstepsremoved",
  grandmaster: "ptp.v2.an.grandmasterclockidentity",
  clockClass: "ptp.v2.an.grandmasterclockclass",
  clockAccuracy: "ptp.v2.an.grandmasterclockaccuracy",
  clockVariance: "ptp.v2.an.grandmasterclockvariance",
  priority1: "ptp.v2.an.priority1",
  priority2: "ptp.v2.an.priority2",
  timeSource: "ptp.v2.timesource",
  tlvType: "ptp.v2.sig.tlv.tlvType",
  tlvMessage: "ptp.v2.sig.tlv.messageType",
  tlvLogInterval: "ptp.v2.sig.tlv.logInterMessagePeriod",
  tlvDuration: "ptp.v2.sig.tlv.durationField",
  target: "ptp.v2.sig.targetportidentity",
} as const;

/** A captured message: what tshark read in each field, "" where it is not there. */
export type PtpMessage = Readonly<Record<keyof typeof FIELDS, string>>;

/** Types of messages as tshark writes them. */
export const MESSAGE = {
  sync: "0x00",
  delayReq: "0x01",
  pdelayReq: "0x02",
  pdelayResp: "0x03",
  followUp: "0x08",
  delayResp: "0x09",
  pdelayRespFollowUp: "0x0a",
  announce: "0x0b",
  signaling: "0x0c",
} as const;

/** A running capture of what a machine sends and receives; ended when it is disposed of. */
export class PtpCapture {
  readonly #capture: Capture<string>;

  private constructor(capture: Capture<string>) {
    this.#capture = capture;
  }

  /** Starts one; what is sent from now on is in it. */
  static async start(machine: Machine): Promise<PtpCapture> {
    const capture = await Capture.start<string>({
      interface: INTERFACE,
      enter: (line) => machine.command(["env", "TMPDIR=/dev/shm", ...line], "TERM"),
      filter: "udp port 319 or udp port 320",
      fields: Object.values(FIELDS),
    });
    return new PtpCapture(capture);
  }

  /** What has been captured until now. */
  get messages(): PtpMessage[] {
    return this.#capture.rows.map((row) =>
      Object.fromEntries(Object.entries(FIELDS).map(([name, field]) => [name, row[field]])) as PtpMessage
    );
  }

  /** Waits until enough was captured. */
  async until(isEnough: (messages: readonly PtpMessage[]) => boolean, what: string): Promise<PtpMessage[]> {
    await this.#capture.until(() => isEnough(this.messages), what);
    return this.messages;
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#capture[Symbol.asyncDispose]();
  }
}
