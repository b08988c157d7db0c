import { z } from 'zod';

/** One option as a form or a command line shows it. */
export interface OptionField {
  key: string;
  title: string;
  description: string;
  kind: 'integer' | 'number' | 'boolean' | 'choice' | 'text';
  default: number | boolean | string | undefined;
  /** Inclusive; undefined where there is none. An exclusive bound of 0 is given as the smallest step above it. */
  min?: number;
  max?: number;
  choices?: string[];
}

interface Property {
  title?: string;
  description?: string;
  type?: string;
  default?: number | boolean | string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  enum?: string[];
  const?: string;
}

/** What a form offers where only zero itself is excluded. */
const ABOVE_ZERO = 1e-6;

/** Title and description of an options schema. */
export function optionTitle(schema: z.ZodType): { title: string; description: string } {
  const { title, description } = schema.meta() ?? {};
  return { title: title ?? '', description: description ?? '' };
}

/**
 * The plain fields of an options schema in order: numbers, switches, choices and texts. Nested options (a class, a loss) and
 * the discriminating name are left out.
 */
export function optionFields(schema: z.ZodObject): OptionField[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Property>;
  };
  return Object.entries(properties).flatMap(([key, property]) => {
    const field = fieldOf(key, property);
    return field ? [field] : [];
  });
}

function fieldOf(key: string, property: Property): OptionField | undefined {
  const common = {
    key,
    title: property.title ?? key,
    description: property.description ?? '',
    default: property.default,
  };
  if (property.const !== undefined) return undefined;
  if (property.enum) return { ...common, kind: 'choice', choices: property.enum };
  if (property.type === 'boolean') return { ...common, kind: 'boolean' };
  if (property.type === 'string') return { ...common, kind: 'text' };
  if (property.type !== 'integer' && property.type !== 'number') return undefined;
  const above = property.exclusiveMinimum;
  // zod states the range of safe integers where there is no other.
  const min = above === 0 ? ABOVE_ZERO : (property.minimum ?? above);
  return {
    ...common,
    kind: property.type,
    ...(min !== undefined && min > Number.MIN_SAFE_INTEGER ? { min } : {}),
    ...(property.maximum !== undefined && property.maximum < Number.MAX_SAFE_INTEGER
      ? { max: property.maximum }
      : {}),
  };
}
