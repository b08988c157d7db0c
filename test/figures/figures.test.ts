import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOMParser } from '@xmldom/xmldom';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  barChart,
  type Figure,
  grid,
  heatMap,
  type LineChart,
  legendOf,
  lineChart,
  pngOf,
  rangeChart,
  svgOf,
  tickLabel,
  writeFigure,
  writeFigures,
} from '../../src/main/figures';
import { scaleFor } from '../../src/main/figures/scale';

/** The document, parsed; anything that is not well-formed XML throws. */
function parsed(figure: Figure) {
  return new DOMParser({
    onError: (level: string, message: string) => {
      throw new Error(`${level}: ${message}`);
    },
  }).parseFromString(svgOf(figure), 'image/svg+xml');
}
const elements = (figure: Figure, name: string) => Array.from(parsed(figure).getElementsByTagName(name));
const words = (figure: Figure) => elements(figure, 'text').map((node) => node.textContent);

const error: LineChart = {
  title: 'θ <joint & wrist>',
  x: { label: 'steps ahead', log: true },
  y: { label: 'error', unit: 'rad', log: true },
  series: [
    { name: 'ensemble', x: [1, 10, 100], y: [0.01, 0.1, 1] },
    { name: 'last value', x: [1, 10, 100], y: [0.1, 0.5, 0.9], mark: 'dashed' },
  ],
};

