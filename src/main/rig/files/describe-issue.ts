import type { z } from 'zod';

const MOST_KEYS_SHOWN = 5;

/** `observations[1].unit`; the whole file where a problem has no path. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/**
 * One problem of a rig file as a sentence part: `observations[1].unit: expected text, found 3`.
 * `input` is the whole parsed file, from which what stands there is shown.
 */
export function describeIssue(issue: z.core.$ZodIssue, input: unknown): string {
  const path = fieldPath(issue.path);
  const found = showFound(valueAt(input, issue.path));
  const at = path === '' ? 'the file' : path;
  switch (issue.code) {
    case 'invalid_type':
      return `${at}: expected ${typeName(issue.expected)}, found ${found}`;
    case 'unrecognized_keys':
      return `${at}: expected no field ${issue.keys
        .slice(0, MOST_KEYS_SHOWN)
        .map((key) => `"${key.slice(0, 60)}"`)
        .join(', ')}; check the spelling`;
    case 'invalid_value':
      return `${at}: expected ${issue.values.map((v) => JSON.stringify(v)).join(' or ')}, found ${found}`;
    case 'too_small':
    case 'too_big':
      return `${at}: expected ${bound(issue)}, found ${found}`;
    case 'invalid_union':
      // Not in zod's types, and there for a union that a field tells apart.
      if ('options' in issue && Array.isArray(issue.options)) {
        return `${at}: expected ${issue.options.map((v) => JSON.stringify(v)).join(' or ')}, found ${found}`;
      }
      return `${at}: expected one of the forms in docs/rigs.md, found ${found}`;
    case 'custom':
      return `${at}: expected ${issue.message}`;
    case 'invalid_format':
      return `${at}: expected ${issue.message}, found ${found}`;
    default:
      return `${at}: ${issue.message}, found ${found}`;
  }
}

const TYPE_NAMES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

function typeName(expected: string): string {
  return TYPE_NAMES[expected] ?? expected;
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === 'too_small';
  const limit = Number(small ? issue.minimum : issue.maximum);
  const unit = issue.origin === 'array' ? ' entries' : issue.origin === 'string' ? ' characters' : '';
  if (unit === '' && !issue.inclusive) return `a number ${small ? 'above' : 'below'} ${limit}`;
  return `${unit === '' ? 'a number of ' : ''}${small ? 'at least' : 'at most'} ${limit}${unit}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

function showFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    // JSON is read to any depth, and written only as deep as the stack.
    return 'something nested too deeply';
  }
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
