/** Measures how bright pictures are: video comes in, data goes out. */
import {
  Actor,
  DataMessage,
  type Input,
  input,
  type Output,
  output,
  planesOf,
  registerActor,
  stopAll,
  tap,
  VideoFrame,
} from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";

/** Luma of black and of white in 10-bit video. */
const BLACK = 64;
const WHITE = 940;

@registerActor({ name: "Brightness", module: import.meta.url })
class BrightnessActor extends Actor<{ inputs: { video: Input<VideoFrame> }; outputs: { level: Output<DataMessage> } }> {
  static readonly spec = {
    description: "Measures the mean brightness of 10-bit Y'CbCr pictures",
    inputs: { video: input(VideoFrame, { description: "yuv422p10le" }) },
    outputs: { level: output(DataMessage, { description: "{ brightness }, from 0 to 1" }) },
  };

  override process(): void {
    const frame = this.inputs.video.readLatest();
    if (!frame || frame.repeated) return;
    const { data, format } = frame;
    const [luma] = planesOf(format);
    let sum = 0;
    for (let row = 0; row < luma.rows; row++) {
      const at = data.byteOffset + luma.offsetBytes + row * luma.strideBytes;
      for (const code of new Uint16Array(data.buffer, at, format.width)) sum += code;
    }
    const mean = sum / (luma.rows * format.width);
    this.outputs.level.send({ brightness: (mean - BLACK) / (WHITE - BLACK) }, { stampFrom: frame });
  }
}

const bars = new TestPatternActor({ width: 640, height: 360, fps: 30 });
const meter = bars.pipe(new BrightnessActor());
let said: object | undefined;
tap(bars.outputs.video, ({ format }) => {
  if (said !== format) console.log(`${format.pixelFormat}, ${format.range} range, strides ${format.strides}`);
  said = format;
});
tap(meter.outputs.level, ({ value, frameNumber }) => console.log(`picture ${frameNumber}: ${JSON.stringify(value)}`));
await new Promise((resolve) => setTimeout(resolve, 500));
await stopAll();
