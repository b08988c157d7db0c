import type { PolicyEvaluation } from '../../shared/policy';
import { formatCount, formatNumber } from './format';

const WHERE = { simulation: 'in simulation', rig: 'on the rig', model: 'in the model' } as const;

/** What an evaluation found, as a sentence with its interval. */
export function evaluationWords({ where, returns, mean, interval, success }: PolicyEvaluation): string {
  const done = success === undefined ? '' : `, success in ${Math.round(100 * success)} %`;
  const found = `Mean return ${formatNumber(mean, 4)} over ${formatCount(returns.length, 'episode')} ${WHERE[where]}${done}`;
  if (interval === null) return `${found}; one episode says nothing about how far others may be from it.`;
  const [low, high] = interval;
  return `${found}; the mean lies between ${formatNumber(low, 4)} and ${formatNumber(high, 4)} with 95 % confidence.`;
}
