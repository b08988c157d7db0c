import type { Spread } from '../../../shared/statistics';

/** What a study wants of a number of its variants. */
export interface Bar {
  title: string;
  /** Each of them must meet it; all variants when left out. */
  variants?: readonly string[] | undefined;
  atLeast?: number | undefined;
  atMost?: number | undefined;
}

export interface VariantBarResult {
  title: string;
  /** "≥ 170", in words. */
  wanted: string;
  met: boolean;
  variants: { variant: string; value: Spread | undefined; met: boolean }[];
}

/**
 * The median over seeds counts; a seed without a number, because its unit failed, is a seed that does not meet it.
 * @param number of a variant with a seed; null where there is none; undefined where nothing was run
 */
export function judgeVariants(
  bar: Bar,
  { variants: all, seeds }: { variants: readonly string[]; seeds: readonly number[] },
  number: (variant: string, seed: number) => number | null | undefined,
): VariantBarResult {
  const worst = bar.atLeast !== undefined ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const variants = (bar.variants ?? all).map((variant) => {
    const found = seeds.map((seed) => number(variant, seed));
    const none = found.every((value) => value === undefined);
    const value = none ? undefined : spreadWithInfinity(found.map((one) => one ?? worst));
    const met =
      value !== undefined &&
      value.median >= (bar.atLeast ?? Number.NEGATIVE_INFINITY) &&
      value.median <= (bar.atMost ?? Number.POSITIVE_INFINITY);
    return { variant, value, met };
  });
  const wanted = [
    ...(bar.atLeast === undefined ? [] : [`≥ ${bar.atLeast}`]),
    ...(bar.atMost === undefined ? [] : [`≤ ${bar.atMost}`]),
  ].join(' and ');
  return { title: bar.title, wanted, met: variants.every((one) => one.met), variants };
}

/** The middle value (the mean of both where there are two, unless one of them is infinite) and the range. */
export function spreadWithInfinity(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  return {
    median: low === high ? low : (low + high) / 2,
    low: sorted[0],
    high: sorted.at(-1) as number,
  };
}
