import { asForesightError, ForesightError } from '../../shared/errors';
import { type Rig, simulationOf } from '../../shared/rig';
import { createController } from '../control/controllers';
import { guardAction, guardObservation, holdAction } from '../control/guard';
import { loadRig, openDriver } from '../rig';
import type { Driver } from '../rig/driver';
import { type CompiledTask, compileTask } from '../task';

/** Control periods of each drive at most, and how long all of them may take together. */
const MOST_STEPS = 100;
const MOST_SECONDS = 5;
const STARTS = 5;

export interface TrialFindings {
  /** What recording or running would refuse. */
  problems: string[];
  /** What they would take, and is hardly meant. */
  remarks: string[];
}

/**
 * Drives a simulated rig as recording would: from several starts, with random commands, and with each action at its ends.
 * A rig without a simulation is not driven.
 */
export async function tryOut(rig: Rig): Promise<TrialFindings> {
  const task = compileTask(rig.file.task, rig.file);
  const plant = rig.file.driver === 'mujoco' ? rig : await simulatedPlant(rig);
  if (plant === undefined) return { problems: [], remarks: [] };
  const driver = await openDriver(plant, { mode: 'lockstep', seed: 0 }, { spawn: noProcess });
  try {
    const trial = new Trial(rig, task, driver);
    return await trial.run();
  } finally {
    await driver.close();
  }
}

async function simulatedPlant({ file }: Rig): Promise<Rig | undefined> {
  const simulation = simulationOf(file);
  return simulation === undefined ? undefined : loadRig(simulation);
}

const noProcess = () =>
  Promise.reject(
    new ForesightError('internal', 'A trial starts no process.', 'Send this to the developers.'),
  );

class Trial {
  private readonly problems: string[] = [];
  private readonly remarks: string[] = [];
  private readonly until = performance.now() + MOST_SECONDS * 1000;

  constructor(
    private readonly rig: Rig,
    private readonly task: CompiledTask,
    private readonly driver: Driver,
  ) {}

  async run(): Promise<TrialFindings> {
    await this.begin();
    const { actions } = this.rig.file;
    const random = createController(
      { kind: 'random', seed: 0, holdSteps: 1, amplitude: 1 },
      this.rig.file,
      0,
      0,
    );
    const wild = await this.drive((step) => random.decide(step, 0).requested);
    if (wild !== null) this.problems.push(`With random commands within the limits: ${wild}`);
    else {
      for (const [side, end] of [['lower', 0] as const, ['upper', 1] as const]) {
        const sentence = await this.drive(() => actions.map(({ limits }) => limits[end]));
        if (sentence !== null) this.remarks.push(`With every action at its ${side} limit: ${sentence}`);
      }
    }
    return { problems: this.problems, remarks: this.remarks };
  }

  /** Where it starts, and what the task makes of the first step from there. */
  private async begin(): Promise<void> {
    const { file } = this.rig;
    const hold = holdAction(file.actions);
    let ended = 0;
    for (let seed = 0; seed < STARTS; seed++) {
      const before = (await this.driver.reset(seed)).values;
      const held = guardObservation(file, before, 0);
      if (held !== undefined) {
        this.problems.push(`The rig would be held where it starts: ${held.message}`);
        return;
      }
      const after = this.driver.advance?.(hold).values ?? before;
      const reward = this.task.reward(before, hold, after);
      if (!Number.isFinite(reward)) {
        this.remarks.push(`The reward of a first step is ${reward}, which nothing can be learned from.`);
        return;
      }
      if (this.task.terminated(before, hold, after)) ended++;
    }
    if (ended === STARTS) this.remarks.push('The task ends every episode at its first step.');
  }

  /** Episodes through the guard, a new one where the task ends one. @returns what stopped it, null when nothing did */
  private async drive(commands: (step: number) => readonly number[]): Promise<string | null> {
    const { actions, periodSeconds } = this.rig.file;
    let seed = 0;
    let before = (await this.driver.reset(seed)).values;
    let action = holdAction(actions);
    try {
      for (let step = 0; step < MOST_STEPS && performance.now() < this.until; step++) {
        ({ action } = guardAction(actions, periodSeconds, action, commands(step), step));
        const after = this.driver.advance?.(action).values ?? before;
        const ended = this.task.terminated(before, action, after);
        before = ended ? (await this.driver.reset(++seed)).values : after;
        if (ended) action = holdAction(actions);
      }
      return null;
    } catch (thrown) {
      return asForesightError(thrown).message;
    }
  }
}
