import type { SchemaTree } from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import { badFile } from '../faults';
import type { ParquetFile } from './file';

/** A column of numbers, or of vectors of them. */
export interface NumberColumn {
  name: string;
  /** Length of the vectors; undefined for one number a row. */
  width?: number;
}

const NUMBERS = new Set(['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE']);

/** Columns of numbers and of lists of numbers, how long these are in the first row, and what else there is. */
export async function numberColumns(
  file: ParquetFile,
): Promise<{ numbers: NumberColumn[]; others: string[] }> {
  const numbers: NumberColumn[] = [];
  const others: string[] = [];
  for (const node of parquetSchema(file.metadata).children) {
    const kind = kindOf(node);
    if (kind === 'number') numbers.push({ name: node.element.name });
    else if (kind === 'list' && file.rows > 0) {
      const first = (await file.column(firstFilled(file), node.element.name))[0];
      numbers.push({ name: node.element.name, width: Array.isArray(first) ? first.length : 0 });
    } else others.push(node.element.name);
  }
  return { numbers, others };
}

const firstFilled = (file: ParquetFile) =>
  Math.max(
    0,
    file.groups().findIndex((rows) => rows > 0),
  );

function kindOf(node: SchemaTree): 'number' | 'list' | 'other' {
  const { type, logical_type, converted_type } = node.element;
  const isText = converted_type === 'UTF8' || logical_type?.type === 'STRING';
  if (type !== undefined) return NUMBERS.has(type) && !isText ? 'number' : 'other';
  const [list, ...more] = node.children;
  const [element] = list?.children ?? [];
  const isList =
    more.length === 0 && list?.element.repetition_type === 'REPEATED' && list.children.length === 1;
  return isList && element && kindOf(element) === 'number' && element.element.type ? 'list' : 'other';
}

/**
 * A column of one row group as numbers, NaN where there is none.
 * @returns [rows] or [rows, width], row-major
 * @throws ForesightError bad-data: a vector of another length, or something that is no number
 */
export async function numbersOf(
  file: ParquetFile,
  group: number,
  { name, width }: NumberColumn,
): Promise<Float64Array> {
  const values = await file.column(group, name);
  if (width === undefined) {
    if (values instanceof Float64Array) return values;
    return Float64Array.from({ length: values.length }, (_, row) => asNumber(values[row]));
  }
  const out = new Float64Array(values.length * width);
  for (let row = 0; row < values.length; row++) {
    const vector: unknown = values[row];
    const length =
      Array.isArray(vector) || ArrayBuffer.isView(vector) ? (vector as ArrayLike<unknown>).length : 0;
    if (length !== width) {
      const place = `column "${name}", row group ${group}, row ${row}`;
      throw badFile(file.name, place, `a vector of ${length} numbers, where those before have ${width}`);
    }
    for (let i = 0; i < width; i++) out[row * width + i] = asNumber((vector as ArrayLike<unknown>)[i]);
  }
  return out;
}

/** Times become seconds; null is no number. */
function asNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return value instanceof Date ? value.getTime() / 1000 : Number.NaN;
}
