// In the audio thread: takes sound at the computer's rate (low-passed before), gives 16-bit pieces at the telephone's.

/* global AudioWorkletProcessor, registerProcessor, sampleRate */

const PIECE_SECONDS = 0.25;

class Telephone extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.step = sampleRate / processorOptions.rate;
    this.size = Math.round(processorOptions.rate * PIECE_SECONDS);
    this.at = 0; // where, in the samples that come next, the next sample of ours lies
    this.samples = [];
    this.port.onmessage = () => this.send();
  }

  process([[input]]) {
    if (!input) return true;
    for (; this.at < input.length; this.at += this.step) {
      const one = Math.max(-1, Math.min(1, input[Math.floor(this.at)]));
      this.samples.push(Math.round(one * 32767));
    }
    this.at -= input.length;
    if (this.samples.length >= this.size) this.send();
    return true;
  }

  send() {
    this.port.postMessage(Int16Array.from(this.samples));
    this.samples = [];
  }
}

registerProcessor("telephone", Telephone);
