import type { Evaluation, EvaluationReport } from '../../../shared/model';
import { channelColour } from '../../charts/colours';
import { LineChart, LineLegend } from '../../charts/LineChart';
import { ChannelName } from '../../ui/ChannelName';
import { withUnit } from '../../ui/format';
import { Panel } from '../../ui/Panel';

const EPISTEMIC = '#a05df0';
const ALEATORIC = '#0d9488';

/** What the model says it does not know and what it takes for noise, beside the error it really made. */
export function UncertaintyPanel({
  rig,
  evaluation,
  report,
}: {
  rig: string;
  evaluation: Evaluation;
  report: EvaluationReport;
}) {
  const measured = evaluation.horizons.flatMap((horizon, i) =>
    report.channels.some((c) => isNumber(c.epistemic[i]) || isNumber(c.aleatoric[i])) ? [{ horizon, i }] : [],
  );
  if (measured.length === 0) return null;
  const at = (values: readonly (number | null)[]) => measured.map(({ i }) => values[i] ?? null);
  return (
    <Panel title="Predicted spread by steps ahead" testId="uncertainty">
      <LineLegend
        lines={[
          { name: 'error made', colour: 'var(--legend-solid)' },
          { name: 'not known (members disagree)', colour: EPISTEMIC },
          { name: 'noise', colour: ALEATORIC, dash: [6, 4] },
        ]}
      />
      <div className="small-multiples">
        {report.channels.map((channel, i) => {
          const judged = evaluation.channels[i];
          if (!judged) return null;
          return (
            <div key={channel.name} className="multiple">
              <div className="strip-head">
                <span className="swatch" style={{ background: channelColour(i) }} />
                <ChannelName rig={rig} name={channel.name} className="strip-name" />
              </div>
              <LineChart
                x={measured.map(({ horizon }) => horizon)}
                logX={measured.length > 1}
                fromZero
                xLabel="steps ahead"
                yLabel={withUnit('std', judged.unit === '1' ? '' : `(${judged.unit})`)}
                label={`Predicted spread of ${channel.name} by steps ahead`}
                lines={[
                  { name: 'error made', colour: channelColour(i), values: at(judged.error), points: true },
                  { name: 'not known', colour: EPISTEMIC, values: at(channel.epistemic), points: true },
                  {
                    ...{ name: 'noise', colour: ALEATORIC, dash: [6, 4] },
                    ...{ values: at(channel.aleatoric), points: true },
                  },
                ]}
              />
            </div>
          );
        })}
      </div>
    </Panel>
  );
}

const isNumber = (value: number | null | undefined): value is number => typeof value === 'number';
