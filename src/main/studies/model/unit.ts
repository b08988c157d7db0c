import { ForesightError } from '../../../shared/errors';
import type { TrainProgress } from '../../../shared/model';
import {
  type ModelStudyFile,
  type StudySource,
  type StudyUnit,
  variantOptions,
} from '../../../shared/model-study';
import { Random } from '../../../shared/random';
import { auroc } from '../../../shared/statistics';
import { collectTransitions } from '../../dynamics/data/transitions';
import { channelSpreads, energyDistance } from '../../dynamics/distances';
import { evaluateModel } from '../../dynamics/evaluate';
import { judgedChannels, spreads } from '../../dynamics/evaluate/judged';
import { trainModel } from '../../dynamics/training/train';
import type { DynamicsModel } from '../../dynamics/types';
import { coinStep } from './coin';
import { drawNext, uncertainties } from './predictions';
import { loadSource, type StudyData } from './sources';
import { insideRegion } from './withhold';

/** Test transitions at most that the withheld region is told apart on, evenly spread. */
const MAX_SCORED = 4000;
/** States that the energy distance is averaged over, and draws from the model and from the plant at each. */
const COIN_POINTS = 20;
const COIN_DRAWS = 500;
/** Of the intervals whose coverage is reported. */
const COVERAGE_LEVEL = 0.9;
/** A verdict asks for it; nothing of it is reported here. */
const TRUSTED = 0.5;

export interface UnitOrder {
  study: ModelStudyFile;
  source: string;
  variant: string;
  seed: number;
  /** Folder of the study's file. */
  folder: string;
}

export interface UnitSurroundings {
  signal?: AbortSignal;
  onProgress?: (progress: TrainProgress) => void;
}

