/** OSC 52: text into the clipboard of the machine before which one sits, also over SSH, where the terminal allows it. */
export function copying(text: string): string {
  return `\x1b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x07`;
}
