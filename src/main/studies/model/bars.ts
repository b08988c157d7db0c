import type { ModelStudyFile, StudyBar } from '../../../shared/model-study';
import type { Spread } from '../../../shared/statistics';
import { spread } from '../../../shared/statistics';
import { measureOf } from './measures';
import type { StudyRun } from './run';

export interface BarResult {
  title: string;
  /** "≥ 0.95 on each", in words. */
  wanted: string;
  /** null: nothing to judge, as every source is left out. */
  met: boolean | null;
  sources: {
    source: string;
    met: boolean;
    variants: { variant: string; met: boolean; value: Spread | undefined }[];
  }[];
}

/**
 * Is the bar met? The median over seeds counts; a variant without the number does not meet it. With `relativeTo` the
 * number of each seed is divided by the smallest of those variants' with the same seed and thus the same data.
 */
export function judgeBar(
  study: ModelStudyFile,
  bar: StudyBar,
  { units, leftOut }: Pick<StudyRun, 'units' | 'leftOut'>,
): BarResult {
  const number = (source: string, variant: string, seed: number) => {
    const unit = units.find((u) => u.source === source && u.variant === variant && u.seed === seed);
    return unit ? measureOf(study, unit, bar.measure, bar.horizon) : null;
  };
  const value = (source: string, variant: string): Spread | undefined =>
    spread(
      study.seeds.map((seed) => {
        const own = number(source, variant, seed);
        if (bar.relativeTo === undefined || own === null) return own;
        const others = bar.relativeTo.map((other) => number(source, other, seed));
        const there = others.filter((other) => other !== null);
        return there.length === 0 ? null : own / Math.min(...there);
      }),
    );
  const meets = (found: Spread | undefined) =>
    found !== undefined &&
    found.median >= (bar.atLeast ?? Number.NEGATIVE_INFINITY) &&
    found.median <= (bar.atMost ?? Number.POSITIVE_INFINITY);
  const absent = leftOut.map(({ source }) => source);
  const sources = study.sources
    .map(({ name }) => name)
    .filter((name) => !absent.includes(name) && (bar.sources?.includes(name) ?? true))
    .map((source) => {
      const variants = bar.variants.map((variant) => {
        const found = value(source, variant);
        return { variant, value: found, met: meets(found) };
      });
      const met = bar.which === 'all' ? variants.every((one) => one.met) : variants.some((one) => one.met);
      return { source, met, variants };
    });
  const wantedSources = bar.leastSources ?? sources.length;
  return {
    title: bar.title,
    wanted: wantedWords(bar),
    met: sources.length === 0 ? null : sources.filter((one) => one.met).length >= wantedSources,
    sources,
  };
}

function wantedWords({ atLeast, atMost, relativeTo, which, variants, leastSources }: StudyBar): string {
  const limits =
    atLeast !== undefined && atMost !== undefined
      ? `${atLeast} to ${atMost}`
      : atLeast !== undefined
        ? `≥ ${atLeast}`
        : `≤ ${atMost}`;
  return [
    limits,
    ...(relativeTo ? [`× ${relativeTo.length > 1 ? 'the best of ' : ''}${relativeTo.join(', ')}`] : []),
    ...(variants.length > 1 ? [which === 'all' ? 'for each' : 'for one at least'] : []),
    ...(leastSources === undefined ? [] : [`on ${leastSources} sources at least`]),
  ].join(' ');
}
