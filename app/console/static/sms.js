// How many parts a text is as an SMS: the rule of ivr/text.py.

const ALONE = 70; // UTF-16 units of a text that fits into one message
const JOINED = 67; // of each part when it needs more

export function parts(text) {
  return text.length <= ALONE ? 1 : Math.ceil(text.length / JOINED);
}
