import { type Figure, FONT, fitted, moved, type ThemeName, text, themeOf } from './figure';
import { type LegendEntry, legend } from './legend';

export interface GridOptions {
  title?: string;
  /** A sentence under the title. */
  subtitle?: string;
  /** Figures side by side at most; as many as make the grid about square, three at most, when left out. */
  columns?: number;
  /** One legend for all of them (`legendOf`). */
  legend?: readonly LegendEntry[];
  theme?: ThemeName;
}

const MARGIN = 16;
const GAP = 12;

/** Figures in rows, one above the other, under one title and one legend. */
export function grid(figures: readonly Figure[], options: GridOptions = {}): Figure {
  const theme = options.theme ? themeOf(options.theme) : (figures[0]?.theme ?? themeOf());
  const columns = options.columns ?? Math.min(3, Math.max(1, Math.ceil(Math.sqrt(figures.length))));
  const rows = Array.from({ length: Math.ceil(figures.length / columns) }, (_, row) =>
    figures.slice(row * columns, (row + 1) * columns),
  );
  const widthOf = (row: readonly Figure[]) =>
    row.reduce((sum, { width }) => sum + width, 0) + GAP * Math.max(0, row.length - 1);
  const inner = Math.max(200, ...rows.map(widthOf));
  const parts: string[] = [];
  let y = MARGIN;
  if (options.title) {
    y += 14;
    parts.push(
      text(fitted(options.title, 16, inner), {
        ...{ x: MARGIN, y, size: 16, fill: theme.ink, 'font-weight': 600 },
      }),
    );
    y += 12;
  }
  if (options.subtitle) {
    y += 8;
    parts.push(
      text(fitted(options.subtitle, FONT.label, inner), {
        x: MARGIN,
        y,
        size: FONT.label,
        fill: theme.faint,
      }),
    );
    y += 12;
  }
  const key = legend(options.legend ?? [], inner, theme);
  if (key.height > 0) {
    parts.push(moved(MARGIN, y, key.content));
    y += key.height + 8;
  }
  for (const row of rows) {
    let x = MARGIN;
    for (const figure of row) {
      parts.push(moved(x, y, figure.content));
      x += figure.width + GAP;
    }
    y += Math.max(0, ...row.map(({ height }) => height)) + GAP;
  }
  return { width: inner + 2 * MARGIN, height: y - GAP + MARGIN, content: parts.join('\n'), theme };
}
