import { element, FONT, fitted, line, type Theme, text, textWidth } from './figure';

export interface LegendEntry {
  name: string;
  colour: string;
  /** How it is drawn in the chart. */
  mark: 'line' | 'dashed' | 'points' | 'bar';
}

const SAMPLE = 22;
const GAP = 16;
const ROW = 18;

/** Entries in rows of at most `width` px. Never inside a plot, so it hides nothing. */
export function legend(
  entries: readonly LegendEntry[],
  width: number,
  theme: Theme,
): { height: number; content: string } {
  const parts: string[] = [];
  let [x, row] = [0, 0];
  for (const entry of entries) {
    const name = fitted(entry.name, FONT.tick, width - SAMPLE - 6);
    const wide = SAMPLE + 6 + textWidth(name, FONT.tick);
    if (x > 0 && x + wide > width) [x, row] = [0, row + 1];
    const middle = row * ROW + ROW / 2;
    parts.push(sample(entry, x, middle));
    parts.push(text(name, { x: x + SAMPLE + 6, y: middle + 4, fill: theme.faint }));
    x += wide + GAP;
  }
  return { height: entries.length === 0 ? 0 : (row + 1) * ROW, content: parts.join('\n') };
}

function sample({ colour, mark }: LegendEntry, x: number, y: number): string {
  if (mark === 'bar')
    return element('rect', { x: x + 5, y: y - 6, width: 12, height: 12, rx: 2, fill: colour });
  if (mark === 'points') return element('circle', { cx: x + SAMPLE / 2, cy: y, r: 3, fill: colour });
  return line(x, y, x + SAMPLE, y, {
    stroke: colour,
    'stroke-width': 2,
    'stroke-dasharray': mark === 'dashed' ? '5 3' : undefined,
  });
}
