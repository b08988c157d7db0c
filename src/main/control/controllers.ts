import { Random } from '../../shared/random';
import type { ActionChannel, RigFile } from '../../shared/rig';
import { exciteBy } from './excitation';
import { holdAction } from './guard';
import type { ControllerSpec, PlanMessage } from './messages';
import { type Decision, PlanBook } from './plans';

/** A controller of an episode, asked once a step and in order of steps. */
export interface Controller {
  decide(step: number, now: number): Decision;
  /** Only the planned one listens. */
  plan?(plan: PlanMessage): void;
  /** True for the one that commands nothing: its action is in the log, but is not sent. */
  silent?: boolean;
  /** Only the jog listens. */
  jog?(action: number[], until: number): void;
  /** True for the one after which the rig stays where it is. */
  stays?: boolean;
}

const unplanned = (requested: readonly number[], missed = false): Decision => ({
  requested,
  planId: -1,
  planOffset: 0,
  planMs: Number.NaN,
  missed,
});

/** Why a rig holds that is driven by commands that follow each other. */
export const NO_COMMANDS = 'No command came any more from whoever drives it.';

/** @param firstPlannedStep the first step a plan can be there for: 1 in real time, 0 in lockstep */
export function createController(
  spec: ControllerSpec,
  { actions, periodSeconds }: Pick<RigFile, 'actions' | 'periodSeconds'>,
  now: number,
  firstPlannedStep: number,
): Controller {
  const hold = [...holdAction(actions)];
  switch (spec.kind) {
    case 'idle':
      return { decide: () => unplanned(hold), silent: true };
    case 'jog': {
      let target = spec.action;
      let until = now + spec.seconds;
      const { thenHold = false } = spec;
      const silent = { ...unplanned(hold), hold: NO_COMMANDS };
      return {
        decide: (_step, at) => (at < until ? unplanned(target) : thenHold ? silent : unplanned(hold)),
        stays: thenHold,
        jog: (action, newUntil) => {
          target = action;
          until = newUntil;
        },
      };
    }
    case 'random':
      return randomController(spec, actions);
    case 'excite': {
      const excite = exciteBy(spec.excitation, spec.channels, actions, periodSeconds);
      return { decide: (step) => unplanned(excite(step)) };
    }
    case 'replay':
      return { decide: (step) => unplanned(spec.actions[step] ?? hold), stays: true };
    case 'planned': {
      const plans = new PlanBook();
      const first = spec.firstPlannedStep ?? firstPlannedStep;
      return {
        // Before the first plan can be there, the hold action is what is meant, not a miss.
        decide: (step) => plans.choose(step) ?? unplanned(hold, step >= first),
        plan: (plan) => plans.add(plan),
      };
    }
  }
}

/** Uniform excitation, of discrete actions uniform over values, that repeats bit for bit with its seed. */
function randomController(
  spec: Extract<ControllerSpec, { kind: 'random' }>,
  actions: readonly ActionChannel[],
): Controller {
  const random = new Random(spec.seed);
  const every = Math.max(1, Math.round(spec.holdSteps));
  let current: number[] = [];
  return {
    decide: (step) => {
      if (step % every === 0) {
        current = actions.map(({ limits: [low, high], values, hold }, i) => {
          const amplitude = spec.amplitudes?.[i] ?? spec.amplitude;
          if (amplitude === 0) return hold;
          const half = (amplitude * (high - low)) / 2;
          const middle = (low + high) / 2;
          if (!values) return random.uniformIn(middle - half, middle + half);
          const small = smallValues(values, middle, half);
          return small[random.integer(small.length)] ?? middle;
        });
      }
      return unplanned(current);
    },
  };
}

/** The values at most `half` from the middle; those nearest to it where none is. */
function smallValues(values: readonly number[], middle: number, half: number): number[] {
  const distance = (value: number) => Math.abs(value - middle);
  const nearest = Math.min(...values.map(distance));
  return values.filter((value) => distance(value) <= Math.max(half, nearest));
}
