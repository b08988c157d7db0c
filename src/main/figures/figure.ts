/**
 * Figures for reports: pure functions from data to SVG. Every colour and size is an attribute (no style sheet, no
 * script, no font inside), so that any program draws the file alike; a background is painted, so that it is readable
 * wherever it is shown.
 */
export interface Figure {
  /** px */
  width: number;
  height: number;
  /** SVG elements in a coordinate system of `width` × `height`. */
  content: string;
  theme: Theme;
}

export interface Theme {
  background: string;
  /** Titles and the labels of axes. */
  ink: string;
  /** Numbers at ticks, legends. */
  faint: string;
  gridLine: string;
  axis: string;
  /** Cells and bars without a value. */
  nothing: string;
}
export type ThemeName = 'light' | 'dark';

const THEMES: Record<ThemeName, Theme> = {
  light: {
    background: '#ffffff',
    ink: '#1a1b1e',
    faint: '#565b63',
    gridLine: '#e6e8eb',
    axis: '#9aa0a8',
    nothing: '#eef0f2',
  },
  dark: {
    background: '#1a1b1e',
    ink: '#eceef1',
    faint: '#a9afb8',
    gridLine: '#303338',
    axis: '#6b717a',
    nothing: '#26282c',
  },
};
export const themeOf = (name: ThemeName = 'light'): Theme => THEMES[name];

export const FONT_FAMILY = 'Inter';
/** px */
export const FONT = { title: 14, label: 12, tick: 11 } as const;

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const FONTS = `${FONT_FAMILY}, Helvetica, Arial, sans-serif`;

/** @param head first characters of a file */
export const isFigure = (head: string): boolean =>
  head.startsWith(DECLARATION) && head.includes(`font-family="${FONTS}"`);

/** The document of a figure. */
export function svgOf({ width, height, content, theme }: Figure): string {
  return [
    DECLARATION,
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" font-family="${FONTS}">`,
    element('rect', { width, height, fill: theme.background }),
    content,
    '</svg>',
    '',
  ].join('\n');
}

export type Attributes = Record<string, string | number | undefined>;

/** One element; numbers are rounded to hundredths of a pixel, attributes that are undefined left out. */
export function element(name: string, attributes: Attributes, content?: string): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escaped(String(value))}"`)
    .join('');
  return content === undefined ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function text(
  words: string,
  { size = FONT.tick, ...attributes }: Attributes & { size?: number },
): string {
  return element('text', { 'font-size': size, ...attributes }, escaped(words));
}

export const line = (x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string =>
  element('line', { x1, y1, x2, y2, ...attributes });

/** `content` moved to (x, y). */
export const moved = (x: number, y: number, content: string): string =>
  element('g', { transform: `translate(${round(x)} ${round(y)})` }, `\n${content}\n`);

export const round = (value: number): number => Math.round(value * 100) / 100;

function escaped(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const WIDTHS: [RegExp, number][] = [
  [/[ilj.,:;'|!]/, 0.27],
  [/[ftr()[\]\-/ ]/, 0.37],
  [/[mwMW@%]/, 0.88],
  [/[A-Z]/, 0.69],
  [/[0-9+=−–]/, 0.64],
  [/[⁰¹²³⁴-⁹⁻]/, 0.42],
];

/** Width of a text in px, a little generous: for room, not for typesetting. */
export function textWidth(words: string, size: number): number {
  let ems = 0;
  for (const letter of words) ems += WIDTHS.find(([letters]) => letters.test(letter))?.[1] ?? 0.58;
  return ems * size;
}

/** The text, or its beginning and an ellipsis where it is wider than `room` px. */
export function fitted(words: string, size: number, room: number): string {
  if (textWidth(words, size) <= room) return words;
  let short = words;
  while (short.length > 1 && textWidth(`${short}…`, size) > room) short = short.slice(0, -1);
  return `${short.trimEnd()}…`;
}
