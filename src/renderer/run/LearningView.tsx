import type { LearningState } from '../../shared/telemetry';
import { useLink } from '../api';
import { LineChart } from '../charts/LineChart';
import { PolicyCurve } from '../charts/PolicyCurve';
import { groupDigits } from '../ui/format';
import { Stat } from '../ui/Panel';
import { learningLight, leftOutWords, newestReturn } from './learning';
import { TrustLight } from './TrustPanel';
import { useView } from './use-run';

/** A policy that is learned on the rig: does the learner keep up, and what has come of it so far. */
export function LearningView({ learning }: { learning: LearningState }) {
  const running = useView() === 'running';
  const linked = useLink((s) => s.state === 'open');
  const { updates, swaps, owed = 0, waiting } = learning;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reached by the keyboard
    <section className="trust-scroll stack-sm" tabIndex={0} aria-label="Learning" data-testid="learning">
      <TrustLight light={learningLight(learning)} of="learner" past={!running || !linked} />
      <div className="stats stats-pairs">
        <Stat name="Newest return" value={newestReturn(learning)} testId="learning-return" />
        <Stat name="Episodes" value={groupDigits(learning.episodes)} />
        <Stat name="Updates" value={groupDigits(updates)} testId="learning-updates" />
        <Stat
          name="New weights"
          value={groupDigits(swaps)}
          title="How often a newer policy took over, between two steps of the rig"
        />
        <Stat
          name="Updates behind"
          value={groupDigits(owed)}
          title="Updates that are due for steps which the rig has made"
        />
        <Stat
          name="Steps behind"
          value={groupDigits(waiting)}
          title="Steps that the learner has not taken in yet"
        />
      </div>
      <p className="trust-reason" data-testid="left-out">
        {leftOutWords(learning)}
      </p>
      <Returns learning={learning} />
      <PolicyCurve curve={learning.points} further />
    </section>
  );
}

const RETURN_COLOUR = '#3b82f6';

/** Of the newest episodes, one by one. */
function Returns({ learning: { returns, episodes } }: { learning: LearningState }) {
  if (returns.length < 2) return null;
  const first = episodes - returns.length + 1;
  return (
    <div className="curve">
      <LineChart
        x={returns.map((_, i) => first + i)}
        lines={[{ name: 'return', colour: RETURN_COLOUR, values: returns, points: true }]}
        xLabel="episode"
        yLabel="return"
        label="Return per episode"
      />
    </div>
  );
}
