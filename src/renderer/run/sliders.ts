/** How a number lies on a slider from 0 to 100. */
export interface SliderScale {
  low: number;
  high: number;
  /** Linear, or in decades with zero at the very left. */
  scale: 'linear' | 'decades';
  /** Linear: what values are rounded to. Decades: what one press of an arrow in the input changes. */
  step: number;
}

export type SliderKey = 'particles' | 'pessimism' | 'risk' | 'limitPenalty';

export const SLIDERS: Record<SliderKey, SliderScale> = {
  particles: { low: 1, high: 50, scale: 'linear', step: 1 },
  risk: { low: 0.02, high: 1, scale: 'linear', step: 0.02 },
  pessimism: { low: 0.01, high: 1000, scale: 'decades', step: 0.1 },
  limitPenalty: { low: 0.01, high: 1000, scale: 'decades', step: 0.1 },
};

/** The number at a position; of decades with two significant digits. */
export function fromSlider({ low, high, scale, step }: SliderScale, position: number): number {
  const share = Math.min(1, Math.max(0, position / 100));
  if (scale === 'linear') return tidy(low + Math.round((share * (high - low)) / step) * step, 6);
  return share === 0 ? 0 : tidy(low * (high / low) ** share, 2);
}

/** Where a number lies; beyond the ends, at the end. */
export function toSlider({ low, high, scale }: SliderScale, value: number): number {
  const share =
    scale === 'linear'
      ? (value - low) / (high - low)
      : value <= 0
        ? 0
        : Math.log(value / low) / Math.log(high / low);
  return 100 * Math.min(1, Math.max(0, share));
}

const tidy = (value: number, digits: number) => Number(value.toPrecision(digits));
