import type { RecordInput } from '../../shared/contract';
import { ForesightError } from '../../shared/errors';
import { type ChannelSignal, type Excitation, USUAL_BANDWIDTH_SHARE } from '../../shared/excitation';
import { Random } from '../../shared/random';
import type { ActionChannel, RigFile } from '../../shared/rig';
import type { ControllerSpec } from '../control/messages';

type Asked = Pick<RecordInput, 'excitation' | 'channels' | 'amplitude' | 'holdSteps'>;

/** @throws ForesightError wrong-use: a channel that is not there, a bandwidth above half of the control rate, a seed of its own for uniform actions */
export function requireExcitation(asked: Asked, rig: RigFile): void {
  const { actions, periodSeconds } = rig;
  const nyquist = 0.5 / periodSeconds;
  const known = actions.map(({ name }) => name);
  for (const [channel, { seed }] of Object.entries(asked.channels)) {
    if (!known.includes(channel)) {
      throw new ForesightError(
        'wrong-use',
        `"${rig.name}" has no action channel "${channel}".`,
        `Its action channels are: ${known.join(', ')}.`,
      );
    }
    if (asked.excitation.method === 'uniform' && seed !== undefined) {
      throw new ForesightError(
        'wrong-use',
        `Uniform actions of all channels come from one seed: channel "${channel}" cannot have its own.`,
        'Leave the seed of the channel out, or choose another excitation.',
      );
    }
  }
  if (asked.excitation.method === 'uniform') return;
  const tooFast = signalsOf(asked, actions, periodSeconds, new Random(0), 0).findIndex(
    ({ bandwidth }) => bandwidth > nyquist * (1 + 1e-9),
  );
  if (tooFast >= 0) {
    throw new ForesightError(
      'wrong-use',
      `The bandwidth of channel "${known[tooFast]}" is above half of the control rate, ${show(nyquist)} Hz.`,
      `Ask for at most ${show(nyquist)} Hz.`,
    );
  }
  requireLines(asked, rig);
}

/** A multisine is computed before its episode begins: what would take long, or more than an hour to repeat itself, is refused. */
function requireLines(asked: Asked, { actions, periodSeconds }: RigFile): void {
  const { excitation } = asked;
  if (excitation.method !== 'multisine') return;
  const nyquist = 0.5 / periodSeconds;
  const widest = Math.max(
    ...signalsOf(asked, actions, periodSeconds, new Random(0), 0).map(({ bandwidth }) => bandwidth),
  );
  const { lowest = widest / 20 } = excitation;
  if (lowest > nyquist) {
    throw new ForesightError(
      'wrong-use',
      `The lowest frequency is above half of the control rate, ${show(nyquist)} Hz.`,
      'Ask for a lower one.',
    );
  }
  const samples = actions.length / (lowest * periodSeconds);
  if (samples > MOST_SAMPLES || samples * (widest / lowest) > MOST_PRODUCTS) {
    throw new ForesightError(
      'wrong-use',
      `A multisine from ${show(lowest)} to ${show(widest)} Hz would have ${Math.ceil(samples)} samples with ${Math.ceil(widest / lowest)} lines: too many.`,
      'Ask for a higher lowest frequency.',
    );
  }
}

/** Of one period, and of samples with lines. */
const MOST_SAMPLES = 400_000;
const MOST_PRODUCTS = 20_000_000;

/** What moves the rig in the episode of this index. @param random of the whole recording */
export function excitingController(
  asked: Asked,
  { actions, periodSeconds }: RigFile,
  random: Random,
  index: number,
): ControllerSpec {
  const { excitation, amplitude, holdSteps, channels } = asked;
  if (excitation.method !== 'uniform') {
    return { kind: 'excite', excitation, channels: signalsOf(asked, actions, periodSeconds, random, index) };
  }
  return {
    ...{ kind: 'random', seed: random.fork(`actions ${index}`).integer(2 ** 31), holdSteps, amplitude },
    ...(Object.keys(channels).length > 0 && {
      amplitudes: actions.map(({ name }) => channels[name]?.amplitude ?? amplitude),
    }),
  };
}

/** What an episode is excited by, and what the rig's rates make of it; sentences for its log. */
export function excitationNotes(asked: Asked, rig: RigFile): string[] {
  const { excitation } = asked;
  if (excitation.method === 'uniform') return [];
  const signals = signalsOf(asked, rig.actions, rig.periodSeconds, new Random(0), 0);
  const each = rig.actions.map(({ name }, i) => {
    const { amplitude, bandwidth } = signals[i] as ChannelSignal;
    return amplitude === 0
      ? `${name} at its hold value`
      : `${name} ${show(100 * amplitude)} % of its range, ${show(bandwidth)} Hz`;
  });
  const slow = rig.actions.flatMap(({ name, limits: [low, high], ratePerSecond }, i) => {
    const { amplitude, bandwidth } = signals[i] as ChannelSignal;
    const swing = ratePerSecond === undefined ? 0 : (amplitude * (high - low)) / ratePerSecond;
    if (swing <= 0.5 / bandwidth) return [];
    return [
      `${name} is slower than asked: at its rate the whole swing takes ${show(swing)} s, and half a period of ${show(bandwidth)} Hz is ${show(0.5 / bandwidth)} s.`,
    ];
  });
  return [`Excitation: ${EXCITATION_WORDS[excitation.method]}; ${each.join('; ')}.`, ...slow];
}

const EXCITATION_WORDS: Record<Excitation['method'], string> = {
  uniform: 'uniform actions',
  walk: 'random walk',
  prbs: 'pseudo-random binary sequence',
  multisine: 'multisine',
  ou: 'Ornstein–Uhlenbeck noise',
};

function signalsOf(
  { excitation, amplitude, channels }: Asked,
  actions: readonly ActionChannel[],
  periodSeconds: number,
  random: Random,
  index: number,
): ChannelSignal[] {
  const usual = USUAL_BANDWIDTH_SHARE / periodSeconds;
  const common = 'bandwidth' in excitation ? excitation.bandwidth : undefined;
  return actions.map(({ name }) => {
    const own = channels[name] ?? {};
    const stream = own.seed === undefined ? random.fork(name) : new Random(own.seed);
    return {
      amplitude: own.amplitude ?? amplitude,
      bandwidth: own.bandwidth ?? common ?? usual,
      seed: stream.fork(`actions ${index}`).integer(2 ** 31),
    };
  });
}

const show = (value: number) => Number(value.toPrecision(3)).toString();
