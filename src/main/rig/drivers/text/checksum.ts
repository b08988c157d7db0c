import type { TextOptions } from '../../../../shared/text-line';

type Kind = TextOptions['checksum'];

/** Two hexadecimal digits: the exclusive or (as NMEA 0183 has it), or the sum modulo 256, of the characters. */
function digits(kind: 'xor' | 'sum', text: string): string {
  let check = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    check = kind === 'xor' ? check ^ code : (check + code) & 0xff;
  }
  return (check & 0xff).toString(16).toUpperCase().padStart(2, '0');
}

export function withChecksum(kind: Kind, text: string): string {
  return kind === 'none' ? text : `${text}*${digits(kind, text)}`;
}

/** What stands before the checksum; undefined where that is missing or wrong. */
export function withoutChecksum(kind: Kind, line: string): string | undefined {
  if (kind === 'none') return line;
  const at = line.length - 3;
  if (at < 0 || line[at] !== '*') return undefined;
  const text = line.slice(0, at);
  return line.slice(at + 1).toUpperCase() === digits(kind, text) ? text : undefined;
}
