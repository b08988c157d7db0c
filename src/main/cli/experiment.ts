import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { ForesightError } from '../../shared/errors';
import { StudyFile } from '../../shared/study';
import { runShown } from './demo';
import { number, type Output } from './output';
import { withCore, workspaceOf } from './with-core';

const MAX_FILE_BYTES = 1024 * 1024;

export function experimentCommand(program: Command, output: () => Output): void {
  program
    .command('experiment <files...>')
    .description('runs studies from files (*.experiment.yaml), every seed of each')
    .action(async (files: string[]) => {
      const out = output();
      const studies = await Promise.all(files.map(readStudy));
      const runs: {
        study: string;
        seed: number;
        solvedAt: number | null;
        curve: { transitions: number; return: number }[];
      }[] = [];
      for (const study of studies) {
        for (const seed of study.seeds) {
          const folder = join(workspaceOf(out.options), `${study.name}-seed-${seed}`);
          await withCore({ ...out.options, data: folder }, async (core) => {
            // The exact study that was run stays beside what it recorded.
            await writeFile(
              join(folder, 'study.json'),
              `${JSON.stringify({ ...study, seeds: [seed] }, null, 2)}\n`,
            );
            await core.rig.connect({ rig: study.rig, port: study.port, mode: study.mode, seed });
            const result = await runShown(core, study, seed, out);
            runs.push({
              study: study.name,
              seed,
              solvedAt: result.solvedAt,
              curve: result.trials.map((t) => ({ transitions: t.transitions, return: t.return })),
            });
          });
        }
      }
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
    });
}

/** @throws ForesightError bad-file with the path of the field and what was expected. */
export async function readStudy(file: string): Promise<StudyFile> {
  const problem = (what: string, cause?: unknown) =>
    new ForesightError(
      'bad-file',
      `The experiment file ${basename(file)} cannot be used: ${what}`,
      'Correct the file; docs/cli.md shows one with every field.',
      { cause },
    );
  let document: unknown;
  try {
    if ((await stat(file)).size > MAX_FILE_BYTES) throw problem('it is larger than 1 MB.');
    document = parseYaml(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof ForesightError) throw error;
    if (error instanceof YAMLParseError) throw problem(error.message, error);
    throw problem('it cannot be read.', error);
  }
  const result = StudyFile.safeParse(document);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw problem(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? ''}`);
}
