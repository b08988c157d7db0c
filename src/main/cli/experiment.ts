import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { ControlStudyFile } from '../../shared/control-study';
import { asForesightError, ForesightError } from '../../shared/errors';
import { ModelStudyFile } from '../../shared/model-study';
import { PolicyStudyFile } from '../../shared/policy-study';
import { StudyFile } from '../../shared/study';
import { writeWhole } from '../files/write-whole';
import { readForeign } from '../foreign/read';
import { fieldPath } from '../rig/files/describe-issue';
import {
  type ControlStudyRun,
  judgeControlBar,
  runControlStudy,
  writeControlReport,
} from '../studies/control';
import { judgePolicyBar, type PolicyStudyRun, runPolicyStudy, writePolicyReport } from '../studies/policy';
import { cutShort } from './cut-short';
import { runModelStudies } from './model-study';
import { integer } from './options';
import { number, type Output } from './output';
import { isPage } from './report-path';
import { type ReportedKind, runReportedStudies } from './reported-studies';
import { runShown } from './run-shown';
import { withCore, workspaceOf } from './with-core';

/** YAML's parser compares every key of a mapping with every other: what it takes grows with the square of this. */
const MAX_FILE_BYTES = 128 * 1024;

const SCHEMAS = {
  'foresight.experiment/1': StudyFile,
  'foresight.model-study/1': ModelStudyFile,
  'foresight.control-study/1': ControlStudyFile,
  'foresight.policy-study/1': PolicyStudyFile,
};

/** What to do about a file of each kind that cannot be used. */
const EXAMPLES = {
  'foresight.experiment/1': 'Correct the file; docs/cli.md shows one with every field.',
  'foresight.model-study/1':
    'Correct the file; docs/experiments/compounding-error.yaml is a study of models.',
  'foresight.control-study/1':
    'Correct the file; docs/experiments/README.md explains every field, docs/experiments/swing-up.yaml is an example.',
  'foresight.policy-study/1':
    'Correct the file; docs/experiments/README.md explains every field, docs/experiments/policy-pendulum.yaml is an example.',
};

const CONTROL: ReportedKind<ControlStudyFile, ControlStudyRun> = {
  what: 'control study',
  run: runControlStudy,
  judge: (study, { units }) => study.bars.map((bar) => judgeControlBar(study, bar, units)),
  write: writeControlReport,
};

const POLICY: ReportedKind<PolicyStudyFile, PolicyStudyRun> = {
  what: 'study of policies',
  run: runPolicyStudy,
  judge: (study, { units }) => study.bars.map((bar) => judgePolicyBar(study, bar, units)),
  write: writePolicyReport,
};

interface ExperimentFlags {
  report?: string;
  fresh?: boolean;
  jobs?: number;
  force?: boolean;
}

export function experimentCommand(program: Command, output: () => Output): void {
  program
    .command('experiment <files...>')
    .description('runs studies from files (*.yaml), every seed of each: of control, of models, of policies')
    .option(
      '--report <path>',
      'of studies with a report: a file (.md), or a folder for a page a study; the workspace when left out',
    )
    .option('--force', 'of studies with a report: replaces files that are no report of an earlier run')
    .option('--fresh', 'of studies with a report: compute again what the workspace has from before')
    .option(
      '--jobs <n>',
      'of studies with a report: processes side by side; one a core when left out',
      integer(1),
    )
    .action(async (files: string[], flags: ExperimentFlags) => {
      const out = output();
      const read = await Promise.all(files.map(async (file) => ({ file, study: await readStudy(file) })));
      const control = read.flatMap(({ study }) => (study.schema === 'foresight.experiment/1' ? [study] : []));
      const model = read.flatMap(({ file, study }) =>
        study.schema === 'foresight.model-study/1' ? [{ file, study }] : [],
      );
      const reported = read.flatMap(({ file, study }) =>
        study.schema === 'foresight.control-study/1' ? [{ file, study }] : [],
      );
      const policy = read.flatMap(({ file, study }) =>
        study.schema === 'foresight.policy-study/1' ? [{ file, study }] : [],
      );
      const kinds = [control, model, reported, policy].filter((one) => one.length > 0).length;
      const { report } = flags;
      if (kinds > 1 && (isPage(report) || out.json)) {
        throw new ForesightError(
          'wrong-use',
          'Studies of several kinds do not go into one report or one JSON document.',
          'Name a folder with --report and leave --json out, or call experiment once for each kind.',
        );
      }
      // In a folder every study has a page of its own.
      const models = report === undefined || isPage(report) || out.json ? [model] : model.map((one) => [one]);
      if (model.length > 1 && report !== undefined && !isPage(report) && out.json) {
        throw new ForesightError(
          'wrong-use',
          'Studies of models with a page each do not go into one JSON document.',
          'Leave --json out, or name one page (.md) with --report.',
        );
      }
      // One kind after the other; what fails in one is told at the end.
      const problems: unknown[] = [];
      for (const run of [
        ...(reported.length > 0 ? [() => runReportedStudies(out, CONTROL, reported, flags)] : []),
        ...(policy.length > 0 ? [() => runReportedStudies(out, POLICY, policy, flags)] : []),
        ...models.flatMap((files) => (files.length > 0 ? [() => runModelStudies(out, files, flags)] : [])),
        ...(control.length > 0 ? [() => runControlStudies(out, control)] : []),
      ]) {
        try {
          await run();
        } catch (thrown) {
          if (['cancelled', 'stopped'].includes(asForesightError(thrown).code)) throw thrown;
          problems.push(thrown);
        }
      }
      if (problems.length > 0) throw problems[0];
    });
}

