// How many parts a text is as an SMS: the rule of ivr/text.py, kept equal to it by tests/browser/test_reply.py.

const UCS2 = [70, 67]; // UTF-16 units in a single text, and in each part of a longer one (3GPP TS 23.040)
const GSM7 = [160, 153]; // septets, likewise
const ONE = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
    "abcdefghijklmnopqrstuvwxyzäöñüà",
);
const TWO = new Set("^{}\\[~]|€\f");

/** The parts a carrier sends and charges. A sign of two units is never split. */
export function parts(text) {
  const signs = [...text];
  const plain = signs.every((sign) => ONE.has(sign) || TWO.has(sign));
  const [single, part] = plain ? GSM7 : UCS2;
  const sizes = signs.map((sign) => (plain ? (TWO.has(sign) ? 2 : 1) : sign.length));
  if (sizes.reduce((sum, size) => sum + size, 0) <= single) return text ? 1 : 0;
  let count = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > part) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return count;
}
