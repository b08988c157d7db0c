import { type Instruction, type MapInstruction, type MapOperation, usesOf } from './instructions';
import { type Placed, type Region, rowRange } from './regions';
import { MOST_AXES, type RowAccess } from './rows';

/** Limits of one map of the executor. */
const MOST_LOADS = 64;
const MOST_OPERATIONS = 256;
const MOST_STORES = 64;

/** A map that grows: loads, operations and stores by their places in it. */
interface Group {
  at: number;
  inner: number[];
  loads: RowAccess[];
  operations: { op: MapOperation['op']; operands: Value[] }[];
  stores: { use: RowAccess; value: Value }[];
}
/** What of a row an access touches: the sizes that its strides walk over. */
interface RowWords {
  use: RowAccess;
  sizes: readonly number[];
}
/** Where in the region a buffer's words come from: a group of maps or something else, and its place. */
interface Writer extends RowWords {
  at: number;
  group?: Group;
}
interface Value {
  load?: number;
  operation?: number;
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);

const sameAccess = (a: RowAccess, b: RowAccess, inner: readonly number[]): boolean =>
  a.access.buffer === b.access.buffer &&
  a.access.offset === b.access.offset &&
  a.batch === b.batch &&
  a.row === b.row &&
  inner.every((size, i) => size === 1 || a.strides[i] === b.strides[i]);

/** Lets a map's computations be part of a group. */
function join(group: Group, one: MapInstruction, uses: readonly RowAccess[]): void {
  const { inner } = group;
  const values = one.loads.map((_, i): Value => {
    const use = uses[i] as RowAccess;
    const stored = group.stores.find((store) => sameAccess(store.use, use, inner));
    if (stored) return stored.value;
    const known = group.loads.findIndex((load) => sameAccess(load, use, inner));
    return { load: known >= 0 ? known : group.loads.push(use) - 1 };
  });
  for (const { op, operands } of one.operations) {
    const given = operands.map((register) => values[register] as Value);
    values.push({ operation: group.operations.push({ op, operands: given }) - 1 });
  }
  one.stores.forEach(({ register }, i) => {
    group.stores.push({ use: uses[one.loads.length + i] as RowAccess, value: values[register] as Value });
  });
}

/**
 * Maps of a region over the same places become one, and what only it needs of itself is never stored: a map moves up
 * to the group that it joins, which must come after whoever else it needs.
 * @param isNeeded whether anybody beside these maps reads what is stored there
 */
export function fused(
  region: Region,
  isNeeded: (access: RowAccess, group: ReadonlySet<Instruction>) => boolean,
): Region {
  const groups: Group[] = [];
  const members = new Map<Group, Set<Instruction>>();
  const others: { at: number; item: Placed }[] = [];
  const writers = new Map<number, Writer[]>();
  const wrote = (writer: Writer) => {
    const { id } = writer.use.access.buffer;
    writers.set(id, [...(writers.get(id) ?? []), writer]);
  };
  region.items.forEach((item, at) => {
    const { one, form } = item;
    if (one.kind !== 'map') {
      others.push({ at, item });
      usesOf(one).forEach(({ writes, own }, i) => {
        if (writes) wrote({ at, use: form.uses[i] as RowAccess, sizes: [...form.inner, ...own] });
      });
      return;
    }
    const reads = form.uses.slice(0, one.loads.length);
    const fits = (group: Group) =>
      same(group.inner, form.inner) &&
      form.inner.length <= MOST_AXES &&
      group.loads.length + one.loads.length <= MOST_LOADS &&
      group.operations.length + one.operations.length <= MOST_OPERATIONS &&
      group.stores.length + one.stores.length <= MOST_STORES &&
      reads.every((use) =>
        (writers.get(use.access.buffer.id) ?? []).every((writer) => {
          const before =
            writer.group === group ? sameAccess(writer.use, use, form.inner) : writer.at < group.at;
          return before || apart(writer, { use, sizes: form.inner });
        }),
      );
    let group = groups.findLast(fits);
    if (!group) {
      group = { at, inner: form.inner, loads: [], operations: [], stores: [] };
      groups.push(group);
      members.set(group, new Set());
    }
    join(group, one, form.uses);
    members.get(group)?.add(one);
    for (const use of form.uses.slice(one.loads.length)) {
      wrote({ at: group.at, use, sizes: form.inner, group });
    }
  });
  const mapped = groups.flatMap((group) => {
    const item = mapOf(group, (use) => isNeeded(use, members.get(group) ?? new Set()));
    return item ? [{ at: group.at, item }] : [];
  });
  const items = [...others, ...mapped].sort((a, b) => a.at - b.at).map(({ item }) => item);
  return { ...region, items };
}

/** Whether two accesses of the same rows touch different words of them. */
function apart(a: RowWords, b: RowWords): boolean {
  if (a.use.batch !== b.use.batch || a.use.row !== b.use.row) return false;
  const [[low, high], [from, to]] = [rowRange(a.use, a.sizes), rowRange(b.use, b.sizes)];
  return high < from || to < low;
}

/** The group as one map; undefined where nothing of it is needed. */
function mapOf(group: Group, isNeeded: (use: RowAccess) => boolean): Placed | undefined {
  const stores = group.stores.filter(({ use }) => isNeeded(use));
  if (stores.length === 0) return undefined;
  const needed = new Set<number>();
  const loaded = new Set<number>();
  const visit = ({ load, operation }: Value) => {
    if (load !== undefined) loaded.add(load);
    if (operation !== undefined) needed.add(operation);
  };
  for (const { value } of stores) visit(value);
  for (let i = group.operations.length - 1; i >= 0; i--) {
    if (needed.has(i)) group.operations[i]?.operands.forEach(visit);
  }
  const loads = [...loaded].sort((a, b) => a - b);
  const operations = [...needed].sort((a, b) => a - b);
  const loadPlaces = new Map(loads.map((load, i) => [load, i]));
  const places = new Map(operations.map((operation, i) => [operation, loads.length + i]));
  const register = ({ load, operation }: Value): number =>
    (load !== undefined ? loadPlaces.get(load) : places.get(operation ?? 0)) ?? 0;
  const one: MapInstruction = {
    kind: 'map',
    dims: [],
    loads: loads.map((load) => (group.loads[load] as RowAccess).access),
    operations: operations.map((operation) => {
      const { op, operands } = group.operations[operation] as Group['operations'][0];
      return { op, operands: operands.map(register) };
    }),
    stores: stores.map(({ use, value }) => ({ access: use.access, register: register(value) })),
  };
  const uses = [...loads.map((load) => group.loads[load] as RowAccess), ...stores.map(({ use }) => use)];
  return { one, form: { inner: group.inner, uses } };
}
