/**
 * What the page about usability compares: ten tasks and ten mistakes, each as a line for GStreamer and one for ours.
 * `scripts/book/usability.ts` runs them.
 *
 * @module
 */

/** A line as somebody types it. */
export interface TypedLine {
  readonly command: string;
  /** What is run in its place, where a line has no end or wants a screen: the same work, bounded. */
  readonly asRun?: string;
  /** What its output must have for the task to be done; else that it ends with code 0 is enough. */
  readonly shows?: RegExp;
  /** A line that runs beside it, from two seconds before to its end. */
  readonly beside?: string;
  /** It runs until it is stopped; Ctrl-C comes after some seconds. */
  readonly endless?: boolean;
  /** What it does, if that is not the whole task. */
  readonly partly?: string;
  /** A file that must be there afterwards, with these streams as ffprobe calls them. */
  readonly writes?: { readonly file: string; readonly streams: string };
}

/** Something to do. */
export interface UsabilityTask {
  readonly name: string;
  readonly gstreamer: TypedLine;
  readonly ours: TypedLine;
  /** What the numbers do not say. */
  readonly remark?: string;
}

/** Something done wrong. */
export interface UsabilityMistake {
  readonly name: string;
  readonly gstreamer: string;
  readonly ours: string;
  /** Whose message helps more, as the author of this list sees it. */
  readonly better: "GStreamer" | "ours" | "neither";
  readonly why: string;
}

/** Where the stream of `camera.sdp` goes. */
export const CAMERA_PORT = 15_004;
/** Port that somebody else has. */
export const TAKEN_PORT = 18_080;

const CAMERA = "gst-launch-1.0 videotestsrc is-live=true ! " +
  "video/x-raw,format=UYVP,width=640,height=360,framerate=25/1 ! rtpvrawpay ! " +
  `udpsink host=127.0.0.1 port=${CAMERA_PORT}`;
const SHOWN = /^display\.video in +[1-9]/m;

