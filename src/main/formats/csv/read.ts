import { findLayout } from './layout';
import { LineScanner } from './scanner';
import { badCsv } from './sentences';
import { type SampleSink, TableReader } from './table';
import { readHead } from './text';
import type { CsvImportOptions } from './types';

/** What was read of a file. */
export interface CsvReading {
  samples: number;
  /** What was passed over or taken for granted; a sentence each. */
  remarks: string[];
}

/**
 * Reads the mapped columns of a file, as a stream: nothing of it is held but the bytes in hand, and it goes on when it is asked for the
 * next step. Lines that are empty or start with # are passed over, and so is what stands before the samples; every line after that must
 * hold as many fields as the header and a number in every mapped column, with time going forward.
 * @param sink takes the samples, in order
 * @throws ForesightError bad-data with file, line and column; nothing is guessed or repaired
 */
export async function* readCsv(
  source: AsyncIterable<Uint8Array>,
  file: string,
  { mapping, askedFrom }: Pick<CsvImportOptions, 'mapping' | 'askedFrom'>,
  sink: SampleSink,
): AsyncGenerator<void, CsvReading, void> {
  const head = await readHead(source, file);
  const layout = findLayout(head.lines, file, mapping, askedFrom);
  const reader = new TableReader(file, { mapping, askedFrom }, layout, sink);
  const scanner = new LineScanner(file, layout, reader);
  for await (const bytes of head.bytesAfter(layout.linesBefore)) {
    scanner.push(bytes, false);
    yield;
  }
  scanner.push(new Uint8Array(), true);
  return { samples: reader.samples, remarks: reader.remarks() };
}

/** A file that takes longer to read is not read to its end, ms. */
const MOST_MS = 3_600_000;

/** Ends a reading that takes too long: a file on a network that hangs. */
export function refuseTooSlow(file: string, began: number): void {
  if (performance.now() - began < MOST_MS) return;
  throw badCsv(
    file,
    {},
    `was not read after ${MOST_MS / 60_000} minutes`,
    'Copy it to a disk of this computer, or import it in parts. Nothing was imported.',
  );
}
