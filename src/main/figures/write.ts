import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ForesightError } from '../../shared/errors';
import { type OwnKind, requireReplaceable } from '../files/replace';
import { writeWhole } from '../files/write-whole';
import { type Figure, FONT_FAMILY, isFigure, svgOf } from './figure';

/** Pixels of a PNG a pixel of the figure. */
const PNG_SCALE = 2;

const FIGURE: OwnKind = { what: 'a figure', isOne: isFigure };
/** Its drawing has been looked at. */
const DRAWN_BESIDE: OwnKind = { what: 'a figure', isOne: (head) => head.startsWith(PNG) };
/** How every PNG begins. */
const PNG = '\x89PNG\r\n';

/**
 * Writes a figure as SVG or PNG, by the ending of the file; missing folders are made.
 * @throws wrong-use for another ending
 */
export async function writeFigure(file: string, figure: Figure): Promise<void> {
  const kind = extname(file).toLowerCase();
  if (kind !== '.svg' && kind !== '.png') {
    throw new ForesightError(
      'wrong-use',
      `A figure is an .svg or a .png file, and "${file}" is neither.`,
      'Give the file one of these endings.',
    );
  }
  const svg = svgOf(figure);
  await writeWhole(file, kind === '.svg' ? svg : await pngOf(svg));
}

/**
 * Writes `<folder>/<name>.svg` and `.png`; returns their paths.
 * @throws wrong-use, before anything is written, when one of them is there and is no figure of ours, without `force`
 */
export async function writeFigures(
  folder: string,
  figures: Record<string, Figure>,
  options: { force?: boolean | undefined } = {},
): Promise<string[]> {
  const files = Object.entries(figures).flatMap(([name, figure]) => {
    const base = join(folder, name);
    // A picture of points does not say whose it is; the drawing beside it does.
    return [
      { file: `${base}.svg`, figure, kind: FIGURE },
      { file: `${base}.png`, figure, kind: existsSync(`${base}.svg`) ? DRAWN_BESIDE : FIGURE },
    ];
  });
  for (const { file, kind } of files) await requireReplaceable(file, kind, options);
  for (const { file, figure } of files) await writeFigure(file, figure);
  return files.map(({ file }) => file);
}

/** An SVG document as PNG at twice its size. The font comes along, so the machine needs none. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  renderer ??= startRenderer();
  const { Resvg, fonts } = await renderer;
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: PNG_SCALE },
    font: { fontBuffers: fonts, defaultFontFamily: FONT_FAMILY, sansSerifFamily: FONT_FAMILY },
  });
  try {
    const image = drawing.render();
    const png = image.asPng();
    image.free();
    return png;
  } finally {
    drawing.free();
  }
}

type Renderer = { Resvg: typeof import('@resvg/resvg-wasm').Resvg; fonts: Uint8Array[] };
let renderer: Promise<Renderer> | undefined;

async function startRenderer(): Promise<Renderer> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const [program, ...fonts] = await Promise.all([
    asset('index_bg.wasm', '@resvg/resvg-wasm/index_bg.wasm'),
    asset('Inter_400Regular.ttf', '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
    asset('Inter_600SemiBold.ttf', '@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
  ]);
  await initWasm(program);
  return { Resvg, fonts };
}

/** Beside the bundled program, or in the installed package when it runs from source. */
async function asset(name: string, specifier: string): Promise<Uint8Array<ArrayBuffer>> {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = [join(here, 'figures', name), join(here, '..', 'figures', name)];
  const bundled = beside.find((file) => existsSync(file));
  try {
    const file = bundled ?? createRequire(import.meta.url).resolve(specifier);
    return Uint8Array.from(await readFile(file));
  } catch (cause) {
    throw new ForesightError(
      'internal',
      `Drawing a PNG needs "${name}", which is missing.`,
      'Install Foresight again, or write the figure as .svg.',
      { cause },
    );
  }
}
