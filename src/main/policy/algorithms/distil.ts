import { ForesightError } from '../../../shared/errors';
import { Imitator } from '../imitation';
import type { Algorithm, EndedEpisode, Lab, Teacher, World } from '../types';

/**
 * A planner as a policy, by DAgger (Ross et al. 2011, 1011.0686): what the policy does leads to states that the planner alone
 * would not come to, and there, too, it is told what the planner would have done.
 *
 *   for round i = 0, 1, …:  β_i = β_0 · decayⁱ
 *     episodes in which every step is the planner's with a chance of β_i, else the policy's; the planner is asked at every one
 *     what it said is added to everything it ever said; the policy learns all of it, until the hold-out does not get better
 *
 * Without a world the planner is asked in the states of recorded episodes, whatever was done there.
 */
export const distil: Algorithm<'distil'> = async (lab) => {
  const { options, world, resumed } = lab;
  const teacher = teacherOf(lab);
  const imitator = await Imitator.open(lab);
  try {
    let [steps, round, learning, collected] = [0, 0, 0, 0];
    if (resumed) {
      imitator.restore(resumed);
      ({ steps = 0, round = 0, learning = 0, collected = 0 } = resumed.counters);
      if (resumed.parts.world !== null) world?.restore?.(resumed.parts.world);
    }
    const report = (phase: 'collecting' | 'learning', ended: readonly EndedEpisode[] = []) =>
      lab.report({
        ...{ steps, updates: imitator.updates, ended, phase, actor: () => imitator.actor() },
        point: () => ({}),
        snapshot: () => {
          const own = imitator.snapshot();
          const counters = { ...own.counters, steps, round, learning, collected };
          return { ...own, counters, parts: { ...own.parts, world: world?.state?.() ?? null } };
        },
      });
    const learn = () => imitator.learn(options.updatesPerRound, () => report('learning'));

    if (!world) {
      for (const step of lab.recorded.slice(steps)) {
        const before = lab.recorded[steps - 1];
        const begins = before === undefined || before.last;
        const advice = await teacher.advise({ state: step.state, before: begins ? null : before.action });
        imitator.show([step], [advice]);
        steps++;
        await report('collecting');
      }
      await learn();
    }
    const collect = async (world: World) => {
      const share = options.firstShare * options.shareDecay ** round;
      await world.behave({ kind: 'taught', teacher, share, actor: imitator.actor() });
      while (collected < options.episodesPerRound && steps < options.steps) {
        const { transitions, ended } = await world.experience(1);
        imitator.show(
          transitions,
          transitions.map(({ taken, action }) => taken?.advice ?? action),
        );
        steps += transitions.length;
        collected += transitions.filter(({ last }) => last).length;
        await report('collecting', ended);
      }
    };
    // One that was interrupted in a lesson goes on with it, be it the last one.
    while (world && (learning || steps < options.steps)) {
      if (!learning) await collect(world);
      learning = 1;
      await learn();
      [learning, collected] = [0, 0];
      round++;
      await report('learning');
    }
    lab.note(imitator.words);
    return { actor: imitator.actor(), value: null, steps, updates: imitator.updates };
  } finally {
    await imitator.dispose();
  }
};

/** @throws ForesightError wrong-use without a teacher, on a rig, or without a state to be asked in */
function teacherOf({ teacher, world, recorded }: Lab<'distil'>): Teacher {
  if (!teacher) {
    throw new ForesightError(
      'wrong-use',
      'There is no planner that could teach this policy.',
      'Choose one, and what it plans on: the simulator of the rig or a model.',
    );
  }
  if (world?.kind === 'rig') {
    throw new ForesightError(
      'wrong-use',
      'A planner teaches in simulation or on recorded episodes, and not while the rig moves.',
      'Record episodes on the rig, and let the planner teach on those.',
    );
  }
  if (!world && recorded.length === 0) {
    throw new ForesightError(
      'bad-data',
      'There is no state in which the planner could be asked.',
      'Choose recorded episodes, or let the policy act in simulation.',
    );
  }
  return teacher;
}
