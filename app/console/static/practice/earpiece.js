// The earpiece: what the hotline plays, in order and without gaps; the beep, the ringing, the key tones.

const TONES = { beep: [[1000, 0, 0.35]], key: [[770, 0, 0.12]], chime: [[880, 0, 0.12], [1175, 0.16, 0.2]] };
const RING = [[450, 0, 1], [450, 5, 1], [450, 10, 1], [450, 15, 1], [450, 20, 1], [450, 25, 1]]; // frequency, at, seconds

export class Earpiece {
  /** `shown` gets data-playing: the address of the sound that is heard, empty when there is none. */
  constructor(shown) {
    this.shown = shown;
    this.queue = [];
    this.now = null;
    this.own = null;
    this.ringing = [];
    shown.dataset.playing = "";
  }

  /** Called where the mouse was pressed: browsers let a page sound only then. */
  allow() {
    this.context ??= new AudioContext();
    this.context.resume();
  }

  play(address) {
    const sound = new Audio(address); // fetched at once, while the one before it still plays
    sound.preload = "auto";
    this.queue.push(sound);
    if (!this.now) this.next();
  }

  next() {
    this.now = this.queue.shift() ?? null;
    this.shown.dataset.playing = "";
    const sound = this.now;
    if (!sound) return;
    const over = () => { if (this.now === sound) this.next(); };
    sound.addEventListener("ended", over);
    sound.addEventListener("error", over);
    sound.addEventListener("playing", () => { if (this.now === sound) this.shown.dataset.playing = sound.src; });
    sound.play().catch(over);
  }

  /** Silence at once: a key cut the hotline short, or the call is over. */
  stop() {
    this.queue = [];
    this.now?.pause();
    this.now = null;
    this.shown.dataset.playing = "";
    this.silence();
    this.stopVoice();
  }

  /** What a ready-made caller says, after so many milliseconds. */
  voice(address, afterMs) {
    this.stopVoice();
    const own = new Audio(address);
    this.own = own;
    setTimeout(() => { if (this.own === own) own.play().catch(() => {}); }, afterMs);
  }

  stopVoice() {
    this.own?.pause();
    this.own = null;
  }

  beep() { this.tone(TONES.beep, 0.2); }
  key() { this.tone(TONES.key, 0.12); }
  chime() { this.tone(TONES.chime, 0.15); }
  ring() { this.ringing = this.tone(RING, 0.15); }

  silence() {
    for (const tone of this.ringing) tone.stop();
    this.ringing = [];
  }

  tone(notes, loudness) {
    if (this.context?.state !== "running") return [];
    return notes.map(([frequency, at, seconds]) => {
      const [tone, gain, begin] = [this.context.createOscillator(), this.context.createGain(), this.context.currentTime + at];
      tone.frequency.value = frequency;
      gain.gain.value = loudness;
      tone.connect(gain).connect(this.context.destination);
      tone.start(begin);
      tone.stop(begin + seconds);
      return tone;
    });
  }
}
