import { basename, dirname, extname, join } from 'node:path';
import type { DatasetCard } from '../../../shared/dataset';
import { cardText } from '../../../shared/dataset-card';
import { writeWhole } from '../../files/write-whole';

/** As JSON and as Markdown beside it. @returns the files */
export async function writeCard(card: DatasetCard, file: string): Promise<string[]> {
  const stem = extname(file) === '.json' ? join(dirname(file), basename(file, '.json')) : file;
  const files = [`${stem}.json`, `${stem}.md`] as const;
  await writeWhole(files[0], `${JSON.stringify(card, null, 2)}\n`);
  await writeWhole(files[1], cardText(card));
  return [...files];
}
