import { Switch } from '@mantine/core';
import { useCallback, useEffect, useRef } from 'react';
import { PREDICTED_COLOUR, returnColour, UNKNOWN_COLOUR } from '../charts/colours';
import { unknownFrom } from '../charts/marks';
import { live, onBatch, onSlowTick, shownRing, useLive, useSlow } from '../live/live';
import { Futures } from '../scene/Futures';
import { returnRange } from '../scene/futures';
import { LiveScene } from '../scene/LiveScene';
import { PastPath } from '../scene/PastPath';
import { useCurrentRig, useRig } from '../store/queries';
import { formatCount, formatNumber } from '../ui/format';
import { useRunForm } from './run-form';
import { useAhead, useView } from './use-run';

const horizonOfPlan = () => (live.plan ? live.plan.mean.length - 1 : 1);

/** The last observation of an episode; null where none is kept. */
function lastOf(episode: number): readonly number[] | null {
  const ring = shownRing();
  let last: readonly number[] | null = null;
  ring.walk(1, episode, (slot) => {
    last = ring.rowAt(slot);
  });
  return last;
}

/** The robot with its imagined futures and its past; after a run as both were when it ended. */
export function RunScene() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const ghosts = useRunForm((s) => s.ghosts);
  const candidates = useRunForm((s) => s.candidates);
  const tube = useRunForm((s) => s.tube);
  const past = useRunForm((s) => s.past);
  const view = useView();
  const ran = useLive((s) => s.ran?.episode ?? null);
  const ahead = useAhead(horizonOfPlan);
  const watch = useCallback((redraw: () => void) => onBatch(redraw), []);
  const options = useRef({ ghosts, candidates, tube });
  const { current } = options;
  if (current.ghosts !== ghosts || current.candidates !== candidates || current.tube !== tube) {
    options.current = { ghosts, candidates, tube };
  }
  const atItsEnd = useCallback(() => (ran === null ? null : lastOf(ran)), [ran]);
  if (!rig) return null;
  return (
    <div className="run-scene-body">
      <LiveScene rig={rig} {...(view === 'ended' ? { observation: atItsEnd } : {})}>
        {(model) =>
          view !== 'setup' && (
            <>
              <Futures model={model} show={options.current} watch={watch} />
              {past && <PastPath {...{ model, ahead, watch }} periodSeconds={rig.periodSeconds} />}
            </>
          )
        }
      </LiveScene>
      <SceneControls ahead={ahead} />
    </div>
  );
}

function SceneControls({ ahead }: { ahead: number }) {
  const form = useRunForm();
  const hasPlan = useLive((s) => s.hasPlan);
  const view = useView();
  const leaves = useSlow(() => unknownFrom(0) !== null);
  if (view === 'setup') return null;
  return (
    <div className="scene-controls">
      <Layer
        label="Plan, ±2σ"
        title="Where the best plan takes the robot's tip, and a tube of two standard deviations around it"
        colour={PREDICTED_COLOUR}
        on={form.tube}
        onChange={(tube) => useRunForm.setState({ tube })}
      />
      <Layer
        label="Ghosts"
        title="The robot at five moments of the best plan"
        on={form.ghosts}
        onChange={(ghosts) => useRunForm.setState({ ghosts })}
      />
      <Layer
        label="Candidates"
        title="Some of the action sequences that the plan was chosen from, by return"
        on={form.candidates}
        onChange={(candidates) => useRunForm.setState({ candidates })}
      />
      <Layer
        label="Past"
        title={`The path that the tip really took, and beside it the one that had been predicted ${formatCount(ahead, 'step')} before`}
        on={form.past}
        onChange={(past) => useRunForm.setState({ past })}
      />
      {form.past && (
        <span className="scene-key">
          <span className="scene-line scene-line-taken" /> taken
          <span className="scene-line scene-line-predicted" /> predicted {formatCount(ahead, 'step')} before
        </span>
      )}
      {leaves && (
        <span className="scene-key">
          <span className="swatch" style={{ background: UNKNOWN_COLOUR }} />
          beyond known territory
        </span>
      )}
      {hasPlan && form.candidates && <ReturnScale />}
    </div>
  );
}

function Layer({
  label,
  title,
  colour,
  on,
  onChange,
}: {
  label: string;
  title: string;
  colour?: string;
  on: boolean;
  onChange(on: boolean): void;
}) {
  return (
    <Switch
      label={
        <span className="row-tight" title={title}>
          {colour && <span className="swatch" style={{ background: colour }} />}
          {label}
        </span>
      }
      checked={on}
      onChange={(e) => onChange(e.currentTarget.checked)}
    />
  );
}

const STOPS = [0, 0.25, 0.5, 0.75, 1].map((share) => {
  const [r, g, b] = returnColour(share).map((c) => Math.round(c * 255));
  return `rgb(${r} ${g} ${b}) ${share * 100}%`;
});

/** What the candidates' colours mean for the newest plan. */
function ReturnScale() {
  const low = useRef<HTMLSpanElement>(null);
  const high = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const write = () => {
      const range = live.plan && returnRange(live.plan);
      if (!range) return;
      if (low.current) low.current.textContent = formatNumber(range[0], 3);
      if (high.current) high.current.textContent = formatNumber(range[1], 3);
    };
    write();
    return onSlowTick(write);
  }, []);
  return (
    <div className="return-scale">
      <span ref={low} className="tabular" />
      <span className="return-bar" style={{ background: `linear-gradient(90deg, ${STOPS.join(', ')})` }} />
      <span ref={high} className="tabular" />
      <span className="faint">return</span>
    </div>
  );
}
