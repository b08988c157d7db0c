import { NumberInput, Slider, Switch, Text } from '@mantine/core';
import type { RigFile } from '../../shared/rig';
import { useExcitation } from '../store/actions';
import { Panel } from '../ui/Panel';

/** What the next recording begins with. */
export function ExcitationForm({ rig }: { rig: RigFile }) {
  const form = useExcitation();
  const set = useExcitation.setState;
  const whole = (value: string | number, otherwise: number) =>
    typeof value === 'number' ? value : otherwise;
  return (
    <Panel title="Options">
      <div className="form-grid">
        <NumberInput
          label="Episodes"
          min={1}
          max={1000}
          allowDecimal={false}
          value={form.episodes}
          onChange={(v) => set({ episodes: whole(v, 1) })}
          data-testid="record-episodes"
        />
        <NumberInput
          label="Steps at most"
          placeholder={String(rig.task.maxSteps)}
          min={1}
          allowDecimal={false}
          value={form.maxSteps ?? ''}
          onChange={(v) => set({ maxSteps: typeof v === 'number' ? v : null })}
          data-testid="record-steps"
        />
        <NumberInput
          label="New action every"
          suffix={form.holdSteps === 1 ? ' step' : ' steps'}
          min={1}
          max={100}
          allowDecimal={false}
          value={form.holdSteps}
          onChange={(v) => set({ holdSteps: whole(v, 1) })}
        />
        <NumberInput
          label="Seed"
          allowDecimal={false}
          value={form.seed}
          onChange={(v) => set({ seed: whole(v, 0) })}
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
