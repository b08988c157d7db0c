import { expect, test } from 'vitest';
import { type ImportStep, progressed } from '../../../src/renderer/episodes/import/import-step';

const head = { delimiter: ',', headerLine: 1, columns: [], rows: [] };
const report = { episodes: [1], samples: 2, rows: 2, gaps: 0, samplesLeftOut: 0, remarks: [] };

test('how far an import is, said after its end, changes nothing: neither what came of it nor that it was refused', () => {
  const ended: ImportStep[] = [
    { kind: 'done', report },
    { kind: 'choosing', head },
  ];
  for (const end of ended) expect(progressed(end, 0.9)).toBe(end);
  const reading: ImportStep = { kind: 'reading', head, share: 0.1 };
  expect(progressed(reading, 0.9)).toEqual({ kind: 'reading', head, share: 0.9 });
});
