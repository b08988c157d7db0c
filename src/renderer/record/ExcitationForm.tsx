import { Slider, Switch, Text } from '@mantine/core';
import type { RigFile } from '../../shared/rig';
import { NumberField } from '../ui/NumberField';
import { Panel } from '../ui/Panel';
import { EXCITATION_RANGES, useExcitation } from './excitation';

/** What the next recording begins with. */
export function ExcitationForm({ rig }: { rig: RigFile }) {
  const form = useExcitation();
  const set = useExcitation.setState;
  return (
    <Panel title="Options">
      <div className="form-grid">
        <NumberField
          label="Episodes"
          range={EXCITATION_RANGES.episodes}
          value={form.episodes}
          onChange={(episodes) => set({ episodes })}
          data-testid="record-episodes"
        />
        <NumberField
          label="Steps at most"
          placeholder={String(rig.task.maxSteps)}
          range={EXCITATION_RANGES.maxSteps}
          value={form.maxSteps ?? Number.NaN}
          onChange={(maxSteps) => set({ maxSteps: Number.isNaN(maxSteps) ? null : maxSteps })}
          data-testid="record-steps"
        />
        <NumberField
          label="New action every"
          suffix={form.holdSteps === 1 ? ' step' : ' steps'}
          range={EXCITATION_RANGES.holdSteps}
          value={form.holdSteps}
          onChange={(holdSteps) => set({ holdSteps })}
          data-testid="record-hold"
        />
        <NumberField
          label="Seed"
          range={EXCITATION_RANGES.seed}
          value={form.seed}
          onChange={(seed) => set({ seed })}
        />
      </div>
      <Text size="xs" fw={500} mt={8} mb={2}>
        Strength: {Math.round(form.amplitude * 100)} % of the action range
      </Text>
      <Slider
        size="sm"
        min={0.05}
        max={1}
        step={0.05}
        label={null}
        value={form.amplitude}
        onChange={(amplitude) => set({ amplitude })}
        thumbLabel="Strength"
      />
      <div className="stack-xs" style={{ marginTop: 10 }}>
        <Switch
          label="End where the task's termination says so"
          checked={form.useTermination}
          onChange={(e) => set({ useTermination: e.currentTarget.checked })}
        />
        <Switch
          label="Count the seed up after each start"
          checked={form.countSeed}
          onChange={(e) => set({ countSeed: e.currentTarget.checked })}
        />
      </div>
    </Panel>
  );
}
