import { ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import type { TaskFile } from '../../../shared/task';
import { type ModelLayout, stateWidth } from '../../dynamics/layout';
import { compileTask } from '../../task';
import { joinedResults } from '../rollout/joined';
import type { Rollout, RolloutChoice, RolloutResult, RolloutSource } from '../source';
import { simulatedRig } from './simulated-rig';
import type { SimulatorFutures } from './simulator';
import { type StateMap, stateMapOf } from './simulator-state';
import { type SimulatorThread, simulateElsewhere, simulateHere } from './simulator-thread';

/**
 * The oracle: what would happen according to the simulator that the rig itself is. No model can plan better, so
 * what a plan on a model falls short of it is the model's fault, and what both fall short of the best is the planner's.
 *
 * The state is taken from the observation (simulator-state.ts); a rig that delays commands has as many past ones in it as
 * are under way. Sensor noise is in the observation that a plan starts from and nowhere else.
 * @param options.threads 1 simulates in this thread, more deal the candidates to as many others
 * @throws ForesightError wrong-use for a rig without a simulator, or whose observations do not tell its state
 */
export async function simulatorSource(rig: Rig, { threads }: { threads: number }): Promise<RolloutSource> {
  const simulated = await simulatedRig(rig);
  const map = await stateMapOf(simulated);
  const delay = simulated.file.mujoco?.actionDelaySteps ?? 0;
  const layout: ModelLayout = {
    angles: rig.file.observations.map(({ angle }) => angle),
    actions: rig.file.actions.length,
    history: 1 + delay,
    reward: false,
  };
  const simulators =
    threads <= 1 ? [await simulateHere(simulated, map)] : await simulateAside(simulated, map, threads);
  return {
    channels: rig.file,
    layout,
    members: 1,
    async compile(task, choice) {
      if (choice.learnedReward) {
        throw new ForesightError(
          'wrong-use',
          'A simulator has not learned a reward.',
          "Plan with the task's own reward.",
        );
      }
      // Wrong formulas are to be known now, not at the first plan.
      const { offset } = compileTask(task, rig.file);
      return simulatorRollout(simulators, layout, task, choice, offset * choice.horizon);
    },
    close: async () => {
      await Promise.all(simulators.map((simulator) => simulator.close()));
    },
  };
}

/** Several threads; when one cannot be had, none is left behind. */
async function simulateAside(rig: Rig, map: StateMap, threads: number): Promise<SimulatorThread[]> {
  const starting = Array.from({ length: threads }, (_, i) =>
    simulateElsewhere(rig, map, `simulator ${i + 1}`),
  );
  const started = await Promise.allSettled(starting);
  const failed = started.find((one) => one.status === 'rejected');
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (failed === undefined) return running;
  await Promise.all(running.map((simulator) => simulator.close()));
  throw failed.reason;
}

function simulatorRollout(
  simulators: readonly SimulatorThread[],
  layout: ModelLayout,
  task: TaskFile,
  choice: RolloutChoice,
  baseline: number,
): Rollout {
  const observations = layout.angles.length;
  const size = choice.horizon * layout.actions;
  const delay = layout.history - 1;
  return {
    ...{ choice, baseline, members: 1 },
    async evaluate(start, actions) {
      if (start.length !== stateWidth(layout)) {
        throw new RangeError(`a state has ${stateWidth(layout)} numbers, got ${start.length}`);
      }
      const numbers = Float64Array.from(start);
      // Past actions lie newest first behind the observations; the oldest takes effect first.
      const underWay = Array.from({ length: delay }, (_, i) => {
        const begin = layout.history * observations + (delay - 1 - i) * layout.actions;
        return numbers.slice(begin, begin + layout.actions);
      });
      const candidates = actions.length / size;
      const share = Math.ceil(candidates / simulators.length);
      const parts = await Promise.all(
        simulators
          .map((simulator, i) => ({ simulator, from: i * share, to: Math.min(candidates, (i + 1) * share) }))
          .filter(({ from, to }) => from < to)
          .map(({ simulator, from, to }) =>
            simulator.evaluate({
              ...{ task, choice, underWay, start: numbers.slice(0, observations) },
              actions: actions.slice(from * size, to * size),
            }),
          ),
      );
      return withParticles(joinedResults(parts), candidates, choice);
    },
    dispose: async () => {},
  };
}

/** A simulator knows one future: every particle is it, and they do not vary. */
function withParticles(
  futures: SimulatorFutures,
  candidates: number,
  { particles, variance }: RolloutChoice,
): RolloutResult {
  if (particles === 1) return { ...futures, ...(variance && { variance: new Float32Array(candidates) }) };
  const repeat = <T extends Float32Array | Float64Array>(values: T, repeated: T): T => {
    const width = values.length / candidates;
    for (let row = 0; row < candidates * particles; row++) {
      const from = Math.floor(row / particles) * width;
      repeated.set(values.subarray(from, from + width), row * width);
    }
    return repeated;
  };
  const doubles = (values: Float64Array) => repeat(values, new Float64Array(values.length * particles));
  const floats = (values: Float32Array) => repeat(values, new Float32Array(values.length * particles));
  return {
    ...futures,
    ...{ returns: doubles(futures.returns), rounding: doubles(futures.rounding) },
    ...(futures.states && { states: floats(futures.states) }),
    ...(variance && { variance: new Float32Array(candidates) }),
  };
}
