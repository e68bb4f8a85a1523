// The microphone: what is said, as 16-bit samples at 8 kHz, a quarter of a second at a time, in order.

const RATE = 8000;
const BAND = 3500; // Hz; what a telephone line carries

export class Microphone {
  /** `worklet`: address of microphone_worklet.js. `heard(samples)` may give a promise; the next piece waits for it. */
  constructor(worklet, heard) {
    this.worklet = worklet;
    this.heard = heard;
    this.sent = Promise.resolve();
  }

  /** Throws what getUserMedia throws, or an error named `insecure` where browsers give no microphone to a page. */
  async open() {
    if (!navigator.mediaDevices) throw Object.assign(new Error("not a secure page"), { name: "insecure" });
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, channelCount: 1 } });
    const context = new AudioContext();
    await context.audioWorklet.addModule(this.worklet);
    this.node = new AudioWorkletNode(context, "telephone", { numberOfOutputs: 0, processorOptions: { rate: RATE } });
    this.node.port.onmessage = ({ data }) => {
      this.sent = this.sent.then(() => this.heard(data));
      this.flushed?.(this.sent);
    };
    const low = [0, 1].map(() => new BiquadFilterNode(context, { type: "lowpass", frequency: BAND }));
    context.createMediaStreamSource(stream).connect(low[0]).connect(low[1]).connect(this.node);
    await context.resume();
  }

  /** What was said until now has been sent. */
  async flush() {
    if (!this.node) return;
    await new Promise((done) => {
      this.flushed = done;
      this.node.port.postMessage("flush");
    });
    this.flushed = null;
  }
}

/** A WAV file of these samples. */
export function wav(samples) {
  const head = new DataView(new ArrayBuffer(44));
  const write = (at, text) => [...text].forEach((sign, i) => head.setUint8(at + i, sign.charCodeAt(0)));
  const size = samples.length * 2;
  write(0, "RIFF");
  head.setUint32(4, 36 + size, true);
  write(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true); // PCM
  head.setUint16(22, 1, true); // mono
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  write(36, "data");
  head.setUint32(40, size, true);
  return new Blob([head.buffer, samples.buffer], { type: "audio/wav" });
}
