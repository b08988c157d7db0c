import type { BarMeasure, ModelStudyFile, StudyUnit } from '../../../shared/model-study';

/**
 * One number for all channels: the root mean square of the errors, each in units of its channel's spread in the test data
 * (1 is no better than predicting the mean). null where a channel has no error at that horizon.
 */
export function errorInSpreads(
  { channels }: Pick<StudyUnit, 'channels'>,
  horizonIndex: number,
  predictor: 'error' | 'last' | 'velocity' = 'error',
): number | null {
  let sum = 0;
  let counted = 0;
  for (const channel of channels) {
    const value = channel[predictor][horizonIndex];
    if (value === null || value === undefined) return null;
    if (channel.spread === 0) continue;
    sum += (value / channel.spread) ** 2;
    counted++;
  }
  return counted === 0 ? null : Math.sqrt(sum / counted);
}

/** A unit's number that a bar or a column is about. */
export function measureOf(
  study: Pick<ModelStudyFile, 'horizons'>,
  unit: StudyUnit,
  measure: BarMeasure,
  horizon: number,
): number | null {
  const coverage = unit.coverage.find((one) => one.horizon === horizon);
  switch (measure) {
    case 'error':
      return errorInSpreads(unit, study.horizons.indexOf(horizon));
    case 'nll':
      return unit.nll;
    case 'coverageBefore':
      return coverage?.before ?? null;
    case 'coverageAfter':
      return coverage?.after ?? null;
    case 'aurocEpistemic':
      return unit.auroc?.epistemic ?? null;
    case 'aurocTotal':
      return unit.auroc?.total ?? null;
    case 'energyDistance':
      return unit.energyDistance;
    case 'trainSeconds':
      return unit.trainSeconds;
  }
}

/** The units of one variant on one source, in the order of seeds. */
export function unitsOf(units: readonly StudyUnit[], source: string, variant: string): StudyUnit[] {
  return units.filter((unit) => unit.source === source && unit.variant === variant);
}
