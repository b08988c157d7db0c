import { Loader, Select, Slider, Text } from '@mantine/core';
import { useId, useState } from 'react';
import { type PlannerName, type PropagationOptions, plannerTraits } from '../../shared/plan';
import { useLive } from '../live/live';
import { NumberField } from '../ui/NumberField';
import { numberProblem } from '../ui/number-problem';
import { rangeOf } from '../ui/OptionFields';
import { adjuster, usePending } from './adjust';
import type { Adjustable } from './adjuster';
import { PROPAGATION_FIELDS, PROPAGATION_LABELS } from './planners';
import { fromSlider, SLIDERS, type SliderKey, toSlider } from './sliders';

const field = (key: string) => PROPAGATION_FIELDS.find((one) => one.key === key);

/** What may be changed while the run goes on. What was asked for is marked until the core plans with it. */
export function LiveControls({
  truth,
  oracle = false,
}: {
  truth: PropagationOptions;
  /** The true simulator predicts: it has one future, so there is nothing to weigh. */
  oracle?: boolean;
}) {
  const pending = usePending((s) => s.pending);
  const shown = { ...truth, ...pending };
  const applied = useLive((s) =>
    s.events.find((event) => event.kind === 'adjusted' && event.id > s.eventsBefore),
  );
  const waiting = Object.keys(pending).length > 0;
  const planner = useLive((s) => s.activity?.planner);
  const unused = planner ? plannerTraits(planner as PlannerName).unused : [];
  return (
    <section className="stack-xs" data-testid="live-controls">
      {!oracle && (
        <>
          <Select
            label={<ControlLabel title="Objective" pending={'objective' in pending} />}
            data={(field('objective')?.choices ?? []).map((value) => ({
              value,
              label: PROPAGATION_LABELS.objective?.[value] ?? value,
            }))}
            value={shown.objective}
            onChange={(objective) =>
              adjuster.want({ objective: objective as NonNullable<Adjustable['objective']> })
            }
            data-testid="adjust-objective"
          />
          {shown.objective === 'pessimistic' && !unused.includes('pessimism') && (
            <Control name="pessimism" shown={shown} />
          )}
          {shown.objective === 'cvar' && <Control name="risk" shown={shown} />}
          {!unused.includes('particles') && <Control name="particles" shown={shown} />}
        </>
      )}
      <Control name="limitPenalty" shown={shown} />
      <Text
        size="xs"
        c="dimmed"
        data-testid="adjust-state"
        data-state={waiting ? 'pending' : applied ? 'applied' : 'idle'}
      >
        {waiting
          ? 'Applying …'
          : applied
            ? `Step ${applied.step}. ${applied.message}`
            : 'Changes apply from the next plan on.'}
      </Text>
    </section>
  );
}

function ControlLabel({ title, pending }: { title: string; pending: boolean }) {
  return (
    <span className="row-tight">
      {title}
      {pending && <Loader size={9} aria-label="not applied yet" />}
    </span>
  );
}

/** A number on a slider for the hand and in an input for the exact value. */
function Control({ name, shown }: { name: SliderKey; shown: PropagationOptions }) {
  const pending = usePending((s) => name in s.pending);
  const id = useId();
  const about = field(name);
  const slider = SLIDERS[name];
  const value = shown[name];
  // What was typed and is none that may be asked for: it stays in the field, and the run goes on as it was.
  const [refused, setRefused] = useState<number | null>(null);
  if (!about) return null;
  const range = rangeOf(about);
  const want = (next: number) => {
    const fits = numberProblem(next, range) === null;
    setRefused(fits ? null : next);
    if (fits) adjuster.want({ [name]: next });
  };
  return (
    <div className="live-control" data-pending={pending} title={about.description}>
      <label htmlFor={id} className="live-control-name">
        <ControlLabel title={about.title} pending={pending} />
      </label>
      <NumberField
        id={id}
        range={range}
        step={slider.step}
        hideControls
        value={refused ?? value}
        onChange={want}
        data-testid={`adjust-${name}`}
      />
      <Slider
        className="live-control-slider"
        size="sm"
        min={0}
        max={100}
        step={1}
        label={null}
        value={toSlider(slider, value)}
        onChange={(position) => want(fromSlider(slider, position))}
        thumbLabel={about.title}
        thumbProps={{ 'data-testid': `adjust-${name}-slider` } as object}
      />
    </div>
  );
}