export const TASKS: readonly UsabilityTask[] = [
  {
    name: "Show bars",
    gstreamer: {
      command: "gst-launch-1.0 videotestsrc ! autovideosink",
      asRun: "gst-launch-1.0 videotestsrc ! fakesink num-buffers=60",
    },
    ours: {
      command: "streamlib run 'test-pattern | display'",
      asRun: "streamlib run --duration 2s --stats 'test-pattern | display'",
      shows: SHOWN,
    },
    remark: "GStreamer opens a window; ours says the address of a page, which is to be opened in a browser.",
  },
  {
    name: "Play a file with sound",
    gstreamer: {
      command: "gst-launch-1.0 playbin uri=file://$PWD/clip.mp4",
      asRun: "gst-launch-1.0 playbin uri=file://$PWD/clip.mp4 video-sink=fakesink audio-sink=fakesink",
    },
    ours: {
      command: "streamlib run 'file clip.mp4 | display'",
      asRun: "streamlib run --stats 'file clip.mp4 | display'",
      shows: SHOWN,
      partly: "pictures only",
    },
    remark: "Ours has no actor that plays sound. And GStreamer has a player beside, " +
      "gst-play-1.0 clip.mp4, with 21 characters.",
  },
  {
    name: "Make an MKV file of an MP4 file",
    gstreamer: {
      command: "gst-launch-1.0 filesrc location=clip.mp4 ! decodebin name=d ! openh264enc ! h264parse ! " +
        "matroskamux name=m ! filesink location=copy.mkv d. ! audioconvert ! opusenc ! m.",
      writes: { file: "copy.mkv", streams: "h264 opus" },
    },
    ours: {
      command: "streamlib run 'file clip.mp4 | file copy.mkv'",
      writes: { file: "copy.mkv", streams: "aac h264" },
    },
    remark: "GStreamer's line codes both anew, ours the pictures: sound is passed on where the new file can hold it. " +
      "With qtdemux, queues and parsers GStreamer passes on both (154), which ours cannot. FFmpeg, made for this, wants 27 characters: " +
      "ffmpeg -i clip.mp4 copy.mkv. And ours takes as long as the clip lasts; the others go as fast as they can.",
  },
  {
    name: "Bars and a tone into a file, until Ctrl-C",
    gstreamer: {
      command: "gst-launch-1.0 -e videotestsrc is-live=1 ! openh264enc ! h264parse ! mp4mux name=m ! " +
        "filesink location=bars.mp4 audiotestsrc is-live=1 ! opusenc ! m.",
      endless: true,
      writes: { file: "bars.mp4", streams: "h264 opus" },
    },
    ours: {
      command: "streamlib run 'test-pattern | f: file bars.mp4 ; audio-generator | f'",
      endless: true,
      writes: { file: "bars.mp4", streams: "h264 opus" },
    },
    remark: "Without -e GStreamer's file cannot be played. Its picture has 320 x 240 pixels, ours 1920 x 1080.",
  },
  {
    name: "Lay a small picture over another one",
    gstreamer: {
      command: "gst-launch-1.0 compositor name=c sink_1::xpos=40 sink_1::ypos=40 ! videoconvert ! autovideosink " +
        "videotestsrc ! c. videotestsrc pattern=ball ! video/x-raw,width=160,height=90 ! c.",
      asRun: "gst-launch-1.0 compositor name=c sink_1::xpos=40 sink_1::ypos=40 ! videoconvert ! " +
        "fakesink num-buffers=60 videotestsrc ! c. videotestsrc pattern=ball ! video/x-raw,width=160,height=90 ! c.",
    },
    ours: {
      command: "streamlib run 'test-pattern | m: compositor layers.layer1.x=40 layers.layer1.y=40 | display ; " +
        "test-pattern moving-bar width=160 height=90 | m.layer'",
      asRun: "streamlib run --duration 2s --stats 'test-pattern | m: compositor layers.layer1.x=40 " +
        "layers.layer1.y=40 | display ; test-pattern moving-bar width=160 height=90 | m.layer'",
      shows: SHOWN,
    },
  },
  {
    name: "Send pictures as ST 2110-20",
    gstreamer: {
      command: "gst-launch-1.0 videotestsrc is-live=1 ! " +
        "video/x-raw,format=UYVP,width=1920,height=1080,framerate=60/1 ! rtpvrawpay ! udpsink host=10.0.0.9 port=5004",
      asRun: "gst-launch-1.0 videotestsrc is-live=1 num-buffers=60 ! " +
        "video/x-raw,format=UYVP,width=1920,height=1080,framerate=60/1 ! rtpvrawpay ! udpsink host=127.0.0.1 port=5004",
    },
    ours: {
      command: "streamlib run 'test-pattern | video-rtp-send address=10.0.0.9 port=5004'",
      asRun: "streamlib run --duration 2s --stats 'test-pattern | video-rtp-send address=127.0.0.1 port=5004'",
      shows: /^video-rtp-send\.video in +[1-9]/m,
    },
    remark:
      "GStreamer's packets are those of RFC 4175 and leave all at once; ours leave by a schedule of ST 2110-21. " +
      "Neither line writes the SDP that a receiver needs; ours does with sdpFile=camera.sdp.",
  },
  {
    name: "Show what an SDP describes",
    gstreamer: {
      command: "gst-launch-1.0 filesrc location=camera.sdp ! sdpdemux ! rtpvrawdepay ! videoconvert ! autovideosink",
      asRun: "gst-launch-1.0 filesrc location=camera.sdp ! sdpdemux ! rtpvrawdepay ! videoconvert ! " +
        "fakesink num-buffers=20",
      beside: CAMERA,
    },
    ours: {
      command: "streamlib run 'video-rtp-receive camera.sdp | display'",
      asRun: "streamlib run --duration 3s --stats 'video-rtp-receive camera.sdp | display'",
      shows: SHOWN,
      beside: CAMERA,
    },
  },
  {
    name: "List what there is",
    gstreamer: { command: "gst-inspect-1.0", shows: /videotestsrc/ },
    ours: { command: "streamlib inspect", shows: /^TestPattern/m },
    remark: "GStreamer's list is some fifty times as long as ours.",
  },
  {
    name: "See what one element can do",
    gstreamer: { command: "gst-inspect-1.0 videotestsrc", shows: /pattern/ },
    ours: { command: "streamlib inspect TestPattern", shows: /^ {2}pattern/m },
    remark:
      "GStreamer says which options can be changed while it runs; ours does not. Ours writes JSON too, with --json.",
  },
  {
    name: "Watch the rate of a program that runs",
    gstreamer: {
      command: "gst-launch-1.0 -v videotestsrc ! fpsdisplaysink",
      asRun: "gst-launch-1.0 -v videotestsrc is-live=1 num-buffers=60 ! " +
        "fpsdisplaysink video-sink=fakesink text-overlay=false",
      shows: /rendered: \d+, dropped: \d+, current: \d/,
    },
    ours: {
      command: "streamlib top",
      asRun: "streamlib top --once --pid $(cat pid)",
      shows: /test-pattern/,
      beside: "echo $$ >pid; exec streamlib run 'test-pattern | display'",
    },
    remark: "With GStreamer the program has to be written or started for it; ours looks at any that runs.",
  },
];

