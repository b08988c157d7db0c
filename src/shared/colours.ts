/**
 * One colour a series, everywhere. Red is missing on purpose, it belongs to the e-stop and to errors. Each is readable
 * on both backgrounds (contrast ≥ 3 : 1 against white and #1a1b1e).
 */
export const PALETTE = [
  '#3b82f6', // blue
  '#d97706', // amber
  '#0d9488', // teal
  '#a05df0', // violet
  '#d9468f', // pink
  '#6a8f1a', // olive
  '#0891c2', // cyan
  '#a1714b', // brown
] as const;

export function paletteColour(index: number): string {
  return PALETTE[((index % PALETTE.length) + PALETTE.length) % PALETTE.length] ?? PALETTE[0];
}

// Viridis (Smith & van der Walt, matplotlib), sampled at sixteenths: even steps in lightness, safe for the colour-blind.
const VIRIDIS = [
  [68, 1, 84],
  [72, 26, 108],
  [71, 47, 125],
  [65, 68, 135],
  [57, 86, 140],
  [49, 104, 142],
  [42, 120, 142],
  [35, 136, 142],
  [31, 152, 139],
  [34, 168, 132],
  [53, 183, 121],
  [84, 197, 104],
  [122, 209, 81],
  [165, 219, 54],
  [210, 226, 27],
  [253, 231, 37],
] as const;

/** Viridis at a share between 0 (dark) and 1 (bright), clipped; components from 0 to 1. */
export function viridis(share: number): [number, number, number] {
  const clipped = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
  const at = clipped * (VIRIDIS.length - 1);
  const low = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const t = at - low;
  const a = VIRIDIS[low] ?? VIRIDIS[0];
  const b = VIRIDIS[low + 1] ?? VIRIDIS[0];
  const mix = (i: 0 | 1 | 2) => ((1 - t) * a[i] + t * b[i]) / 255;
  return [mix(0), mix(1), mix(2)];
}