/** One variant on one source with one seed: data, training, measures. The same order gives the same numbers. */
export async function runUnit(
  order: UnitOrder,
  { signal, onProgress }: UnitSurroundings = {},
): Promise<StudyUnit> {
  const { study, variant, seed } = order;
  const source = sourceOf(order);
  const data = await loadSource(source, seed, order.folder);
  const model = await trainModel({
    ...{ name: `${study.name}-${variant}`, rig: data.rig, channels: data.channels, episodes: data.train },
    options: variantOptions(study, source, variant, seed),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  const { summary } = model;
  return {
    ...{ source: source.name, variant, seed },
    transitions: summary.transitions,
    epochs: summary.epochs,
    trainSeconds: summary.trainSeconds,
    ...(await judged(study, model, data, signal)),
    auroc: study.measures.includes('auroc') ? await separation(model, data, source) : null,
    energyDistance: study.measures.includes('energyDistance')
      ? await distanceToFresh(model, data, source)
      : null,
    notes: summary.notes,
  };
}

function sourceOf({ study, source }: Pick<UnitOrder, 'study' | 'source'>): StudySource {
  const found = study.sources.find(({ name }) => name === source);
  if (found === undefined) throw new RangeError(`the study has no source "${source}"`);
  return found;
}

/** How well the model tells the withheld region from the rest of the test data, by its own uncertainty. */
async function separation(
  model: DynamicsModel,
  { channels, test }: StudyData,
  { name, withhold = {} }: StudySource,
): Promise<StudyUnit['auroc']> {
  const { states, actions, count } = collectTransitions(channels, test, model.summary.options);
  const inside = insideRegion(channels.observations, withhold);
  const [width, actionWidth] = [states.length / count, actions.length / count];
  const step = Math.max(1, count / MAX_SCORED);
  const rows = Array.from({ length: Math.min(count, MAX_SCORED) }, (_, i) => Math.floor(i * step));
  const pick = (values: Float64Array, columns: number) =>
    Float64Array.from(
      { length: rows.length * columns },
      (_, i) => values[(rows[Math.floor(i / columns)] ?? 0) * columns + (i % columns)] ?? Number.NaN,
    );
  const picked = pick(states, width);
  const scores = await uncertainties(model, picked, pick(actions, actionWidth));
  const isInside = rows.map((_, i) => inside(picked.subarray(i * width, (i + 1) * width)));
  const found = isInside.filter(Boolean).length;
  if (found === 0 || found === isInside.length) {
    throw new ForesightError(
      'bad-data',
      `The test data of "${name}" lie ${found === 0 ? 'all outside' : 'all inside'} of the withheld region, so it cannot be told apart.`,
      'Withhold another region, or record more test episodes.',
    );
  }
  const split = (values: Float64Array, wanted: boolean) => values.filter((_, i) => isInside[i] === wanted);
  const area = (values: Float64Array) => auroc(split(values, true), split(values, false));
  return {
    epistemic: scores.epistemic ? area(scores.epistemic) : null,
    total: area(scores.total),
    inside: found,
    outside: isInside.length - found,
  };
}

/**
 * Energy distance between what the model draws and what the plant does, from states of the test data: mean over states,
 * channels in units of the plant's own spread there.
 */
async function distanceToFresh(
  model: DynamicsModel,
  { channels, test }: StudyData,
  { coin }: StudySource,
): Promise<number> {
  if (coin === undefined) throw new RangeError('an energy distance needs the coin plant');
  const { states, actions, count } = collectTransitions(channels, test, model.summary.options);
  const width = channels.observations.length;
  const stateSize = states.length / count;
  const rows = Array.from({ length: COIN_POINTS }, (_, i) => Math.floor(((i + 0.5) * count) / COIN_POINTS));
  const random = new Random(model.summary.options.seed).fork('energy distance');
  const drawn = await drawNext(
    model,
    Float64Array.from(rows.flatMap((row) => [...states.subarray(row * stateSize, (row + 1) * stateSize)])),
    Float64Array.from(rows, (row) => actions[row] ?? Number.NaN),
    COIN_DRAWS,
    random.fork('model'),
  );
  const plant = random.fork('plant');
  const distances = rows.map((row, i) => {
    const state = states.subarray(row * stateSize, row * stateSize + width);
    const fresh = Float64Array.from(
      Array.from({ length: COIN_DRAWS }, () =>
        coinStep(coin, state, actions[row] ?? Number.NaN, plant),
      ).flat(),
    );
    return energyDistance(drawn[i] ?? [], fresh, width, channelSpreads([fresh], width));
  });
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

type Judged = Pick<StudyUnit, 'channels' | 'nll' | 'coverage'>;

async function judged(
  study: ModelStudyFile,
  model: DynamicsModel,
  { channels, test }: StudyData,
  signal: AbortSignal | undefined,
): Promise<Judged> {
  const wantsReport = study.measures.includes('nll') || study.measures.includes('calibration');
  const { report, ...errors } = await evaluateModel(model, test, {
    horizons: study.horizons,
    report: wantsReport ? { trustedFraction: TRUSTED, seed: model.summary.options.seed } : undefined,
    signal,
  });
  const { spread } = spreads(judgedChannels(model.summary, test), test, channels.observations.length);
  const level = (values: readonly (number | null)[], levels: readonly number[]) =>
    values[levels.indexOf(COVERAGE_LEVEL)] ?? null;
  return {
    channels: channels.observations.map((channel, i) => {
      const judgement = errors.channels.find(({ name }) => name === channel.name);
      return {
        ...{ name: channel.name, unit: channel.unit },
        spread: spread[i] ?? 0,
        error: judgement?.error ?? [],
        last: judgement?.last ?? [],
        velocity: judgement?.velocity ?? [],
      };
    }),
    nll: study.measures.includes('nll') ? (report?.nll ?? null) : null,
    coverage: study.measures.includes('calibration')
      ? (report?.calibration ?? []).map(({ horizon, levels, before, after }) => ({
          ...{ horizon, before: level(before, levels), after: level(after, levels) },
        }))
      : [],
  };
}
