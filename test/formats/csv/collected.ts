import { readCsv } from '../../../src/main/formats/csv/read';
import type { CsvMapping } from '../../../src/main/formats/csv/types';

/** Every sample that is read: its time, its observations, its actions; where the file starts an episode, and its remarks. */
export async function collected(source: AsyncIterable<Uint8Array>, file: string, mapping: CsvMapping) {
  const samples: number[][] = [];
  const starts: number[] = [];
  const reading = readCsv(
    source,
    file,
    { mapping },
    {
      sample: (seconds, values, fresh) => {
        if (fresh) starts.push(samples.length);
        samples.push([seconds, ...values]);
      },
    },
  );
  for (;;) {
    const { done, value } = await reading.next();
    if (done) return { samples, starts, remarks: value.remarks };
  }
}
