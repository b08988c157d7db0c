import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ForesightError } from '../../shared/errors';
import { type Figure, FONT_FAMILY, svgOf } from './figure';

/** Pixels of a PNG a pixel of the figure. */
const PNG_SCALE = 2;

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
  const bytes = kind === '.svg' ? svg : await pngOf(svg);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}

/** Writes `<folder>/<name>.svg` and `.png`; returns their paths. */
export async function writeFigures(folder: string, figures: Record<string, Figure>): Promise<string[]> {
  const written: string[] = [];
  for (const [name, figure] of Object.entries(figures)) {
    for (const ending of ['svg', 'png']) {
      const file = join(folder, `${name}.${ending}`);
      await writeFigure(file, figure);
      written.push(file);
    }
  }
  return written;
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
