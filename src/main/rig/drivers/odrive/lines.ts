/** A command with the checksum that G-code has: `*` and the exclusive or of what stands before it, decimal. */
export function odriveLine(command: string): string {
  return `${command}*${checksum(command)}`;
}

export type OdriveLine =
  | { kind: 'numbers'; values: number[] }
  /** "invalid property", "unknown command": what was asked for was not understood. */
  | { kind: 'refused'; text: string }
  | { kind: 'bad checksum' };

const NUMBER = /^[+-]?(\d{1,20}(\.\d{1,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?$/;

/** Reads what the board answers to a command with a checksum. */
export function readOdriveLine(line: string): OdriveLine {
  const match = /^(.*?)\s*\*(\d{1,3})$/.exec(line.trim());
  const text = match?.[1];
  if (
    text === undefined ||
    Number(match?.[2]) !== checksum(line.trim().slice(0, line.trim().lastIndexOf('*')))
  ) {
    return { kind: 'bad checksum' };
  }
  const words = text.trim().split(/\s+/);
  if (words.every((word) => NUMBER.test(word))) return { kind: 'numbers', values: words.map(Number) };
  return { kind: 'refused', text };
}

function checksum(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum ^= text.charCodeAt(i) & 0xff;
  return sum;
}
