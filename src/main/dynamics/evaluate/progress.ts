import { ForesightError } from '../../../shared/errors';

export interface EvaluationProgress {
  /** What is being done, in words. */
  part: string;
  done: number;
  total: number;
}

/** Called between two engine calls: throws when the evaluation was cancelled, and says how far it is. */
export type Heed = (done: number, total: number) => void;

export const REPORT_PARTS = [
  'errors by horizon',
  'worst stretches',
  'one step',
  'spread by horizon',
  'coverage',
] as const;
export type ReportPart = (typeof REPORT_PARTS)[number];

/** Cancelling and progress, heeded between engine calls; every part counts the same. */
export function heedOf(
  {
    signal,
    onProgress,
  }: {
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: EvaluationProgress) => void) | undefined;
  },
  parts: readonly ReportPart[],
): (part: ReportPart) => Heed {
  return (part) => (done, total) => {
    if (signal?.aborted) {
      throw new ForesightError(
        'cancelled',
        'The evaluation was cancelled.',
        'Start it again when you want it.',
      );
    }
    const share = Math.min(1, done / Math.max(1, total));
    onProgress?.({ part, done: Math.round(100 * (parts.indexOf(part) + share)), total: 100 * parts.length });
  };
}
