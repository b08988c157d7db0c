import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { base, name, nothing } from './contract-base';
import { Dataset, DatasetCard, DatasetChange, DatasetSummary, NewDataset, Split } from './dataset';
import { ExportInput, ExportPlan, ExportStep } from './export';
import { SurveyInput, SurveyStep } from './survey';

/** Episodes as files of other people's software, into the folder "exports" of the workspace; models say why not elsewhere. */
export const exportsOf = {
  /** What would be written, and what the format cannot hold. */
  plan: base.input(ExportInput).output(ExportPlan),
  /** Ends with what was written. Whoever no longer listens stops it, and nothing of it is left. */
  run: base.input(ExportInput).output(eventIterator(ExportStep)),
};

/** Saved selections of episodes, divided by recording; what is done to one is undone with `episodes.undo`. */
export const datasets = {
  list: base.output(z.array(DatasetSummary)),
  show: base.input(z.object({ id: z.number().int() })).output(Dataset),
  make: base.input(NewDataset).output(z.object({ id: z.number().int() })),
  change: base.input(z.object({ id: z.number().int(), change: DatasetChange })).output(nothing),
  /** Off the list; its episodes stay. */
  remove: base.input(z.object({ id: z.number().int() })).output(nothing),
  /** What is handed over with it: reads all that is in it for the checksum. */
  card: base
    .input(
      z.object({
        id: z.number().int(),
        by: name.nullable().default(null),
        split: Split.nullable().default(null),
      }),
    )
    .output(DatasetCard),
  /** Statistics and coverage: how far it is, and then the result. Ends with whoever asked. */
  survey: base.input(SurveyInput).output(eventIterator(SurveyStep)),
};
