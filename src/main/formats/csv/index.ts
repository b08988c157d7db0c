export { columnOption } from './column-option';
export {
  type CsvFileReport,
  type CsvImportOptions,
  type CsvImportReport,
  importCsvIntoLog,
  readCsvEpisodes,
} from './import';
export {
  type CsvColumn,
  type CsvMapping,
  DECIMAL_SIGNS,
  type DecimalSign,
  TIME_UNITS,
  type TimeUnit,
} from './types';