describe('a line chart', () => {
  it('is one well-formed document with a line a series, its names, units and ticks', () => {
    const figure = lineChart(error);
    expect(words(figure)).toEqual(
      expect.arrayContaining([
        'θ <joint & wrist>',
        'steps ahead',
        'error (rad)',
        'ensemble',
        'last value',
        '100',
      ]),
    );
    const lines = elements(figure, 'polyline');
    expect(lines.map((line) => line.getAttribute('points')?.split(' ').length)).toEqual([3, 3]);
    expect(lines.map((line) => line.getAttribute('stroke-dasharray') || null)).toEqual([null, '5 3']);
  });

  it('draws equal factors equally far apart on logarithmic axes', () => {
    const [line] = elements(lineChart(error), 'polyline');
    const points = (line?.getAttribute('points') ?? '').split(' ').map((pair) => pair.split(',').map(Number));
    const [[x0, y0], [x1, y1], [x2, y2]] = points as [[number, number], [number, number], [number, number]];
    expect(x2 - x1).toBeCloseTo(x1 - x0, 1);
    expect(y2 - y1).toBeCloseTo(y1 - y0, 1);
    expect(y1).toBeLessThan(y0);
  });

  it('leaves a gap where there is no number, and keeps a number that stands alone visible', () => {
    const y = [1, 2, null, 4, null, 6, 7];
    const figure = lineChart({ ...error, series: [{ name: 'a', x: [1, 2, 3, 4, 5, 6, 7], y }] });
    expect(elements(figure, 'polyline')).toHaveLength(2);
    expect(elements(figure, 'circle')).toHaveLength(1);
  });

  it('draws any finite numbers without a NaN in the document', () => {
    const numbers = fc.array(fc.oneof(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.constant(null)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(numbers, fc.boolean(), fc.constantFrom('line', 'dashed', 'points'), (y, log, mark) => {
        const x = y.map((_, i) => i);
        const band = { low: y.map((v) => (v === null ? null : v - 1)), high: y };
        const figure = lineChart({ x: {}, y: { log }, series: [{ name: 'a', x, y, mark, band }] });
        expect(svgOf(figure)).not.toMatch(/NaN|Infinity|undefined/);
        parsed(figure);
      }),
      {
        examples: [
          [[5e-324], true, 'line'],
          [[1e-322, 1e-322], false, 'line'],
          [[1e9, 1e9 + 1.2e-7], false, 'line'],
        ],
      },
    );
  });
});

describe('ticks', () => {
  it('lie inside the axis, ascend, and are not more than fit', () => {
    const ends = fc.tuple(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(ends, fc.integer({ min: 2, max: 9 }), ([low, span], count) => {
        const { ticks, ...scale } = scaleFor([low, low + span], {}, count);
        expect(ticks.length).toBeLessThanOrEqual(count + 3);
        expect(ticks.length).toBeGreaterThan(0);
        for (const { value } of ticks) {
          expect(scale.at(value)).toBeGreaterThanOrEqual(-1e-6);
          expect(scale.at(value)).toBeLessThanOrEqual(1 + 1e-6);
        }
        const values = ticks.map(({ value }) => value);
        expect(values).toEqual([...values].sort((a, b) => a - b));
      }),
    );
  });

  it('are round numbers with a real minus, and powers of ten where they would be long', () => {
    expect([0, 0.25, -1.5, 200, 1e5, 2.5e-6, -1e-4].map(tickLabel)).toEqual([
      ...['0', '0.25', '−1.5', '200', '10⁵', '2.5·10⁻⁶', '−10⁻⁴'],
    ]);
    const labels = scaleFor([1, 200], { log: true }, 5).ticks.map(({ label }) => label);
    expect(labels).toEqual(['1', '3', '10', '30', '100']);
  });
});

describe('a heat map', () => {
  it('has one coloured cell a value, none where there is none, and the scale beside it', () => {
    const figure = heatMap({
      x: { label: 'x', unit: 'm', edges: [0, 1, 2] },
      y: { label: 'v', unit: 'm/s', edges: [0, 1, 2] },
      values: [
        [1, 10],
        [null, 100],
      ],
      colour: { label: 'transitions', log: true },
    });
    const bar = 48;
    const [background, plot] = [1, 1];
    expect(elements(figure, 'rect')).toHaveLength(3 + bar + background + plot);
    expect(words(figure)).toEqual(
      expect.arrayContaining(['transitions', '1', '10', '100', 'x (m)', 'v (m/s)']),
    );
  });
});

describe('bars', () => {
  it('stand on zero with heights as their values, stacked ones on each other', () => {
    const heights = (stacked: boolean) =>
      elements(
        barChart({
          ...{ categories: ['1', '10'], y: { label: 'std' }, stacked, legend: false },
          bars: [
            { name: 'epistemic', values: [1, 2] },
            { name: 'aleatoric', values: [3, null] },
          ],
        }),
        'rect',
      )
        .slice(1)
        .map((rect) => ({ y: Number(rect.getAttribute('y')), height: Number(rect.getAttribute('height')) }));
    const [first, second, third] = heights(false);
    expect(second?.height).toBeCloseTo(3 * (first?.height ?? 0), 0);
    expect(third?.height).toBeCloseTo(2 * (first?.height ?? 0), 0);
    const [below, above] = heights(true);
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBeCloseTo(below?.y ?? 0, 1);
  });
});

describe('a range chart', () => {
  const chart = {
    categories: ['iCEM, fixed members with noise', 'MPPI'],
    x: { label: 'return' },
    kinds: [
      { name: '200 transitions', values: [120, 90], low: [100, 60], high: [130, 95] },
      { name: '1000 transitions', values: [170, null], low: [165, null], high: [175, null] },
    ],
  };

  it('has a dot and a line for every value that is there, and every name in full', () => {
    const figure = rangeChart(chart);
    expect(words(figure)).toEqual(
      expect.arrayContaining([...chart.categories, 'return', '1000 transitions']),
    );
    const plot = elements(figure, 'svg')[1];
    const dots = Array.from(plot?.getElementsByTagName('circle') ?? []);
    const ranges = Array.from(plot?.getElementsByTagName('line') ?? []);
    expect(dots).toHaveLength(3);
    expect(ranges).toHaveLength(3);
    const number = (node: { getAttribute(name: string): string | null } | undefined, name: string) =>
      Number(node?.getAttribute(name));
    // Of each row: the dot inside of its line; larger returns farther right, later categories farther down.
    for (const [i, dot] of dots.entries()) {
      expect(number(dot, 'cx')).toBeGreaterThan(number(ranges[i], 'x1'));
      expect(number(dot, 'cx')).toBeLessThan(number(ranges[i], 'x2'));
      expect(number(dot, 'cy')).toBe(number(ranges[i], 'y1'));
    }
    const [few, many, other] = dots;
    expect(number(many, 'cx')).toBeGreaterThan(number(few, 'cx'));
    expect(number(other, 'cy')).toBeGreaterThan(number(many, 'cy'));
  });

  it('is as wide as a page however many rows it has', () => {
    const many = Array.from({ length: 30 }, (_, i) => `variant ${i}`);
    const figure = rangeChart({
      ...chart,
      categories: many,
      kinds: [{ name: 'one', values: many.map((_, i) => i) }],
    });
    expect(figure.width).toBe(720);
    expect(figure.height).toBeGreaterThan(30 * 20);
  });
});

describe('figures as files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-figures-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are SVG and PNG of the same picture, the PNG at twice its size', async () => {
    const figure = grid([lineChart({ ...error, legend: false }), lineChart(error)], {
      ...{ title: 'Error against horizon', columns: 2, legend: legendOf(error.series) },
    });
    const files = await writeFigures(join(folder, 'deep', 'er'), { error: figure });
    expect(await readdir(join(folder, 'deep', 'er'))).toEqual(['error.png', 'error.svg']);
    expect(await readFile(files[0] ?? '', 'utf8')).toBe(svgOf(figure));
    const png = await readFile(files[1] ?? '');
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(png.readUInt32BE(16)).toBe(2 * Math.round(figure.width));
    expect(png.readUInt32BE(20)).toBe(2 * Math.round(figure.height));
  });

  it('have their words in the PNG although the machine may have no font', async () => {
    const blank = { ...lineChart(error), content: '' };
    const size = async (content: string) => (await pngOf(svgOf({ ...blank, content }))).length;
    expect(await size('<text x="20" y="40" font-size="14">steps ahead θ ² −</text>')).toBeGreaterThan(
      2 * (await size('')),
    );
  });

  it('are refused with another ending', async () => {
    await expect(writeFigure(join(folder, 'error.pdf'), lineChart(error))).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringMatching(/neither/),
    });
  });
});
