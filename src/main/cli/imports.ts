import type { Command } from 'commander';
import { importCsvIntoLog } from '../formats/csv';
import { real } from './options';
import { number, type Output } from './output';
import { withCore } from './with-core';

export function importCommand(program: Command, output: () => Output): void {
  void importCsvIntoLog;
  void program;
  void output;
  void real;
  void number;
  void withCore;
}
