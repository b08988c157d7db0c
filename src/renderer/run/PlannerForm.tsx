import { Button, Collapse, NumberInput, SegmentedControl, Select, Switch } from '@mantine/core';
import { useState } from 'react';
import { MPPI_DEFAULTS, SHOOTING_DEFAULTS, useRunForm } from './run-form';

interface Field<K extends string> {
  key: K;
  label: string;
  whole: boolean;
  min: number;
  max?: number;
  step?: number;
}

const COMMON: Field<'horizon' | 'candidates'>[] = [
  { key: 'horizon', label: 'Horizon (steps)', whole: true, min: 1, max: 200 },
  { key: 'candidates', label: 'Candidates', whole: true, min: 2, max: 20_000, step: 50 },
];
const MPPI: Field<'iterations' | 'temperature' | 'noise' | 'correlation' | 'drawCandidates'>[] = [
  { key: 'iterations', label: 'Iterations', whole: true, min: 1, max: 20 },
  { key: 'temperature', label: 'Temperature λ', whole: false, min: 0.001, step: 0.05 },
  { key: 'noise', label: 'Noise (share)', whole: false, min: 0.01, max: 2, step: 0.05 },
  { key: 'correlation', label: 'Correlation β', whole: false, min: 0, max: 0.99, step: 0.05 },
  { key: 'drawCandidates', label: 'Drawn candidates', whole: true, min: 0, max: 100 },
];

export function PlannerForm() {
  const form = useRunForm();
  const [more, setMore] = useState(false);
  const planner = form.method === 'mppi' ? form.mppi : form.shooting;
  const change = (patch: object) =>
    useRunForm.setState((s) =>
      s.method === 'mppi' ? { mppi: { ...s.mppi, ...patch } } : { shooting: { ...s.shooting, ...patch } },
    );
  const input = <K extends string>(
    field: Field<K>,
    value: number,
    set: (value: number) => void,
    otherwise: number,
  ) => (
    <NumberInput
      key={field.key}
      label={field.label}
      min={field.min}
      {...(field.max === undefined ? {} : { max: field.max })}
      {...(field.step === undefined ? {} : { step: field.step })}
      allowDecimal={!field.whole}
      value={value}
      onChange={(v) => set(typeof v === 'number' ? v : otherwise)}
      data-testid={`planner-${field.key}`}
    />
  );
  return (
    <>
      <div className="form-grid">
        {COMMON.map((f) => input(f, planner[f.key], (v) => change({ [f.key]: v }), MPPI_DEFAULTS[f.key]))}
        <NumberInput
          label="Episodes"
          min={1}
          max={1000}
          allowDecimal={false}
          value={form.episodes}
          onChange={(v) => useRunForm.setState({ episodes: typeof v === 'number' ? v : 1 })}
          data-testid="run-episodes"
        />
        <NumberInput
          label="Seed"
          allowDecimal={false}
          value={form.seed}
          onChange={(v) => useRunForm.setState({ seed: typeof v === 'number' ? v : 0 })}
        />
      </div>
      {form.method === 'random-shooting' && (
        <>
          <SegmentedControl
            fullWidth
            value={form.shooting.select}
            onChange={(select) => change({ select })}
            data={[
              { value: 'argmax', label: 'Take the best' },
              { value: 'softmax', label: 'Weighted mean' },
            ]}
          />
          <SegmentedControl
            fullWidth
            value={form.shooting.replan}
            onChange={(replan) => change({ replan })}
            data={[
              { value: 'mpc', label: 'Replan each step' },
              { value: 'open-loop', label: 'Open loop' },
            ]}
          />
        </>
      )}
      <Button
        variant="subtle"
        size="compact-xs"
        w="fit-content"
        onClick={() => setMore(!more)}
        aria-expanded={more}
      >
        {more ? 'Fewer options' : 'More options'}
      </Button>
      <Collapse expanded={more}>
        <div className="stack-sm">
          <div className="form-grid">
            {form.method === 'mppi'
              ? MPPI.map((f) =>
                  input(f, form.mppi[f.key], (v) => change({ [f.key]: v }), MPPI_DEFAULTS[f.key]),
                )
              : MPPI.filter((f) => f.key === 'temperature' || f.key === 'drawCandidates').map((f) => {
                  const key = f.key as 'temperature' | 'drawCandidates';
                  return input(f, form.shooting[key], (v) => change({ [key]: v }), SHOOTING_DEFAULTS[key]);
                })}
            <NumberInput
              label="Particles"
              min={1}
              max={50}
              allowDecimal={false}
              value={form.propagation.particles}
              onChange={(v) =>
                useRunForm.setState((s) => ({
                  propagation: { ...s.propagation, particles: typeof v === 'number' ? v : 1 },
                }))
              }
            />
          </div>
          <Select
            label="Reward"
            data={[
              { value: 'task', label: "The task's formula" },
              { value: 'learned', label: 'As the model learned it' },
            ]}
            value={form.propagation.reward}
            allowDeselect={false}
            onChange={(value) => {
              const reward = value === 'learned' ? 'learned' : 'task';
              useRunForm.setState((s) => ({ propagation: { ...s.propagation, reward } }));
            }}
            data-testid="planner-reward"
          />
          <Switch
            label="Sample the members' noise"
            checked={form.propagation.sampleNoise}
            onChange={(e) => {
              const sampleNoise = e.currentTarget.checked;
              useRunForm.setState((s) => ({ propagation: { ...s.propagation, sampleNoise } }));
            }}
          />
        </div>
      </Collapse>
    </>
  );
}
