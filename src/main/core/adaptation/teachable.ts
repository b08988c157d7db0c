import type { RunInput } from '../../../shared/contract';
import { ForesightError } from '../../../shared/errors';
import type { ModelSummary } from '../../../shared/model';
import { wantsGuide } from '../../../shared/plan';
import type { PolicySummary } from '../../../shared/policy';
import { requireGoesOn } from '../../policy/going-on';

const refuse = (why: string, next: string): never => {
  throw new ForesightError('wrong-use', why, next);
};

/**
 * Whether there is anything to do about a model beside the run: one of channels is watched where a planner drives by it; one of
 * pictures is not watched, and learns only where it is to.
 */
export const isTaught = ({ eyes }: ModelSummary, { adapt, driver }: RunInput): boolean =>
  eyes ? adapt.retrain !== 'off' : driver === 'planner';

/**
 * @param model what a planner predicts with, and a policy is imagined in; null without one
 * @throws ForesightError wrong-use for what cannot be done about the model and the policy of a run beside it
 */
export function requireTeachable(
  model: ModelSummary | null,
  policy: PolicySummary | null,
  input: RunInput,
): void {
  const { adapt } = input;
  if (adapt.policyMore > 0) requirePupil(model, policy, input);
  if (model === null) return;
  const { name, eyes } = model;
  if (!eyes) {
    if (adapt.encoderMore === 0) return;
    refuse(
      `The model "${name}" learned from channels: there is no encoder that could learn on.`,
      'Leave out the further encoder steps (--encoder-more).',
    );
  }
  if (adapt.onChange === 'retrain') {
    refuse(
      `The model "${name}" learned from pictures: it is not watched, so that no change of the plant is noticed by it.`,
      'Have it learn all the time: --retrain between, or running.',
    );
  }
  if (adapt.retrain !== 'off' && adapt.policyMore === 0) requireFollowed(name, policy, input);
}

/** @throws ForesightError wrong-use where a policy that stays as it is has no use for what the model learns, or could not follow it */
function requireFollowed(
  name: string,
  policy: PolicySummary | null,
  { adapt, driver, planner }: RunInput,
): void {
  if (driver === 'policy') {
    refuse(
      `A policy drives that stays as it is: what the model "${name}" learns beside it would change nothing.`,
      'Have the policy go on learning in it as well (--policy-more 400), or start the run with the planner, or without learning.',
    );
  }
  if (adapt.encoderMore === 0 || policy === null || !wantsGuide(planner)) return;
  refuse(
    `The policy that the planner asks sees as the model "${name}" does now: it could not follow where the encoder learns on.`,
    'Have it go on learning as well (--policy-more 400), keep the encoder as it is (--encoder-more 0), or plan without proposals and value of a policy.',
  );
}

/** @throws ForesightError wrong-use where no policy can go on learning beside the run */
function requirePupil(model: ModelSummary | null, policy: PolicySummary | null, { adapt }: RunInput): void {
  const leaveOut = 'leave out its further updates (--policy-more)';
  if (policy === null) {
    refuse('This run has no policy that could go on learning.', `Choose one, or ${leaveOut}.`);
  } else if (!model?.eyes || !policy.eyes) {
    refuse(
      `Beside a run the policy "${policy.name}" could go on learning only in a model of pictures that it sees by as well.`,
      `Choose such a model, or ${leaveOut}; from channels a rig learns while it moves with: foresight policy learn.`,
    );
  } else if (adapt.retrain === 'off') {
    refuse(
      `The model "${model.name}" stays as it is in this run, so that there is nothing new for the policy to learn in it.`,
      `Have the model learn (--retrain between, or running), or ${leaveOut}.`,
    );
  } else requireGoesOn(policy.algorithm.name);
}
