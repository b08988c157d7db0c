export { columnOption, siUnit } from './column-option';
export { readCsvHead } from './head';
export { type CsvImportReport, importCsvIntoLog, readCsvEpisodes } from './import';
export {
  type CsvColumn,
  type CsvFileReport,
  type CsvImportOptions,
  type CsvMapping,
  DECIMAL_SIGNS,
  type DecimalSign,
  TIME_UNITS,
  type TimeUnit,
} from './types';
