import type { Engine } from '../../../tensor';
import type { Eyes } from '../../types';
import { compileHalves, type HalvedShape } from '../../updates/halves';
import { decoderLayers, decoderScale } from '../decoder';
import { initialLayers } from '../encoder';
import { pixelStatistics } from '../light';
import { camerasOf, pixelsOf } from '../size';
import { teacherLayers, teacherScale } from '../teacher';
import { negativeBound } from './bound';
import { filterLayers, recurrentOf } from './filter';
import { seenAlone } from './glimpses';
import { type Windowed, windowFeeds, windowFiller } from './windows';

/** Gradients are cut to this norm. */
const CLIP_NORM = 10;

export interface FitFilter extends Windowed {
  steps: number;
  /** It learns on; without it begins at random. */
  from?: Eyes;
  learningRate: number;
  engine: Engine;
  threads: number;
  /** Says how far it is; throws `cancelled`. Called every second step. */
  progress(step: number, loss: number): Promise<void>;
}

/**
 * A filter of pictures and actions: what is believed after each step by all that was seen until then, q(s(t) | o(1) … o(t)), learned by
 * its variational bound.
 * @throws ForesightError cancelled, bad-data
 */
export async function fitFilter(request: FitFilter): Promise<Eyes> {
  const { summary, steps, random, engine, threads, progress } = request;
  const pixels = pixelStatistics(
    summary,
    request.episodes.map(seenAlone(pixelsOf(summary), camerasOf(summary))),
    random.fork('pixels'),
    request.options.unit,
  );
  const halves = await compileHalves(engine, filterLearning(request), threads);
  try {
    const fill = windowFiller(request, pixels);
    const learned = await halves.run(steps, fill, (step, { loss }) => progress(step, loss));
    const kept = [...learned].filter(([name]) => /^(encoder|filter|join|decoder)\//.test(name));
    return { summary, arrays: new Map([...pixels, ...kept]) };
  } finally {
    await halves.dispose();
  }
}

/** Weights, loss and optimiser: what is learned in every step, whatever windows are drawn. */
export function filterLearning(
  request: Pick<FitFilter, 'summary' | 'options' | 'from' | 'random' | 'learningRate'>,
): HalvedShape<'picture' | 'consistency' | 'reward' | 'divergence'> {
  const { summary, options, from, random, learningRate } = request;
  const { actions } = recurrentOf(summary);
  const weights = new Map([
    ...initialLayers(filterLayers(summary), random.fork('encoder')),
    ...initialLayers(decoderLayers(summary), random.fork('decoder'), decoderScale(summary)),
    ...[...(from?.arrays ?? [])].filter(([name]) => !name.startsWith('pixel/')),
    ...initialLayers(teacherLayers(summary, actions, 1), random.fork('teacher'), teacherScale),
  ]);
  return {
    ...{ name: 'filter', weights, feeds: windowFeeds(request), learningRate, clipNorm: CLIP_NORM },
    schedule: options.encoderSchedule,
    loss: (tensors, given) => negativeBound(summary, options, tensors, given),
  };
}
