import { formatOf, lintSdp, parseSdp, writeSdp } from "./mod.ts";

const camera = [
  "v=0",
  "o=- 1443716955 1443716955 IN IP4 192.0.2.1",
  "s=Camera 1",
  "t=0 0",
  "m=video 50000 RTP/AVP 112",
  "c=IN IP4 239.100.9.10/32",
  "a=rtpmap:112 raw/90000",
  "a=fmtp:112 sampling=YCbCr-4:2:2; depth=10; width=1920; height=1080; exactframerate=30000/1001; interlaced; " +
  "colorimetry=BT709; PM=2110GPM; SSN=ST2110-20:2017;",
  "a=ts-refclk:ptp=IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:127",
  "a=mediaclk:direct=0",
].map((line) => `${line}\r\n`).join("");

for (const { line, severity, clause, message, remedy } of lintSdp(camera)) {
  console.log(`line ${line}: ${severity}: ${message}; ${remedy} (${clause})`);
}

const session = parseSdp(camera);
console.log(formatOf(session.media[0]));

const [video] = session.media;
const elsewhere = { ...video, port: 50002, connections: [{ addressType: "IP4" as const, address: "192.0.2.7" }] };
console.log(writeSdp({ ...session, name: "Camera 1, sent on", media: [elsewhere] }));
