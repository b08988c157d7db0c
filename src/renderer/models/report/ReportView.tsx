import { Text } from '@mantine/core';
import type { Evaluation, EvaluationReport } from '../../../shared/model';
import type { Verdict } from '../../../shared/verdict';
import { Panel } from '../../ui/Panel';
import { CalibrationPanel } from './CalibrationPanel';
import { CoveragePanel } from './CoveragePanel';
import { TrustPanel } from './TrustPanel';
import { UncertaintyPanel } from './UncertaintyPanel';
import { WorstPanel } from './WorstPanel';

/** Everything of a verdict beyond the errors: how far to trust, how honest the spread is, where data is missing. */
export function ReportView({
  rig,
  evaluation,
  report,
  judged,
  periodSeconds,
}: {
  rig: string;
  evaluation: Evaluation;
  report: EvaluationReport;
  judged: Verdict;
  periodSeconds: number;
}) {
  return (
    <>
      <TrustPanel
        rig={rig}
        evaluation={evaluation}
        report={report}
        judged={judged}
        periodSeconds={periodSeconds}
      />
      <div className="report-pair">
        <CalibrationPanel calibrations={report.calibration} />
        <WorstPanel segments={report.worst} />
      </div>
      <UncertaintyPanel rig={rig} evaluation={evaluation} report={report} />
      {report.coverage.length > 0 && <CoveragePanel rig={rig} maps={report.coverage} />}
      {judged.warnings.length > 0 && (
        <Panel title="Remarks on this verdict">
          <ul className="notes">
            {judged.warnings.map((note) => (
              <li key={note}>
                <Text size="xs">{note}</Text>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}