interface ControlRun {
  study: string;
  seed: number;
  solvedAt: number | null;
  curve: { transitions: number; return: number }[];
}

/** One after the other. What there is, is shown also where it ends early: a rig that came to hold is begun anew by nobody. */
async function runControlStudies(out: Output, studies: readonly StudyFile[]): Promise<void> {
  const runs: ControlRun[] = [];
  try {
    for (const study of studies) {
      for (const seed of study.seeds) await runSeed(out, study, seed, (run) => runs.push(run));
    }
  } finally {
    if (runs.length > 0) printRuns(out, runs);
  }
}

/** @throws ForesightError `stopped`, after what there is was told, where the rig was brought to hold */
async function runSeed(
  out: Output,
  study: StudyFile,
  seed: number,
  onRun: (run: ControlRun) => void,
): Promise<void> {
  const folder = join(workspaceOf(out.options), `${study.name}-seed-${seed}`);
  await withCore({ ...out.options, data: folder }, async (core) => {
    // The exact study that was run stays beside what it recorded.
    const exact = JSON.stringify({ ...study, seeds: [seed] }, null, 2);
    await writeWhole(join(folder, 'study.json'), `${exact}\n`);
    await core.rig.connect({ rig: study.rig, port: study.port, mode: study.mode, seed });
    const { trials, solvedAt, cutShort: reason } = await runShown(core, study, seed, out);
    onRun({
      ...{ study: study.name, seed, solvedAt },
      curve: trials.map((t) => ({ transitions: t.transitions, return: t.return })),
    });
    if (reason !== null)
      throw await cutShort(core, `"${study.name}" with seed ${seed} was cut short.`, reason);
  });
}

function printRuns(out: Output, runs: readonly ControlRun[]): void {
  out.result({ runs }, () => {
    out.line();
    out.table(
      ['study', 'seed', 'transitions', 'last return', 'solved at'],
      runs.map((r) => [
        r.study,
        String(r.seed),
        String(r.curve.at(-1)?.transitions ?? 0),
        number(r.curve.at(-1)?.return),
        number(r.solvedAt),
      ]),
    );
  });
}

/** @throws ForesightError bad-file with the path of the field and what was expected. */
export async function readStudy(
  file: string,
): Promise<StudyFile | ModelStudyFile | ControlStudyFile | PolicyStudyFile> {
  let schema: unknown;
  const problem = (what: string, cause?: unknown) =>
    new ForesightError(
      'bad-file',
      `The experiment file ${basename(file)} cannot be used: ${what}`,
      EXAMPLES[schema as keyof typeof EXAMPLES] ?? EXAMPLES['foresight.experiment/1'],
      { cause },
    );
  let document: unknown;
  try {
    const text = await readForeign(file, {
      what: 'an experiment file',
      most: MAX_FILE_BYTES,
      next: 'Check the path; docs/experiments has examples.',
    });
    // `merge` is YAML's <<, with which a variant takes over what another one says.
    document = parseYaml(text.toString('utf8'), { merge: true, logLevel: 'error' });
  } catch (error) {
    if (error instanceof ForesightError) throw error;
    if (error instanceof YAMLParseError) throw problem(error.message, error);
    // ReferenceError: aliases that would multiply to more than memory holds. RangeError: nested too deeply.
    throw problem(error instanceof Error ? `${error.message}.` : String(error), error);
  }
  schema = (document as { schema?: unknown } | null)?.schema;
  const kind = SCHEMAS[schema as keyof typeof SCHEMAS] ?? StudyFile;
  const result = kind.safeParse(document);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw problem(`${fieldPath(issue?.path ?? []) || 'the file'}: ${issue?.message ?? ''}`);
}
