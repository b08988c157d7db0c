import type { ChannelSignal, Excitation } from '../../../shared/excitation';
import { Random } from '../../../shared/random';
import type { ActionChannel } from '../../../shared/rig';
import { guardAction, holdAction } from '../guard';
import { multisine, multisineLines } from './multisine';
import { ornsteinUhlenbeck, randomWalk } from './noise';
import { maximalLengthSequence, stepsPerBit } from './shift-register';

/** A signal within ±1, a value a step. */
type Signal = (step: number) => number;

/**
 * What is commanded at each step of one episode, [actions]; steps are asked for in order. Signals within ±1 become actions around the middle
 * of the limits, `amplitude` of the way to them, the nearest of a discrete channel's values, and change no faster than the guard allows from
 * where the rig holds: what is asked for is what goes out. A channel without an amplitude stays where it holds.
 */
export function exciteBy(
  excitation: Exclude<Excitation, { method: 'uniform' }>,
  channels: readonly ChannelSignal[],
  actions: readonly ActionChannel[],
  periodSeconds: number,
): (step: number) => number[] {
  const signals = signalsOf(excitation, channels, actions, periodSeconds);
  let before = holdAction(actions);
  return (step) => {
    const wanted = actions.map(({ limits: [low, high], hold }, i) => {
      const { amplitude } = channels[i] ?? { amplitude: 0 };
      if (amplitude === 0) return hold;
      const share = Math.max(-1, Math.min(1, signals[i]?.(step) ?? 0));
      return (low + high) / 2 + (amplitude * share * (high - low)) / 2;
    });
    before = guardAction(actions, periodSeconds, before, wanted, step).action;
    return [...before];
  };
}

function signalsOf(
  excitation: Exclude<Excitation, { method: 'uniform' }>,
  channels: readonly ChannelSignal[],
  actions: readonly ActionChannel[],
  periodSeconds: number,
): Signal[] {
  switch (excitation.method) {
    case 'walk':
      return channels.map(({ bandwidth, seed }, i) =>
        randomWalk(bandwidth, periodSeconds, start(actions[i], channels[i]), new Random(seed)),
      );
    case 'ou':
      return channels.map(({ bandwidth, seed }, i) =>
        ornsteinUhlenbeck(bandwidth, periodSeconds, start(actions[i], channels[i]), new Random(seed)),
      );
    case 'prbs': {
      const bits = maximalLengthSequence(excitation.order);
      return channels.map(({ bandwidth, seed }, i) => {
        const every = stepsPerBit(bandwidth, periodSeconds);
        // The same sequence for all, as far apart as can be: two of them correlate by −1/N until one has caught up.
        const apart = Math.floor((i * bits.length) / channels.length);
        const first =
          apart + new Random(seed).integer(Math.max(1, Math.floor(bits.length / channels.length)));
        return (step) => bits[(first + Math.floor(step / every)) % bits.length] ?? 0;
      });
    }
    case 'multisine': {
      const bandwidths = channels.map(({ bandwidth }) => bandwidth);
      const lowest = excitation.lowest ?? Math.max(...bandwidths) / 20;
      return multisineLines(lowest, bandwidths, periodSeconds).map((lines, i) => {
        const signal = multisine(lines);
        const first = new Random(channels[i]?.seed ?? 0).integer(signal.length);
        return (step) => signal[(first + step) % signal.length] ?? 0;
      });
    }
  }
}

/** Where a channel holds, within ±1. */
function start(action: ActionChannel | undefined, signal: ChannelSignal | undefined): number {
  if (!action || !signal || signal.amplitude === 0) return 0;
  const [low, high] = action.limits;
  const share = (2 * action.hold - low - high) / (signal.amplitude * (high - low));
  return Math.max(-1, Math.min(1, share));
}
