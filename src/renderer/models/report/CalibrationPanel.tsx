import { SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import type { Calibration } from '../../../shared/model';
import { PREDICTED_COLOUR } from '../../charts/colours';
import { LineChart, LineLegend } from '../../charts/LineChart';
import { formatCount } from '../../ui/format';
import { Panel } from '../../ui/Panel';

const IDEAL = '#8b95a3';
const BEFORE = '#d97706';

/** Reliability: how much of what happened lies inside intervals that claim a share of it. */
export function CalibrationPanel({ calibrations }: { calibrations: Calibration[] }) {
  const [chosen, setChosen] = useState('0');
  const calibration = calibrations[Number(chosen)] ?? calibrations[0];
  const lines = [
    { name: 'perfect', colour: IDEAL, dash: [6, 4] },
    { name: 'as predicted', colour: BEFORE },
    { name: 'recalibrated', colour: PREDICTED_COLOUR },
  ];
  return (
    <Panel
      title="Honest intervals"
      aside={
        calibrations.length > 1 && (
          <SegmentedControl
            value={chosen}
            onChange={setChosen}
            data={calibrations.map(({ horizon }, i) => ({
              value: String(i),
              label: formatCount(horizon, 'step'),
            }))}
            aria-label="Steps ahead"
          />
        )
      }
      testId="calibration"
    >
      {calibration === undefined ? (
        <Text size="sm" c="dimmed">
          This model predicts no spread, so there are no intervals to check.
        </Text>
      ) : (
        <>
          <LineLegend lines={lines} />
          <div className="multiple">
            <LineChart
              x={calibration.levels.map((level) => 100 * level)}
              fromZero
              xLabel="interval claims to cover (%)"
              yLabel="covers (%)"
              label="Nominal against observed coverage of predicted intervals"
              lines={[
                { ...lines[0]!, values: calibration.levels.map((level) => 100 * level) },
                { ...lines[1]!, values: percent(calibration.before), points: true },
                { ...lines[2]!, values: percent(calibration.after), points: true },
              ]}
            />
          </div>
          <Text size="xs" c="dimmed" className="tabular">
            {coverageWords(calibration)}
          </Text>
        </>
      )}
    </Panel>
  );
}

const percent = (values: readonly (number | null)[]) => values.map((v) => (v === null ? null : 100 * v));

/** What the 90 % intervals really cover. */
export function coverageWords({ levels, before, after, samples, channels }: Calibration): string {
  const at = levels.findIndex((level) => Math.abs(level - 0.9) < 1e-9);
  const share = (values: readonly (number | null)[]) => {
    const value = values[at];
    return value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`;
  };
  const scales = channels.flatMap(({ name, scale }) =>
    scale === null ? [] : `${name} × ${scale.toPrecision(3)}`,
  );
  return (
    `90 % intervals cover ${share(before)} as predicted, ${share(after)} recalibrated ` +
    `(${formatCount(samples, 'start point')}${scales.length > 0 ? `; spread: ${scales.join(', ')}` : ''}).`
  );
}
