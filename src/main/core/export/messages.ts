import type { ErrorShape } from '../../../shared/errors';
import type { ExportInput, ExportPlan, ExportReport } from '../../../shared/export';

/** Episodes of a workspace that are to be written; with no path only what would be written is said. */
export interface ExportJob extends Omit<ExportInput, 'dataset'> {
  workspace: string;
  path: string | null;
}

export type ToExportProcess = ({ type: 'export' } & ExportJob) | { type: 'cancel' };

export type FromExportProcess =
  | { type: 'rows'; done: number; total: number }
  | { type: 'planned'; plan: ExportPlan }
  | { type: 'exported'; report: ExportReport }
  | { type: 'failed'; error: ErrorShape };
