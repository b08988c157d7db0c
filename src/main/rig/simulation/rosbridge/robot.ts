import type { Disposable } from '../../../../shared/disposable';
import type { Rig } from '../../../../shared/rig';
import { hostSeconds, startTicking } from '../../clock';
import type { Plant } from '../../drivers/mujoco/plant';
import { Listeners } from '../../listeners';
import { Actuation } from '../actuation';

/** A robot that hears nothing for so long goes to what `hold` of its actions says, as controllers of ROS do. */
const COMMAND_SECONDS = 0.5;

/** Of a period, what is left free for clients after a step. */
const REST_SHARE = 0.2;

export interface SimulatedRobot extends Disposable {
  /** [observations] as they are now. */
  readonly observation: Float64Array;
  readonly actuation: Actuation;
  /** Every control period. */
  onStep(listener: (observation: Float64Array) => void): Disposable;
  /** @param values [actions]; undefined leaves one as it was commanded last */
  command(values: readonly (number | undefined)[]): boolean;
  reset(): void;
}

/** A simulated plant on a clock of its own, obeying the newest command. It stands at its start until something is asked of it. */
export function startRobot(
  { file }: Rig,
  plant: Plant,
  { seed, onFailure }: { seed: number; onFailure(thrown: unknown): void },
): SimulatedRobot {
  const { actions, periodSeconds } = file;
  const actuation = new Actuation(actions.map(({ hold }) => hold));
  const stepped = new Listeners<Float64Array>();
  let commanded = actions.map(({ hold }) => hold);
  let newest = plant.first;
  let episode = seed;
  let ended = Number.NEGATIVE_INFINITY;
  const clock = startTicking(periodSeconds, () => {
    // A computer that cannot keep up has a slower robot, and not one that nobody can talk to any more.
    if (hostSeconds() - ended < REST_SHARE * periodSeconds) return;
    actuation.takeExpiry(hostSeconds());
    try {
      plant.setTorque(actuation.torque);
      if (!actuation.untouched) newest = plant.step(actuation.applied(hostSeconds()));
    } catch (thrown) {
      clock.dispose();
      onFailure(thrown);
      return;
    }
    stepped.emit(newest);
    ended = hostSeconds();
  });
  return {
    get observation() {
      return newest;
    },
    actuation,
    onStep: (listener) => stepped.add(listener),
    command(values) {
      commanded = actions.map(({ limits: [low, high] }, i) =>
        Math.min(Math.max(values[i] ?? commanded[i] ?? 0, low), high),
      );
      return actuation.accept(commanded, hostSeconds() + COMMAND_SECONDS);
    },
    reset() {
      actuation.begin();
      commanded = actions.map(({ hold }) => hold);
      newest = plant.reset(++episode);
    },
    dispose: () => {
      clock.dispose();
      stepped.clear();
    },
  };
}
