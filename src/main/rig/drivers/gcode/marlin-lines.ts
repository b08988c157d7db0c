import { AXES, type AxisName } from '../../../../shared/gcode';

/** What Marlin says in a line. */
export type MarlinLine =
  | { kind: 'ok' }
  /** Steps of each axis that it has made, by `M114`: where the motors are, and not where they are going. */
  | { kind: 'steps'; steps: Partial<Record<AxisName, number>> }
  /** Steps a millimetre, by `M92`. */
  | { kind: 'resolution'; steps: Partial<Record<AxisName, number>> }
  | { kind: 'name'; name: string }
  | { kind: 'error'; text: string }
  /** It has started. */
  | { kind: 'start' }
  | { kind: 'busy' }
  | { kind: 'unknown' };

const UNKNOWN: MarlinLine = { kind: 'unknown' };

export function readMarlinLine(line: string): MarlinLine {
  const text = line.trim().replace(/^echo:\s*/, '');
  if (/^ok\b/.test(text)) return { kind: 'ok' };
  if (text === 'start') return { kind: 'start' };
  if (text.startsWith('busy')) return { kind: 'busy' };
  const error = /^Error:\s*(.{1,120})/.exec(text);
  if (error) return { kind: 'error', text: error[1] ?? '' };
  const name = /FIRMWARE_NAME:(.{1,60}?)(?:\s+[A-Z_]+:|$)/.exec(text);
  if (name) return { kind: 'name', name: name[1] ?? '' };
  const count = text.indexOf('Count ');
  if (count >= 0 && text.startsWith('X:')) {
    const steps = words(text.slice(count), /([XYZABC]):\s?(-?\d{1,12})(?=\s|$)/g);
    return steps.x === undefined ? UNKNOWN : { kind: 'steps', steps };
  }
  if (text.startsWith('M92 ')) {
    return { kind: 'resolution', steps: words(text, /([XYZABC])(\d{1,7}(?:\.\d{1,6})?)(?=\s|$)/g) };
  }
  return UNKNOWN;
}

function words(text: string, pattern: RegExp): Partial<Record<AxisName, number>> {
  const found: Partial<Record<AxisName, number>> = {};
  for (const [, letter = '', number = ''] of text.matchAll(pattern)) {
    const axis = AXES.find((name) => name === letter.toLowerCase());
    if (axis) found[axis] = Number(number);
  }
  return found;
}

/** A straight move to a place, mm, at `feed` mm/min: `G1 X10.000 F600`. */
export function moveLine(places: Partial<Record<AxisName, number>>, feed: number): string {
  const words = AXES.flatMap((axis) => {
    const place = places[axis];
    return place === undefined ? [] : [`${axis.toUpperCase()}${place.toFixed(3)}`];
  });
  return ['G1', ...words, `F${Math.max(1, Math.round(feed))}`].join(' ');
}