export const MISTAKES: readonly UsabilityMistake[] = [
  {
    name: "An element that there is not",
    gstreamer: "gst-launch-1.0 videotestsrc ! fakesnik",
    ours: "streamlib run 'test-pattern | dispaly'",
    better: "ours",
    why: "It says which name is near, and where the wrong one stands.",
  },
  {
    name: "An option misspelt",
    gstreamer: "gst-launch-1.0 videotestsrc patern=ball ! fakesink",
    ours: "streamlib run 'test-pattern patern=gradient | display'",
    better: "ours",
    why: "GStreamer's says as clearly what is wrong; ours also which name is near.",
  },
  {
    name: "A value of the wrong type",
    gstreamer: "gst-launch-1.0 videotestsrc num-buffers=many ! fakesink",
    ours: "streamlib run 'test-pattern width=many | display'",
    better: "ours",
    why: "It says what would be right. The range is in neither.",
  },
  {
    name: "A link forgotten",
    gstreamer: "gst-launch-1.0 videotestsrc fakesink",
    ours: "streamlib run 'test-pattern display'",
    better: "ours",
    why: "It names the sign. GStreamer's has the reason too, not-linked, in its seventh line.",
  },
  {
    name: "A format that the next element does not take",
    gstreamer: "gst-launch-1.0 audiotestsrc ! videoconvert ! fakesink",
    ours: "streamlib run 'audio-generator | display'",
    better: "ours",
    why: "It names both types.",
  },
  {
    name: "A file that is not there",
    gstreamer: "gst-launch-1.0 filesrc location=none.mp4 ! decodebin ! fakesink",
    ours: "streamlib run 'file none.mp4 | display'",
    better: "ours",
    why: "Both say it; ours in one line, GStreamer's five times.",
  },
  {
    name: "A plugin that is not installed",
    gstreamer: "gst-launch-1.0 videotestsrc ! x264enc ! filesink location=a.h264",
    ours: "streamlib run --plugin @acme/blur 'test-pattern | display'",
    better: "ours",
    why: "It says where it looked and how to get it. GStreamer takes it for a name that there is not.",
  },
  {
    name: "A circle of links",
    gstreamer: "gst-launch-1.0 videotestsrc ! compositor name=c ! tee name=t ! queue ! fakesink t. ! queue ! c.",
    ours: "streamlib run 'test-pattern | m: compositor | display ; m | m.layer'",
    better: "ours",
    why: "GStreamer sees the loop, warns and crashes. Ours refuses it before anything runs, and says what would help.",
  },
  {
    name: "A port that somebody has",
    gstreamer: `gst-launch-1.0 videotestsrc ! theoraenc ! oggmux ! tcpserversink host=127.0.0.1 port=${TAKEN_PORT}`,
    ours: `streamlib run 'test-pattern | display port=${TAKEN_PORT}'`,
    better: "ours",
    why: "GStreamer says it, and goes on as if it had the port. Ours ends, and says what to do.",
  },
  {
    name: "A pad that there is not",
    gstreamer: "gst-launch-1.0 videotestsrc name=s s.picture ! fakesink",
    ours: "streamlib run 'test-pattern.picture | display'",
    better: "ours",
    why: "It says which ports there are.",
  },
];
