import { Switch } from '@mantine/core';
import { useCallback, useEffect, useRef } from 'react';
import { returnColour, UNKNOWN_COLOUR } from '../charts/colours';
import { unknownFrom } from '../charts/marks';
import { live, onBatch, onSlowTick, useLive, useSlow } from '../live/live';
import { Futures } from '../scene/Futures';
import { returnRange } from '../scene/futures';
import { LiveScene } from '../scene/LiveScene';
import { useCurrentRig, useRig } from '../store/queries';
import { formatNumber } from '../ui/format';
import { useRunForm } from './run-form';

export function RunScene() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const ghosts = useRunForm((s) => s.ghosts);
  const candidates = useRunForm((s) => s.candidates);
  const tube = useRunForm((s) => s.tube);
  const running = useLive((s) => s.activity?.kind === 'running');
  const watch = useCallback((redraw: () => void) => onBatch(redraw), []);
  const options = useRef({ ghosts, candidates, tube });
  const { current } = options;
  if (current.ghosts !== ghosts || current.candidates !== candidates || current.tube !== tube) {
    options.current = { ghosts, candidates, tube };
  }
  if (!rig) return null;
  return (
    <LiveScene rig={rig} overlay={<SceneControls />}>
      {(model) => running && <Futures model={model} show={options.current} watch={watch} />}
    </LiveScene>
  );
}

function SceneControls() {
  const form = useRunForm();
  const hasPlan = useLive((s) => s.hasPlan);
  const leaves = useSlow(() => unknownFrom(0) !== null);
  return (
    <div className="scene-controls">
      <Switch
        label="Best plan as ghosts"
        checked={form.ghosts}
        onChange={(e) => useRunForm.setState({ ghosts: e.currentTarget.checked })}
      />
      <Switch
        label="±2σ tube"
        checked={form.tube}
        onChange={(e) => useRunForm.setState({ tube: e.currentTarget.checked })}
      />
      <Switch
        label="Candidates"
        checked={form.candidates}
        onChange={(e) => useRunForm.setState({ candidates: e.currentTarget.checked })}
      />
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
