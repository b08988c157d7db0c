import type { ActionView, PlanView } from '../../shared/telemetry';
import type { Verdict } from '../../shared/verdict';
import { formatCount } from '../ui/format';
import { trustedSteps } from '../ui/verdict-words';
import { type Certain, certainty } from './certainty';
import type { LatePlans } from './late';

/** The one light of the room: can this plan be trusted, and why. */
export interface Light {
  tone: 'good' | 'tight' | 'bad' | 'unknown';
  answer: string;
  reason: string;
}

export const ORACLE_WORDS =
  'The true simulator predicts: there are no members to disagree, and no territory that it does not know.';

/**
 * Lateness comes first: the best plan is of no use when it comes too late. Then what the plan says of itself, and a model's
 * word for itself counts as far as the model was tested on steps that are new to it.
 * @param plan the newest plans on average; null before the first
 * @param oracle they were made on the rig's true simulator
 * @param judged the verdict on the model that they were made with; null where it is not known
 */
export function trustLight({
  plan,
  oracle,
  judged,
  late,
}: {
  plan: Certain | null;
  oracle: boolean;
  judged: Verdict | null;
  late: LatePlans | null;
}): Light {
  if (plan === null)
    return {
      tone: 'unknown',
      answer: 'No plan yet',
      reason: 'As soon as there is one, this says how far it holds.',
    };
  if (late !== null) return { tone: 'bad', answer: 'No: too slow', reason: late.reason };
  if (oracle) return { tone: 'good', answer: 'Yes', reason: ORACLE_WORDS };
  const { words, tone } = certainty(plan);
  const guess = plan.expected === null || (plan.known !== null && Math.round(plan.known) === 0);
  if (guess) return { tone: 'bad', answer: 'No', reason: words };
  if (judged?.tone === 'bad') return { tone: 'bad', answer: 'No', reason: judged.sentence };
  if (tone === 'good') return testedLight(plan, judged, words);
  if (tone === 'tight') return { tone, answer: 'With care', reason: words };
  return { tone, answer: 'Nobody can tell', reason: words };
}

/**
 * The same of a policy that drives without a model: nobody foresees what comes of its actions, but whether it learned in such
 * states is known. One state at the edge of a range is no news; all of them are looked at. A plan in latent states, too, is asked whether
 * it begins where its model has learned.
 * @param acted its newest actions, not empty
 */
export function actingLight(
  acted: readonly Pick<ActionView, 'known' | 'pilot'>[],
  late: LatePlans | null,
): Light {
  if (late !== null) return { tone: 'bad', answer: 'No: too slow', reason: late.reason };
  if (acted.at(-1)?.pilot === 'planner') return latentLight(acted);
  const told = acted.filter(({ known }) => known !== null);
  if (told.length === 0) {
    const reason =
      'Its file does not say in which states the policy learned, so its actions are a guess anywhere.';
    return { tone: 'unknown', answer: 'Nobody can tell', reason };
  }
  const known = told.filter((one) => one.known).length;
  if (known === told.length) {
    const reason =
      'The newest actions were chosen in states like those that the policy met while it learned.';
    return { tone: 'good', answer: 'Yes', reason };
  }
  const of = `${known} of the newest ${formatCount(told.length, 'action')}`;
  const reason = `Only ${of} were chosen in states like those that the policy met while it learned.`;
  if (known > 0) return { tone: 'tight', answer: 'With care', reason };
  return {
    ...{ tone: 'bad', answer: 'No' },
    reason:
      'None of the newest actions was chosen in a state like those that the policy met while it learned.',
  };
}

function latentLight(acted: readonly Pick<ActionView, 'known'>[]): Light {
  const known = acted.filter((one) => one.known).length;
  const all = acted.length;
  if (acted.every((one) => one.known === null)) {
    const reason = 'Nobody knows in which states the model has learned.';
    return { tone: 'unknown', answer: 'Nobody can tell', reason };
  }
  const which =
    known === all ? 'The newest plans begin' : `${known} of the newest ${formatCount(all, 'plan')} begin`;
  const reason = `${which} in latent states like those that the model has learned in.`;
  if (known === all) return { tone: 'good', answer: 'Yes', reason };
  return known > 0 ? { tone: 'tight', answer: 'With care', reason } : { tone: 'bad', answer: 'No', reason };
}

/** Actions without futures, where they are newer than the newest plan: who drives, or a model, may have changed in between. */
export function newestActed<Acted extends Pick<ActionView, 'episode' | 'step'>>(
  acted: readonly Acted[],
  plan: Pick<PlanView, 'episode' | 'step'> | undefined,
): readonly Acted[] {
  const isNewer = ({ episode, step }: Acted) =>
    plan === undefined || episode > plan.episode || (episode === plan.episode && step > plan.step);
  return acted.filter(isNewer);
}

/**
 * Plans that the light is about: of the episode that is run now, so that a new run does not begin with what was true of the
 * last one.
 * @param episode null: none has begun; undefined: nothing runs, and those of the last run stay
 */
export function plansOf<P extends { episode: number }>(
  plans: readonly P[],
  episode: number | null | undefined,
): readonly P[] {
  return episode === undefined || plans.at(-1)?.episode === episode ? plans : [];
}

/** Of a plan that its model is sure of: yes, where tests say that such predictions come true for so many steps. */
function testedLight({ horizon }: Certain, judged: Verdict | null, words: string): Light {
  if (!judged?.tested) {
    const why = judged?.sentence ?? 'Whether this model was ever tested is not known.';
    return { tone: 'unknown', answer: 'Nobody can tell', reason: `${why} By its own word: ${lower(words)}` };
  }
  const steps = trustedSteps(judged);
  if (steps === null) return { tone: 'tight', answer: 'With care', reason: judged.sentence };
  if (steps < horizon) {
    const reason = `In tests the model's predictions held for ${steps} of the ${formatCount(horizon, 'step')} that this plan looks ahead. By its own word: ${lower(words)}`;
    return { tone: 'tight', answer: 'With care', reason };
  }
  return { tone: 'good', answer: 'Yes', reason: words };
}

const lower = (sentence: string): string => `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
