import { Text } from '@mantine/core';
import type { Evaluation, EvaluationReport } from '../../../shared/model';
import { Panel } from '../../ui/Panel';
import { CalibrationPanel } from './CalibrationPanel';
import { CoveragePanel } from './CoveragePanel';
import { TrustPanel } from './TrustPanel';
import { UncertaintyPanel } from './UncertaintyPanel';
import { WorstPanel } from './WorstPanel';

/** Everything of a verdict beyond the errors: how far to trust, how honest the spread is, where data is missing. */
export function ReportView({
  evaluation,
  report,
  periodSeconds,
}: {
  evaluation: Evaluation;
  report: EvaluationReport;
  periodSeconds: number;
}) {
  return (
    <>
      <TrustPanel evaluation={evaluation} report={report} periodSeconds={periodSeconds} />
      <div className="report-pair">
        <CalibrationPanel calibrations={report.calibration} />
        <WorstPanel segments={report.worst} />
      </div>
      <UncertaintyPanel evaluation={evaluation} report={report} />
      {report.coverage.length > 0 && <CoveragePanel maps={report.coverage} />}
      {report.notes.length > 0 && (
        <Panel title="Remarks on this verdict">
          <ul className="notes">
            {report.notes.map((note) => (
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
