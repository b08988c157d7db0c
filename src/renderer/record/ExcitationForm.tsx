import { Select, Slider, Switch, Text } from '@mantine/core';
import { EXCITATIONS, type ExcitationMethod } from '../../shared/excitation';
import { optionTitle } from '../../shared/option-fields';
import type { RigFile } from '../../shared/rig';
import { DriveControls } from '../ui/drive/DriveControls';
import { DEVICES } from '../ui/drive/devices';
import { LeaderPanel } from '../ui/drive/LeaderPanel';
import { formatNumber } from '../ui/format';
import { NumberField } from '../ui/NumberField';
import { Panel } from '../ui/Panel';
import { ChannelFields } from './ChannelFields';
import { EXCITATION_RANGES, useExcitation, usualBandwidth } from './excitation';

/** What the next recording begins with. */
export function ExcitationForm({ rig }: { rig: RigFile }) {
  const form = useExcitation();
  const set = useExcitation.setState;
  return (
    <Panel title="Options">
      <Select
        label="Moved by"
        data={[{ value: 'excitation', label: 'A signal' }, ...DEVICES]}
        value={form.drive}
        onChange={(drive) => set({ drive: (drive ?? 'excitation') as typeof form.drive })}
        allowDeselect={false}
        mb={8}
        data-testid="record-drive"
      />
      {form.drive === 'excitation' && (
        <Select
          label="Excitation"
          description={METHODS.find(({ value }) => value === form.method)?.description}
          inputWrapperOrder={['label', 'input', 'description']}
          data={METHODS.map(({ value, label }) => ({ value, label }))}
          value={form.method}
          onChange={(method) => set({ method: (method ?? 'uniform') as ExcitationMethod })}
          allowDeselect={false}
          mb={8}
          data-testid="record-method"
        />
      )}
      {form.drive === 'leader' && <LeaderPanel rig={rig.name} />}
      {form.drive !== 'excitation' && <DriveControls rig={rig} device={form.drive} />}
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
        {form.drive === 'excitation' && <MethodFields rig={rig} />}
        <NumberField
          label="Seed"
          range={EXCITATION_RANGES.seed}
          value={form.seed}
          onChange={(seed) => set({ seed })}
        />
      </div>
      {form.drive === 'excitation' && (
        <>
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
          <ChannelFields rig={rig} />
        </>
      )}
      <div className="stack-xs" style={{ marginTop: 10 }}>
        <Switch
          label="End where the task's termination says so"
          checked={form.useTermination}
          onChange={(e) => set({ useTermination: e.currentTarget.checked })}
        />
        {form.drive !== 'excitation' && form.drive !== 'leader' && (
          <Switch
            label="Go to the start first"
            checked={form.fromStart}
            onChange={(e) => set({ fromStart: e.currentTarget.checked })}
          />
        )}
        <Switch
          label="Count the seed up after each start"
          checked={form.countSeed}
          onChange={(e) => set({ countSeed: e.currentTarget.checked })}
        />
      </div>
    </Panel>
  );
}

const METHODS = EXCITATIONS.map((schema) => {
  const { title, description } = optionTitle(schema);
  return { value: schema.shape.method.value, label: title, description };
});

/** What belongs to the chosen excitation alone. */
function MethodFields({ rig }: { rig: RigFile }) {
  const { method, holdSteps, bandwidth, order, lowest } = useExcitation();
  const set = useExcitation.setState;
  if (method === 'uniform') {
    return (
      <NumberField
        label="New action every"
        suffix={holdSteps === 1 ? ' step' : ' steps'}
        range={EXCITATION_RANGES.holdSteps}
        value={holdSteps}
        onChange={(steps) => set({ holdSteps: steps })}
        data-testid="record-hold"
      />
    );
  }
  const usual = usualBandwidth(rig);
  return (
    <>
      <NumberField
        label="Bandwidth"
        suffix=" Hz"
        placeholder={`${formatNumber(usual, 3)} Hz`}
        range={{ ...EXCITATION_RANGES.bandwidth, max: 0.5 / rig.periodSeconds }}
        value={bandwidth ?? Number.NaN}
        onChange={(hertz) => set({ bandwidth: Number.isNaN(hertz) ? null : hertz })}
        data-testid="record-bandwidth"
      />
      {method === 'prbs' && (
        <NumberField
          label="Order"
          range={EXCITATION_RANGES.order}
          value={order}
          onChange={(length) => set({ order: length })}
          data-testid="record-order"
        />
      )}
      {method === 'multisine' && (
        <NumberField
          label="Lowest frequency"
          suffix=" Hz"
          placeholder={`${formatNumber((bandwidth ?? usual) / 20, 3)} Hz`}
          range={EXCITATION_RANGES.bandwidth}
          value={lowest ?? Number.NaN}
          onChange={(hertz) => set({ lowest: Number.isNaN(hertz) ? null : hertz })}
          data-testid="record-lowest"
        />
      )}
    </>
  );
}
